package belfrytest

import (
	"encoding/json"
	"testing/synctest"
	"time"

	"belfry"
)

// receive processes frames that came over a client's wire.
func (m *model) receive(c *modelClient, most int) {
	for ; most > 0; most-- {
		body := c.wire.next()
		if body == nil {
			return
		}
		m.rt.Logf("%s receives %.240s", c.name, body)
		if err := c.Frame(body); err != nil {
			m.Fatalf("%s: %v", c.name, err)
		}
		m.told(c, body)
	}
}

// told checks a client when a frame says that it is caught up: the counts are
// those of their position, and what it shows is the inbox there.
func (m *model) told(c *modelClient, body []byte) {
	var f Frame
	if err := json.Unmarshal(body, &f); err != nil {
		m.Fatalf("%v: %s", err, body)
	}
	if f.Type == "welcome" && !f.Resumed && c.Window == 0 {
		// A snapshot holds the inbox; archived items come as a page.
		c.Receive(c.Send(m.everything(m.user)))
		c.ahead = m.truth.Head
	}
	caughtUp := f.Type == "counts" || f.Type == "live" || f.Type == "welcome" && !f.Resumed
	if !caughtUp || m.off == cureUpTo || !m.truth.Whole(c.At.P) {
		return
	}
	past := m.truth.At(c.At.Position)
	if c.Counts.Position == c.At.Position && c.Counts != past.Counts() {
		m.Fatalf("%s counts %+v, the truth is %+v\n%s", c.name, c.Counts, past.Counts(), past)
	}
	if c.At.P < c.ahead.P || c.At.S < c.ahead.S {
		return // a page has shown what is above the position
	}
	if err := Agrees(past.Items(), c.Items(), c.Window == 0); err != nil {
		m.Fatalf("%s at %+v: %v\n%s", c.name, c.At.Position, err, past)
	}
}

// catchesUp lets a node be told of everything and a client take everything. It
// must then show the truth, by the rings alone: nobody looks at the heads.
func (m *model) catchesUp(c *modelClient) {
	c.wire.give(-1)
	c.node.store.late(false)
	synctest.Wait()
	c.node.bus.deliverAll()
	synctest.Wait()
	time.Sleep(300 * time.Millisecond) // for a session that gathers notifications
	synctest.Wait()
	m.receive(c, 1<<20)
	m.shows(c)
}

// rest lets everything come to rest, and wants all clients to show the truth:
// first by what the bus told, then, where it lost something, by the heads.
func (m *model) rest() {
	for _, c := range m.clients {
		for len(c.clicks) > 0 {
			m.arrive(c)
		}
	}
	for _, n := range m.nodes {
		n.store.late(false)
	}
	for i, c := range m.clients {
		if c.wire == nil {
			c.connect(m.nodes[i%2], -1, 0)
		}
	}
	synctest.Wait()
	m.receiveAnswers()
	for _, c := range m.clients {
		if c.settledDown() {
			m.catchesUp(c)
		}
	}
	m.restByHeads()
	if c := m.counts(m.user); c != m.truth.Counts() {
		m.Fatalf("the store counts %+v, the truth is %+v", c, m.truth.Counts())
	}
}

func (m *model) restByHeads() {
	for range 3 { // the later checks are for what came between a read and its welcome
		for _, n := range m.nodes {
			n.bus.deliverAll()
			m.checkHeads(n)
		}
		for _, c := range m.clients {
			c.wire.give(-1)
		}
		synctest.Wait()
	}
	time.Sleep(3 * time.Second) // retries, and a heartbeat for everyone
	synctest.Wait()
	m.receiveAnswers()
	for _, c := range m.clients {
		m.receive(c, 1<<20)
		for len(c.pages) > 0 {
			c.receivePage()
		}
		m.shows(c)
		if c.At.Position != m.truth.Head {
			m.Fatalf("%s rests at %+v, the heads are %+v", c.name, c.At.Position, m.truth.Head)
		}
	}
}

// shows wants a client that has been sent everything to show the truth.
func (m *model) shows(c *modelClient) {
	truth := m.truth.Counts()
	switch {
	case !c.Live:
		m.Fatalf("%s was never told that it is caught up", c.name)
	case c.Counts.Unread != truth.Unread || c.Counts.Unseen != truth.Unseen:
		m.Fatalf("%s counts %+v, and the truth is %+v\n%s", c.name, c.Counts, truth, m.truth)
	}
	if err := Agrees(m.truth.Items(), c.Items(), c.Window == 0); err != nil {
		m.Fatalf("%s, sent everything: %v\n%s", c.name, err, m.truth)
	}
	follows := map[belfry.Topic]bool{}
	for t := range c.Follows() {
		follows[t] = true
	}
	for t, on := range m.truth.Follows {
		if on != follows[t] {
			m.Fatalf("%s follows %v, the truth is %v", c.name, c.Follows(), m.truth.Follows)
		}
	}
}
