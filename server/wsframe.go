package server

import (
	"encoding/binary"
	"unicode/utf8"

	"belfry"
)

// The WebSocket wire format, RFC 6455 section 5.2, without any connection:
//
//	 0               1               2               3
//	|F|RSV|opcode   |M|length 7     | length 16 or 64, when 126 or 127 …
//	|I|   |         |A|             |
//	| mask, 4 bytes, when M is set  | payload, XOR mask …

// opcode says what a frame is.
type opcode byte

const (
	opContinuation opcode = 0x0
	opText         opcode = 0x1
	opBinary       opcode = 0x2
	opClose        opcode = 0x8
	opPing         opcode = 0x9
	opPong         opcode = 0xa
)

func (o opcode) control() bool { return o&0x8 != 0 }

// Limits of what a client may send.
const (
	maxClientFrame = 64 << 10 // bytes, one frame or what fragments add up to
	maxFragments   = 64       // frames in one text
	maxControl     = 125      // bytes in a control frame (section 5.5)
)

// rsv1 is the reserved bit beside an opcode that marks a compressed text (RFC 7692
// section 6).
const rsv1 opcode = 0x40

// frameHeader is the head of a client's frame.
type frameHeader struct {
	fin        bool
	compressed bool
	op         opcode
	mask       [4]byte
	length     int
}

// parseHeader reads a head at the start of b; n is its size, 0 when b does not
// hold all of it. What a client may not send is refused as soon as it shows;
// inflates says that permessage-deflate was agreed on.
func parseHeader(b []byte, inflates bool) (h frameHeader, n int, err error) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h.fin, h.compressed, h.op = b[0]&0x80 != 0, b[0]&byte(rsv1) != 0, opcode(b[0]&0x0f)
	switch {
	case b[0]&0x30 != 0 || h.compressed && !inflates:
		return h, 0, protocolError("reserved bits are set that no extension was agreed on for (RFC 6455 section 5.2)")
	case h.compressed && h.op != opText && h.op != opBinary:
		return h, 0, protocolError("the bit of compression stands on the first frame of a text and nowhere else (RFC 7692 section 6)")
	case h.op > opBinary && h.op < opClose || h.op > opPong:
		return h, 0, protocolError("the opcode is reserved (RFC 6455 section 5.2)")
	case b[1]&0x80 == 0:
		return h, 0, protocolError("a client's frame must be masked (RFC 6455 section 5.1)")
	}
	length, n := uint64(b[1]&0x7f), 2
	if h.op.control() && (!h.fin || length > maxControl) {
		return h, 0, protocolError("a control frame is whole and has at most 125 bytes (RFC 6455 section 5.5)")
	}
	switch length {
	case 126:
		if len(b) < 4 {
			return h, 0, nil
		}
		length, n = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return h, 0, nil
		}
		length, n = binary.BigEndian.Uint64(b[2:]), 10
	}
	if length > maxClientFrame {
		return h, 0, belfry.Errorf(belfry.CodeTooLarge, "a frame has at most %d KiB", maxClientFrame>>10)
	}
	if len(b) < n+4 {
		return h, 0, nil
	}
	h.length = int(length)
	copy(h.mask[:], b[n:])
	return h, n + 4, nil
}

// unmask undoes the mask in place.
func unmask(mask [4]byte, b []byte) {
	m := binary.LittleEndian.Uint32(mask[:])
	wide := uint64(m)<<32 | uint64(m)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^wide)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// appendFrameHeader appends the head of a server's frame: whole, not masked.
