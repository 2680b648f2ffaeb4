// Package server is the HTTP surface of Belfry: every address of docs/protocol.md,
// one file a noun, all routes in one block (routes.go). It translates; it decides
// no rule.
package server

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
)

// Meter is told what the server does. All methods must be cheap and not block.
type Meter interface {
	Published(target string, n int) // target is user, users, topic or all
	PublishSeconds(s float64)       // from the decoded request to the commit
	AuthFailed(reason belfry.Code)  // a credential was refused
	Limited(scope string)           // refused: publish, client, opening, pending
	StoreFailed(op string)          // op is the route, such as POST /v1/notifications
}

// Config is what a Server is made of.
type Config struct {
	Store   belfry.Store
	Keyring belfry.Keyring
	Bus     belfry.Bus
	Hub     *hub.Hub
	// Presence knows the sessions of all nodes; nil: there are this node's only.
	Presence belfry.Presence
	Tokens   *token.Authority // nil: no user token is believed
	APIKey   string           // a static key, any string, all scopes but admin; "" none
	Meter    Meter
	Logger   *slog.Logger
	Version  string

	Home    http.Handler // serves / and all that is not the API; nil: name, version and docs
	OpenAPI []byte       // served at /v1/openapi.yaml; nil: not
	SDK     []byte       // the browser's script, served at /sdk/v1.js; nil: not

	// AllowedOrigins are the origins whose pages may use the cookie:
	// https://app.example.com, or with any port http://localhost:*.
	AllowedOrigins []string
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	BasePath       string         // the path the server stands under, such as /belfry; "" the root
	Compression    bool           // agree to permessage-deflate (RFC 7692) where a WebSocket client offers it

	PublishRate float64 // notifications a second of one key; 0: 2,000, below 0: no limit
	ClientRate  float64 // frames or requests a second of one session or user; 0: 50, below 0: no limit
	OpenRate    float64 // sessions opened a second; 0: 20,000 a core, below 0: no limit
}

// Server serves HTTP. It is safe for use from any goroutine.
type Server struct {
	Config
	handler   http.Handler
	staticKey [32]byte
	keys      *cache[string, belfry.Key]
	logouts   *cache[belfry.UserID, belfry.Time]
	publishes *limits
	clients   *limits
	opens     *rate.Limiter
	origins   map[string]bool
	requests  requestIDs
	script    *script // SDK
	ready     readiness
	draining  atomic.Bool

	poller  poller         // watches idle connections
	sockets sync.WaitGroup // hijacked connections
	mu      sync.Mutex
	pending map[*wsConn]struct{} // have not sent a credential yet
	closed  bool
}

// New makes a Server.
func New(c Config) *Server {
	if c.Meter == nil {
		c.Meter = noMeter{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.BasePath = strings.TrimRight(c.BasePath, "/")
	s := &Server{
		Config:    c,
		keys:      newCache[string, belfry.Key](10 * time.Second),
		logouts:   newCache[belfry.UserID, belfry.Time](10 * time.Second),
		publishes: newLimits("publish", orDefault(c.PublishRate, 2000), 2*belfry.MaxBatch),
		clients:   newLimits("client", orDefault(c.ClientRate, 50), 100),
		opens:     rate.NewLimiter(limitOf(orDefault(c.OpenRate, float64(20_000*runtime.GOMAXPROCS(0)))), 1000),
		origins:   map[string]bool{},
		requests:  newRequestIDs(),
		script:    newScript(c.SDK),
		pending:   map[*wsConn]struct{}{},
	}
	for _, o := range c.AllowedOrigins {
		s.origins[strings.ToLower(strings.TrimRight(o, "/"))] = true
	}
	if c.APIKey != "" {
		s.staticKey = sha256.Sum256([]byte(c.APIKey))
	}
	s.handler = s.mux()
	if c.Home != nil {
		s.handler = s.orHome(s.handler)
	}
	if c.BasePath != "" {
		s.handler = below(c.BasePath, s.handler)
	}
	return s
}

// below serves h under a path. Health is answered at the root too: who asks for
// it stands on this side of the proxy that adds the path.
func below(path string, h http.Handler) http.Handler {
	stripped := http.StripPrefix(path, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; p == "/healthz" || p == "/readyz" {
			h.ServeHTTP(w, r)
			return
		}
		stripped.ServeHTTP(w, r)
	})
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// headerTimeout is how long a client may take to send a request's head.
const headerTimeout = 10 * time.Second

// HTTP gives an http.Server for the handler with the timeouts that the server
// relies on.
func (s *Server) HTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
	}
}

// Drain makes /readyz answer 503, so that load balancers look elsewhere, while
// everything goes on being served.
func (s *Server) Drain() { s.draining.Store(true) }

// Close cuts the connections that have not said who they are, and waits until
// all WebSocket and SSE connections are gone or ctx ends. End the sessions by
// the hub first.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for c := range s.pending {
		c.close()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.poller.close()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter counts a hijacked connection, which leaves by sockets.Done; false says
// that the server is closed and the connection must be.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sockets.Add(1)
	return true
}

type noMeter struct{}

func (noMeter) Published(string, int)  {}
func (noMeter) PublishSeconds(float64) {}
func (noMeter) AuthFailed(belfry.Code) {}
func (noMeter) Limited(string)         {}
func (noMeter) StoreFailed(string)     {}
