package bench

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// A stamp is how a notification is known again, in the bytes of its body:
//
//	~r7k2 t 0000002a 00000b3f2a91c4~
//	 run  | sequence  ns since the run began
//	     audience
//
// (without the spaces). Its width is fixed.
type stamp struct {
	audience byte
	seq      int
	at       time.Duration // when it was to be sent
}

// The audiences of a stamp. Those to all and to topics live in the shared log
// and count together.
const (
	toAll   = 'a'
	toTopic = 't'
	toUser  = 'u'
)

const (
	runLen   = 6 // with the tilde
	seqLen   = 8
	timeLen  = 14
	stampLen = runLen + 1 + seqLen + timeLen + 1
)

// newRun draws the beginning of the stamps of one run, so that what is left of
// another is not taken for its own.
func newRun() string {
	b := []byte{'~', 'r', 0, 0, 0, 0}
	for i := 2; i < runLen; i++ {
		b[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[rand.IntN(36)]
	}
	return string(b)
}

// append writes the stamp.
func (s stamp) append(b []byte, run string) []byte {
	b = append(b, run...)
	b = append(b, s.audience)
	b = appendHex(b, uint64(s.seq), seqLen)
	b = appendHex(b, uint64(s.at), timeLen)
	return append(b, '~')
}

func appendHex(b []byte, v uint64, width int) []byte {
	for i := width - 1; i >= 0; i-- {
		b = append(b, "0123456789abcdef"[v>>(4*i)&0xf])
	}
	return b
}

// parseStamp reads a stamp at the start of b, where its run was found.
func parseStamp(b []byte) (s stamp, ok bool) {
	if len(b) < stampLen || b[stampLen-1] != '~' {
		return s, false
	}
	seq, err := strconv.ParseUint(string(b[runLen+1:runLen+1+seqLen]), 16, 32)
	if err != nil {
		return s, false
	}
	at, err := strconv.ParseInt(string(b[stampLen-1-timeLen:stampLen-1]), 16, 64)
	return stamp{b[runLen], int(seq), time.Duration(at)}, err == nil
}