func appendFrameHeader(dst []byte, op opcode, length int) []byte {
	dst = append(dst, 0x80|byte(op))
	switch {
	case length < 126:
		return append(dst, byte(length))
	case length < 1<<16:
		return append(dst, 126, byte(length>>8), byte(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
}

// appendClose appends a close frame. The reason is our code, so that who reads
// it needs no table.
func appendClose(dst []byte, status int, reason string) []byte {
	dst = appendFrameHeader(dst, opClose, 2+len(reason))
	dst = append(dst, byte(status>>8), byte(status))
	return append(dst, reason...)
}

// deframer takes bytes as they arrive and gives whole texts and control frames.
// Between frames it holds nothing. The zero value is ready.
type deframer struct {
	inflates   bool   // permessage-deflate was agreed on
	rest       []byte // the beginning of a frame
	text       []byte // fragments so far
	fragments  int
	binary     bool // the fragments are of a binary frame
	compressed bool // the fragments are compressed
}

// pending says that part of something is still to come.
func (d *deframer) pending() bool { return d.rest != nil || d.fragments > 0 }

// feed gives take each whole text, binary or control frame in the bytes; the
// payload is taken's only until it returns, and in is changed. The error is a
// *belfry.Error with which the connection must end, or take's.
func (d *deframer) feed(in []byte, take func(op opcode, payload []byte) error) error {
	if d.rest != nil {
		d.rest = append(d.rest, in...)
		in = d.rest
	}
	for {
		h, n, err := parseHeader(in, d.inflates)
		if err != nil {
			return err
		}
		if n == 0 || len(in) < n+h.length {
			break
		}
		payload := in[n : n+h.length]
		unmask(h.mask, payload)
		if err := d.frame(h, payload, take); err != nil {
			return err
		}
		in = in[n+h.length:]
	}
	d.keep(in)
	return nil
}

// keep remembers the beginning of a frame in memory of its own, or nothing.
func (d *deframer) keep(in []byte) {
	switch {
	case len(in) == 0:
		d.rest = nil
	case len(in) != len(d.rest):
		d.rest = append([]byte(nil), in...)
	}
}

func (d *deframer) frame(h frameHeader, payload []byte, take func(opcode, []byte) error) error {
	switch {
	case h.op == opClose:
		if err := checkClose(payload); err != nil {
			return err
		}
		return take(opClose, payload)
	case h.op.control():
		return take(h.op, payload)
	case h.op == opContinuation && d.fragments == 0:
		return protocolError("a continuation of nothing (RFC 6455 section 5.4)")
	case h.op != opContinuation && d.fragments > 0:
		return protocolError("a new frame before the last fragment (RFC 6455 section 5.4)")
	case h.fin && d.fragments == 0:
		return whole(h.op, h.compressed, payload, take)
	}
	return d.fragment(h, payload, take)
}

func (d *deframer) fragment(h frameHeader, payload []byte, take func(opcode, []byte) error) error {
	if d.fragments++; d.fragments > maxFragments || len(d.text)+len(payload) > maxClientFrame {
		return belfry.Errorf(belfry.CodeTooLarge, "fragments add up to at most %d KiB and are at most %d", maxClientFrame>>10, maxFragments)
	}
	if h.op != opContinuation {
		d.binary, d.compressed = h.op == opBinary, h.compressed
	}
	d.text = append(d.text, payload...)
	if !h.fin {
		return nil
	}
	text, op := d.text, opText
	if d.binary {
		op = opBinary
	}
	d.text, d.fragments = nil, 0
	return whole(op, d.compressed, text, take)
}

func whole(op opcode, compressed bool, payload []byte, take func(opcode, []byte) error) error {
	if compressed {
		var err error
		if payload, err = inflated(payload); err != nil {
			return err
		}
	}
	if op == opText && !utf8.Valid(payload) {
		return belfry.Errorf(belfry.CodeInvalidText, "a text frame must be UTF-8 (RFC 6455 section 8.1)")
	}
	return take(op, payload)
}

// checkClose checks the body of a close frame (sections 5.5.1 and 7.4).
func checkClose(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	if len(payload) == 1 {
		return protocolError("a close frame has no body or begins with two bytes of status (RFC 6455 section 5.5.1)")
	}
	status := int(payload[0])<<8 | int(payload[1])
	known := status >= 1000 && status <= 1003 || status >= 1007 && status <= 1014 || status >= 3000 && status <= 4999
	if !known {
		return protocolError("the close status may not be sent (RFC 6455 section 7.4)")
	}
	if !utf8.Valid(payload[2:]) {
		return belfry.Errorf(belfry.CodeInvalidText, "the reason of a close frame must be UTF-8 (RFC 6455 section 5.5.1)")
	}
	return nil
}

func protocolError(detail string) error { return belfry.Errorf(belfry.CodeProtocol, "%s", detail) }
