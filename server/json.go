package server

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"belfry"
)

// Limits of request bodies in bytes.
const (
	maxBody     = 256 << 10
	bodyTimeout = 15 * time.Second
)

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// decode reads a request's body as strict JSON: one value, no unknown and no
// repeated members, valid UTF-8 without U+0000. CodeTooLarge above limit bytes;
// else CodeMalformed or CodeInvalid with the field's JSON pointer.
func decode(a *answer, r *http.Request, limit int64, v any) error {
	buf := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 2*maxBody {
			bodies.Put(buf)
		}
	}()
	buf.Reset()
	if err := readBody(a, r, limit, buf); err != nil {
		return err
	}
	if len(bytes.TrimSpace(buf.Bytes())) == 0 {
		return belfry.Errorf(belfry.CodeMalformed, "the body is empty; send a JSON object")
	}
	return decodeStrict(buf.Bytes(), v)
}

func readBody(a *answer, r *http.Request, limit int64, buf *bytes.Buffer) error {
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	rc := http.NewResponseController(a.ResponseWriter)
	_ = rc.SetReadDeadline(time.Now().Add(bodyTimeout)) // in a test there is no connection
	_, err := buf.ReadFrom(http.MaxBytesReader(a.ResponseWriter, r.Body, limit))
	_ = rc.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		a.Header().Set("Connection", "close")
		return belfry.Errorf(belfry.CodeMalformed, "the body did not arrive within %s", bodyTimeout)
	}
	return belfry.Errorf(belfry.CodeMalformed, "the body could not be read to its end")
}

func tooLarge(limit int64) error {
	return belfry.Errorf(belfry.CodeTooLarge, "the body has more than %d KiB", limit>>10)
}

// decodeStrict reads one JSON value whose every member must be known.
func decodeStrict(b []byte, v any) error { return decodeJSON(b, v, json.RejectUnknownMembers(true)) }

// decodeFrame reads one JSON value and ignores members that are not known.
func decodeFrame(b []byte, v any) error { return decodeJSON(b, v) }

func decodeJSON(b []byte, v any, opts ...json.Options) error {
	if err := json.Unmarshal(b, v, opts...); err != nil {
		return jsonError(err)
	}
	return belfry.CheckJSONText(b)
}

// jsonError says in the words of the protocol what a decoder did not like.
func jsonError(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	var known *belfry.Error
	switch {
	case errors.As(err, &semantic):
		field := string(semantic.JSONPointer)
		switch {
		case errors.Is(semantic.Err, json.ErrUnknownName):
			return belfry.Invalid(field, "unknown", "there is no such field")
		case errors.As(semantic.Err, &known):
			return belfry.Invalid(field, "invalid", "%s", known.Detail)
		}
		return belfry.Invalid(field, "invalid", "%s is wanted here", wanted(semantic.GoType))
	case errors.As(err, &syntactic):
		field := string(syntactic.JSONPointer)
		if errors.Is(syntactic.Err, jsontext.ErrDuplicateName) {
			return &belfry.Error{Code: belfry.CodeMalformed, Detail: field + ": this member occurs twice", Fields: []belfry.FieldError{{Field: field, Code: "conflict", Detail: "this member occurs twice"}}}
		}
		return belfry.Errorf(belfry.CodeMalformed, "this is not JSON at byte %d: %s", syntactic.ByteOffset, reason(syntactic))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return belfry.Errorf(belfry.CodeMalformed, "the JSON ends too early")
	}
	return belfry.Errorf(belfry.CodeMalformed, "this is not JSON")
}

func reason(e *jsontext.SyntacticError) string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	if e.Err == nil {
		return "it cannot be read"
	}
	return strings.TrimPrefix(e.Err.Error(), "jsontext: ")
}

// wanted names a Go type as somebody who writes JSON knows it.
func wanted(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	if t == reflect.TypeFor[belfry.Time]() {
		return "a time such as \"2026-01-02T15:04:05.000Z\""
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "another value"
}

// validText makes text from outside fit for a JSON string.
func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
