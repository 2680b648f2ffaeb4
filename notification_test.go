package belfry_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"belfry"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var e *belfry.Error
	if !errors.As(err, &e) || e.Code != belfry.CodeInvalid {
		t.Fatalf("got %v; want an invalid error", err)
	}
	for _, f := range e.Fields {
		if f.Field == field {
			return
		}
	}
	t.Fatalf("got %v; want it to name %q", err, field)
}

func draft(change func(*belfry.Draft)) belfry.Draft {
	d := belfry.Draft{To: belfry.Target{User: "ann"}, Content: belfry.Content{Title: "Disk low"}}
	if change != nil {
		change(&d)
	}
	d.Normalize()
	return d
}

func TestDraft_Validate(t *testing.T) {
	d := draft(nil)
	if err := d.Validate(belfry.TimeOf(epoch)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field  string
		change func(*belfry.Draft)
	}{
		{"/to", func(d *belfry.Draft) { d.To = belfry.Target{} }},
		{"/to", func(d *belfry.Draft) { d.To.All = true }},
		{"/to/user", func(d *belfry.Draft) { d.To.User = "a\nb" }},
		{"/to/topic", func(d *belfry.Draft) { d.To = belfry.Target{Topic: "a..b"} }},
		{"/to/users", func(d *belfry.Draft) { d.To = belfry.Target{Users: make([]belfry.UserID, 1001)} }},
		{"/to/users/1", func(d *belfry.Draft) { d.To = belfry.Target{Users: []belfry.UserID{"a", "a"}} }},
		{"/except", func(d *belfry.Draft) { d.Except = []belfry.UserID{"bob"} }},
		{"/type", func(d *belfry.Draft) { d.Type = "Comment" }},
		{"/level", func(d *belfry.Draft) { d.Level = "fatal" }},
		{"/priority", func(d *belfry.Draft) { d.Priority = "max" }},
		{"/title", func(d *belfry.Draft) { d.Title = " " }},
		{"/title", func(d *belfry.Draft) { d.Title = strings.Repeat("ü", 201) }},
		{"/title", func(d *belfry.Draft) { d.Title = "a\x00b" }},
		{"/body", func(d *belfry.Draft) { d.Body = strings.Repeat("x", 4097) }},
		{"/data", func(d *belfry.Draft) { d.Data = json.RawMessage(`[1]`) }},
		{"/data", func(d *belfry.Draft) { d.Data = json.RawMessage(`{"a":"\u0000"}`) }},
		{"/data", func(d *belfry.Draft) { d.Data = json.RawMessage(`{"a":"` + strings.Repeat("x", 9000) + `"}`) }},
		{"/actionUrl", func(d *belfry.Draft) { d.ActionURL = "javascript:alert(1)" }},
		{"/actor/avatarUrl", func(d *belfry.Draft) { d.Actor = &belfry.Actor{AvatarURL: "data:x"} }},
		{"/entity/id", func(d *belfry.Draft) { d.Entity = &belfry.Entity{Type: "doc"} }},
		{"/actions", func(d *belfry.Draft) { d.Actions = make([]belfry.Button, 4) }},
		{"/actions/0/url", func(d *belfry.Draft) { d.Actions = []belfry.Button{{ID: "a", Label: "A", URL: "//evil"}} }},
		{"/expiresAt", func(d *belfry.Draft) { d.ExpiresAt = belfry.TimeOf(epoch) }},
		{"/expiresAt", func(d *belfry.Draft) {
			d.ExpiresAt, d.DeliverAt = belfry.TimeOf(epoch)+1, belfry.TimeOf(epoch)+2
		}},
		{"/idempotencyKey", func(d *belfry.Draft) { d.IdempotencyKey = strings.Repeat("k", 129) }},
	} {
		t.Run(c.field, func(t *testing.T) {
			d := draft(c.change)
			wantField(t, d.Validate(belfry.TimeOf(epoch)), c.field)
		})
	}
}

