package docs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"belfry"
)

// Every code stands in the protocol with its status, its close code and whether
// to come back, and the protocol knows no other.
func TestProtocol_ListsEveryCode(t *testing.T) {
	_, table, ok := strings.Cut(readFile(t, "protocol.md"), "| code | HTTP | close | retry | meaning |")
	if !ok {
		t.Fatal("docs/protocol.md has no table of codes")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for code, info := range belfry.Codes {
		retry := "no"
		if info.Retry {
			retry = "yes"
		}
		row := fmt.Sprintf("| `%s` | %d | %d | %s | ", code, info.Status, info.Close, retry)
		if strings.Count(table, row) != 1 {
			t.Errorf("docs/protocol.md: the table of codes lacks the row %q", row)
		}
	}
	if n := strings.Count(table, "\n| `"); n != len(belfry.Codes) {
		t.Errorf("docs/protocol.md lists %d codes, belfry.Codes has %d", n, len(belfry.Codes))
	}
}

// Every frame that the golden files know has its heading, and every heading its
// golden file.
func TestProtocol_DescribesEveryFrame(t *testing.T) {
	_, text, _ := strings.Cut(readFile(t, "protocol.md"), "\n## 10. Frames from the server\n")
	text, _, _ = strings.Cut(text, "\n## ")
	described := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(text, -1) {
		for kind := range strings.SplitSeq(m[1], ", ") {
			described[kind] = true
		}
	}
	files, err := filepath.Glob("../belfrytest/golden/*.json")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, name := range files {
		var frame struct{ Type string }
		if err := json.Unmarshal([]byte(readFile(t, name)), &frame); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		known[frame.Type] = true
	}
	if !maps.Equal(known, described) {
		t.Errorf("docs/protocol.md describes %v, the golden frames are %v", slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(known)))
	}
}

func TestProtocol_StatesTheLimits(t *testing.T) {
	doc := readFile(t, "protocol.md")
	rules := belfry.Rules{}.WithDefaults()
	for _, row := range []string{
		fmt.Sprintf("| notification: title | %d code points |", belfry.MaxTitle),
		fmt.Sprintf("| notification: body | %s bytes |", thousands(belfry.MaxBody)),
		fmt.Sprintf("| notification: data | %s bytes of JSON |", thousands(belfry.MaxData)),
		fmt.Sprintf("| notification: a URL | %s bytes |", thousands(belfry.MaxURL)),
		fmt.Sprintf("| notification: group, keys, names, ids, labels | %d bytes each |", belfry.MaxName),
		fmt.Sprintf("| notification: actions | %d |", belfry.MaxActions),
		fmt.Sprintf("| users in one target | %s |", thousands(belfry.MaxUsers)),
		fmt.Sprintf("| users in one `except` | %d |", belfry.MaxExcept),
		fmt.Sprintf("| notifications in one batch | %s, and %s bytes |", thousands(belfry.MaxBatch), thousands(belfry.MaxRequest)),
		fmt.Sprintf("| signal: data | %s bytes |", thousands(belfry.MaxSignal)),
		fmt.Sprintf("| ids in one mark, items touched by one scoped mark | %s |", thousands(belfry.MaxMarkIDs)),
		fmt.Sprintf("| items in one page or welcome | %d |", belfry.MaxItems),
		fmt.Sprintf("| topics a user follows | %d |", belfry.MaxFollows),
		fmt.Sprintf("| topics a session subscribes | %d |", belfry.MaxSubscribes),
		fmt.Sprintf("| items kept of a user's private log | %s (`retention-items`) |", thousands(rules.RetentionItems)),
		fmt.Sprintf("| age of items | %d days (`retention-days`) |", rules.RetentionDays),
		fmt.Sprintf("| start of a new user | %d days of broadcasts (`broadcast-backlog`) |", int(rules.BroadcastBacklog.Hours()/24)),
	} {
		if !strings.Contains(doc, row) {
			t.Errorf("docs/protocol.md, limits: no row %q", row)
		}
	}
}

// thousands writes n as people do: 4,194,304.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
