package belfry_test

import (
	"strings"
	"testing"

	"belfry"
)

func TestUserID_Validate(t *testing.T) {
	good := []string{"ann", "auth0|1", "a@b.c", "org/7", "ünï", strings.Repeat("x", 128), " "}
	bad := []string{"", strings.Repeat("x", 129), "a\x00b", "a\nb", "a\x7f", "\xff"}
	for _, s := range good {
		if err := belfry.UserID(s).Validate(); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range bad {
		if belfry.UserID(s).Validate() == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestTopic_Validate(t *testing.T) {
	good := []string{"a", "orders.eu", "doc:42", "a@b.c-d_e", strings.Repeat("a.", 7) + "a", "belfryx.a"}
	bad := []string{"", ".", "a.", ".a", "a..b", "a b", "a/b", "*", "a.*", "**", "ü", "belfry", "belfry.x",
		strings.Repeat("a.", 8) + "a", strings.Repeat("x", 65), strings.Repeat("x", 64) + "." + strings.Repeat("x", 64) + "." + strings.Repeat("x", 64) + "." + strings.Repeat("x", 64)}
	for _, s := range good {
		if err := belfry.Topic(s).Validate(); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range bad {
		if belfry.Topic(s).Validate() == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestPattern_Matches(t *testing.T) {
	for _, c := range []struct {
		pattern, topic string
		want           bool
	}{
		{"orders", "orders", true}, {"orders", "orders.eu", false}, {"orders.*", "orders.eu", true},
		{"orders.*", "orders", false}, {"orders.*", "orders.eu.de", false}, {"orders.**", "orders.eu.de", true},
		{"orders.**", "orders", false}, {"**", "a.b.c", true}, {"*", "a", true}, {"*.b", "a.b", true}, {"*.b", "a.c", false},
	} {
		if got := belfry.Pattern(c.pattern).Matches(belfry.Topic(c.topic)); got != c.want {
			t.Errorf("%q matches %q = %v", c.pattern, c.topic, got)
		}
	}
	for _, s := range []string{"**.a", "a.**.b", "a*", ""} {
		if belfry.Pattern(s).Validate() == nil {
			t.Errorf("pattern %q is accepted", s)
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, s := range []string{"user:ann", "user:org:7", "topic:orders.eu", "all"} {
		got, err := belfry.ParseTarget(s)
		if err != nil || got.String() != s {
			t.Errorf("ParseTarget(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "ann", "user:", "topic:a..b", "everyone", "all:x", "users:a,b"} {
		if got, err := belfry.ParseTarget(s); err == nil {
			t.Errorf("ParseTarget(%q) = %v; want an error", s, got)
		}
	}
}
