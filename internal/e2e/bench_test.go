package e2e

import (
	"encoding/json"
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
