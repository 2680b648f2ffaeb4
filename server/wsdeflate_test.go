package server

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"belfry"
	"belfry/hub"
)

func TestAgreeDeflate(t *testing.T) {
	const agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	for offers, want := range map[string]string{
		"":                   "",
		"permessage-deflate": agreed,
		"permessage-deflate; client_max_window_bits":                               agreed, // what browsers offer
		"permessage-deflate;client_max_window_bits=8;client_no_context_takeover":   agreed,
		"permessage-deflate; server_no_context_takeover":                           agreed,
		`permessage-deflate; client_max_window_bits = "12"`:                        agreed,
		"permessage-deflate; server_max_window_bits=15":                            agreed + "; server_max_window_bits=15",
		"permessage-deflate; server_max_window_bits=14":                            "",
		"permessage-deflate; server_max_window_bits=8":                             "",
		"permessage-deflate; server_max_window_bits":                               "",
		"permessage-deflate; server_max_window_bits=16":                            "",
		"permessage-deflate; client_max_window_bits=7":                             "",
		"permessage-deflate; client_max_window_bits=08":                            "",
		"permessage-deflate; client_max_window_bits=+9":                            "",
		"permessage-deflate; client_max_window_bits=":                              "",
		"permessage-deflate; client_max_window_bits; client_max_window_bits":       "",
		"permessage-deflate; server_no_context_takeover=1":                         "",
		"permessage-deflate; client_no_context_takeover=":                          "",
		"permessage-deflate; future":                                               "",
		"permessage-deflate;":                                                      "",
		"permessage-deflate2":                                                      "",
		"x-webkit-deflate-frame":                                                   "",
		"permessage-bzip2, permessage-deflate":                                     agreed,
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":        agreed,
		"permessage-deflate; server_max_window_bits=10\npermessage-deflate":        agreed, // two lines
		"permessage-deflate; future=1, permessage-deflate; client_max_window_bits": agreed,
		"permessage-deflate; server_max_window_bits=9, permessage-deflate; x":      "",
		`;;;,=,"`: "",
	} {
		if got := agreeDeflate(strings.Split(offers, "\n")); got != want {
			t.Errorf("%q: %q, want %q", offers, got, want)
		}
	}
}

// Whatever is offered, the answer names nothing that the client did not, or that
// the server could not keep.
func FuzzAgreeDeflate(f *testing.F) {
	f.Add("permessage-deflate; client_max_window_bits")
	f.Add(`x; y="a, b", permessage-deflate; server_max_window_bits="15"`)
	f.Fuzz(func(t *testing.T, offers string) {
		answer := agreeDeflate([]string{offers})
		rest, agreed := strings.CutPrefix(answer, deflateName+"; server_no_context_takeover; client_no_context_takeover")
		switch {
		case answer == "":
		case !agreed || !strings.Contains(offers, deflateName), rest != "" && (rest != "; server_max_window_bits=15" || !strings.Contains(offers, "server_max_window_bits")):
			t.Errorf("%q was answered %q", offers, answer)
		}
	})
}

// creationBody is the frame of a broadcast, its cursor blank.
func creationBody(text string) []byte {
	return []byte(`{"cursor":"--------------------------------","type":"notification","op":"created","item":{"id":"019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004","rev":7,"born":7,"to":{"all":true},"createdAt":"2026-03-01T12:00:00.000Z","at":"2026-03-01T12:00:00.000Z","type":"notification","level":"info","priority":"medium","title":"` + text + `"}}`)
}

// inflatedAlone inflates as a client does that knows nothing of ours.
func inflatedAlone(t *testing.T, payload []byte) string {
	t.Helper()
	r := flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader(flushTail+lastBlock)))
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Many sessions are sent one body: each its own cursor, and the body is
// compressed once for all that agreed, whoever comes first.
func TestWsConn_Append_CompressesOnce(t *testing.T) {
	body, form := creationBody("Ann commented on your document"), &hub.Form{}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			cursor := belfry.Cursor{Private: uint32(i), Position: belfry.Position{P: belfry.Rev(i)}}.Encode()
			want := strings.Replace(string(body), strings.Repeat("-", belfry.CursorLen), string(cursor[:]), 1)
			plain := (&wsConn{}).Append([]byte("x"), "notification", &cursor, body, form)
			small := (&wsConn{deflate: true}).Append([]byte("x"), "notification", &cursor, body, form)
			if got := string(plain[1+4:]); plain[1] != 0x81 || got != want {
				t.Errorf("plain: %x %s", plain[1], got)
			}
			if small[1] != 0xc1 || len(small) >= len(plain) {
				t.Errorf("%d bytes with head %x, plain are %d", len(small), small[1:3], len(plain))
			}
			head := 2
			if small[2] == 126 {
				head = 4
			}
			if got := inflatedAlone(t, small[1+head:]); got != want {
				t.Errorf("compressed: %s", got)
			}
		})
	}
	all.Wait()
	form.Of(body, func([]byte) []byte { t.Error("it was not compressed, or would be again"); return nil })
	if strings.Contains(string(body), belfry.Cursor{}.String()) {
		t.Error("the shared body was changed")
	}
}

