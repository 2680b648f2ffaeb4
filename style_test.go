package belfry_test

import (
	"go/ast"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// root is the module's folder.
var root = os.DirFS(".")

// What a reader holds in the head at once.
const (
	maxFunction = 60  // lines; tests may be as long as their table
	maxFile     = 400 // lines
)

func TestSources_AreShort(t *testing.T) {
	for _, f := range sources(t) {
		if f.lines > maxFile {
			t.Errorf("%s: %d lines; split it by subject, at most %d", f.path, f.lines, maxFile)
		}
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines, at most %d", f.at(fn), fn.Name.Name, n, maxFunction)
			}
		}
	}
}

// banned are words that mean too much to be a name here: say notification,
// frame, ring, hub, session. What they may name all the same stands in foreign.
var banned = []string{"message", "messages", "event", "events", "channel", "channels", "manager", "helper", "helpers", "util", "utils"}

// foreign are names taken from elsewhere: from a standard or from an interface
// that is not ours.
var foreign = map[string]string{
	"event":       "the field of an SSE stream (WHATWG HTML 9.2.5)",
	"eventStream": "the media type text/event-stream",
	"EventSource": "the browser's SSE client",

	"FuzzLastEventID": "the header Last-Event-ID (WHATWG HTML 9.2.4)",
}

func TestNames_HaveOneMeaning(t *testing.T) {
	for _, f := range sources(t) {
		check := func(at ast.Node, name string) {
			if foreign[name] != "" {
				return
			}
			for _, word := range words(name) {
				if slices.Contains(banned, word) {
					t.Errorf("%s: %s: %q means too much; see the words in doc.go", f.at(at), name, word)
				}
			}
		}
		check(f.Name, strings.TrimSuffix(path.Base(f.path), ".go"))
		check(f.Name, f.Name.Name)
		ast.Inspect(f.File, func(n ast.Node) bool {
			for _, id := range declared(n) {
				check(id, id.Name)
			}
			return true
		})
	}
}

// declared are the identifiers that a node gives a meaning to.
func declared(n ast.Node) []*ast.Ident {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return []*ast.Ident{n.Name}
	case *ast.TypeSpec:
		return []*ast.Ident{n.Name}
	case *ast.ValueSpec:
		return n.Names
	case *ast.Field:
		return n.Names
	case *ast.AssignStmt:
		return identifiers(n.Lhs...)
	case *ast.RangeStmt:
		return identifiers(n.Key, n.Value)
	}
	return nil
}

func identifiers(exprs ...ast.Expr) []*ast.Ident {
	var ids []*ast.Ident
	for _, e := range exprs {
		if id, ok := e.(*ast.Ident); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// words splits a name at its capitals and underscores: eventLoop is event, loop.
func words(name string) []string {
	var split strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			split.WriteByte('_')
		}
		split.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(split.String(), func(r rune) bool { return r == '_' || r == '.' || r == '-' })
}
