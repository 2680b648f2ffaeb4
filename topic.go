package belfry

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// UserID names a recipient: 1 to 128 bytes of UTF-8 without control
// characters, matched exactly. A user exists from first contact on.
type UserID string

// Validate says what is wrong with the name, or nil.
func (u UserID) Validate() error {
	switch {
	case u == "":
		return Errorf(CodeInvalid, "a user id must not be empty")
	case len(u) > 128:
		return Errorf(CodeInvalid, "a user id has at most 128 bytes; this one has %d", len(u))
	case !utf8.ValidString(string(u)):
		return Errorf(CodeInvalid, "a user id is UTF-8")
	case strings.ContainsFunc(string(u), unicode.IsControl):
		return Errorf(CodeInvalid, "a user id holds no control characters")
	}
	return nil
}

// Topic names a group: segments of [A-Za-z0-9_:@-]{1,64} joined by dots, at
// most 8 of them and 200 bytes. Topics under "belfry." are reserved.
type Topic string

// TopicAll is the topic of broadcasts inside the shared log. It cannot be
// written by a client, because a topic has no empty segment.
const TopicAll Topic = ""

// Validate says what is wrong with the name, or nil.
func (t Topic) Validate() error {
	if err := validSegments(string(t), false); err != nil {
		return err
	}
	if t == "belfry" || strings.HasPrefix(string(t), "belfry.") {
		return Errorf(CodeInvalid, "topics under \"belfry.\" are reserved")
	}
	return nil
}

// Pattern is a topic in which a segment may be * (any one segment) and the
// last may be ** (the rest, at least one). It occurs in permissions only.
type Pattern string

// Validate says what is wrong with the pattern, or nil.
func (p Pattern) Validate() error { return validSegments(string(p), true) }

// Matches says whether topic t is meant by the pattern.
func (p Pattern) Matches(t Topic) bool {
	ps, ts := strings.Split(string(p), "."), strings.Split(string(t), ".")
	for i, seg := range ps {
		switch {
		case seg == "**" && i == len(ps)-1:
			return len(ts) > i
		case i >= len(ts):
			return false
		case seg != "*" && seg != ts[i]:
			return false
		}
	}
	return len(ps) == len(ts)
}

func validSegments(s string, pattern bool) error {
	if len(s) > 200 {
		return Errorf(CodeInvalid, "a topic has at most 200 bytes; this one has %d", len(s))
	}
	segs := strings.Split(s, ".")
	if len(segs) > 8 {
		return Errorf(CodeInvalid, "a topic has at most 8 segments; this one has %d", len(segs))
	}
	for i, seg := range segs {
		if pattern && (seg == "*" || seg == "**" && i == len(segs)-1) {
			continue
		}
		if !validSegment(seg) {
			return Errorf(CodeInvalid, "a topic is segments of letters, digits, _ : @ - joined by dots, each 1 to 64 long; %.70q is not", seg)
		}
	}
	return nil
}

func validSegment(seg string) bool {
	if len(seg) < 1 || len(seg) > 64 {
		return false
	}
	for i := 0; i < len(seg); i++ {
		c := seg[i]
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == ':' || c == '@' || c == '-'
		if !ok {
			return false
		}
	}
	return true
}

// Target is where a notification or a signal goes: exactly one of one user,
// several users, one topic, everyone. In JSON it is the object form, in claims,
// CLI, signals and metrics the string form ("user:ann", "topic:orders.eu",
// "all").
type Target struct {
	User  UserID   `json:"user,omitempty"`
	Users []UserID `json:"users,omitempty"` // at most 1,000, each once
	Topic Topic    `json:"topic,omitempty"`
	All   bool     `json:"all,omitempty"`
}

// Limits of a target.
const (
	MaxUsers  = 1000 // users in one Target
	MaxExcept = 100  // users in one except
)

// Shared says that the target lives in the shared log.
func (t Target) Shared() bool { return t.All || t.Topic != "" }

// Kind is user, users, topic or all: the label in metrics.
func (t Target) Kind() string {
	switch {
	case t.All:
		return "all"
	case t.Topic != "":
		return "topic"
	case len(t.Users) > 0:
		return "users"
	}
	return "user"
}

// Recipients are the users of a target that is not shared.
func (t Target) Recipients() []UserID {
	if t.User != "" {
		return []UserID{t.User}
	}
	return t.Users
}

// String is the one string form; several users are joined by commas.
func (t Target) String() string {
	switch t.Kind() {
	case "all":
		return "all"
	case "topic":
		return "topic:" + string(t.Topic)
	}
	s := make([]string, 0, 1)
	for _, u := range t.Recipients() {
		s = append(s, "user:"+string(u))
	}
	return strings.Join(s, ",")
}

// ParseTarget reads the string form.
func ParseTarget(s string) (Target, error) {
	kind, name, _ := strings.Cut(s, ":")
	t := Target{}
	switch {
	case s == "all":
		t.All = true
	case kind == "user":
		t.User = UserID(name)
	case kind == "topic":
		t.Topic = Topic(name)
	default:
		return t, Errorf(CodeInvalid, "%.80q is no target; write user:ann, topic:orders.eu or all", s)
	}
	var f faults
	t.validate("", &f)
	return t, f.err()
}

// Validate checks the target and names all fields that are wrong.
func (t Target) Validate() error {
	var f faults
	t.validate("", &f)
	return f.err()
}

func (t Target) validate(at string, f *faults) {
	n := 0
	for _, set := range []bool{t.User != "", t.Users != nil, t.Topic != "", t.All} {
		if set {
			n++
		}
	}
	if n != 1 {
		f.add(at, "required", "exactly one of user, users, topic, all")
		return
	}
	switch {
	case t.User != "":
		addFault(f, at+"/user", t.User.Validate())
	case t.Topic != "":
		addFault(f, at+"/topic", t.Topic.Validate())
	case t.Users != nil:
		validateUsers(t.Users, at+"/users", MaxUsers, f)
	}
}

func validateUsers(users []UserID, at string, most int, f *faults) {
	if len(users) == 0 || len(users) > most {
		f.add(at, "out_of_range", "1 to %d users; this has %d", most, len(users))
		return
	}
	seen := make(map[UserID]bool, len(users))
	for i, u := range users {
		if err := u.Validate(); err != nil {
			addFault(f, pointer(at, i), err)
		} else if seen[u] {
			f.add(pointer(at, i), "conflict", "this user is named twice")
		}
		seen[u] = true
	}
}