func TestDraft_Validate_urls(t *testing.T) {
	for _, s := range []string{"/a", "/a?b=c#d", "https://x.example/a", "http://localhost:3000/"} {
		d := draft(func(d *belfry.Draft) { d.ActionURL = s })
		if err := d.Validate(1); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
		"java\tscript:alert(1)", " javascript:x", "data:text/html,x", "vbscript:x", "https:evil", "https://", "ftp://x/", "a/b", "#x", "?x", "http://a@b/", "blob:x", "/a\nb"} {
		d := draft(func(d *belfry.Draft) { d.ActionURL = s })
		if d.Validate(1) == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestCheckJSONText(t *testing.T) {
	for s, ok := range map[string]bool{
		`{"a":"b"}`: true, `"😀"`: true, `"\\u0000"`: true, `"\ud83d\ude00"`: true, `"\""`: true,
		`"\u0000"`: false, `"\ud83d"`: false, `"\ud83dx"`: false, `"\ud83d\u0041"`: false, `"\ude00"`: false, "\"\xff\"": false,
	} {
		if err := belfry.CheckJSONText([]byte(s)); (err == nil) != ok {
			t.Errorf("CheckJSONText(%q) = %v", s, err)
		}
	}
}

func TestPatch_Apply(t *testing.T) {
	c := draft(func(d *belfry.Draft) { d.Body, d.Actor = "b", &belfry.Actor{ID: "1"} }).Content
	after, _, err := belfry.Patch{"title": json.RawMessage(`"New"`), "body": json.RawMessage(`null`), "actor": json.RawMessage(`{"name":"x"}`)}.Apply(c, 1)
	if err != nil || after.Title != "New" || after.Body != "" || after.Actor.ID != "" || after.Actor.Name != "x" || after.Level != c.Level {
		t.Fatalf("Apply = %+v, %v", after, err)
	}
	for field, p := range map[string]belfry.Patch{
		"":           {},
		"/to":        {"to": json.RawMessage(`{"all":true}`)},
		"/title":     {"title": json.RawMessage(`""`)},
		"/level":     {"level": json.RawMessage(`3`)},
		"/expiresAt": {"expiresAt": json.RawMessage(`"1999-01-01T00:00:00Z"`)},
		"/actor":     {"actor": json.RawMessage(`{"who":1}`)},
	} {
		_, _, err := p.Apply(c, belfry.TimeOf(epoch))
		wantField(t, err, field)
	}
	if c.Actor.ID != "1" {
		t.Fatal("the patched content shares memory with the one before")
	}
}

func TestID(t *testing.T) {
	id := belfry.NewID(epoch)
	b, ok := id.Bytes()
	if !ok || belfry.IDFromBytes(b) != id || id[14] != '7' {
		t.Fatalf("%q is no canonical UUIDv7", id)
	}
	if later := belfry.NewID(epoch.Add(time.Millisecond)); later <= id {
		t.Fatalf("%q sorts before %q", later, id)
	}
	for _, s := range []string{"", strings.ToUpper(string(id)), string(id) + "0", strings.Replace(string(id), "-", "0", 1)} {
		if _, err := belfry.ParseID(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestTime(t *testing.T) {
	v, err := belfry.ParseTime("2026-01-02T04:04:05.1239+01:00")
	if err != nil || v.String() != "2026-01-02T03:04:05.123Z" {
		t.Fatalf("ParseTime = %v, %v", v, err)
	}
	var back belfry.Time
	b, _ := json.Marshal(v)
	if err := json.Unmarshal(b, &back); err != nil || back != v {
		t.Fatalf("%s reads back as %v, %v", b, back, err)
	}
	for s, want := range map[string]time.Duration{"200ms": 200 * time.Millisecond, "30s": 30 * time.Second, "90d": 90 * 24 * time.Hour} {
		if d, err := belfry.ParseDuration(s); err != nil || d != want {
			t.Errorf("ParseDuration(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "90", "-1s", "1y", "d", "-1d"} {
		if _, err := belfry.ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) is accepted", s)
		}
	}
}
