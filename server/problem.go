package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"belfry"
)

// docsURL is where each code is explained.
const docsURL = "https://belfry.dev/errors#"

// problem builds the RFC 9457 body of an error and sets the headers that go
// with it.
func (a *answer) problem(e *belfry.Error) (status int, body []byte) {
	info, ok := belfry.Codes[e.Code]
	if !ok {
		info = belfry.Codes[belfry.CodeInternal]
	}
	h := a.Header()
	if e.RetryAfter > 0 || info.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(ceilSeconds(e.RetryAfter)))
	}
	if info.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="belfry"`)
	}
	b := append([]byte(nil), `{"type":"`+docsURL...)
	b = append(b, e.Code...)
	b = append(b, `","title":`...)
	b = belfry.AppendJSONString(b, info.Title)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(info.Status), 10)
	if e.Detail != "" {
		b = append(b, `,"detail":`...)
		b = belfry.AppendJSONString(b, validText(e.Detail))
	}
	b = append(b, `,"code":"`...)
	b = append(b, e.Code...)
	b = append(b, '"')
	b = appendFieldErrors(b, e.Fields)
	b = append(b, `,"requestId":`...)
	b = belfry.AppendJSONString(b, a.id)
	return info.Status, append(b, '}')
}

// appendFieldErrors appends the member "errors" with a leading comma.
func appendFieldErrors(b []byte, fields []belfry.FieldError) []byte {
	if len(fields) == 0 {
		return b
	}
	b = append(b, `,"errors":[`...)
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"field":`...)
		b = belfry.AppendJSONString(b, validText(f.Field))
		b = append(b, `,"code":`...)
		b = belfry.AppendJSONString(b, f.Code)
		b = append(b, `,"detail":`...)
		b = belfry.AppendJSONString(b, validText(f.Detail))
		b = append(b, '}')
	}
	return append(b, ']')
}

func ceilSeconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// requestIDs name requests: a prefix of this process and a number, unless the
// request comes with a name of its own.
type requestIDs struct {
	prefix string
	last   *atomic.Uint64
}

func newRequestIDs() requestIDs {
	var b [4]byte
	rand.Read(b[:])
	return requestIDs{prefix: hex.EncodeToString(b[:]) + "-", last: new(atomic.Uint64)}
}

func (ids requestIDs) of(r *http.Request) string {
	if v := r.Header["X-Request-Id"]; len(v) == 1 && saneID(v[0]) {
		return v[0]
	}
	return ids.prefix + strconv.FormatUint(ids.last.Add(1), 36)
}

func saneID(s string) bool {
	if len(s) < 1 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == ':' || c == '/') {
			return false
		}
	}
	return true
}
