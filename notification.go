package belfry

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a notification. Text is measured in code points where a person
// reads it, in bytes where a machine stores it.
const (
	MaxTitle   = 200     // code points
	MaxBody    = 4 << 10 // bytes
	MaxData    = 8 << 10 // bytes of JSON
	MaxURL     = 2 << 10 // bytes
	MaxName    = 128     // bytes: group, collapseKey, entity, actor, idempotencyKey, labels
	MaxActions = 3       // buttons
	MaxBatch   = 1000    // notifications in one request
	MaxRequest = 4 << 20 // bytes in one batch request
)

// Type is the kind of a notification: comment, mention, order, system.
// [a-z0-9][a-z0-9._-]{0,63}.
type Type string

// Validate says what is wrong with the type, or nil.
func (t Type) Validate() error {
	ok := len(t) >= 1 && len(t) <= 64
	for i := 0; ok && i < len(t); i++ {
		c := t[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return Errorf(CodeInvalid, "a type is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit, such as comment or order.paid")
	}
	return nil
}

// Level is the tone: it decides style and sound. The zero value is info.
type Level string

// Priority decides how insistent the alert is: urgent toasts stay, low ones are
// not shown. The zero value is medium.
type Priority string

// The levels and priorities.
const (
	LevelInfo    Level = "info"
	LevelSuccess Level = "success"
	LevelWarning Level = "warning"
	LevelError   Level = "error"

	PriorityLow    Priority = "low"
	PriorityMedium Priority = "medium"
	PriorityHigh   Priority = "high"
	PriorityUrgent Priority = "urgent"
)

// Content is a notification as published, without its address: what every
// inbox it reaches shows alike. Text is text, never markup. URLs are http,
// https or a same-origin path that begins with a single slash.
type Content struct {
	Type        Type            `json:"type"`
	Level       Level           `json:"level,omitempty"`
	Priority    Priority        `json:"priority,omitempty"`
	Title       string          `json:"title"`
	Body        string          `json:"body,omitempty"`
	Data        json.RawMessage `json:"data,omitempty"` // a JSON object
	Actor       *Actor          `json:"actor,omitempty"`
	Entity      *Entity         `json:"entity,omitempty"`
	ActionURL   string          `json:"actionUrl,omitempty"`
	ImageURL    string          `json:"imageUrl,omitempty"`
	Actions     []Button        `json:"actions,omitempty"`
	Group       string          `json:"group,omitempty"`
	CollapseKey string          `json:"collapseKey,omitempty"`
	Silent      bool            `json:"silent,omitempty"`   // stored and counted, alerts nobody
	ExpiresAt   Time            `json:"expiresAt,omitzero"` // removed from every inbox when this passes
}

// Actor is who caused the notification.
type Actor struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	AvatarURL string `json:"avatarUrl,omitempty"`
}

// Entity is what it is about; marks can name it.
type Entity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Button is one of the actions offered with a notification.
type Button struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"` // primary, default or danger
}

// Draft is what a backend hands in: a content and its address.
type Draft struct {
	To     Target   `json:"to"`
	Except []UserID `json:"except,omitempty"` // at most 100 users who do not get it
	Content
	DeliverAt      Time   `json:"deliverAt,omitzero"` // enters the inboxes when this passes
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
}

// Normalize fills the defaults: level info, priority medium, type "notification".
func (c *Content) Normalize() {
	if c.Level == "" {
		c.Level = LevelInfo
	}
	if c.Priority == "" {
		c.Priority = PriorityMedium
	}
	if c.Type == "" {
		c.Type = "notification"
	}
	if string(c.Data) == "null" {
		c.Data = nil
	}
}

// Validate checks a normalized draft against every rule of the protocol and
// names all fields that break one. now decides whether deliverAt and expiresAt
// still lie ahead.
func (d *Draft) Validate(now Time) error {
	var f faults
	d.To.validate("/to", &f)
	if len(d.Except) > 0 {
		validateUsers(d.Except, "/except", MaxExcept, &f)
		if !d.To.Shared() {
			f.add("/except", "conflict", "except goes with a topic or all; leave the users out of the list instead")
		}
	}
	if len(d.IdempotencyKey) > MaxName {
		f.add("/idempotencyKey", "too_long", "at most %d bytes", MaxName)
	}
	checkText(&f, "/idempotencyKey", d.IdempotencyKey)
	if d.DeliverAt != 0 && d.ExpiresAt != 0 && d.ExpiresAt <= d.DeliverAt {
		f.add("/expiresAt", "conflict", "it would expire before it is delivered")
	}
	if d.ExpiresAt != 0 && d.ExpiresAt <= now {
		f.add("/expiresAt", "out_of_range", "this time has passed")
	}
	d.Content.validate(&f)
	return f.err()
}

