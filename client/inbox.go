package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"belfry"
)

// Inbox is one user's inbox.
type Inbox struct {
	client       *Client
	path, counts string
}

// Inbox gives the inbox of a user, for a client with an API key. The inbox of
// the user that a token names is Inbox("").
func (c *Client) Inbox(user belfry.UserID) Inbox {
	if user == "" {
		return Inbox{c, "/v1/inbox", "/v1/counts"}
	}
	path := "/v1/users/" + url.PathEscape(string(user)) + "/inbox"
	return Inbox{c, path, path + "/counts"}
}

// ListOptions choose a page of an inbox. The zero value is the newest items.
type ListOptions struct {
	Filter belfry.Filter
	Types  []belfry.Type
	Topic  belfry.Topic
	Group  string
	After  string // List.Next of the page before
	Limit  int    // 1 to belfry.MaxItems; 0: the server's default
}

// List is a page of an inbox, newest first.
type List struct {
	Items  []Item        `json:"items"`
	Next   string        `json:"next"` // "" when this was the last page
	Counts belfry.Counts `json:"counts"`
	Cursor string        `json:"cursor"` // stream from here and nothing is missed
}

// List reads a page.
func (in Inbox) List(ctx context.Context, o ListOptions) (l List, err error) {
	q := url.Values{}
	for name, v := range map[string]string{
		"filter": string(o.Filter), "topic": string(o.Topic), "group": o.Group, "after": o.After, "type": joinTypes(o.Types),
	} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if o.Limit != 0 {
		q.Set("limit", strconv.Itoa(o.Limit))
	}
	_, err = in.client.call(ctx, request{method: http.MethodGet, path: in.path, query: q}, &l)
	return l, err
}

// Counts are the counts of an inbox, all together and of each type asked for.
type Counts struct {
	belfry.Counts
	Types  map[belfry.Type]belfry.Counts `json:"types"`
	Cursor string                        `json:"cursor"`
}

// Counts counts the inbox, and apart for each of the types asked for.
func (in Inbox) Counts(ctx context.Context, types ...belfry.Type) (c Counts, err error) {
	q := url.Values{}
	if len(types) > 0 {
		q.Set("type", joinTypes(types))
	}
	_, err = in.client.call(ctx, request{method: http.MethodGet, path: in.counts, query: q}, &c)
	return c, err
}

// Marked is what a mark did.
type Marked struct {
	Changed int                       `json:"changed"` // items or watermarks; 0: nothing was new
	More    bool                      `json:"more"`    // more than belfry.MaxMarkIDs were meant: send it again
	Refused map[belfry.ID]belfry.Code `json:"refused"` // what was not touched, and why
	Counts  belfry.Counts             `json:"counts"`
	Cursor  string                    `json:"cursor"`
}

// Mark changes receipts. Give Mark.UpTo the cursor of what the user had before
// their eyes, and what arrived since is left alone.
func (in Inbox) Mark(ctx context.Context, m belfry.Mark) (done Marked, err error) {
	_, err = in.client.call(ctx, request{method: http.MethodPost, path: in.path + "/marks", body: m}, &done)
	return done, err
}

// Follow ties the user to a topic for good: it counts in the inbox, also while
// nobody is online.
func (in Inbox) Follow(ctx context.Context, topic belfry.Topic) error {
	_, err := in.client.call(ctx, request{method: http.MethodPut, path: in.topic(topic)}, nil)
	return err
}

// Unfollow ends Follow: the topic's items leave the inbox.
func (in Inbox) Unfollow(ctx context.Context, topic belfry.Topic) error {
	_, err := in.client.call(ctx, request{method: http.MethodDelete, path: in.topic(topic)}, nil)
	return err
}

func (in Inbox) topic(t belfry.Topic) string { return in.path + "/topics/" + url.PathEscape(string(t)) }

func joinTypes(types []belfry.Type) string {
	s := make([]string, len(types))
	for i, t := range types {
		s[i] = string(t)
	}
	return strings.Join(s, ",")
}
