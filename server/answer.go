package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"belfry"
)

// answer is one request's answer: the ResponseWriter that all handlers get.
type answer struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	id      string // request id
	status  int    // 0 until the head is written
	routed  bool   // a route of ours was found
	route   string // its pattern
	muted   bool   // the mux's own words are not sent
	user    belfry.UserID
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	growStack(0)
	a := &answer{ResponseWriter: w, server: s, request: r, id: s.requests.of(r)}
	defer a.conclude(start)
	a.secure()
	if s.cors(a, r) {
		return
	}
	s.handler.ServeHTTP(a, r)
}

// Values of headers that are the same in every answer, shared by all.
var (
	nosniff    = []string{"nosniff"}
	noStore    = []string{"no-store"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	typeJSON   = []string{"application/json"}
)

func (a *answer) secure() {
	h := a.Header()
	h["X-Request-Id"] = []string{a.id}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = noStore
	h["Referrer-Policy"] = noReferrer // an address may hold a token
	h["Content-Security-Policy"] = noContent
}

// WriteHeader implements http.ResponseWriter. What the mux itself refuses
// becomes a problem like any other.
func (a *answer) WriteHeader(status int) {
	if !a.routed && a.status == 0 {
		switch status {
		case http.StatusNotFound:
			a.muted = true
			a.refuse(belfry.Errorf(belfry.CodeNotFound, "there is no such address; see the documentation for all of them"))
			return
		case http.StatusMethodNotAllowed:
			a.muted = true
			a.refuse(belfry.Errorf(belfry.CodeMethodNotAllowed, "%.20q is not done here; allowed: %s", a.request.Method, a.Header().Get("Allow")))
			return
		}
	}
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	if a.muted {
		return len(b), nil
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// json writes an answer whose body is JSON.
func (a *answer) json(status int, body []byte) error {
	a.Header()["Content-Type"] = typeJSON
	a.WriteHeader(status)
	_, _ = a.Write(body) // a client that left needs no answer
	return nil
}

// empty writes an answer without a body.
func (a *answer) empty() error {
	a.WriteHeader(http.StatusNoContent)
	return nil
}

// conclude turns a panic into an answer and writes the access log: refusals at
// info, faults at error, the rest at debug.
func (a *answer) conclude(start time.Time) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		a.server.Logger.Error("a handler panicked", "request", a.id, "panic", p, "stack", string(debug.Stack()))
		if a.status != 0 {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		}
		a.routed = true
		a.refuse(belfry.Errorf(belfry.CodeInternal, "something went wrong here; the log names the request"))
	}
	level := slog.LevelDebug
	switch {
	case a.status >= 500 && a.status != http.StatusNotImplemented:
		level = slog.LevelError
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusTooManyRequests:
		level = slog.LevelInfo
	}
	if log := a.server.Logger; log.Enabled(context.Background(), level) {
		log.LogAttrs(context.Background(), level, "request", slog.String("request", a.id), slog.String("method", a.request.Method),
			slog.String("path", a.request.URL.Path), slog.Int("status", a.status), slog.Duration("took", time.Since(start)),
			slog.String("client", a.server.clientIP(a.request)), slog.String("user", string(a.user)))
	}
}

// clientIP is the address of whoever asks: the last in X-Forwarded-For that is
// not a trusted proxy, when the connection comes from one.
func (s *Server) clientIP(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	if !s.trusts(ip) {
		return ip.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if ip = hop.Unmap(); !s.trusts(ip) {
			break
		}
	}
	return ip.String()
}

func (s *Server) trusts(ip netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// refuse answers with a problem. What is no *belfry.Error is a defect: it goes
// to the log, and the client is told only which line to ask for.
func (a *answer) refuse(err error) {
	e := a.server.public(a.request.Context(), err, a.id)
	if e.Code == belfry.CodeUnavailable || e.Code == belfry.CodeOutcomeUnknown {
		a.server.Meter.StoreFailed(a.route)
	}
	a.routed = true
	status, body := a.problem(e)
	a.Header()["Content-Type"] = []string{"application/problem+json"}
	a.WriteHeader(status)
	_, _ = a.ResponseWriter.Write(body) // a client that left needs no answer
}

// public is the error that a client may see.
func (s *Server) public(ctx context.Context, err error, id string) *belfry.Error {
	var e *belfry.Error
	if errors.As(err, &e) {
		if e.Err != nil && belfry.Codes[e.Code].Status >= 500 {
			s.Logger.ErrorContext(ctx, "a request failed", "request", id, "err", err)
		}
		return e
	}
	if ctx.Err() != nil {
		return belfry.Errorf(belfry.CodeUnavailable, "the request was given up")
	}
	s.Logger.ErrorContext(ctx, "a request failed", "request", id, "err", err)
	return belfry.Errorf(belfry.CodeInternal, "something went wrong here; the log names the request")
}
