package docs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The backend page's snippets, one a language, and what runs them.
var snippets = []struct {
	language string
	file     string
	run      []string
}{
	{"go", "main.go", []string{"go", "run"}},
	{"python", "main.py", []string{"python3"}},
	{"php", "main.php", []string{"php"}},
	{"ruby", "main.rb", []string{"ruby"}},
}

// Each publishes to Ann and prints a token of hers, against a server of its own.
func TestBackend_SnippetsPublishAndMakeTokens(t *testing.T) {
	for _, s := range snippets {
		t.Run(s.language, func(t *testing.T) {
			needProgram(t, s.run[0])
			dev := startDev(t)
			file := filepath.Join(t.TempDir(), s.file)
			if err := os.WriteFile(file, []byte(fencedBlocks(t, "backend.md", s.language)[0]), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(s.run[0], append(s.run[1:], file)...)
			cmd.Env = append(cleanEnv(t), "BELFRY_URL="+dev.url, "BELFRY_API_KEY="+dev.key)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("the snippet failed: %v\n%s%s", err, out, errorText(err))
			}
			if titles := inboxOf(t, dev.url, strings.TrimSpace(string(out))); !strings.Contains(titles, "Bob replied") {
				t.Errorf("the inbox that the printed token opens holds %q, not what was published", titles)
			}
		})
	}
}

// The frameworks' blocks need an app around them: their syntax is checked.
func TestBackend_FrameworksParse(t *testing.T) {
	for language, check := range map[string][]string{
		"python": {"python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"},
		"php":    {"php", "-l"},
		"ruby":   {"ruby", "-c"},
	} {
		t.Run(language, func(t *testing.T) {
			needProgram(t, check[0])
			blocks := fencedBlocks(t, "backend.md", language)
			if len(blocks) != 2 {
				t.Fatalf("%d blocks, expected the ten lines and a framework's", len(blocks))
			}
			file := filepath.Join(t.TempDir(), "block")
			if err := os.WriteFile(file, []byte(blocks[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(check[0], append(check[1:], file)...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// needProgram skips the test where a language is not installed; in CI it is.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing; scripts/setup installs it", name)
	}
	t.Skipf("%s is missing; scripts/setup installs it", name)
}

// inboxOf is the titles of the inbox that a user's token opens.
func inboxOf(t *testing.T, url, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/inbox", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var page struct{ Items []struct{ Title string } }
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the inbox answers %d: %v", res.StatusCode, err)
	}
	return fmt.Sprint(page.Items)
}
