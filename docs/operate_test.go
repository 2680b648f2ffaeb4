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
	cmd.Env = cleanEnv()
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
