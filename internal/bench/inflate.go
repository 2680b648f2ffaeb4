package bench

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"

	"belfry"
)

// deflateOffer is what sessions offer that take compressed frames: what browsers
// do.
const deflateOffer = "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

// A compressed frame of ours begins with a block that is stored as it is and ends
// with the cursor.
const (
	storedLen   = len(cursorHead) + belfry.CursorLen
	storedHead  = "\x00\x2b\x00\xd4\xff" // RFC 1951 section 3.2.4, of storedLen bytes
	inflatedMax = 256                    // texts that are remembered
)

// inflate gives the text of a compressed frame (RFC 7692 section 7.2.2) until the
// next call. The frames of one broadcast differ in nothing but their cursors: it
// is inflated once for the whole crowd, or inflating would be most of what the
// load does. The ledger's mutex is held.
func (c *Crowd) inflate(payload []byte) ([]byte, error) {
	if len(payload) < len(storedHead)+storedLen || !bytes.HasPrefix(payload, []byte(storedHead)) {
		return inflate(payload)
	}
	stored, rest := payload[len(storedHead):][:storedLen], payload[len(storedHead)+storedLen:]
	text, known := c.inflated[string(rest)]
	if !known {
		var err error
		if text, err = inflate(payload); err != nil {
			return nil, err
		}
		if c.inflated == nil || len(c.inflated) >= inflatedMax {
			c.inflated = map[string][]byte{}
		}
		c.inflated[string(rest)] = text
	}
	copy(text, stored)
	return text, nil
}

// inflate puts back what the end of a flush leaves out, and a last block.
func inflate(payload []byte) ([]byte, error) {
	text, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff"))))
	if err != nil {
		return nil, fmt.Errorf("a frame cannot be inflated: %w", err)
	}
	return text, nil
}

// agreed is how many sessions take compressed frames. The ledger's mutex is held.
func (c *Crowd) agreed() (n int) {
	for _, s := range c.sessions {
		if s.deflate {
			n++
		}
	}
	return n
}

// bytes is what all sessions have received.
func (c *Crowd) bytes() int64 {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.ledger.bytes
}
