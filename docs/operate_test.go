package docs_test

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Every setting stands in the table with its default, and nothing else does.
func TestOperate_ListsEverySetting(t *testing.T) {
	cmd := exec.Command("go", "run", "../cmd/belfry", "serve", "--print-config", "--json")
	cmd.Env = cleanEnv(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errorText(err))
	}
	_, table, _ := strings.Cut(readFile(t, "operate.md"), "| setting | default | meaning |")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| (`[^|]*`)(?: \\*)? \\| (?:`([^`]*)`)? ?\\|")
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			documented[strings.Trim(name, "`")] = m[2]
		}
	}
	for line := range strings.Lines(string(out)) {
		var s struct{ Setting, Value string }
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		if def, ok := documented[s.Setting]; !ok {
			t.Errorf("docs/operate.md: no row for the setting %s", s.Setting)
		} else if def != s.Value {
			t.Errorf("docs/operate.md: the default of %s is %q, not %q", s.Setting, s.Value, def)
		}
		delete(documented, s.Setting)
	}
	for name := range documented {
		t.Errorf("docs/operate.md: there is no setting %s", name)
	}
}

// Every metric stands in the table with its type, and nothing else does.
func TestOperate_ListsEveryMetric(t *testing.T) {
	_, table, _ := strings.Cut(readFile(t, "operate.md"), "| metric | type | meaning |")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)[^`]*` \\| ([a-z]+) \\|").FindAllStringSubmatch(table, -1) {
		documented[m[1]] = m[2]
	}
	kept := map[string]string{}
	made := regexp.MustCompile(`(?s)(gauge|counter|histogram|Gauge|Counter|Histogram)[A-Za-z]*\((?:prometheus\.\w+\{Name: )?"(belfry_[a-z_]+)"`)
	for _, m := range made.FindAllStringSubmatch(readFile(t, "../internal/metrics/metrics.go"), -1) {
		kept[m[2]] = strings.ToLower(m[1])
	}
	if len(kept) < 15 {
		t.Fatalf("only %d metrics found", len(kept))
	}
	for name, kind := range kept {
		if documented[name] != kind {
			t.Errorf("docs/operate.md: the %s %s stands there as %q", kind, name, documented[name])
		}
	}
	for name := range documented {
		if kept[name] == "" {
			t.Errorf("docs/operate.md: there is no metric %s", name)
		}
	}
}
