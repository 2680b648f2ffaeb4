package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"belfry"
	"belfry/internal/token"
	"belfry/web"
)

// demoUsers are the people of the demo.
var demoUsers = []belfry.UserID{"ann", "bob"}

// demoTopic is what both of them follow.
const demoTopic belfry.Topic = "doc.roadmap"

// demo serves the demo page, and gives whoever asks from this machine a token
// of a demo user and the dev key. It must never be reachable from elsewhere.
type demo struct {
	tokens *token.Authority
	key    string
}

// demoPolicy is what an app of today would set.
const demoPolicy = "default-src 'self'; require-trusted-types-for 'script'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

func (d *demo) handler() http.Handler {
	files := http.FileServerFS(web.Demo())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/token", d.token)
	mux.Handle("GET /demo/", http.StripPrefix("/demo", files))
	mux.Handle("GET /{$}", files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackHost(r.Host) || !loopbackOrigin(r.Header.Get("Origin")) {
			http.Error(w, "The demo is for this machine only; ask for localhost.", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", demoPolicy)
		mux.ServeHTTP(w, r)
	})
}

// token answers with what the page needs, or with ?form=text the bare token.
func (d *demo) token(w http.ResponseWriter, r *http.Request) {
	user := belfry.UserID(r.URL.Query().Get("user"))
	if !slices.Contains(demoUsers, user) {
		http.Error(w, "The users of the demo are ann and bob.", http.StatusNotFound)
		return
	}
	grants := token.Grants{
		Subscribe: []belfry.Pattern{"**"}, Publish: []token.TargetPattern{"topic:doc.**"}, // to say who is typing
		Name: strings.ToUpper(string(user[:1])) + string(user[1:]),
	}
	text, _, err := d.tokens.Issue(user, 12*time.Hour, grants)
	if err != nil {
		http.Error(w, detail(err), http.StatusInternalServerError)
		return
	}
	if r.URL.Query().Get("form") == "text" {
		_, _ = io.WriteString(w, text) // a client that left needs no answer
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"token": text, "key": d.key})
}

// loopbackOrigin says whether a page of this machine asks: the answer may be
// read by every origin, and holds the key.
func loopbackOrigin(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && loopbackHost(u.Host)
}

// loopbackHost says whether a Host header names this machine. A page from
// elsewhere whose name was made to point here (DNS rebinding) does not pass.
func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
