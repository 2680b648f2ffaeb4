package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"belfry/internal/move"
)

func TestMove_ExitCodes(t *testing.T) {
	env, nothing := place(t), filepath.Join(t.TempDir(), "nothing")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"move", "--data", nothing}, exitUsage, "--database-url ($BELFRY_DATABASE_URL)"},
		{[]string{"move", "--data", nothing, "--database-url", "postgres://127.0.0.1:1/belfry"}, exitFailure, "no Belfry database in " + nothing},
		{[]string{"move", "elsewhere"}, exitUsage, "elsewhere"},
	} {
		code, _, stderr := command(t, env, c.args...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: exit %d, want %d: %s", c.args, code, c.code, stderr)
		}
	}
	if _, err := os.Stat(nothing); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestMoveProgress_show(t *testing.T) {
	var out output
	p := &moveProgress{out: &out}
	for _, done := range []int64{0, 5, 10} {
		p.show(move.Progress{Phase: "copy", Table: "users", Done: done, Total: 10})
	}
	p.show(move.Progress{Phase: "compare", Table: "users", Total: 10})
	p.end()
	if got, want := out.String(), "copy users: 0 of 10\ncompare users: 0 of 10\n"; got != want {
		t.Errorf("shown:\n%swant:\n%s", got, want)
	}
}
