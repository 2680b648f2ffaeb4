package server

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"belfry"
)

const defaultLimit = 50

// inbox is GET /v1/inbox: a page of it, newest first, with the counts, and the
// cursor to stream from without a gap.
func (s *Server) inbox(a *answer, r *http.Request, c *caller) error {
	q, err := listQuery(r.URL.Query())
	if err != nil {
		return err
	}
	l, err := s.Store.List(r.Context(), c.user, q)
	if err != nil {
		return err
	}
	b := append(make([]byte, 0, 256+512*len(l.Items)), `{"items":[`...)
	for i := range l.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.Items[i].AppendJSON(b, c.user)
	}
	b = append(b, ']')
	if l.Next != "" {
		b = belfry.AppendJSONString(append(b, `,"next":`...), l.Next)
	}
	b = l.Counts.AppendJSON(append(b, `,"counts":`...))
	return a.json(http.StatusOK, append(appendCursor(b, l.Cursor), '}'))
}

func listQuery(q url.Values) (out belfry.ListQuery, err error) {
	out = belfry.ListQuery{
		Filter: belfry.Filter(q.Get("filter")), Topic: belfry.Topic(q.Get("topic")),
		Group: q.Get("group"), After: q.Get("after"), Limit: defaultLimit,
	}
	if err := out.Filter.Validate(); err != nil {
		return out, belfry.Invalid("filter", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	if out.Types, err = types(q.Get("type")); err != nil {
		return out, err
	}
	if out.Topic != "" {
		if err := out.Topic.Validate(); err != nil {
			return out, belfry.Invalid("topic", "invalid", "%s", err.(*belfry.Error).Detail)
		}
	}
	if len(out.Group) > belfry.MaxName || len(out.After) > belfry.MaxName {
		return out, belfry.Invalid("group", "too_long", "group and after have at most %d bytes", belfry.MaxName)
	}
	out.Limit, err = limitParam(q, defaultLimit, belfry.MaxItems)
	return out, err
}

// limitParam reads ?limit=.
func limitParam(q url.Values, standard, most int) (int, error) {
	v := q.Get("limit")
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, belfry.Invalid("limit", "out_of_range", "a number from 1 to %d is wanted here", most)
	}
	return n, nil
}

// maxTypes is how many types one request may tell apart.
const maxTypes = 20

// types reads ?type=a,b.
func types(list string) ([]belfry.Type, error) {
	var out []belfry.Type
	for _, name := range splitList(list) {
		t := belfry.Type(name)
		if err := t.Validate(); err != nil {
			return nil, belfry.Invalid("type", "invalid", "%s", err.(*belfry.Error).Detail)
		}
		out = append(out, t)
	}
	if len(out) > maxTypes {
		return nil, belfry.Invalid("type", "out_of_range", "at most %d types; these are %d", maxTypes, len(out))
	}
	return out, nil
}

func appendCursor(b []byte, c belfry.Cursor) []byte {
	text := c.Encode()
	b = append(b, `,"cursor":"`...)
	b = append(b, text[:]...)
	return append(b, '"')
}

// counts is GET /v1/counts: of the whole inbox, and of each type asked for.
func (s *Server) counts(a *answer, r *http.Request, c *caller) error {
	names, err := types(r.URL.Query().Get("type"))
	if err != nil {
		return err
	}
	n, err := s.Store.Counts(r.Context(), c.user, names)
	if err != nil {
		return err
	}
	b := n.AppendJSON(nil)
	b = b[:len(b)-1] // reopened
	if len(names) > 0 {
		b = append(b, `,"types":{`...)
		for i, t := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(belfry.AppendJSONString(b, string(t)), ':')
			b = n.Types[t].AppendJSON(b)
		}
		b = append(b, '}')
	}
	return a.json(http.StatusOK, append(appendCursor(b, n.Cursor), '}'))
}

// mark is POST /v1/inbox/marks. Without upTo it reaches up to now.
func (s *Server) mark(a *answer, r *http.Request, c *caller) error {
	var m belfry.Mark
	if err := decode(a, r, maxBody, &m); err != nil {
		return err
	}
	if err := m.Validate(belfry.TimeOf(time.Now())); err != nil {
		return err
	}
	done, err := s.Store.Mark(r.Context(), c.user, m)
	if err != nil {
		return err
	}
	b := appendMarked(belfry.AppendJSONString([]byte(`{"user":`), string(c.user)), &done)
	b = done.Counts.AppendJSON(append(b, `,"counts":`...))
	return a.json(http.StatusOK, append(appendCursor(b, done.Cursor), '}'))
}

// appendMarked appends what a mark did: members with a leading comma.
func appendMarked(b []byte, m *belfry.Marked) []byte {
	b = append(b, `,"changed":`...)
	b = strconv.AppendInt(b, int64(m.Changed), 10)
	if m.More {
		b = append(b, `,"more":true`...)
	}
	if len(m.Refused) == 0 {
		return b
	}
	b = append(b, `,"refused":{`...)
	sep := ""
	for id, code := range m.Refused {
		b = append(b, sep...)
		b = belfry.AppendJSONString(b, string(id))
		b = append(b, ':')
		b = belfry.AppendJSONString(b, string(code))
		sep = ","
	}
	return append(b, '}')
}
