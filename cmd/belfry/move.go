package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"belfry"
	"belfry/internal/move"
	"belfry/postgres"
	"belfry/sqlite"
)

func moveCommand(env environment) *cobra.Command {
	var cfg config
	verifyOnly := false
	database := cfg.databaseSetting()
	cmd := &cobra.Command{
		Use: "move", Short: "Move the database from the data folder to PostgreSQL",
		Long: `Copy everything from the data folder to an empty PostgreSQL database: ids,
revisions, receipts, follows, the names of the logs, API keys, what is scheduled.
Cursors go on, so that browsers and apps do not notice. No server may run, on
either side. The folder is only read.

Then both sides are read whole and compared: rows and a checksum of each table,
and what some users see. A move that was cut off goes on where it stopped when it
is run again; until it is done, no server starts on the database.`,
		Example: `  belfry move --data /var/lib/belfry --database-url postgres://belfry@db/belfry`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := database.load(cmd, env); err != nil {
				return usageError{err}
			}
			if cfg.databaseURL == "" {
				return usageError{database.wrong("where to? postgres://user:password@host/database")}
			}
			err := moveStore(cmd.Context(), dataFolder(cmd, env), cfg.databaseURL, verifyOnly, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil && cmd.Context().Err() != nil { // whichever step it was at
				return belfry.Errorf(belfry.CodeUnavailable, "stopped; what was copied stays, and the same command goes on from there")
			}
			return err
		},
	}
	addDataFlag(cmd)
	cmd.Flags().String(database.name, "", "PostgreSQL to move to, postgres://user:password@host/database ($"+database.env()+")")
	cmd.Flags().BoolVar(&verifyOnly, "verify-only", false, "copy nothing, only compare, before a server ran on either side")
	return cmd
}

func moveStore(ctx context.Context, dir, dsn string, verifyOnly bool, out, talk io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(talk, nil))
	from, err := sqlite.OpenExport(ctx, dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := postgres.OpenImport(ctx, dsn, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()

	began := time.Now()
	p := &moveProgress{out: talk, terminal: isTerminal(talk)}
	m, err := move.New(ctx, from, to, p.show)
	if err != nil {
		return err
	}
	do := m.Run
	if verifyOnly {
		do = m.Compare
	}
	report, err := do(ctx)
	p.end()
	if len(report.Tables) > 0 {
		err = errors.Join(err, printReport(out, report))
	}
	if err == nil && !verifyOnly {
		done := "moved"
		if report.Resumed {
			done = "the rest was moved"
		}
		fmt.Fprintf(talk, "%s in %s. Start the servers with --database-url, and keep %s as it is until you are sure; no server may start on it again\n",
			done, time.Since(began).Round(time.Millisecond), dir)
	}
	return err
}

// printReport shows what was compared, a line a table.
func printReport(out io.Writer, r move.Report) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TABLE\tSQLITE\tPOSTGRESQL\tSHA-256")
	for _, t := range r.Tables {
		sum := fmt.Sprintf("%x  equal", t.From.SHA256[:8])
		if t.From.SHA256 != t.To.SHA256 {
			sum = fmt.Sprintf("%x  %x  DIFFERENT", t.From.SHA256[:8], t.To.SHA256[:8])
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", t.Name, t.From.Rows, t.To.Rows, sum)
	}
	if r.Users > 0 {
		fmt.Fprintf(table, "inboxes\t%d\t%[1]d\tequal\n", r.Users)
	}
	return table.Flush()
}

// moveProgress tells people how far a move is: by bars on a terminal, else by a
// line a table, and every few seconds.
type moveProgress struct {
	out      io.Writer
	terminal bool

	what  string
	bar   *progressbar.ProgressBar
	shown time.Time
}

func (p *moveProgress) show(now move.Progress) {
	what := now.Phase + " " + now.Table
	begins := what != p.what
	p.what = what
	if p.terminal {
		if begins {
			p.end()
			p.bar = progressbar.NewOptions64(now.Total, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(what),
				progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		_ = p.bar.Set64(now.Done) // a terminal that is gone has nobody to tell
		return
	}
	if begins || time.Since(p.shown) > 5*time.Second {
		fmt.Fprintf(p.out, "%s: %d of %d\n", what, now.Done, now.Total)
		p.shown = time.Now()
	}
}

// end takes the bar away.
func (p *moveProgress) end() {
	if p.bar != nil {
		_ = p.bar.Clear() // as above
	}
}
