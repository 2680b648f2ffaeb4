package e2e

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"belfry/internal/bench"
)

// TestBench runs the command as a reader of docs/performance.md does: it starts
// servers of its own, the floor in turn with them, and leaves nothing behind.
func TestBench(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	jsonFile, page := filepath.Join(dir, "report.json"), filepath.Join(dir, "report.html")
	args := []string{"bench", "broadcast", "--sessions", "20", "--gap", "1ms", "--settle", "0s", "--rounds", "2", "--transport", "mixed", "--json", jsonFile, "--html", page}
	if runtime.GOOS == "linux" {
		args = append(args, "--floor")
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "BELFRY_HEARTBEAT=none of its business")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	table, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, table, stderr.String())
	}
	text, err := os.ReadFile(jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	var r bench.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Results {
		if c := res.Checks; !c.Clean() || c.Received != 20*20 {
			t.Errorf("%s: %s", res.Target, c)
		}
	}
	names := r.Targets()
	if len(r.Results) != 2*len(names) || names[0] != "belfry" || r.Flags["sessions"] != "20" || !r.Kept() {
		t.Errorf("report = %s", text)
	}
	if runtime.GOOS == "linux" {
		for _, row := range r.Summary {
			if row.Name == "server CPU a delivery" && (row.Medians["belfry"] <= 0 || row.Ratio <= 0) {
				t.Errorf("%+v; want the server's cost and its ratio to the floor", row)
			}
		}
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "<svg ") {
		t.Errorf("the page: %v\n%.500s", err, html)
	}
	if !strings.Contains(string(table), "p99.9") || stderr.Len() != 0 {
		t.Errorf("stdout:\n%s\nstderr, which is no terminal:\n%s", table, stderr.String())
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBench_vary runs it at two values, with a store that was filled before: once
// for each value, and alike in every round.
func TestBench_vary(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "bench", "connect", "--sessions", "5", "--users", "10", "--vary", "stored=10,400", "--stored-shared", "3", "--rounds", "2", "--settle", "0s",
		"--json", filepath.Join(dir, "report.json"), "--html", filepath.Join(dir, "report.html"), "--plots", filepath.Join(dir, "plots"))
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r bench.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if _, stated := r.Flags["stored"]; stated || len(r.Results) != 4 || len(r.ByValue) != 2 || r.Varied != "stored" || r.Flags["vary"] != "stored=10,400" {
		t.Errorf("report = %s", text)
	}
	welcomes := map[float64][]float64{}
	for _, res := range r.Results {
		for _, f := range res.Figures {
			if f.Name == "a welcome" {
				welcomes[res.Value] = append(welcomes[res.Value], f.Value)
			}
		}
	}
	few, many := welcomes[10], welcomes[400] // 1 + 3 items, and the newest 20 of 43
	if len(few) != 2 || len(many) != 2 || math.Abs(few[0]-few[1]) > .1 || math.Abs(many[0]-many[1]) > .1 || many[0] < 3*few[0] {
		t.Errorf("welcomes of %v KiB; want them alike in both rounds, and larger with more stored", welcomes)
	}
	if plots, err := filepath.Glob(filepath.Join(dir, "plots", "connect-*-by-stored.svg")); err != nil || len(plots) < 8 {
		t.Errorf("plots = %q, %v", plots, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
