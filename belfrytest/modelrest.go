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

// rest lets everything come to rest, and wants all clients to show the truth.
func (m *model) rest() {
	for _, c := range m.clients {
		for len(c.clicks) > 0 {
			m.arrive(c)
		}
	}
	for _, n := range m.nodes {
		n.store.late(false)
	}
	synctest.Wait()
	m.receiveAnswers()
	for i, c := range m.clients {
		if c.wire == nil {
			c.connect(m.nodes[i%2], -1, 0)
		}
		c.wire.give(-1)
	}
	for range 3 { // the second check is for what came between a read and its welcome
		synctest.Wait()
		for _, n := range m.nodes {
			n.bus.deliverAll()
			m.checkHeads(n)
		}
	}
	time.Sleep(3 * time.Second) // retries, and a heartbeat for everyone
	synctest.Wait()
	m.receiveAnswers()
	for _, c := range m.clients {
		m.receive(c, 1<<20)
		for len(c.pages) > 0 {
			c.receivePage()
		}
		m.atRest(c)
	}
	if c := m.counts(m.user); c != m.truth.Counts() {
		m.Fatalf("the store counts %+v, the truth is %+v", c, m.truth.Counts())
	}
}

func (m *model) atRest(c *modelClient) {
	truth := m.truth.Counts()
	switch {
	case !c.Live:
		m.Fatalf("%s was never told that it is caught up", c.name)
	case c.At.Position != m.truth.Head:
		m.Fatalf("%s rests at %+v, the heads are %+v", c.name, c.At.Position, m.truth.Head)
	case c.Counts.Unread != truth.Unread || c.Counts.Unseen != truth.Unseen:
		m.Fatalf("%s counts %+v at rest, the truth is %+v\n%s", c.name, c.Counts, truth, m.truth)
	}
	if err := Agrees(m.truth.Items(), c.Items(), c.Window == 0); err != nil {
		m.Fatalf("%s at rest: %v\n%s", c.name, err, m.truth)
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
