package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/client"
)

// listening is what belfry listen was asked for.
type listening struct {
	remote
	user   belfry.UserID
	stream client.StreamOptions
	topics []string
	asJSON bool
}

func listenCommand(env environment) *cobra.Command {
	l := listening{stream: client.StreamOptions{Transport: client.TransportWebSocket}}
	cmd := &cobra.Command{
		Use:   "listen USER",
		Short: "Watch an inbox",
		Long: `Print what is in a user's inbox and what arrives there, until interrupted. It
comes back by itself after the server was away, and misses nothing. The API key
needs the scope "tokens".

With --json each line is a frame as docs/protocol.md describes it; --cursor
resumes after the last one that was processed.`,
		Example: `  belfry listen ann
  belfry listen ann --json | jq -r 'select(.type == "notification") | .item.title'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l.user = belfry.UserID(args[0])
			return l.listen(cmd.Context(), env, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	l.addFlags(cmd)
	f := cmd.Flags()
	f.Var(oneOf(&l.stream.Transport, client.TransportWebSocket, client.TransportSSE), "transport", "websocket or sse")
	f.StringVar(&l.stream.Cursor, "cursor", "", "resume after this cursor")
	f.IntVar(&l.stream.Items, "items", 10, "newest items to begin with, 0 to 100")
	f.StringSliceVar(&l.topics, "topic", nil, "topic to watch beside what the user follows; may be repeated")
	f.BoolVar(&l.asJSON, "json", false, "print frames as JSON lines")
	return cmd
}

func (l *listening) listen(ctx context.Context, env environment, stdout, stderr io.Writer) error {
	c, err := l.connect(env)
	if err != nil {
		return err
	}
	o := l.stream
	for _, t := range l.topics {
		o.Topics = append(o.Topics, belfry.Topic(t))
	}
	o.Token = func(ctx context.Context) (string, error) {
		claims := client.Claims{}
		for _, t := range l.topics {
			claims.Subscribe = append(claims.Subscribe, belfry.Pattern(t))
		}
		t, err := c.Token(ctx, l.user, time.Hour, claims)
		return t.Token, err
	}
	o.Lost = func(err error, wait time.Duration) {
		fmt.Fprintf(stderr, "%s; trying again in %s\n", detail(err), wait.Round(100*time.Millisecond))
	}
	p := printer{out: stdout, talk: stderr, color: isTerminal(stdout) && env["NO_COLOR"] == ""}
	show := p.frame
	if l.asJSON {
		show = func(f client.Frame) error {
			if f.Type == "pong" {
				return nil
			}
			_, err := fmt.Fprintf(stdout, "%s\n", f.Raw)
			return err
		}
	}
	if err := c.Stream(ctx, o, show); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil // interrupted, which is how listening ends
}

// printer writes an inbox for people.
type printer struct {
	out, talk io.Writer
	color     bool
	tally     client.Tally
}

func (p *printer) frame(f client.Frame) (err error) {
	changed := p.tally.Take(f)
	switch b := f.Body.(type) {
	case *client.Welcome:
		changed = changed || !b.Resumed
		err = p.welcome(b)
	case *client.Notification:
		err = p.item(b.Op, b.Item)
	case *client.Follow:
		err = p.items(b.Items)
	}
	if changed {
		fmt.Fprintf(p.talk, "%d unread\n", p.tally.Unread)
	}
	return err
}

func (p *printer) welcome(w *client.Welcome) error {
	if w.Reset {
		fmt.Fprintln(p.talk, "the server could not go on from where we were; this is the inbox as it is now")
	}
	slices.Reverse(w.Items) // oldest first, as what follows
	return p.items(w.Items)
}

func (p *printer) items(items []client.Item) error {
	for _, it := range items {
		if err := p.item("created", it); err != nil {
			return err
		}
	}
	return nil
}

var levelColors = map[belfry.Level]string{
	belfry.LevelInfo: "34", belfry.LevelSuccess: "32", belfry.LevelWarning: "33", belfry.LevelError: "31",
}

// item writes one line: time, level, title, body, and where it was sent if that
// was not to the user alone.
func (p *printer) item(op string, it client.Item) error {
	if op == "removed" {
		_, err := fmt.Fprintf(p.out, "%s  removed  %s\n", time.Now().Format(time.TimeOnly), it.ID)
		return err
	}
	line := fmt.Sprintf("%s  %s  %s", it.DeliveredAt.Std().Local().Format(time.TimeOnly), p.paint(levelColors[it.Level], fmt.Sprintf("%-7s", it.Level)), p.paint("1", it.Title))
	if it.Body != "" {
		line += "  " + p.paint("2", strings.Join(strings.Fields(it.Body), " "))
	}
	if it.To.Shared() {
		line += "  " + p.paint("2", "("+it.To.String()+")")
	}
	if op == "updated" {
		line += "  (edited)"
	}
	_, err := fmt.Fprintln(p.out, line)
	return err
}

func (p *printer) paint(color, s string) string {
	s = printable(s)
	if !p.color {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// printable keeps control characters of other people's text from the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
