package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"belfry"
)

var testMask = [4]byte{0x12, 0x34, 0x56, 0x78}

// clientFrame builds a frame as a client sends it.
func clientFrame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, testMask[:]...)
	at := len(b)
	b = append(b, payload...)
	unmask(testMask, b[at:])
	return b
}

// fed is what a deframer gave for bytes that arrived in pieces.
func fed(d *deframer, in []byte, piece int) (got []string, err error) {
	for len(in) > 0 && err == nil {
		n := min(piece, len(in))
		part := bytes.Clone(in[:n])
		in = in[n:]
		err = d.feed(part, func(op opcode, payload []byte) error {
			got = append(got, fmt.Sprintf("%x:%s", byte(op), payload))
			return nil
		})
		clear(part) // the deframer must not have kept it
	}
	return got, err
}

func TestDeframer_Feed(t *testing.T) {
	long := bytes.Repeat([]byte("x"), maxClientFrame)
	stream := bytes.Join([][]byte{
		clientFrame(0x81, []byte("hello")),
		clientFrame(0x01, []byte("fr")), clientFrame(0x89, []byte("ping")), clientFrame(0x00, []byte("ag")), clientFrame(0x80, []byte("ments")),
		clientFrame(0x81, nil),
		clientFrame(0x82, []byte{1, 2}),
		clientFrame(0x81, long),
		clientFrame(0x8a, []byte("pong")),
		clientFrame(0x88, []byte{3, 232}),
	}, nil)
	want := []string{"1:hello", "9:ping", "1:fragments", "1:", "2:\x01\x02", "1:" + string(long), "a:pong", "8:\x03\xe8"}
	for _, piece := range []int{1, 2, 3, 7, 512, 4096, len(stream)} {
		d := &deframer{}
		got, err := fed(d, stream, piece)
		if err != nil || len(got) != len(want) {
			t.Fatalf("in pieces of %d: %d frames, %v", piece, len(got), err)
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

func TestDeframer_Feed_Refuses(t *testing.T) {
	frames := func(n int, first byte) []byte {
		b := clientFrame(first, nil)
		for range n {
			b = append(b, clientFrame(0x00, nil)...)
		}
		return b
	}
	huge := append([]byte{0x81, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<62)...)
	negative := append([]byte{0x81, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<63|5)...)
	for name, c := range map[string]struct {
		in   []byte
		want belfry.Code
	}{
		"unmasked":                     {[]byte{0x81, 0x01, 'x'}, belfry.CodeProtocol},
		"reserved bit 1":               {clientFrame(0xc1, nil), belfry.CodeProtocol},
		"reserved bit 2":               {clientFrame(0xa1, nil), belfry.CodeProtocol},
		"reserved bit 3":               {clientFrame(0x91, nil), belfry.CodeProtocol},
		"reserved opcode":              {clientFrame(0x83, nil), belfry.CodeProtocol},
		"reserved control opcode":      {clientFrame(0x8b, nil), belfry.CodeProtocol},
		"fragmented ping":              {clientFrame(0x09, nil), belfry.CodeProtocol},
		"long ping":                    {clientFrame(0x89, make([]byte, 126)), belfry.CodeProtocol},
		"continuation of nothing":      {clientFrame(0x80, nil), belfry.CodeProtocol},
		"text inside fragments":        {append(clientFrame(0x01, nil), clientFrame(0x81, nil)...), belfry.CodeProtocol},
		"close with one byte":          {clientFrame(0x88, []byte{3}), belfry.CodeProtocol},
		"close status 1005":            {clientFrame(0x88, []byte{3, 237}), belfry.CodeProtocol},
		"close status 999":             {clientFrame(0x88, []byte{3, 231}), belfry.CodeProtocol},
		"close reason not UTF-8":       {clientFrame(0x88, []byte{3, 232, 0xff}), belfry.CodeInvalidText},
		"text not UTF-8":               {clientFrame(0x81, []byte{0xff}), belfry.CodeInvalidText},
		"surrogate in UTF-8":           {clientFrame(0x81, []byte{0xed, 0xa0, 0x80}), belfry.CodeInvalidText},
		"fragments not UTF-8 together": {append(clientFrame(0x01, []byte{0xc3}), clientFrame(0x80, []byte{0x28})...), belfry.CodeInvalidText},
		"one byte too many":            {clientFrame(0x81, make([]byte, maxClientFrame+1)), belfry.CodeTooLarge},
		"huge declared length":         {huge, belfry.CodeTooLarge},
		"negative declared length":     {negative, belfry.CodeTooLarge},
		"endless empty fragments":      {frames(maxFragments, 0x01), belfry.CodeTooLarge},
		"fragments too large": {append(clientFrame(0x01, make([]byte, maxClientFrame)), clientFrame(0x00, []byte("x"))...),
			belfry.CodeTooLarge},
	} {
		for _, piece := range []int{1, len(c.in)} {
			if _, err := fed(&deframer{}, c.in, piece); belfry.ErrorCode(err) != c.want {
				t.Errorf("%s in pieces of %d: %v, want %s", name, piece, err, c.want)
			}
		}
	}
}

// What is refused is refused as soon as it shows, not when all of it is there.
func TestParseHeader_RefusesEarly(t *testing.T) {
	for name, b := range map[string][]byte{
		"reserved bits": {0xf1, 0x80},
		"unmasked":      {0x81, 0x05},
		"too long":      append([]byte{0x81, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<20)...),
	} {
		if _, _, err := parseHeader(b, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUnmask(t *testing.T) {
	for n := range 40 {
		b, want := make([]byte, n), make([]byte, n)
		for i := range b {
			b[i] = byte(i * 7)
			want[i] = b[i] ^ testMask[i%4]
		}
		if unmask(testMask, b); !bytes.Equal(b, want) {
			t.Errorf("%d bytes are unmasked wrongly", n)
		}
	}
}

func TestAppendFrameHeader(t *testing.T) {
	for n, want := range map[int]string{0: "8100", 125: "817d", 126: "817e007e", 65535: "817effff", 65536: "817f0000000000010000"} {
		if got := fmt.Sprintf("%x", appendFrameHeader(nil, opText, n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if got := string(appendClose(nil, 4101, "unauthorized")); got != "\x88\x0e\x10\x05unauthorized" {
		t.Errorf("close is %q", got)
	}
}

// Whatever the bytes and however they are cut, the deframer gives valid frames
// of bounded size, the same whatever the cuts, or one of its errors.
func FuzzFrame(f *testing.F) {
	f.Add(clientFrame(0x81, []byte(`{"type":"ping"}`)), 3)
	f.Add(append(clientFrame(0x01, []byte("a")), clientFrame(0x80, []byte("b"))...), 1)
	f.Add(clientFrame(0x88, []byte{3, 232}), 2)
	f.Add([]byte{0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1}, 5)
	f.Add(append(clientFrame(0x41, squeezed("fragments")[:4]), clientFrame(0x80, squeezed("fragments")[4:])...), -2)
	f.Fuzz(func(t *testing.T, in []byte, piece int) {
		if piece == 0 || len(in) > 1<<18 {
			return
		}
		inflates := piece < 0
		piece = max(piece, -piece, 1)
		whole, wholeErr := fed(&deframer{inflates: inflates}, in, max(1, len(in)))
		cut, cutErr := fed(&deframer{inflates: inflates}, in, piece)
		if strings.Join(whole, "\n") != strings.Join(cut, "\n") || belfry.ErrorCode(wholeErr) != belfry.ErrorCode(cutErr) {
			t.Fatalf("whole %q %v, in pieces of %d %q %v", whole, wholeErr, piece, cut, cutErr)
		}
		var e *belfry.Error
		if wholeErr != nil && !errors.As(wholeErr, &e) {
			t.Fatalf("a foreign error: %v", wholeErr)
		}
		for _, g := range whole {
			if len(g) > maxClientFrame+2 || g[0] == '1' && !utf8.ValidString(g) {
				t.Fatalf("frame %.60q", g)
			}
		}
	})
}
