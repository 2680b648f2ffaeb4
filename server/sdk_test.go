package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"belfry/server"
)

const testScript = "export const belfry = 1;\n"

func newSDKHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, options{config: func(c *server.Config) {
		c.SDK, c.AllowedOrigins = []byte(testScript), []string{"https://app.example.com"}
		c.Home = http.NotFoundHandler()
	}})
	h.client.Transport.(*http.Transport).DisableCompression = true
	return h
}

func TestServer_SDK(t *testing.T) {
	h := newSDKHouse(t)
	// An origin that may use the cookie is answered like every other.
	got := h.want(200, "GET", "/sdk/v1.js", "", "", "Origin: https://app.example.com")
	if string(got.body) != testScript {
		t.Errorf("%q", got.body)
	}
	for name, want := range map[string]string{
		"Content-Type":                     "text/javascript; charset=utf-8",
		"Cache-Control":                    "public, max-age=300",
		"Access-Control-Allow-Origin":      "*",
		"Access-Control-Allow-Credentials": "",
		"Cross-Origin-Resource-Policy":     "cross-origin",
		"Vary":                             "Accept-Encoding",
		"Content-Encoding":                 "",
	} {
		if is := got.header.Get(name); is != want {
			t.Errorf("%s: %q, want %q", name, is, want)
		}
	}
	h.want(304, "GET", "/sdk/v1.js", "", "", "If-None-Match: "+got.header.Get("ETag"))
	if r := h.want(200, "HEAD", "/sdk/v1.js", "", ""); r.header.Get("ETag") != got.header.Get("ETag") {
		t.Errorf("HEAD says %v", r.header)
	}

	t.Run("for good, at the address it names", func(t *testing.T) {
		r := h.want(200, "GET", "/sdk/"+got.header.Get("Content-Location"), "", "", "Origin: https://elsewhere.example")
		if string(r.body) != testScript || !strings.HasSuffix(r.header.Get("Cache-Control"), "immutable") || r.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%q, %v", r.body, r.header)
		}
		if r := h.want(404, "GET", "/sdk/00000000000000000000000000000000/v1.js", "", ""); strings.Contains(r.header.Get("Cache-Control"), "public") {
			t.Errorf("a refusal is kept: %v", r.header)
		}
	})
}

func TestServer_SDK_packed(t *testing.T) {
	h := newSDKHouse(t)
	for accept, packed := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1.0, GZIP;q=0.8": true, "gzip;q=0": false, "gzip;q=0.000, *": false, "br": false, "gzip;q=x": false,
	} {
		r := h.want(200, "GET", "/sdk/v1.js", "", "", "Accept-Encoding: "+accept)
		body := r.body
		if r.header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(bytes.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(unpacked); err != nil {
				t.Fatal(err)
			}
		}
		if is := r.header.Get("Content-Encoding") == "gzip"; is != packed || string(body) != testScript {
			t.Errorf("%s: packed %v, %q", accept, is, body)
		}
		if strings.Contains(r.header.Get("ETag"), "gzip") != packed {
			t.Errorf("%s: the forms share the tag %s", accept, r.header.Get("ETag"))
		}
	}
}

func TestServer_SDK_notCarried(t *testing.T) {
	h := newHouse(t, options{})
	h.want(404, "GET", "/sdk/v1.js", "", "")
	h.want(404, "GET", "/sdk/e3b0c44298fc1c149afbf4c8996fb924/v1.js", "", "")
}
