package main

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"belfry"
	"belfry/internal/bench"
	"belfry/internal/bench/floor"
)

const benchAbout = `Put load on a server and measure it: latency, CPU and memory, and whether every
notification arrived once, in order, at whom it was for.

Without --url each round starts a server of its own, in a process and a folder
of its own, so that what it uses can be told apart from what the load uses. Only
--url aims at a server that runs already; $BELFRY_URL does not, so that nobody
loads a server by mistake. docs/performance.md says how to read the figures.

It exits with 1 when a promise was broken: something lost, doubled, out of order
or at the wrong session.`

func benchCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "bench", Short: "Put load on a server and measure it", Long: benchAbout, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, s := range bench.Scenarios() {
		cmd.AddCommand(scenarioCommand(s, env))
	}
	addr := "127.0.0.1:0"
	base := &cobra.Command{
		Use: "floor", Short: "Run the floor alone: a server that only holds sockets and writes", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return floor.Serve(cmd.Context(), addr, slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil)))
		},
	}
	base.Flags().StringVar(&addr, "addr", addr, "address to listen on")
	cmd.AddCommand(base)
	return cmd
}

// benching is one scenario as it was asked for.
type benching struct {
	remote
	bench.Options
	scenario string
	target   struct {
		publishURL, secret, metricsURL, ca string
		pid                                int
	}
	rounds             int
	vary               vary
	floor, pin, tls    bool
	serverFlags        []string
	jsonFile, htmlFile string
	plotsDir           string
	serverCore         int // negative: any
}

