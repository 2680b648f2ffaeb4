package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"belfry"
)

// script is a file for browsers that is the same as long as the process lives.
type script struct {
	plain  []byte
	packed func() []byte // as gzip (RFC 1952)
	hash   string        // half of its SHA-256 in hex: the name of this very content
}

func newScript(plain []byte) *script {
	sum := sha256.Sum256(plain)
	return &script{
		plain: plain, hash: hex.EncodeToString(sum[:16]),
		packed: sync.OnceValue(func() []byte { return pack(plain) }),
	}
}

// sdk is GET /sdk/v1.js: client and elements as this build has them. It names
// the address under which this content never changes.
func (s *Server) sdk(a *answer, r *http.Request, _ *caller) error {
	if s.SDK == nil {
		return belfry.Errorf(belfry.CodeNotFound, "this build carries no SDK")
	}
	a.Header().Set("Content-Location", s.script.hash+"/v1.js")
	a.serve(r, s.script, "public, max-age=300")
	return nil
}

// sdkVersion is GET /sdk/{hash}/v1.js: exactly this content, for good.
func (s *Server) sdkVersion(a *answer, r *http.Request, _ *caller) error {
	if s.SDK == nil || r.PathValue("hash") != s.script.hash {
		return belfry.Errorf(belfry.CodeNotFound, "this server carries another version of the SDK; /sdk/v1.js answers with the present one and names its address in Content-Location")
	}
	a.serve(r, s.script, "public, max-age=31536000, immutable")
	return nil
}

// serve answers with a script that pages of every origin may load, also those
// that are isolated by Cross-Origin-Embedder-Policy.
func (a *answer) serve(r *http.Request, f *script, caching string) {
	h := a.Header()
	// Every origin gets the same answer, so that a cache may keep one for all.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Del("Access-Control-Allow-Credentials")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", caching)
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	body, tag := f.plain, f.hash
	if acceptsGzip(r) {
		body, tag = f.packed(), tag+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(a, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip says whether Accept-Encoding names gzip with a weight above zero
// (RFC 9110 section 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, weighted := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return !weighted || err == nil && q > 0
	}
	return false
}

func pack(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one of the package's
	_, _ = w.Write(plain)                                 // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
