package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/client"
)

// certificate writes one for 127.0.0.1 to two files, and gives a client that
// trusts it.
func certificate(t *testing.T) (cert, key string, trusting *http.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.EnableHTTP2 = true // of the client
	s.StartTLS()
	defer s.Close()
	pair := s.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, s.Client()
}

func TestServe_TLS(t *testing.T) {
	cert, key, trusting := certificate(t)
	env := append(place(t), serveSecret, "BELFRY_API_KEY=0123456789abcdef")
	_, url := startServe(t, env, "--data", t.TempDir(), "--tls-cert", cert, "--tls-key", key)
	url = strings.Replace(url, "http:", "https:", 1)
	defer trusting.CloseIdleConnections()

	res, err := trusting.Get(url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Errorf("%s over %s", res.Status, res.Proto)
	}
	c, err := client.New(client.Config{URL: url, Key: "0123456789abcdef", HTTP: trusting})
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{client.TransportWebSocket, client.TransportSSE} {
		t.Run(transport, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			live := errors.New("live")
			o := client.StreamOptions{Transport: transport, Token: func(ctx context.Context) (string, error) {
				tok, err := c.Token(ctx, "ann", time.Minute, client.Claims{})
				return tok.Token, err
			}}
			if err := c.Stream(ctx, o, func(f client.Frame) error {
				if f.Type == "live" {
					return live
				}
				return nil
			}); !errors.Is(err, live) {
				t.Error(err)
			}
		})
	}
	t.Run("a key that is not there", func(t *testing.T) {
		code, _, stderr := command(t, env, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--tls-cert", cert, "--tls-key", "/none")
		if code != exitFailure || !strings.Contains(stderr, "$BELFRY_TLS_KEY") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
}
