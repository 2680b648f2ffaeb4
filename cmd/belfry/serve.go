package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/server"
)

func serveCommand(env environment) *cobra.Command {
	cfg := production()
	printConfig, asJSON := false, false
	cmd := &cobra.Command{
		Use: "serve", Short: "Run a server",
		Long: `Run a server. Every setting is a flag or a BELFRY_* variable, the flag wins;
secrets are better read from a file that BELFRY_..._FILE names.

SIGTERM drains: /readyz answers 503, everything is served for --drain-delay, the
connections are closed over --drain-timeout, and the exit code is 0. A second
signal ends it at once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := cfg.load(cmd, env)
			if err != nil {
				return err
			}
			if printConfig {
				return cfg.print(cmd.OutOrStdout(), from, asJSON)
			}
			if cfg.data == "" && cfg.databaseURL == "" {
				return usageError{belfry.Errorf(belfry.CodeInvalid, "--data ($BELFRY_DATA): a folder is needed")}
			}
			return serve(cmd.Context(), cfg, env, cmd.ErrOrStderr())
		},
	}
	cfg.addFlags(cmd)
	cmd.Flags().BoolVar(&printConfig, "print-config", false, "print every setting, its value and where it came from, and exit")
	cmd.Flags().BoolVar(&asJSON, "json", false, "with --print-config: JSON lines")
	return cmd
}

func serve(ctx context.Context, cfg config, env environment, talk io.Writer) error {
	log := newLogger(cfg, talk)
	cfg.warnUnknown(env, log)
	checkFiles(cfg, log)
	n, err := openNode(ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	l, admin, err := n.listen()
	if err != nil {
		return errors.Join(err, n.close())
	}
	n.advise(ctx)
	log.Info("serving", "addr", l.Addr().String(), "tls", cfg.tlsCert != "", "version", version(), "data", cfg.place())
	return n.serve(ctx, l, admin)
}

func newLogger(cfg config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.logLevel}
	if cfg.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// checkFiles warns when connections will be refused before max-sessions is
// reached. The Go runtime has raised the soft limit to the hard one already.
func checkFiles(cfg config, log *slog.Logger) {
	const beside = 64 // files of the store, listeners, standard streams
	if limit, known := openFiles(); known && uint64(cfg.maxSessions)+beside > limit {
		log.Warn("the limit of open files is below max-sessions; raise it (ulimit -n, LimitNOFILE=)", "files", limit, "max-sessions", cfg.maxSessions)
	}
}

// listen opens the addresses; admin serves the one of metrics and profiles.
func (n *node) listen() (l net.Listener, admin func(context.Context), err error) {
	if l, err = server.Listen(n.cfg.addr); err != nil {
		return nil, nil, belfry.Errorf(belfry.CodeUnavailable, "--addr ($BELFRY_ADDR): %s", err)
	}
	if n.cfg.tlsCert != "" {
		secure, err := server.LoadTLS(n.cfg.tlsCert, n.cfg.tlsKey, n.log)
		if err != nil {
			return nil, nil, errors.Join(belfry.Errorf(belfry.CodeInvalid, "--tls-cert ($BELFRY_TLS_CERT), --tls-key ($BELFRY_TLS_KEY): %s", err), l.Close())
		}
		l = tls.NewListener(l, secure)
	}
	if n.cfg.adminAddr == "" {
		return l, func(context.Context) {}, nil
	}
	side, err := net.Listen("tcp", n.cfg.adminAddr)
	if err != nil {
		return nil, nil, errors.Join(belfry.Errorf(belfry.CodeUnavailable, "--admin-addr ($BELFRY_ADMIN_ADDR): %s; leave it empty for none", err), l.Close())
	}
	n.log.Info("metrics and profiles", "admin", side.Addr().String())
	return l, func(ctx context.Context) { n.serveAdmin(ctx, side) }, nil
}

// advise says what is missing for anybody to use the server, and what is weak.
func (n *node) advise(ctx context.Context) {
	keys, err := n.store.Keys(ctx)
	if err != nil {
		n.log.Error("the API keys could not be read", "err", err)
	}
	alive := slices.ContainsFunc(keys, func(k belfry.Key) bool { return k.RevokedAt == 0 })
	if !alive && n.cfg.apiKey == "" {
		n.log.Warn("no backend can publish yet: there is no API key. Make one with: belfry key create " + n.cfg.whereKeysAre() + " --name NAME")
	}
	if n.cfg.apiKey != "" && len(n.cfg.apiKey) < 16 {
		n.log.Warn("the static API key is short enough to be guessed; openssl rand -hex 32 makes a better one")
	}
	if n.tokens == nil {
		n.log.Warn("no user can connect yet: set token-secret, token-public-key or token-jwks-url. A secret is made with: openssl rand -hex 32")
	}
}
