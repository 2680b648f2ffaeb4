package belfry

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code says what went wrong. The list is closed: it is the one list for HTTP
// problems, error frames, bye frames and WebSocket close codes (see Codes).
type Code string

// The codes. Their meaning, HTTP status, close code and whether to come back
// stand in Codes.
const (
	CodeMalformed         Code = "malformed"
	CodeInvalid           Code = "invalid"
	CodeUnauthorized      Code = "unauthorized"
	CodeTokenExpired      Code = "token_expired"
	CodeLoggedOut         Code = "logged_out"
	CodeForbidden         Code = "forbidden"
	CodeOriginRefused     Code = "origin_refused"
	CodeAuthTimeout       Code = "auth_timeout"
	CodeNotFound          Code = "not_found"
	CodeMethodNotAllowed  Code = "method_not_allowed"
	CodeConflict          Code = "conflict"
	CodeGone              Code = "gone"
	CodeTooLarge          Code = "too_large"
	CodeUnsupported       Code = "unsupported"
	CodeUpgradeRequired   Code = "upgrade_required"
	CodeIdempotencyReused Code = "idempotency_reused"
	CodeRateLimited       Code = "rate_limited"
	CodeTooManySessions   Code = "too_many_sessions"
	CodeUnavailable       Code = "unavailable"
	CodeOutcomeUnknown    Code = "outcome_unknown"
	CodeDraining          Code = "draining"
	CodeStalled           Code = "stalled"
	CodeProtocol          Code = "protocol_error"
	CodeInvalidText       Code = "invalid_text"
	CodeInternal          Code = "internal"
)

// CodeInfo is what a code means on each surface.
type CodeInfo struct {
	Title  string // one line for people
	Status int    // HTTP status
	Close  int    // WebSocket close code; 1012, 1013 and 4000-4099 invite a reconnect, 4100-4199 do not
	Retry  bool   // the same request may succeed later
}

// Codes is the closed list: one row a code.
var Codes = map[Code]CodeInfo{
	CodeMalformed:         {"The request could not be read", 400, 4100, false},
	CodeInvalid:           {"A field is not valid", 422, 4100, false},
	CodeUnauthorized:      {"No valid credential", 401, 4101, false},
	CodeTokenExpired:      {"The token has expired", 401, 4102, false},
	CodeLoggedOut:         {"The user was logged out everywhere", 401, 4103, false},
	CodeForbidden:         {"The credential does not allow this", 403, 4104, false},
	CodeOriginRefused:     {"This origin is not allowed", 403, 4105, false},
	CodeAuthTimeout:       {"No credential arrived in time", 401, 4106, false},
	CodeNotFound:          {"There is nothing here", 404, 4107, false},
	CodeMethodNotAllowed:  {"This method is not allowed here", 405, 4100, false},
	CodeConflict:          {"The request conflicts with the present state", 409, 4100, false},
	CodeGone:              {"It was here and is no more", 410, 4100, false},
	CodeTooLarge:          {"The request is too large", 413, 1009, false},
	CodeUnsupported:       {"This server does not do that", 501, 4108, false},
	CodeUpgradeRequired:   {"This address speaks WebSocket", 426, 4100, false},
	CodeIdempotencyReused: {"The idempotency key was used for another body", 422, 4100, false},
	CodeRateLimited:       {"Too many requests", 429, 4001, true},
	CodeTooManySessions:   {"Too many sessions", 429, 4002, true},
	CodeUnavailable:       {"The store cannot be reached", 503, 1013, true},
	CodeOutcomeUnknown:    {"The outcome is unknown; retry with an idempotency key", 503, 1013, true},
	CodeDraining:          {"This node is going away", 503, 1012, true},
	CodeStalled:           {"The connection took nothing for too long", 408, 4003, true},
	CodeProtocol:          {"The WebSocket protocol was violated", 400, 1002, false},
	CodeInvalidText:       {"A text frame was not UTF-8", 400, 1007, false},
	CodeInternal:          {"Something went wrong here", 500, 4000, true},
}

// Error is the one error type that crosses a seam. What is not an *Error is a
// defect or a fault of the store and is shown to nobody but the log.
type Error struct {
	Code       Code
	Detail     string        // one sentence for whoever reads it, with a next step
	Fields     []FieldError  // what was wrong where
	RetryAfter time.Duration // when Code says to come back; 0 is unknown
	Err        error         // the cause, for the log only
}

// FieldError names one field that was wrong.
type FieldError struct {
	Field  string `json:"field"` // JSON pointer (RFC 6901), or the parameter's name
	Code   string `json:"code"`  // required, too_long, invalid, unknown, out_of_range, conflict, forbidden
	Detail string `json:"detail"`
}

// Error reads like a log line: code, detail, fields, cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Field, f.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a code and a sentence.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid makes the Error for one wrong field.
func Invalid(field, code, format string, args ...any) *Error {
	detail := fmt.Sprintf(format, args...)
	return &Error{Code: CodeInvalid, Detail: field + ": " + detail, Fields: []FieldError{{field, code, detail}}}
}

// ErrorCode is the code of err: CodeInternal when it is no *Error, "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// faults gathers field errors, so that one answer names them all.
type faults []FieldError

func (f *faults) add(field, code, format string, args ...any) {
	*f = append(*f, FieldError{field, code, fmt.Sprintf(format, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	detail := f[0].Field + ": " + f[0].Detail
	if n := len(f) - 1; n > 0 {
		detail += fmt.Sprintf(" (and %d more)", n)
	}
	return &Error{Code: CodeInvalid, Detail: detail, Fields: f}
}
