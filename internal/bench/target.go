package bench

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"belfry"
	"belfry/client"
	"belfry/internal/token"
)

// Target is a server under load.
type Target struct {
	Name       string // "belfry", or what it is compared with
	URL        string
	PublishURL string      // where to publish; "": at URL
	Key        string      // API key with the scopes publish, tokens and read
	Secret     string      // HS256 secret to sign users' tokens with; "": the server is asked for each
	TLS        *tls.Config // nil: plain
	Meter      Meter       // what it uses; nil: unknown
}

// secure is the TLS of a connection to a host; nil for plain.
func (t *Target) secure(host string) *tls.Config {
	if t.TLS == nil {
		return nil
	}
	c := t.TLS.Clone()
	c.ServerName = host
	return c
}

// tokenTTL outlasts the longest soak.
const tokenTTL = 7 * 24 * time.Hour

// tokens makes n tokens, the i-th of the user of that name.
func (t *Target) tokens(ctx context.Context, n int, name func(i int) string) ([]string, error) {
	out := make([]string, n)
	if t.Secret != "" {
		a, err := token.New(ctx, token.Options{Secrets: [][]byte{[]byte(t.Secret)}})
		if err != nil {
			return nil, err
		}
		for i := range out {
			if out[i], _, err = a.Issue(belfry.UserID(name(i)), tokenTTL, token.Grants{}); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	c, err := t.client()
	if err != nil {
		return nil, err
	}
	return out, together(ctx, n, 16, func(ctx context.Context, i int) error {
		tok, err := c.Token(ctx, belfry.UserID(name(i)), tokenTTL, client.Claims{})
		out[i] = tok.Token
		return err
	})
}

// client speaks the whole API, for what is not measured.
func (t *Target) client() (*client.Client, error) {
	return client.New(client.Config{URL: t.URL, Key: t.Key, HTTP: httpClient(t.TLS)})
}

// together does n things, so many at a time, until one fails.
func together(ctx context.Context, n, workers int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var running sync.WaitGroup
	for range min(workers, n) {
		running.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	running.Wait()
	return context.Cause(ctx)
}
