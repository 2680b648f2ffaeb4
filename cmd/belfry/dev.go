package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/server"
)

// development are the defaults of dev.
func development() config {
	c := production()
	c.addr, c.data, c.adminAddr = "127.0.0.1:8080", "", ""
	c.allowedOrigins = []string{"http://localhost:*", "http://127.0.0.1:*"}
	c.drainDelay, c.drainTimeout = 0, 0
	c.logLevel = slog.LevelWarn
	return c
}

func devCommand(env environment) *cobra.Command {
	cfg := development()
	quiet := false
	cmd := &cobra.Command{
		Use: "dev", Short: "Try it: a server on this machine with a demo page",
		Long: `Run a server on this machine with a demo page, two demo users (ann and bob), and
believable notifications every few seconds while somebody watches. The data lies
in a temporary folder that is removed at the end, unless --data says where. The
other commands find the server and its key by themselves.

It takes the settings of "belfry serve"; do not use it for anything real.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := cfg.load(cmd, env)
			if err != nil {
				return err
			}
			d := &dev{cfg: cfg, env: env, quiet: quiet, anyPort: from["addr"] == fromDefault, talk: cmd.ErrOrStderr()}
			return d.run(cmd.Context())
		},
	}
	cfg.addFlags(cmd)
	cmd.Flags().BoolVar(&quiet, "quiet", false, "no made-up notifications")
	return cmd
}

// dev is one run of belfry dev.
type dev struct {
	cfg     config
	env     environment
	quiet   bool
	anyPort bool // take the next free port when the wanted one is taken
	talk    io.Writer
}

func (d *dev) run(ctx context.Context) (err error) {
	l, err := d.listen()
	if err != nil {
		return err
	}
	temporary := d.cfg.data == ""
	if temporary {
		if d.cfg.data, err = os.MkdirTemp("", "belfry-dev-"); err != nil {
			return errors.Join(err, l.Close())
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.cfg.data)) }()
	}
	if len(d.cfg.tokenSecret) == 0 {
		d.cfg.tokenSecret = []string{rand.Text() + rand.Text()}
	}
	d.cfg.apiKey = cmp.Or(d.cfg.apiKey, "dev_"+strings.ToLower(rand.Text()))
	log := newLogger(d.cfg, d.talk)
	d.cfg.warnUnknown(d.env, log)
	page := &demo{key: d.cfg.apiKey}
	n, err := openNode(ctx, d.cfg, log, page.handler())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	page.tokens = n.tokens
	if err := n.store.Follow(ctx, demoUsers, demoTopic, true); err != nil {
		return errors.Join(err, l.Close(), n.close())
	}
	here := beacon{URL: "http://" + l.Addr().String() + d.cfg.basePath, Key: d.cfg.apiKey}
	if err := here.light(d.env); err != nil {
		log.Warn("the other commands will not find this server by themselves; give them --url and --key", "err", err)
	}
	d.banner(here, temporary)
	life := simulation{n.store, n.hub, n.bus, log}.run
	if d.quiet {
		life = func(context.Context) {}
	}
	return errors.Join(n.serve(ctx, l, life), here.quench(d.env))
}

// listen takes the address, or, when nobody asked for it, the next free one.
func (d *dev) listen() (net.Listener, error) {
	host, port, err := net.SplitHostPort(d.cfg.addr)
	if ip, ipErr := netip.ParseAddr(host); err != nil || host != "localhost" && (ipErr != nil || !ip.IsLoopback()) {
		return nil, usageError{belfry.Errorf(belfry.CodeInvalid, "--addr ($BELFRY_ADDR): belfry dev gives its key to whoever asks, so it listens on this machine only, such as 127.0.0.1:8080; for others there is belfry serve")}
	}
	l, err := server.Listen(d.cfg.addr)
	if !d.anyPort || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	for next := first + 1; next < first+20; next++ {
		if l, err = server.Listen(net.JoinHostPort(host, strconv.Itoa(next))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// banner says where to look and what to paste.
func (d *dev) banner(at beacon, temporary bool) {
	bold, faint, plain := "\x1b[1m", "\x1b[2m", "\x1b[0m"
	if !isTerminal(d.talk) || d.env["NO_COLOR"] != "" {
		bold, faint, plain = "", "", ""
	}
	kept := "The data stays in " + d.cfg.data + "."
	if temporary {
		kept = "The data is gone when this ends; --data keeps it."
	}
	fmt.Fprintf(d.talk, `
  %[1]sBelfry%[3]s is ringing.

  %[2]sOpen%[3]s     %[1]s%[4]s/%[3]s
           and %[4]s/?user=bob in a second window

  %[2]sPublish%[3]s  curl %[4]s/v1/notifications \
             -H 'Authorization: Bearer %[5]s' \
             -H 'Content-Type: application/json' \
             -d '{"to":{"user":"ann"},"level":"success","title":"Hello, Ann"}'

  %[2]sWatch%[3]s    curl -N "%[4]s/v1/stream?items=5&token=$(curl -s '%[4]s/demo/token?user=ann&form=text')"

  %[2]s%[6]s Ctrl-C ends it.%[3]s

`, bold, faint, plain, at.URL, at.Key, kept)
}
