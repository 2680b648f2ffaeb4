package client

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestBlockReader_next(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []block
	}{
		"a frame":              {"event: counts\nid: c1\ndata: {\"a\":1}\n\n", []block{{"c1", []byte(`{"a":1}`)}}},
		"CRLF":                 {"id: c1\r\ndata: x\r\n\r\n", []block{{"c1", []byte("x")}}},
		"no space":             {"id:c1\ndata:x\n\n", []block{{"c1", []byte("x")}}},
		"one space is taken":   {"data:  x\n\n", []block{{"", []byte(" x")}}},
		"several data lines":   {"data: x\ndata: y\n\n", []block{{"", []byte("x\ny")}}},
		"a heartbeat":          {"id: c2\n\n", []block{{"c2", nil}}},
		"a comment":            {": still here\n\n", []block{{}}},
		"an unknown field":     {"retry: 500\nother: x\ndata: y\n\n", []block{{"", []byte("y")}}},
		"cut inside a block":   {"data: x\n\ndata: y\n", []block{{"", []byte("x")}}},
		"nothing":              {"", nil},
		"a colon in the value": {"data: {\"a\":\"b:c\"}\n\n", []block{{"", []byte(`{"a":"b:c"}`)}}},
	} {
		t.Run(name, func(t *testing.T) {
			br := blockReader{bufio.NewReader(strings.NewReader(tc.text))}
			for _, want := range tc.want {
				got, err := br.next()
				if err != nil || got.id != want.id || string(got.data) != string(want.data) {
					t.Fatalf("got %q %q, %v; want %q %q", got.id, got.data, err, want.id, want.data)
				}
			}
			if b, err := br.next(); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, %v; want the end", b, err)
			}
		})
	}
}
