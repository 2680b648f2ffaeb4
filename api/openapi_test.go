package api_test

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"belfry"
	"belfry/api"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPI_IsValid(t *testing.T) { load(t) }

func TestOpenAPI_KnowsEveryCode(t *testing.T) {
	listed := load(t).Components.Schemas["Code"].Value.Enum
	for code := range belfry.Codes {
		if !slices.Contains(listed, any(string(code))) {
			t.Errorf("the schema Code lacks %q", code)
		}
	}
	if len(listed) != len(belfry.Codes) {
		t.Errorf("the schema Code lists %d codes, belfry.Codes has %d", len(listed), len(belfry.Codes))
	}
}