func scenarioCommand(s bench.Scenario, env environment) *cobra.Command {
	b := &benching{Options: s.Defaults, scenario: s.Name, serverCore: -1}
	cmd := &cobra.Command{
		Use: s.Name, Short: s.About, Long: s.About + ".", Args: cobra.NoArgs,
		Example: "  belfry bench " + s.Name + " --sessions 5000 --pin --html report.html\n  belfry bench " + s.Name + " --vary sessions=1000,5000,10000 --rounds 3 --plots plots",
		RunE:    func(cmd *cobra.Command, _ []string) error { return b.bench(cmd, s.Uses, env) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	b.loadFlags(f, s.Uses)
	f.IntVar(&b.rounds, "rounds", 1, "how often, with servers and sessions anew; the figures are medians")
	f.Var(varying(&b.vary), "vary", "an option and values for it, such as sessions=1000,5000,10000: so many rounds at each, and every figure by value")
	if s.Floor {
		f.BoolVar(&b.floor, "floor", false, "hold every figure against a server that only holds sockets and writes, in turn with it (Linux)")
	}
	f.BoolVar(&b.pin, "pin", false, "one core for the server with GOMAXPROCS=1, the others for the load (Linux)")
	f.BoolVar(&b.tls, "tls", false, "the server it starts speaks TLS")
	f.StringArrayVar(&b.serverFlags, "server-flag", nil, "flag for the server it starts, such as --server-flag=--heartbeat=5s; may be repeated")
	f.StringVar(&b.url, "url", "", "address of a server that runs already")
	f.StringVar(&b.key, "key", "", "its API key ($BELFRY_API_KEY), with the scopes publish, tokens and read")
	f.StringVar(&b.target.publishURL, "publish-url", "", "publish there, at another node of the same cluster")
	f.StringVar(&b.target.secret, "token-secret", "", "its token secret, to sign the users' tokens here instead of asking for each")
	f.IntVar(&b.target.pid, "pid", 0, "its process, to read its CPU and memory (Linux)")
	f.StringVar(&b.target.metricsURL, "metrics", "", "address of its metrics, to read its CPU and memory")
	f.StringVar(&b.target.ca, "ca", "", "PEM file of the authority of its certificate")
	f.StringVar(&b.jsonFile, "json", "", "write the report as JSON to this file")
	f.StringVar(&b.htmlFile, "html", "", "write the report as a page with plots to this file")
	f.StringVar(&b.plotsDir, "plots", "", "write each plot of the report as an SVG file to this folder")
	return cmd
}

// loadFlags adds those that mean something to the scenario.
func (b *benching) loadFlags(f *pflag.FlagSet, uses []string) {
	o := &b.Options
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.IntVarP(&o.Sessions, "sessions", "n", o.Sessions, "live connections, each of a user of its own")
	all.Var(oneOf(&o.Transport, "websocket", "sse", "mixed"), "transport", "websocket, sse, or mixed: every other one")
	all.BoolVar(&o.Compress, "compress", false, "WebSocket sessions take compressed frames; the server it starts has websocket-compression on")
	all.Var(rate(&o.Rate), "rate", "requests or arrivals a second, at their moments whatever the server does; 0: as fast as it goes")
	all.IntVar(&o.Notifications, "notifications", o.Notifications, "how many to publish")
	all.IntVar(&o.Publishers, "publishers", o.Publishers, "connections that publish")
	all.Var(duration(&o.Gap), "gap", "between broadcasts; 0: back to back")
	all.IntVar(&o.Size, "size", o.Size, "bytes of a notification's body")
	all.IntVar(&o.Batch, "batch", o.Batch, "notifications in a batch")
	all.IntVar(&o.Users, "users", o.Users, "users, where that is more than sessions, which are spread evenly over them")
	all.IntVar(&o.Stored, "stored", o.Stored, "notifications that lie in the users' inboxes before, spread evenly; of each user's a server keeps 1,000 (--server-flag=--retention-items=…)")
	all.IntVar(&o.StoredShared, "stored-shared", o.StoredShared, "broadcasts that lie in every inbox before")
	all.IntVar(&o.Missed, "missed", o.Missed, "broadcasts that are missed")
	all.IntVar(&o.MissedPrivate, "missed-private", o.MissedPrivate, "notifications of its own that each session misses")
	all.Float64Var(&o.Stalled, "stalled", o.Stalled, "share of the sessions that stop reading")
	all.Var(duration(&o.Duration), "duration", "how long")
	all.IntVar(&o.Topics, "topics", o.Topics, "topics, of which each user follows one; broadcast goes to them in turn, or with 0 to everyone")
	all.IntVar(&o.Connecting, "connecting", o.Connecting, "openings under way at most; 0: all at once")
	all.Var(duration(&o.Settle), "settle", "wait before the memory of idle connections is read")
	all.Var(duration(&o.Quiet), "quiet", "when nothing arrives for so long, the rest is lost")
	all.Var(duration(&o.Every), "sample", "between two looks at the server")
	all.SortFlags = false
	all.VisitAll(func(flag *pflag.Flag) {
		if slices.Contains(uses, flag.Name) {
			f.AddFlag(flag)
		}
	})
}

func (b *benching) bench(cmd *cobra.Command, uses []string, env environment) error {
	run, err := b.prepare(env)
	if err != nil {
		return err
	}
	if run.Vary, err = b.steps(cmd.Flags(), uses); err != nil {
		return err
	}
	run.Flags = map[string]string{}
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if secret := f.Name == "key" || f.Name == "token-secret"; !secret && f.Name != "help" && f.Name != b.vary.option && f.Value.String() != "" && f.Value.String() != "[]" {
			run.Flags[f.Name] = f.Value.String()
		}
	})
	run.Progress = &bench.Progress{}
	if talk := cmd.ErrOrStderr(); isTerminal(talk) {
		run.Progress = bench.NewProgress(talk)
	}
	r, err := run.Run(cmd.Context())
	if err != nil {
		return err
	}
	if err := b.write(r, cmd.OutOrStdout()); err != nil {
		return err
	}
	if !r.Kept() {
		return belfry.Errorf(belfry.CodeInternal, "a promise was broken: not everything arrived once, in order, at whom it was for")
	}
	return nil
}

