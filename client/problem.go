package client

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"strconv"
	"time"

	"belfry"
)

// problem reads an RFC 9457 answer. What is no problem of this API came from
// something between us and the server, which may be gone a moment later: that
// is CodeUnavailable, and tried again.
func problem(res *http.Response, body []byte) *belfry.Error {
	var p struct {
		Code   belfry.Code         `json:"code"`
		Detail string              `json:"detail"`
		Errors []belfry.FieldError `json:"errors"`
	}
	wait := parseRetryAfter(res.Header.Get("Retry-After"))
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(body, &p) != nil || p.Code == "" {
		e := belfry.Errorf(belfry.CodeUnavailable, "%s answered %s in words that are not Belfry's; check the address and what stands in between", res.Request.URL.Host, res.Status)
		e.RetryAfter = wait
		return e
	}
	return &belfry.Error{Code: p.Code, Detail: p.Detail, Fields: p.Errors, RetryAfter: wait}
}

// parseRetryAfter reads seconds or a date (RFC 9110 section 10.2.3).
func parseRetryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// networkError tells a server that was not reached, where nothing can have
// happened, from one that was cut off, where anything can.
func networkError(err error) *belfry.Error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the server cannot be reached", Err: err}
	}
	return &belfry.Error{Code: belfry.CodeOutcomeUnknown, Detail: "the connection was lost before the answer", Err: err}
}
