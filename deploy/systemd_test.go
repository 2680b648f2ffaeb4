package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unit reads the settings of a unit file; one that is there several times has
// several values.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for line := range strings.Lines(readFile(t, name)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			all[key] = append(all[key], value)
		}
	}
	return all
}

func TestService_StartsANode(t *testing.T) {
	u := unit(t, "belfry.service")
	credentials := t.TempDir()
	for _, c := range u["LoadCredential"] {
		name, _, _ := strings.Cut(c, ":")
		if err := os.WriteFile(filepath.Join(credentials, name), []byte(strings.Repeat("s", 64)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	specifiers := strings.NewReplacer("%d", credentials, "%S", "/var/lib")
	words := strings.Fields(specifiers.Replace(u["ExecStart"][0]))
	c := command{args: words[1:], env: map[string]string{}}
	for _, e := range u["Environment"] {
		name, value, _ := strings.Cut(specifiers.Replace(e), "=")
		c.env[name] = value
	}
	s := c.settings(t)
	if want := "/var/lib/" + u["StateDirectory"][0]; s["data"].Value != want {
		t.Errorf("data is %s, the unit may write to %s", s["data"].Value, want)
	}
	stop, err := strconv.Atoi(u["TimeoutStopSec"][0])
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Duration(stop) * time.Second; d < drain(t, s) {
		t.Errorf("TimeoutStopSec is %s, a drain takes up to %s", d, drain(t, s))
	}
	if limit, err := strconv.Atoi(u["LimitNOFILE"][0]); err != nil || limit < 1<<20 {
		t.Errorf("LimitNOFILE is %s", u["LimitNOFILE"][0])
	}
}

// systemd itself finds nothing wrong, down to names that it does not know.
func TestService_IsUnderstoodBySystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here")
	}
	text := strings.Replace(readFile(t, "belfry.service"), "/usr/local/bin/belfry", binary, 1)
	file := filepath.Join(t.TempDir(), "belfry.service")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
