// Package deploy holds examples of running Belfry; its tests hold them to the
// binary. The proxies are run by internal/e2e.
package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// binary is the program that the files are about, built once, as make does.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "belfry-deploy-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "belfry")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "belfry/cmd/belfry")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// command is how a file starts a node.
type command struct {
	args []string // after the program's name
	env  map[string]string
}

// setting is one line of serve --print-config.
type setting struct{ Value, Source string }

// settings asks the binary what it makes of a command. Every variable that the
// command sets must be the source of a setting, unless another program's.
func (c command) settings(t *testing.T) map[string]setting {
	t.Helper()
	cmd := exec.Command(binary, append(slices.Clone(c.args), "--print-config", "--json")...)
	for name, value := range c.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("belfry %q with %q: %v\n%s", c.args, c.env, err, out)
	}
	all, sources := map[string]setting{}, map[string]bool{}
	for line := range strings.Lines(string(out)) {
		var s struct{ Setting, Value, Source string }
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all[s.Setting], sources[s.Source] = setting{s.Value, s.Source}, true
	}
	for name := range c.env {
		if strings.HasPrefix(name, "BELFRY_") && !sources[name] {
			t.Errorf("the variable %s is set and means nothing", name)
		}
	}
	return all
}

// drain is how long a node takes from SIGTERM to its end, at most.
func drain(t *testing.T, s map[string]setting) time.Duration {
	t.Helper()
	const rest = 5 * time.Second // requests that are under way
	return seconds(t, s["drain-delay"].Value) + seconds(t, s["drain-timeout"].Value) + rest
}

func seconds(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// files are what people copy, by name.
func files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" {
			all[e.Name()] = readFile(t, e.Name())
		}
	}
	if len(all) < 7 {
		t.Fatalf("only %v found", slices.Sorted(maps.Keys(all)))
	}
	return all
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// In comments and in what other programs read, a variable is a setting too.
func TestFiles_NameSettingsThatExist(t *testing.T) {
	settings := command{args: []string{"serve"}}.settings(t)
	for name, text := range files(t) {
		for _, variable := range regexp.MustCompile(`BELFRY_[A-Z_]+`).FindAllString(text, -1) {
			is := strings.TrimSuffix(strings.TrimPrefix(variable, "BELFRY_"), "_FILE")
			if _, known := settings[strings.ToLower(strings.ReplaceAll(is, "_", "-"))]; !known {
				t.Errorf("%s names %s, which is no setting", name, variable)
			}
		}
	}
}

// The example of another command must be one that the binary takes.
func TestFiles_NameCommandsThatExist(t *testing.T) {
	found := 0
	for name, text := range files(t) {
		for _, m := range regexp.MustCompile(`/belfry (key create) (--[a-z]+)`).FindAllStringSubmatch(text, -1) {
			found++
			out, err := exec.Command(binary, append(strings.Fields(m[1]), "--help")...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), m[2]+" ") {
				t.Errorf("%s: %q is not understood: %v\n%s", name, m[0], err, out)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d commands found, 3 expected", found)
	}
}

// Where no example says otherwise a node listens on one port, and proxies know it.
func TestFiles_AgreeOnThePort(t *testing.T) {
	if addr := (command{args: []string{"serve"}}).settings(t)["addr"].Value; addr != ":"+port {
		t.Errorf("a node listens on %s", addr)
	}
	for _, name := range []string{"nginx.conf", "haproxy.cfg", "Caddyfile"} {
		found := regexp.MustCompile(`10\.0\.0\.1[12]:(\d+)`).FindAllStringSubmatch(readFile(t, name), -1)
		if len(found) < 2 {
			t.Errorf("%s: %d nodes", name, len(found))
		}
		for _, m := range found {
			if m[1] != port {
				t.Errorf("%s: a node at %s", name, m[0])
			}
		}
	}
}

// A proxy must be more patient than the heartbeat, with one to spare, and ask the
// way to health that exists.
func TestProxies_AreMorePatientThanTheHeartbeat(t *testing.T) {
	heartbeat := seconds(t, command{args: []string{"serve"}}.settings(t)["heartbeat"].Value)
	idle := regexp.MustCompile(`(?m)(proxy_(?:read|send)_timeout|timeout (?:client|server|tunnel)|proxy-read-timeout:) +"?(\d+)`)
	for name, times := range map[string]int{"nginx.conf": 2, "haproxy.cfg": 3, "kubernetes.yaml": 1} {
		found := idle.FindAllStringSubmatch(readFile(t, name), -1)
		if len(found) != times {
			t.Errorf("%s: %d time-outs found, %d expected", name, len(found), times)
		}
		for _, m := range found {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Duration(n) * time.Second; d < 2*heartbeat {
				t.Errorf("%s: %s is %s; the heartbeat is %s", name, m[1], d, heartbeat)
			}
		}
	}
}
