package server

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unique"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
)

// opening is what a client asks for when it opens a session: the query of
// /v1/ws, /v1/stream and /v1/changes, and the members of the auth frame.
type opening struct {
	Cursor string         `json:"cursor"`
	Topics []belfry.Topic `json:"topics"`
	Items  *int           `json:"items"`
	Filter belfry.Filter  `json:"filter"`
	Batch  string         `json:"batch"`
	Client string         `json:"client"`
}

// Limits and defaults of an opening.
const (
	defaultItems = 20
	maxBatch     = time.Minute
	maxUserAgent = 200 // bytes
)

// queryOpening reads the query of a request, and its User-Agent.
func queryOpening(r *http.Request, q url.Values) (o opening, err error) {
	o = opening{Cursor: q.Get("cursor"), Filter: belfry.Filter(q.Get("filter")), Batch: q.Get("batch"), Client: q.Get("client")}
	for _, list := range q["topics"] {
		for _, t := range splitList(list) {
			o.Topics = append(o.Topics, belfry.Topic(t))
		}
	}
	if v := q.Get("items"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return o, belfry.Invalid("items", "invalid", "a number from 0 to %d is wanted here", belfry.MaxItems)
		}
		o.Items = &n
	}
	if o.Client == "" {
		o.Client = r.UserAgent()
	}
	return o, nil
}

// spec is the session that a user with these claims asks for, or the error that
// names the member that is wrong.
func (o *opening) spec(c *token.Claims) (hub.Spec, error) {
	spec := hub.Spec{
		User: c.User, Name: c.Name, Since: c.Since, ExpiresAt: c.ExpiresAt, IssuedAt: c.Issued,
		Items: defaultItems, Filter: o.Filter, UserAgent: tidy(o.Client),
	}
	if o.Cursor != "" {
		cursor, err := belfry.ParseCursor(o.Cursor)
		if err != nil {
			return spec, belfry.Invalid("cursor", "invalid", "%s", err.(*belfry.Error).Detail)
		}
		spec.Cursor = &cursor
	}
	if o.Items != nil {
		if spec.Items = *o.Items; spec.Items < 0 || spec.Items > belfry.MaxItems {
			return spec, belfry.Invalid("items", "out_of_range", "a number from 0 to %d is wanted here", belfry.MaxItems)
		}
	}
	if err := o.Filter.Validate(); err != nil {
		return spec, belfry.Invalid("filter", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	if o.Batch != "" {
		d, err := belfry.ParseDuration(o.Batch)
		if err != nil || d > maxBatch {
			return spec, belfry.Invalid("batch", "out_of_range", "a duration up to %s, such as 200ms, is wanted here", maxBatch)
		}
		spec.Batch = d
	}
	return spec, o.topics(c, &spec)
}

func (o *opening) topics(c *token.Claims, spec *hub.Spec) error {
	if len(o.Topics) > belfry.MaxSubscribes {
		return belfry.Invalid("topics", "out_of_range", "at most %d topics; these are %d", belfry.MaxSubscribes, len(o.Topics))
	}
	seen := make(map[belfry.Topic]bool, len(o.Topics))
	for _, t := range o.Topics {
		if err := t.Validate(); err != nil {
			return belfry.Invalid("topics", "invalid", "%s", err.(*belfry.Error).Detail)
		}
		if !c.MaySubscribe(t) {
			return notGranted("topics", t)
		}
		if !seen[t] {
			seen[t] = true
			spec.Topics = append(spec.Topics, t)
		}
	}
	return nil
}

// notGranted refuses a topic that the token's claims do not name.
func notGranted(field string, t belfry.Topic) error {
	return &belfry.Error{
		Code:   belfry.CodeForbidden,
		Detail: "the token does not allow the topic " + string(t) + "; name it in its claim belfry.subscribe",
		Fields: []belfry.FieldError{{Field: field, Code: "forbidden", Detail: "not allowed by the token"}},
	}
}

// tidy makes a name that a client gives itself fit to be shown.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, validText(s))
	if len(s) > maxUserAgent {
		s = strings.ToValidUTF8(s[:maxUserAgent], "")
	}
	return unique.Make(s).Value() // of the thousands that say the same one is kept, and nothing of the request
}
