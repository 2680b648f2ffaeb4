package belfry

// Ring says that a log has grown. It is a doorbell: ringing twice is an empty
// read, a lost ring is found by a check of heads, and nothing is announced that
// is not stored (P3). Correctness never depends on the hint.
type Ring struct {
	User  UserID // whose private log; "" is the shared log
	Nonce uint32 // the log's name
	Rev   Rev    // the log's revision after this change
	Hint  *Hint
}

// Hint carries the change itself, so that whoever stands exactly one revision
// below it need not read. For a private log only pure creations have one; for
// the shared log every item has.
type Hint struct {
	Item   Item
	Own    Counts   // private: the private part of the user's counts after it
	Except []UserID // shared: users who do not get it
}

// Signal is an ephemeral event: never stored, never counted, delivered to the
// sessions that are there now.
type Signal struct {
	From UserID // "" when a backend sent it
	To   Target // one user, one topic, or all
	Name string // [a-z0-9][a-z0-9._-]{0,63}; "belfry." is reserved
	Data []byte // JSON, at most MaxSignal bytes
}

// MaxSignal is the size of a signal's data in bytes.
const MaxSignal = 4 << 10

// Validate checks a signal from outside.
func (s *Signal) Validate() error {
	var f faults
	s.To.validate("/to", &f)
	if s.To.Users != nil {
		f.add("/to/users", "conflict", "a signal goes to one user, a topic or all")
	}
	addFault(&f, "/name", Type(s.Name).Validate())
	if len(s.Name) >= 7 && s.Name[:7] == "belfry." {
		f.add("/name", "invalid", "names under \"belfry.\" are reserved")
	}
	if len(s.Data) > MaxSignal {
		f.add("/data", "too_long", "at most %d bytes of JSON; this has %d", MaxSignal, len(s.Data))
	} else if err := CheckJSONText(s.Data); err != nil {
		f.add("/data", "invalid", "%s", err.(*Error).Detail)
	}
	return f.err()
}

// Bus carries rings and signals between processes, and back to this one. A
// message may be lost, doubled or reordered; nothing may be changed. Everything
// it promises is tested by belfrytest.TestBus.
type Bus interface {
	// Ring announces changes that are committed. It must not block.
	Ring([]Ring)
	// Signal sends an ephemeral event. It must not block.
	Signal(Signal)
	// Receive sets who is told, on this node, of what any node announced,
	// including this one: once a ring, in the order sent while all is well. Set
	// it before the first Ring. The functions must not block.
	Receive(rings func([]Ring), signals func(Signal))
	// Watch asks for the rings and signals of a user (on), or no longer: the
	// node has a session of theirs. When the watch is in force the bus rings the
	// user once, so that nothing between the session's first read and now is
	// silent. The shared log is always watched.
	Watch(user UserID, on bool)
	// Up says whether the bus is proven alive. While it is not, whoever depends
	// on it must poll.
	Up() bool
	Close() error
}
