package server

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"belfry"
	"belfry/hub"
)

// permessage-deflate, RFC 7692, without memory between frames: both sides begin
// each text anew (no context takeover), so that a connection owns no window.
//
// The server compresses what many sessions are sent, and compresses it once. The
// cursor, in which alone their texts differ, stands in a block of its own that
// DEFLATE stores as it is (RFC 1951 section 3.2.4), at a fixed offset:
//
//	00 LEN LEN NLEN NLEN {"cursor":"0123456789abcdefghijklmnopqrstuv | ","type":"notification", …
//	storedHead           stored                                      | compressed once
//
// and is written over in the copy for each session, as in a plain frame.

const deflateName = "permessage-deflate"

// extensions agrees to what the client offers, where the setting is on, and gives
// the line of the answer with its line break before it; "" for none.
func (c *wsConn) extensions(offers []string) string {
	if !c.server.Compression {
		return ""
	}
	agreed := agreeDeflate(offers)
	if c.deflate = agreed != ""; !c.deflate {
		return ""
	}
	return "\r\nSec-WebSocket-Extensions: " + agreed
}

// agreeDeflate answers the values of Sec-WebSocket-Extensions: by the first offer
// that can be met, which stand in the order of the client's preference (RFC 6455
// section 9.1), or "". No offer is an error: one that is not understood whole is
// declined (RFC 7692 section 7.1).
func agreeDeflate(headers []string) string {
	for _, h := range headers {
		for offer := range strings.SplitSeq(h, ",") {
			if answer := answerOffer(offer); answer != "" {
				return answer
			}
		}
	}
	return ""
}

// answerOffer is "" for an offer that is declined.
func answerOffer(offer string) string {
	params := strings.Split(offer, ";")
	if strings.TrimSpace(params[0]) != deflateName {
		return ""
	}
	answer := deflateName + "; server_no_context_takeover; client_no_context_takeover"
	var seen []string
	for _, p := range params[1:] {
		name, value, valued := strings.Cut(p, "=")
		name = strings.TrimSpace(name)
		if slices.Contains(seen, name) {
			return ""
		}
		seen = append(seen, name)
		switch bits := windowBits(value); {
		case !valued && (name == "server_no_context_takeover" || name == "client_no_context_takeover"):
		case name == "client_max_window_bits" && (!valued || bits >= 8): // any window of the client's is inflated
		case name == "server_max_window_bits" && bits == 15: // the only window that the compressor has
			answer += "; server_max_window_bits=15"
		default:
			return ""
		}
	}
	return answer
}

// windowBits is the size of a window, 8 to 15 without leading zeros, or 0 (section
// 7.1.2). It may stand in quotes.
func windowBits(value string) int {
	value = strings.TrimSpace(value)
	if n := len(value); n > 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	bits, err := strconv.Atoi(value)
	if err != nil || strconv.Itoa(bits) != value || bits < 8 || bits > 15 {
		return 0
	}
	return bits
}

const (
	storedLen = hub.CursorAt + belfry.CursorLen // bytes at the beginning of a text that stand as they are
	minGain   = 64                              // bytes that a compressed frame must save to be worth the inflating
)

// storedHead begins a stored block of storedLen bytes: no last block, type 00, up
// to the byte; then the length and its complement.
var storedHead = []byte{0, byte(storedLen), 0, ^byte(storedLen), 0xff}

// flushTail is how a flush ends, and is left out (RFC 7692 section 7.2.1).
const flushTail = "\x00\x00\xff\xff"

// deflated is the payload of a compressed frame for a body that begins with a
// cursor; nil when it would not save enough.
func deflated(body []byte) []byte {
	d := deflaters.Get().(*deflater)
	defer deflaters.Put(d)
	d.out.Reset()
	d.out.Write(storedHead)
	d.out.Write(body[:storedLen])
	d.w.Reset(&d.out)
	_, _ = d.w.Write(body[storedLen:]) // a buffer takes everything
	_ = d.w.Flush()
	n := d.out.Len() - len(flushTail)
	if n+minGain > len(body) {
		return nil
	}
	return bytes.Clone(d.out.Bytes()[:n])
}

// deflater is what compressing needs, more than a megabyte: it is lent, and goes
// when nothing is compressed any more.
type deflater struct {
	w   *flate.Writer
	out bytes.Buffer
}

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.DefaultCompression) // the level is one of the package's
	return &deflater{w: w}
}}

// inflated is the text of a compressed frame, in memory of its own: what
// inflating needs is given back before anybody waits for anything.
func inflated(payload []byte) ([]byte, error) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	text, err := f.inflate(payload)
	return bytes.Clone(text), err
}

// inflater is what inflating needs. It never holds more than the largest frame,
// whatever the client sends.
type inflater struct {
	in  bytes.Reader
	src []byte // what in reads
	r   io.ReadCloser
	out [maxClientFrame + 1]byte
}

var inflaters = sync.Pool{New: func() any { return &inflater{r: flate.NewReader(nil)} }}

// lastBlock is an empty block that is marked as the last, so that the reader
// ends.
const lastBlock = "\x01\x00\x00\xff\xff"

// inflate gives the text in memory that is lent until the next call (section
// 7.2.2). A client may mark a block as the last and go on at the next byte
// (section 7.2.1); what follows may refer to what was before.
func (f *inflater) inflate(payload []byte) ([]byte, error) {
	f.src = append(append(append(f.src[:0], payload...), flushTail...), lastBlock...)
	f.in.Reset(f.src)
	n := 0
	for parts := 0; f.in.Len() > 0; parts++ {
		err := f.r.(flate.Resetter).Reset(&f.in, f.out[:n])
		for err == nil && n < len(f.out) {
			var got int
			got, err = f.r.Read(f.out[n:])
			n += got
		}
		switch {
		case n == len(f.out) || parts == maxFragments:
			return nil, belfry.Errorf(belfry.CodeTooLarge, "a compressed frame is inflated at most %d KiB and %d parts", maxClientFrame>>10, maxFragments)
		case !errors.Is(err, io.EOF):
			return nil, protocolError("a compressed frame cannot be inflated (RFC 7692 section 7.2.2)")
		}
	}
	return f.out[:n], nil
}
