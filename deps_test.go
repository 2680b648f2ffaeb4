package belfry_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says what each package may import besides the standard library. Every
// arrow points to the root; sideways goes only server → hub. A name that begins
// with a dot is of this module, "..." admits what lies below, and tests may
// import more.
const arrows = `
	.                  :
	./sqlite           : . ./internal/commit ./internal/inbox ./internal/logs zombiezen.com/go/sqlite/... github.com/gofrs/flock
	./redis            : . github.com/redis/go-redis/v9
	./postgres         : . ./internal/commit ./internal/inbox ./internal/logs github.com/jackc/pgx/v5/... github.com/jackc/puddle/v2
	./hub              : . golang.org/x/sys/unix
	./server           : . ./hub ./internal/token ./internal/metrics
	                   + github.com/go-json-experiment/json/... golang.org/x/net/http/httpguts golang.org/x/sys/unix golang.org/x/time/rate
	./client           : . github.com/coder/websocket
	./belfrytest       : . ./hub pgregory.net/rapid
	./web              :
	./api              :
	./docs             :
	./deploy           :
	./cmd/belfry       : . ./sqlite ./postgres ./redis ./hub ./server ./client ./web ./api ./internal/token ./internal/metrics ./internal/move
	                   + ./internal/bench/... github.com/schollz/progressbar/v3 github.com/spf13/pflag github.com/spf13/cobra golang.org/x/time/rate
	./internal/token   : . github.com/golang-jwt/jwt/v5 github.com/MicahParks/keyfunc/v3 github.com/MicahParks/jwkset
	                   + github.com/go-json-experiment/json/... golang.org/x/time/rate
	./internal/bench   : . ./client ./internal/token github.com/HdrHistogram/hdrhistogram-go github.com/schollz/progressbar/v3 golang.org/x/sys/unix
	./internal/bench/floor : .
	./internal/pgtest  : github.com/jackc/pgx/v5
	./internal/metrics : . ./hub github.com/prometheus/client_golang/...
	./internal/capacity :
	./internal/cluster : .
	./internal/commit  : .
	./internal/inbox   : . ./internal/logs
	./internal/logs    : .
	./internal/move    : . ./sqlite ./postgres
	./internal/proxytest :
	./internal/redistest :
	./internal/e2e     : ...
`

// forbidden says what of the standard library a package must not know.
const forbidden = `
	.            : net net/http database/sql os os/... io/fs log log/slog sync sync/...
	./sqlite     : net net/... html/...
	./postgres   : net/http net/http/... database/sql html/... os os/...
	./hub        : net/http net/http/... database/sql html/...
	./server     : database/sql html/template
	./client     : database/sql os os/...
	./belfrytest : net/http database/sql
`

func TestPackages_ImportOnlyWhatThePolicyAllows(t *testing.T) {
	allow, deny := parsePolicy(t, arrows), parsePolicy(t, forbidden)
	for _, f := range sources(t) {
		pkg := packageOf(f.path)
		rule, known := ruleFor(allow, pkg)
		if !known {
			t.Errorf("%s: package %s is not in the policy; say in deps_test.go what it may import", f.path, pkg)
			continue
		}
		denied, _ := ruleFor(deny, pkg)
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			name = localName(name)
			switch {
			case isStandard(name) && !admits(denied, name), !isStandard(name) && admits(rule, name):
			default:
				t.Errorf("%s: %s must not import %s", f.path, pkg, name)
			}
		}
	}
}

// The root starts nothing: whoever starts a goroutine waits for it, and the
// root has nobody who could.
func TestRoot_StartsNoGoroutine(t *testing.T) {
	for _, f := range sources(t) {
		if packageOf(f.path) != "." || strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: the root starts no goroutine", f.at(g))
			}
			return true
		})
	}
}

func parsePolicy(t *testing.T, text string) map[string][]string {
	t.Helper()
	policy := map[string][]string{}
	pkg := ""
	for line := range strings.Lines(text) {
		name, names, isRule := strings.Cut(line, ":")
		if isRule {
			pkg = strings.TrimSpace(name)
			policy[pkg] = nil
		} else {
			_, names, _ = strings.Cut(line, "+")
		}
		policy[pkg] = append(policy[pkg], strings.Fields(names)...)
	}
	delete(policy, "")
	if len(policy) == 0 {
		t.Fatal("the policy is empty")
	}
	return policy
}

func ruleFor(policy map[string][]string, pkg string) (names []string, known bool) {
	for pattern, names := range policy {
		if admits([]string{pattern}, pkg) {
			return names, true
		}
	}
	return nil, false
}

// admits says whether one of the patterns means the name: exactly, or "x/..."
// for x and all below it.
func admits(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		above, deep := strings.CutSuffix(p, "...")
		above = strings.TrimSuffix(above, "/")
		return p == name || deep && (above == "" || name == above || strings.HasPrefix(name, above+"/"))
	})
}

// localName writes imports of this module as ".", "./hub", and so on.
func localName(name string) string {
	if name == "belfry" {
		return "."
	}
	if rest, ok := strings.CutPrefix(name, "belfry/"); ok {
		return "./" + rest
	}
	return name
}

func isStandard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".")
}

func packageOf(file string) string {
	if dir := path.Dir(file); dir != "." {
		return "./" + dir
	}
	return "."
}

// source is one Go file of this module.
type source struct {
	*ast.File
	path  string // slash-separated, from the root
	fset  *token.FileSet
	lines int
}

func (s source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }

// sources parses every Go file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		all = append(all, source{File: f, path: name, fset: fset, lines: strings.Count(string(text), "\n")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
