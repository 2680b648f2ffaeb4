// Package api holds the description of the HTTP interface (OpenAPI 3.1). The
// server gives it to whoever asks at /v1/openapi.yaml.
package api

import _ "embed"

// OpenAPI is the document, as YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