func (c *Content) validate(f *faults) {
	addFault(f, "/type", c.Type.Validate())
	if !slices.Contains([]Level{LevelInfo, LevelSuccess, LevelWarning, LevelError}, c.Level) {
		f.add("/level", "invalid", "one of info, success, warning, error")
	}
	if !slices.Contains([]Priority{PriorityLow, PriorityMedium, PriorityHigh, PriorityUrgent}, c.Priority) {
		f.add("/priority", "invalid", "one of low, medium, high, urgent")
	}
	if strings.TrimSpace(c.Title) == "" {
		f.add("/title", "required", "a notification needs a title")
	}
	if n := utf8.RuneCountInString(c.Title); n > MaxTitle {
		f.add("/title", "too_long", "at most %d characters; this has %d", MaxTitle, n)
	}
	if len(c.Body) > MaxBody {
		f.add("/body", "too_long", "at most %d bytes; this has %d", MaxBody, len(c.Body))
	}
	if len(c.Data) > MaxData {
		f.add("/data", "too_long", "at most %d bytes of JSON; this has %d", MaxData, len(c.Data))
	} else if len(c.Data) > 0 && c.Data[0] != '{' {
		f.add("/data", "invalid", "data is a JSON object")
	} else if err := CheckJSONText(c.Data); err != nil {
		f.add("/data", "invalid", "%s", err.(*Error).Detail)
	}
	checkText(f, "/title", c.Title)
	checkText(f, "/body", c.Body)
	checkShort(f, "/group", c.Group, false)
	checkShort(f, "/collapseKey", c.CollapseKey, false)
	checkURL(f, "/actionUrl", c.ActionURL)
	checkURL(f, "/imageUrl", c.ImageURL)
	c.validateParts(f)
}

func (c *Content) validateParts(f *faults) {
	if a := c.Actor; a != nil {
		checkShort(f, "/actor/id", a.ID, false)
		checkShort(f, "/actor/name", a.Name, false)
		checkURL(f, "/actor/avatarUrl", a.AvatarURL)
	}
	if e := c.Entity; e != nil {
		checkShort(f, "/entity/type", e.Type, true)
		checkShort(f, "/entity/id", e.ID, true)
	}
	if len(c.Actions) > MaxActions {
		f.add("/actions", "out_of_range", "at most %d actions; this has %d", MaxActions, len(c.Actions))
		return
	}
	for i, a := range c.Actions {
		at := pointer("/actions", i)
		checkShort(f, at+"/id", a.ID, true)
		checkShort(f, at+"/label", a.Label, true)
		checkURL(f, at+"/url", a.URL)
		if !slices.Contains([]string{"", "primary", "default", "danger"}, a.Style) {
			f.add(at+"/style", "invalid", "one of primary, default, danger")
		}
	}
}

// Encode is the content as JSON, an object that begins with the type: the bytes
// that stores keep and items carry.
func (c *Content) Encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic("belfry: a validated content does not encode: " + err.Error())
	}
	return b
}

// DecodeContent reads what Encode wrote.
func DecodeContent(b []byte) (c Content, err error) {
	err = json.Unmarshal(b, &c)
	return c, err
}

// checkText refuses what one of the engines cannot hold: U+0000 and bytes that
// are no UTF-8 (a lone surrogate decodes to neither, see CheckJSONText).
func checkText(f *faults, at, s string) {
	if strings.ContainsRune(s, 0) {
		f.add(at, "invalid", "U+0000 is not allowed")
	} else if !utf8.ValidString(s) {
		f.add(at, "invalid", "not valid UTF-8")
	}
}

func checkShort(f *faults, at, s string, required bool) {
	if required && s == "" {
		f.add(at, "required", "must not be empty")
	}
	if len(s) > MaxName {
		f.add(at, "too_long", "at most %d bytes; this has %d", MaxName, len(s))
	}
	checkText(f, at, s)
}

func checkURL(f *faults, at, s string) {
	if s == "" {
		return
	}
	if len(s) > MaxURL {
		f.add(at, "too_long", "at most %d bytes; this has %d", MaxURL, len(s))
		return
	}
	if !safeURL(s) {
		f.add(at, "invalid", "http, https or a path that begins with one slash")
	}
}

// safeURL is strict where browsers are lenient: they drop tabs and newlines and
// read a backslash as a slash, so none of these may stand in a URL at all.
func safeURL(s string) bool {
	for _, r := range s {
		if r <= ' ' || r == '\\' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if u.Scheme == "" {
		return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// CheckJSONText refuses JSON whose strings hold U+0000, a lone surrogate escape
// or bytes that are no UTF-8: PostgreSQL refuses the first, decoders disagree
// about the others. b must be syntactically valid JSON.
func CheckJSONText(b []byte) error {
	if !utf8.Valid(b) {
		return Errorf(CodeMalformed, "the JSON is not valid UTF-8")
	}
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 >= len(b) {
			continue
		}
		i++
		if b[i] != 'u' {
			continue
		}
		u, ok := hex4(b, i+1)
		i += 4
		switch {
		case !ok || u == 0:
			return Errorf(CodeInvalid, "U+0000 is not allowed in text")
		case u >= 0xdc00 && u <= 0xdfff:
			return Errorf(CodeInvalid, "a lone surrogate is not allowed in text")
		case u >= 0xd800 && u <= 0xdbff:
			if i+2 >= len(b) || b[i+1] != '\\' || b[i+2] != 'u' {
				return Errorf(CodeInvalid, "a lone surrogate is not allowed in text")
			}
			low, ok := hex4(b, i+3)
			if !ok || low < 0xdc00 || low > 0xdfff {
				return Errorf(CodeInvalid, "a lone surrogate is not allowed in text")
			}
			i += 6
		}
	}
	return nil
}

func hex4(b []byte, i int) (uint64, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[i:i+4]), 16, 32)
	return v, err == nil
}

func pointer(at string, i int) string { return at + "/" + strconv.Itoa(i) }

func addFault(f *faults, at string, err error) {
	if e, ok := err.(*Error); ok {
		f.add(at, "invalid", "%s", e.Detail)
	}
}
