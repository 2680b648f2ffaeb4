package server

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certCheck is how often a certificate's files are looked at.
const certCheck = 10 * time.Second

// LoadTLS makes a configuration that serves a certificate from two PEM files and
// takes them anew when they change. The error is about the files as they are
// now; one that goes bad later is logged, and the last good one stays.
func LoadTLS(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(time.Now()); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: c.get}, nil
}

type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	cert    *tls.Certificate
	stamp   [2]fileStamp
	checked time.Time
}

// fileStamp tells one content of a file from another.
type fileStamp struct {
	changed time.Time
	size    int64
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) > certCheck {
		if err := c.load(now); err != nil {
			c.log.Error("the new certificate cannot be used; the last one stays", "cert", c.certFile, "key", c.keyFile, "err", err)
		}
	}
	return c.cert, nil
}

// load takes the files when they have changed.
func (c *certificate) load(now time.Time) error {
	c.checked = now
	stamp, err := stampOf(c.certFile, c.keyFile)
	if err != nil || stamp == c.stamp {
		return err
	}
	cert, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.cert, c.stamp = &cert, stamp
	return nil
}

func stampOf(files ...string) (stamp [2]fileStamp, err error) {
	for i, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return stamp, err
		}
		stamp[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return stamp, nil
}