// What one session alone is sent is never compressed, nor what would not gain.
func TestWsConn_Append_LeavesPlain(t *testing.T) {
	noise := make([]byte, 600)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	for name, c := range map[string]struct {
		body []byte
		form *hub.Form
	}{
		"of one session": {creationBody(strings.Repeat("much to gain ", 50)), nil},
		"short":          {[]byte(pongFrame), &hub.Form{}},
		"noise":          {append(creationBody("")[:storedLen], noise...), &hub.Form{}},
	} {
		cursor := belfry.Cursor{}.Encode()
		got := (&wsConn{deflate: true}).Append(nil, "", &cursor, c.body, c.form)
		want := (&wsConn{}).Append(nil, "", &cursor, c.body, nil)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %x…", name, got[:4])
		}
	}
}

// squeezed compresses as a client does, in one flush.
func squeezed(text string) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestSpeed)
	_, _ = w.Write([]byte(text))
	_ = w.Flush()
	return out.Bytes()[:out.Len()-4]
}

func TestDeframer_Feed_Inflates(t *testing.T) {
	whole, split := squeezed("hello, hello, hello"), squeezed("fragments, fragments")
	stream := bytes.Join([][]byte{
		clientFrame(0xc1, whole),
		clientFrame(0x81, []byte("plain")),
		clientFrame(0x41, split[:3]), clientFrame(0x89, []byte("ping")), clientFrame(0x00, split[3:5]), clientFrame(0x80, split[5:]),
		clientFrame(0x01, []byte("pl")), clientFrame(0x80, []byte("ain")),
		clientFrame(0xc1, []byte{0}), // the empty text (RFC 7692 section 7.2.3.6)
		clientFrame(0xc1, []byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}),                                            // a last block (section 7.2.3.4)
		clientFrame(0xc1, []byte{0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00}),              // two blocks (section 7.2.3.5)
		clientFrame(0xc1, []byte{0x01, 0x02, 0x00, 0xfd, 0xff, 'H', 'e', 0x01, 0x03, 0x00, 0xfc, 0xff, 'l', 'l', 'o', 0x00}), // two last ones
		clientFrame(0xc2, squeezed("binary")),
		clientFrame(0xc1, squeezed(strings.Repeat("x", maxClientFrame))),
	}, nil)
	want := []string{"1:hello, hello, hello", "1:plain", "9:ping", "1:fragments, fragments", "1:plain", "1:", "1:Hello", "1:Hello", "1:Hello", "2:binary",
		"1:" + strings.Repeat("x", maxClientFrame)}
	for _, piece := range []int{1, 3, 512, len(stream)} {
		d := &deframer{inflates: true}
		got, err := fed(d, stream, piece)
		if err != nil || len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d frames, %v: %.40q", piece, len(got), err, got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("in pieces of %d: frame %d is %.40q", piece, i, got[i])
			}
		}
		if d.pending() || d.rest != nil || d.text != nil {
			t.Errorf("in pieces of %d: memory is held after the last frame", piece)
		}
	}
}

