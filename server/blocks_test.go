package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"belfry"
	"belfry/internal/token"
)

// Whatever stands in a body, a block stays one block with the fields that were
// meant: CR, LF and NUL never enter a field.
func FuzzSSEField(f *testing.F) {
	f.Add("notification", []byte(`{"cursor":"--------------------------------","type":"notification"}`))
	f.Add("signal", []byte("{\"x\":\n\r\n\"a\"}"))
	f.Add("bye", []byte("\x00\n\ndata: evil\nevent: evil"))
	cursor := belfry.Cursor{Private: 1, Shared: 2, Position: belfry.Position{P: 3, S: 4}}.Encode()
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if strings.ContainsAny(kind, "\r\n\x00") {
			return // kinds are constants of ours
		}
		id := &cursor
		if len(body) < len(pongFrame) {
			id = nil
		}
		b := string(blocks{}.Append(nil, kind, id, body, nil))
		fields := strings.Split(strings.TrimSuffix(b, "\n\n"), "\n")
		want := []string{"event: ", "data: "}
		if id != nil {
			want = []string{"event: ", "id: ", "data: "}
		}
		if len(fields) != len(want) || !strings.HasSuffix(b, "\n\n") || strings.ContainsAny(b, "\r\x00") {
			t.Fatalf("%q", b)
		}
		for i := range want {
			if !strings.HasPrefix(fields[i], want[i]) {
				t.Fatalf("%q", b)
			}
		}
	})
}

// Whatever Last-Event-ID says, the stream has a cursor to begin with; only one
// that we made is a position.
func FuzzLastEventID(f *testing.F) {
	authority, err := token.New(f.Context(), token.Options{Secrets: [][]byte{[]byte("secret-secret-secret-secret-secret")}})
	if err != nil {
		f.Fatal(err)
	}
	raw, _, err := authority.Issue("ann", defaultTTL, token.Grants{})
	if err != nil {
		f.Fatal(err)
	}
	s := New(Config{Tokens: authority})
	f.Add(belfry.Cursor{Private: 1, Shared: 2}.String())
	f.Add("garbage")
	f.Add("\r\nX: y")
	f.Fuzz(func(t *testing.T, id string) {
		r := httptest.NewRequest("GET", "/v1/stream?cursor=garbage&token="+raw, nil)
		r.Header["Last-Event-Id"] = []string{id}
		spec, err := s.streamSpec(r)
		if id == "" {
			return // as if there were none
		}
		if err != nil || spec.Cursor == nil {
			t.Fatalf("%q: %v", id, err)
		}
		if c := *spec.Cursor; c != (belfry.Cursor{}) && c.String() != id {
			t.Fatalf("%q became %s", id, c)
		}
	})
}

func TestBlocks_Append(t *testing.T) {
	cursor := belfry.Cursor{Private: 1, Position: belfry.Position{P: 3}}.Encode()
	got := string(blocks{}.Append([]byte("before"), "pong", &cursor, []byte(pongFrame), nil))
	want := "beforeevent: pong\nid: " + string(cursor[:]) + "\ndata: " + strings.Replace(pongFrame, strings.Repeat("-", 32), string(cursor[:]), 1) + "\n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := string(blocks{}.AppendHeartbeat(nil, &cursor)); got != ":\nid: "+string(cursor[:])+"\n\n" {
		t.Errorf("the heartbeat is %q", got)
	}
}

// A panic becomes a problem that names the request, and is logged; half an
// answer is cut off.
func TestAnswer_Conclude(t *testing.T) {
	var log strings.Builder
	s := New(Config{Logger: textLogger(&log), Home: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = w.Write([]byte("half"))
		}
		panic("boom")
	})})
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest("GET", "/page", nil))
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), `"code":"internal"`) || strings.Contains(rec.Body.String(), "boom") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if id := rec.Header().Get("X-Request-Id"); !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "boom") {
		t.Errorf("the log holds %s", log.String())
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("half an answer: %v", p)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/half", nil))
}

// X-Forwarded-For is believed from trusted proxies only, from the right.
func TestServer_ClientIP(t *testing.T) {
	s := New(Config{TrustedProxies: prefixes("10.0.0.0/8", "::1/128")})
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:5", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5", "203.0.113.9, 198.51.100.7, 10.2.2.2", "198.51.100.7"},
		{"[::1]:5", "198.51.100.7", "198.51.100.7"},
		{"[::ffff:10.0.0.1]:5", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5", "nonsense", "10.0.0.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.clientIP(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
