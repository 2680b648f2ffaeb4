package server

import (
	"testing"

	"belfry"
	"belfry/hub"
)

// The framing of both transports runs for every frame and allocates nothing.

func deframing() func() {
	in := clientFrame(0x81, []byte(`{"type":"mark","action":"read","ids":["019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004"],"ref":"17"}`))
	frame, copied := append([]byte(nil), in...), append([]byte(nil), in...)
	var d deframer
	return func() {
		copy(copied, frame) // feed unmasks in place
		if err := d.feed(copied, func(opcode, []byte) error { return nil }); err != nil {
			panic(err)
		}
	}
}

func framing() func() {
	var ws wsConn
	deflating, form := wsConn{deflate: true}, &hub.Form{}
	body := []byte(`{"cursor":"--------------------------------","type":"notification","op":"created","item":{"id":"019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004","rev":7,"born":7,"to":{"all":true},"title":"Ann commented on your document"}}`)
	cursor := belfry.Cursor{}.Encode()
	out := make([]byte, 0, 1024)
	return func() {
		out = ws.Append(out[:0], "notification", &cursor, body, nil)
		out = deflating.Append(out, "notification", &cursor, body, form)
		out = blocks{}.Append(out, "notification", &cursor, body, nil)
	}
}

func BenchmarkDeflated(b *testing.B) {
	body := creationBody("Ann commented on your document")
	loop(b, func() { deflated(body) })
}

func BenchmarkInflated(b *testing.B) {
	payload := squeezed(`{"type":"mark","action":"read","ids":["019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004"],"ref":"17"}`)
	loop(b, func() {
		if _, err := inflated(payload); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkDeframer_feed(b *testing.B) { loop(b, deframing()) }
func BenchmarkAppend_frames(b *testing.B) { loop(b, framing()) }

func loop(b *testing.B, path func()) {
	b.ReportAllocs()
	for b.Loop() {
		path()
	}
}

func TestFraming_allocatesNothing(t *testing.T) {
	for name, path := range map[string]func(){"deframer.feed": deframing(), "Append": framing()} {
		if n := testing.AllocsPerRun(100, path); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