// prepare makes the run: who is under load, and on which cores.
func (b *benching) prepare(env environment) (*bench.Bench, error) {
	if b.rounds < 1 {
		return nil, usageError{belfry.Invalid("--rounds", "out_of_range", "at least 1")}
	}
	if err := b.Check(); err != nil {
		return nil, usageError{err}
	}
	run := &bench.Bench{Scenario: b.scenario, Options: b.Options, Rounds: b.rounds, Version: version()}
	if b.pin {
		core, err := bench.Pin()
		if err != nil {
			return nil, err
		}
		b.serverCore = core
	}
	if b.url == "" {
		run.Server = b.server
	} else {
		t, err := b.given(env)
		if err != nil {
			return nil, err
		}
		run.Target = t
	}
	if b.floor {
		run.Floor = b.base
	}
	return run, nil
}

// given is the server that runs already.
func (b *benching) given(env environment) (*bench.Target, error) {
	t := &bench.Target{Name: "belfry", URL: b.url, PublishURL: b.target.publishURL, Key: cmp.Or(b.key, env["BELFRY_API_KEY"]), Secret: b.target.secret}
	if t.Key == "" {
		return nil, usageError{belfry.Errorf(belfry.CodeInvalid, "an API key is needed: --key or $BELFRY_API_KEY; belfry key create makes one")}
	}
	config, err := b.clientTLS()
	if err != nil {
		return nil, err
	}
	t.TLS = config
	switch {
	case b.target.pid != 0:
		t.Meter = bench.NewMeter(b.target.pid, b.target.metricsURL)
	case b.target.metricsURL != "":
		t.Meter = bench.NewEndpoint(b.target.metricsURL)
	}
	return t, nil
}

// clientTLS is nil for an address without it.
func (b *benching) clientTLS() (*tls.Config, error) {
	if len(b.url) < 8 || b.url[:8] != "https://" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if b.target.ca == "" {
		return c, nil
	}
	pem, err := os.ReadFile(b.target.ca)
	if err != nil {
		return nil, usageError{belfry.Invalid("--ca", "invalid", "%s", err)}
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usageError{belfry.Invalid("--ca", "invalid", "%s holds no certificate", b.target.ca)}
	}
	return c, nil
}

// server starts this very program, with its data in the folder.
func (b *benching) server(dir string) (*bench.Launch, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l := &bench.Launch{Name: "belfry", Key: rand.Text(), Secret: rand.Text() + rand.Text(), OnCore: b.serverCore}
	l.Command = []string{self, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--data", filepath.Join(dir, "data"),
		"--api-key", l.Key, "--token-secret", l.Secret, "--client-rate", "0", "--log-format", "json", "--drain-delay", "0s", "--drain-timeout", "0s"}
	if b.tls {
		if l.TLS, err = bench.NewCertificate(dir); err != nil {
			return nil, err
		}
		l.Command = append(l.Command, "--tls-cert", l.TLS.CertFile, "--tls-key", l.TLS.KeyFile)
	}
	if b.Compress {
		l.Command = append(l.Command, "--websocket-compression=true")
	}
	l.Command = append(l.Command, b.serverFlags...)
	return l, nil
}

// base starts the floor, on the server's core.
func (b *benching) base(string) (*bench.Launch, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &bench.Launch{Name: "floor", Key: "none", Secret: rand.Text() + rand.Text(), OnCore: b.serverCore, Command: []string{self, "bench", "floor"}}, nil
}

// write shows the table and writes the files.
func (b *benching) write(r *bench.Report, stdout io.Writer) error {
	err := r.WriteTable(stdout)
	if b.jsonFile != "" {
		text, jsonErr := json.MarshalIndent(r, "", "  ")
		err = errors.Join(err, jsonErr, os.WriteFile(b.jsonFile, append(text, '\n'), 0o644))
	}
	if b.plotsDir != "" {
		err = errors.Join(err, r.WritePlots(b.plotsDir))
	}
	if b.htmlFile != "" {
		f, openErr := os.Create(b.htmlFile)
		if openErr != nil {
			return errors.Join(err, openErr)
		}
		err = errors.Join(err, r.WriteHTML(f), f.Close())
	}
	return err
}
