package bench

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"belfry"
	"belfry/hub"
	"belfry/internal/bench/floor"
	"belfry/internal/metrics"
	"belfry/internal/token"
	"belfry/server"
	"belfry/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey    = "a-static-key-of-the-tests"
	testSecret = "a secret of thirty-two bytes or more, for tests"
)

// startServer runs a real server on a real store in this process.
func startServer(t *testing.T, secure bool) *Target {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := token.New(ctx, token.Options{Secrets: [][]byte{[]byte(testSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	bus, meter := hub.NewBus(), metrics.New("test", slog.New(slog.DiscardHandler))
	store.OnCommit(bus.Ring)
	h := hub.New(store, bus, hub.Options{}, meter)
	s := server.New(server.Config{Store: store, Keyring: store, Bus: bus, Hub: h, Tokens: tokens, APIKey: testKey, Meter: meter, ClientRate: -1, Compression: true})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{Name: "belfry", URL: "http://" + l.Addr().String(), Key: testKey, Secret: testSecret}
	if secure {
		c, err := NewCertificate(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		config, err := server.LoadTLS(c.CertFile, c.KeyFile, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(l, config)
		target.URL, target.TLS = "https://"+target.URL[len("http://"):], c.client
	}
	running, cancel := context.WithCancel(ctx)
	web := s.HTTP(s)
	var tasks sync.WaitGroup
	tasks.Go(func() { _ = h.Run(running) })
	tasks.Go(func() { _ = web.Serve(s.Upgrades(l)) })
	t.Cleanup(func() {
		cancel()
		_ = web.Close()
		tasks.Wait()
		closing, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := s.Close(closing); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

// startFloor runs the floor in this process.
func startFloor(t *testing.T) *Target {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	said := &servingLog{at: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- floor.Serve(ctx, "127.0.0.1:0", slog.New(said)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-said.at:
		return &Target{Name: floorName, URL: "http://" + addr, Key: "none", Secret: testSecret}
	case err := <-ended:
		ended <- nil
		t.Skipf("no floor on this system: %v", err)
		return nil
	}
}

// servingLog waits for the line that says where a server serves.
type servingLog struct {
	slog.Handler
	at chan string
}

func (*servingLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *servingLog) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "addr" {
			l.at <- a.Value.String()
		}
		return true
	})
	return nil
}

// small is a scenario's options for a test.
func small(t *testing.T, name string) Options {
	t.Helper()
	for _, s := range Scenarios() {
		if s.Name == name {
			o := s.Defaults
			o.Sessions, o.Settle, o.Gap = 12, 0, min(o.Gap, 5e6)
			o.Every = 20e6
			return o
		}
	}
	t.Fatalf("no scenario %q", name)
	return Options{}
}
