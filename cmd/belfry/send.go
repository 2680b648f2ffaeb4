package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"belfry"
)

// sending is what belfry send was asked for. Its draft takes the flags that are
// plain text; complete reads the others into it.
type sending struct {
	remote
	draft                 belfry.Draft
	to, except            []string
	kind, level, priority string
	data, actor, entity   string
	deliverAt, expiresAt  string
	asJSON                bool
}

func sendCommand(env environment) *cobra.Command {
	var s sending
	cmd := &cobra.Command{
		Use:   "send --to TARGET TITLE",
		Short: "Publish a notification",
		Long: `Publish a notification and print its id. A target is user:ann, topic:orders.eu
or all; several users are several --to.`,
		Example: `  belfry send --to user:ann --level warning "Disk low"
  belfry send --to topic:orders.eu --type order --data '{"total":"49.00"}' "Order 1042 was paid"
  df -h | belfry send --to user:ann --body - "Disk report"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.draft.Title = args[0]
			if err := s.complete(cmd.InOrStdin(), time.Now()); err != nil {
				return usageError{err}
			}
			return s.send(cmd.Context(), env, cmd.OutOrStdout())
		},
	}
	s.addFlags(cmd)
	return cmd
}

func (s *sending) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&s.to, "to", nil, "whom: user:ann, topic:orders.eu or all")
	f.StringArrayVar(&s.except, "except", nil, "user who does not get it, with a topic or all; may be repeated")
	f.StringVar(&s.kind, "type", "", "kind of notification, such as comment (default notification)")
	f.StringVar(&s.level, "level", "", "info, success, warning or error (default info)")
	f.StringVar(&s.priority, "priority", "", "low, medium, high or urgent (default medium)")
	f.StringVar(&s.draft.Body, "body", "", "text below the title; - reads it from stdin")
	f.StringVar(&s.data, "data", "", "JSON object for the application")
	f.StringVar(&s.actor, "actor", "", "name of who caused it")
	f.StringVar(&s.entity, "entity", "", "what it is about, as type:id")
	f.StringVar(&s.draft.ActionURL, "action-url", "", "where a click leads")
	f.StringVar(&s.draft.ImageURL, "image-url", "", "picture to show")
	f.StringVar(&s.draft.Group, "group", "", "shown together with others of this group")
	f.StringVar(&s.draft.CollapseKey, "collapse-key", "", "replaces the unread older one of this key")
	f.BoolVar(&s.draft.Silent, "silent", false, "counted, but no toast and no sound")
	f.StringVar(&s.deliverAt, "deliver-at", "", "when to deliver: a time (RFC 3339) or a duration from now, such as 10m")
	f.StringVar(&s.expiresAt, "expires-at", "", "when to remove it: a time or a duration from now")
	f.StringVar(&s.draft.IdempotencyKey, "idempotency-key", "", "sent again with this key, it is published once")
	f.BoolVar(&s.asJSON, "json", false, `print {"id","status","replayed"}`)
	s.remote.addFlags(cmd)
}

// complete reads the flags that are not plain text and checks the draft as the
// server will.
func (s *sending) complete(stdin io.Reader, now time.Time) (err error) {
	d := &s.draft
	if d.To, err = parseTargets(s.to); err != nil {
		return err
	}
	for _, u := range s.except {
		d.Except = append(d.Except, belfry.UserID(strings.TrimPrefix(u, "user:")))
	}
	d.Type, d.Level, d.Priority = belfry.Type(s.kind), belfry.Level(s.level), belfry.Priority(s.priority)
	if d.Body == "-" {
		b, err := io.ReadAll(io.LimitReader(stdin, belfry.MaxBody+1))
		if err != nil {
			return err
		}
		d.Body = strings.TrimSpace(string(b))
	}
	if s.data != "" {
		if d.Data = json.RawMessage(s.data); !json.Valid(d.Data) {
			return belfry.Errorf(belfry.CodeInvalid, "--data is no JSON: %.80s", s.data)
		}
	}
	if s.actor != "" {
		d.Actor = &belfry.Actor{Name: s.actor}
	}
	if s.entity != "" {
		kind, id, _ := strings.Cut(s.entity, ":")
		d.Entity = &belfry.Entity{Type: kind, ID: id}
	}
	if d.DeliverAt, err = parseMoment(s.deliverAt, now); err != nil {
		return err
	}
	if d.ExpiresAt, err = parseMoment(s.expiresAt, now); err != nil {
		return err
	}
	checked := *d
	checked.Normalize()
	return checked.Validate(belfry.TimeOf(now))
}

func parseTargets(words []string) (belfry.Target, error) {
	switch len(words) {
	case 0:
		return belfry.Target{}, belfry.Errorf(belfry.CodeInvalid, "--to is needed: user:ann, topic:orders.eu or all")
	case 1:
		return belfry.ParseTarget(words[0])
	}
	var users belfry.Target
	for _, w := range words {
		t, err := belfry.ParseTarget(w)
		if err != nil {
			return t, err
		}
		if t.User == "" {
			return t, belfry.Errorf(belfry.CodeInvalid, "--to %s stands alone; only users can be several", w)
		}
		users.Users = append(users.Users, t.User)
	}
	return users, nil
}

// parseMoment reads a time or a duration from now; "" is never.
func parseMoment(s string, now time.Time) (belfry.Time, error) {
	if s == "" {
		return 0, nil
	}
	if d, err := belfry.ParseDuration(s); err == nil {
		return belfry.TimeOf(now.Add(d)), nil
	}
	return belfry.ParseTime(s)
}

func (s *sending) send(ctx context.Context, env environment, stdout io.Writer) error {
	c, err := s.connect(env)
	if err != nil {
		return err
	}
	p, err := c.Publish(ctx, s.draft)
	if err != nil {
		return err
	}
	if s.asJSON {
		return json.NewEncoder(stdout).Encode(map[string]any{"id": p.ID, "status": p.Status, "replayed": p.Replayed})
	}
	_, err = fmt.Fprintln(stdout, p.ID)
	return err
}
