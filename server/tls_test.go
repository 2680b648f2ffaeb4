package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func textLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// writeCert makes a certificate of a name and puts it and its key into files.
func writeCert(t *testing.T, certFile, keyFile, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A certificate that is renewed is served without a restart; one that is broken
// is logged and the last good one stays.
func TestLoadTLS(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := LoadTLS(certFile, keyFile, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("files that are not there are loaded")
	}
	writeCert(t, certFile, keyFile, "one")
	var log bytes.Buffer
	c := &certificate{certFile: certFile, keyFile: keyFile, log: textLogger(&log)}
	if err := c.load(time.Now()); err != nil {
		t.Fatal(err)
	}
	served := func() string {
		t.Helper()
		cert, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf.Subject.CommonName
	}
	writeCert(t, certFile, keyFile, "two")
	later := time.Now().Add(time.Minute)
	for _, file := range []string{certFile, keyFile} {
		if err := os.Chtimes(file, later, later); err != nil {
			t.Fatal(err)
		}
	}
	if got := served(); got != "one" {
		t.Errorf("the files are looked at too often: %s", got)
	}
	c.checked = time.Time{}
	if got := served(); got != "two" {
		t.Errorf("got %s", got)
	}
	if err := os.WriteFile(certFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.checked = time.Time{}
	if got := served(); got != "two" || !strings.Contains(log.String(), "the last one stays") {
		t.Errorf("got %s, logged %s", got, log.String())
	}
}
