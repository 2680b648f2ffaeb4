// Command belfry is a real-time notification server and the tools around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"belfry"
)

// gcPercent trades memory for processor time: a server's live heap is small (its
// connections own no buffers), so letting twice as much garbage pile up costs
// megabytes and saves a tenth of a connect. GOGC overrides it.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from now on a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes, as the help lists them.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

const about = `Belfry is a real-time notification server: a backend publishes to a user, a
topic or everyone; it is stored, rings every open tab, and waits for whoever is
away.

  belfry dev                               try it: a server with a demo page
  belfry send --to user:ann "Disk low"     publish a notification
  belfry listen ann                        watch an inbox
  belfry serve                             run it for real

The commands that speak to a server take its address from --url or BELFRY_URL
and an API key from --key or BELFRY_API_KEY; they find a running "belfry dev"
by themselves. Data goes to stdout, talk to stderr.

Exit codes: 0 done, 1 it failed, 2 the command was not written correctly.`

// run is main with everything it touches handed in; tests call it.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := parseEnvironment(environ)
	root := &cobra.Command{
		Use: "belfry", Short: "A real-time notification server", Long: about,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.AddCommand(
		devCommand(env), serveCommand(env),
		sendCommand(env), listenCommand(env), tokenCommand(env),
		keyCommand(env), backupCommand(env), restoreCommand(env), moveCommand(env),
		benchCommand(env), versionCommand(),
	)
	// What fails before a command begins is a mistake in how it was written.
	began := false
	root.PersistentPreRun = func(*cobra.Command, []string) { began = true }
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case began && !errors.As(err, &usage):
		fmt.Fprintf(stderr, "belfry: %s\n", explain(err))
		return exitFailure
	}
	fmt.Fprintf(stderr, "belfry: %s\nSee '%s --help'.\n", explain(err), cmd.CommandPath())
	return exitUsage
}

// usageError is a mistake in how a command was written.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// detail is what an error says to people, without its code.
func detail(err error) string {
	var e *belfry.Error
	if errors.As(err, &e) && e.Detail != "" {
		return e.Detail
	}
	return err.Error()
}

// explain is detail with every field and the cause.
func explain(err error) string {
	var e *belfry.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(detail(err))
	if len(e.Fields) > 1 {
		for _, f := range e.Fields {
			fmt.Fprintf(&b, "\n  %s: %s", f.Field, f.Detail)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, " (%s)", e.Err)
	}
	return b.String()
}
