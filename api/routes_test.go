package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// homepage is where / leads: a page or a greeting, no part of the API.
const homepage = "GET /{$}"

// Whatever the server answers is described, and whatever is described is
// answered.
func TestOpenAPI_DescribesEveryRoute(t *testing.T) {
	served := routes(t)
	if len(served) < 30 {
		t.Fatalf("only %d routes found in server/routes.go", len(served))
	}
	described := map[string]bool{homepage: true}
	for path, item := range load(t).Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	for route := range served {
		if !described[route] {
			t.Errorf("openapi.yaml lacks %s", route)
		}
	}
	for route := range described {
		if !served[route] {
			t.Errorf("openapi.yaml describes %s, which the server does not answer", route)
		}
	}
}

// routes are the patterns in the server's one block of routes.
func routes(t *testing.T) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../server/routes.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		s, err := strconv.Unquote(lit.Value)
		if method, path, two := strings.Cut(s, " "); err == nil && two && method == strings.ToUpper(method) && strings.HasPrefix(path, "/") {
			found[s] = true
		}
		return true
	})
	return found
}