func TestDeframer_Feed_RefusesCompressed(t *testing.T) {
	bomb := squeezed(strings.Repeat("0", 16<<20))
	if len(bomb) > maxClientFrame {
		t.Fatalf("the bomb has %d bytes and would be refused for that", len(bomb))
	}
	for name, c := range map[string]struct {
		in   []byte
		want belfry.Code
	}{
		"a bomb":                    {clientFrame(0xc1, bomb), belfry.CodeTooLarge},
		"a bomb in fragments":       {append(clientFrame(0x41, bomb[:100]), clientFrame(0x80, bomb[100:])...), belfry.CodeTooLarge},
		"one byte too much":         {clientFrame(0xc1, squeezed(strings.Repeat("x", maxClientFrame+1))), belfry.CodeTooLarge},
		"endless last blocks":       {clientFrame(0xc1, bytes.Repeat([]byte{0x03, 0x00}, 30_000)), belfry.CodeTooLarge},
		"no DEFLATE":                {clientFrame(0xc1, []byte("hello")), belfry.CodeProtocol},
		"nothing":                   {clientFrame(0xc1, nil), belfry.CodeProtocol},
		"half of it":                {clientFrame(0xc1, squeezed("hello, hello, hello, world")[:6]), belfry.CodeProtocol},
		"back beyond the beginning": {clientFrame(0xc1, []byte{0x4b, 0x04, 0x12, 0x00}), belfry.CodeProtocol},
		"bad UTF-8":                 {clientFrame(0xc1, squeezed("\xff")), belfry.CodeInvalidText},
		"a marked continuation":     {append(clientFrame(0x41, squeezed("x")), clientFrame(0xc0, nil)...), belfry.CodeProtocol},
		"a marked ping":             {clientFrame(0xc9, nil), belfry.CodeProtocol},
		"a marked close":            {clientFrame(0xc8, nil), belfry.CodeProtocol},
		"another reserved bit":      {clientFrame(0xe1, squeezed("x")), belfry.CodeProtocol},
	} {
		if _, err := fed(&deframer{inflates: true}, c.in, len(c.in)); belfry.ErrorCode(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, err := fed(&deframer{}, c.in, len(c.in)); belfry.ErrorCode(err) != belfry.CodeProtocol {
			t.Errorf("%s without agreement: %v", name, err)
		}
	}
}

// Whatever the bytes, inflating gives at most the largest frame or one of our
// errors, the same twice; and what was compressed comes back.
func FuzzInflate(f *testing.F) {
	f.Add(squeezed("hello"))
	f.Add([]byte{0x01, 0x02, 0x00, 0xfd, 0xff, 'H', 'e', 0x01, 0x03, 0x00, 0xfc, 0xff, 'l', 'l', 'o', 0x00})
	f.Add(bytes.Repeat([]byte{0x03, 0x00}, 100))
	f.Add(squeezed(strings.Repeat("0", maxClientFrame+1)))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > maxClientFrame {
			return
		}
		text, err := inflated(in)
		again, errAgain := inflated(in)
		var e *belfry.Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Fatalf("a foreign error: %v", err)
		case len(text) > maxClientFrame || !bytes.Equal(text, again) || belfry.ErrorCode(err) != belfry.ErrorCode(errAgain):
			t.Fatalf("%d bytes %v, again %d bytes %v", len(text), err, len(again), errAgain)
		}
		if back, err := inflated(squeezed(string(in))); err != nil || !bytes.Equal(back, in) {
			t.Fatalf("%x came back as %x, %v", in, back, err)
		}
	})
}

// What was agreed on is a flag: no type of the package that stands in a
// connection leads to a compressor, a window or a buffer for one, and after a
// compressed frame nothing is kept.
func TestWsConn_OwnsNothingForCompression(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(at string, typ reflect.Type)
	walk = func(at string, typ reflect.Type) {
		if strings.Contains(typ.PkgPath(), "flate") || typ == reflect.TypeFor[inflater]() || typ == reflect.TypeFor[deflater]() {
			t.Errorf("%s is a %s", at, typ)
		}
		switch {
		case seen[typ]:
		case typ.Kind() == reflect.Pointer:
			seen[typ] = true
			walk(at, typ.Elem())
		case typ.Kind() == reflect.Struct && typ.PkgPath() == reflect.TypeFor[wsConn]().PkgPath() && typ != reflect.TypeFor[Server]():
			seen[typ] = true
			for i := range typ.NumField() {
				walk(at+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		}
	}
	walk("wsConn", reflect.TypeFor[wsConn]())
	if len(seen) < 5 {
		t.Fatalf("only %v were looked at", seen)
	}
	c := &wsConn{deflate: true}
	c.closing.Store(true) // it goes on to read, and does nothing
	if err := c.take(clientFrame(0xc1, squeezed(`{"type":"ping"}`))); err != nil || c.deframer != nil {
		t.Errorf("%v, and %v is kept", err, c.deframer)
	}
}
