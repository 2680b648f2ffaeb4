// Package capacity works out what a cluster costs: it places sessions at random,
// lets some seconds of traffic happen on paper, and counts what each of them
// makes nodes, Redis and PostgreSQL do. docs/cluster.md shows the table.
//
// The rules it counts by are those of the code: one ring a changed log, to the
// nodes that have a session of the user, or to all of them for the shared log; a
// creation rings with its content, and nobody reads; anything else is read by
// each session; heads are compared in bulk at a fixed pace.
package capacity

import (
	"math/rand/v2"
	"time"
)

// Load is a cluster and what happens there in a second of its busiest hour.
type Load struct {
	Name      string
	Users     int // who have an inbox
	Online    int // of them at the same time
	Sessions  int // of each who is online, wherever the load balancer put them
	Nodes     int
	Databases int // PostgreSQL servers that have the users between them

	ToUser, ToTopic, ToAll float64 // notifications published a second
	Followers              int     // of a topic
	Marks                  float64 // marks a second, by users who are online
	Connects               float64 // sessions begun a second
}

// Sizes in bytes.
const (
	content = 300 // title, body and the rest of a notification, as JSON
	ring    = 90  // of a ring that carries content, beside the content
	bell    = 22  // of a ring that says only that there is something
	frame   = 260 // of a notification on a connection, beside the content
	receipt = 250 // of the frame that tells of a mark
	window  = 20  // items of a welcome
)

// Pace of the comparison of heads, as in hub/heads.go and cmd/belfry/backends.go.
const (
	headsRound = 15 * time.Second       // all users of a node, while Redis is well
	headsDoubt = 500 * time.Millisecond // while it is not
	headsTick  = 100 * time.Millisecond // between two questions
	headsBatch = 500                    // users in a question
)

// Cost is what a load makes everybody do, a second.
type Cost struct {
	Deliveries float64 // notifications written to connections

	// Redis.
	Published float64 // payloads in
	Carried   float64 // payloads out
	Bytes     float64 // out

	// The busiest PostgreSQL.
	Rows  float64 // written
	Reads float64 // of what changed, of inboxes, of the shared head
	Heads float64 // rows compared

	Node Node // the busiest

	// Until a change is found whose ring was lost without a word, and every change
	// while Redis is away.
	Lost, Away time.Duration
}

// Node is what one node does, a second.
type Node struct {
	Sessions float64 // that it holds
	Payloads float64 // from Redis
	Reads    float64 // of PostgreSQL
	Bytes    float64 // to clients
}

// span is how many seconds are counted, so that chance evens out.
const span = 10

// Of computes the cost of a load, the same each time.
func Of(l Load) Cost {
	s := &simulation{load: l, random: rand.New(rand.NewPCG(1, 2)), nodes: make([]Node, l.Nodes), seen: make([]int, l.Nodes)}
	s.place()
	for _, part := range []struct {
		rate float64
		act  func()
	}{{l.ToUser, s.toUser}, {l.ToTopic, s.toTopic}, {l.ToAll, s.toAll}, {l.Marks, s.mark}, {l.Connects, s.connect}} {
		for range int(part.rate * span) {
			part.act()
		}
	}
	return s.sum()
}

// simulation counts over the whole span.
type simulation struct {
	load   Load
	random *rand.Rand
	at     []uint16 // node of each session, a user's side by side
	nodes  []Node
	cost   Cost

	seen  []int // node → the last walk that met it
	walks int

	privateRows, privateReads float64 // which the databases have between them
	sharedRows                float64 // which one of them has
}

func (s *simulation) place() {
	s.at = make([]uint16, s.load.Online*s.load.Sessions)
	for i := range s.at {
		n := s.random.IntN(s.load.Nodes)
		s.at[i] = uint16(n)
		s.nodes[n].Sessions++
	}
}

// sessions calls f with the node of each session of a user, who is online when
// the number is below Load.Online.
func (s *simulation) sessions(user int, f func(n *Node)) {
	if user >= s.load.Online {
		return
	}
	for _, n := range s.at[user*s.load.Sessions:][:s.load.Sessions] {
		f(&s.nodes[n])
	}
}

// ringUser carries a payload to each node that has a session of the user.
func (s *simulation) ringUser(user int, size float64) {
	s.cost.Published++
	s.walks++
	if user >= s.load.Online {
		return
	}
	for _, n := range s.at[user*s.load.Sessions:][:s.load.Sessions] {
		if s.seen[n] != s.walks {
			s.seen[n] = s.walks
			s.carry(int(n), size)
		}
	}
}

func (s *simulation) ringAll(size float64) {
	s.cost.Published++
	for n := range s.nodes {
		s.carry(n, size)
	}
}

func (s *simulation) carry(node int, size float64) {
	s.cost.Carried++
	s.cost.Bytes += size
	s.nodes[node].Payloads++
}

func (s *simulation) deliver(n *Node) {
	s.cost.Deliveries++
	n.Bytes += frame + content
}

// toUser writes the item, the user's log and the idempotency key. Its ring
// carries it, so nobody reads.
func (s *simulation) toUser() {
	user := s.random.IntN(s.load.Users)
	s.privateRows += 3
	s.ringUser(user, ring+content)
	s.sessions(user, s.deliver)
}

// toTopic writes the item and the idempotency key, whoever follows.
func (s *simulation) toTopic() {
	s.sharedRows += 2
	s.ringAll(ring + content)
	for range s.load.Followers {
		s.sessions(s.random.IntN(s.load.Users), s.deliver)
	}
}

func (s *simulation) toAll() {
	s.sharedRows += 2
	s.ringAll(ring + content)
	for i := range s.nodes {
		n := &s.nodes[i]
		s.cost.Deliveries += n.Sessions
		n.Bytes += n.Sessions * (frame + content)
	}
}

// mark writes the receipt and the user's log. Each session of the user reads it.
func (s *simulation) mark() {
	user := s.random.IntN(s.load.Online)
	s.privateRows += 2
	s.ringUser(user, bell)
	s.sessions(user, func(n *Node) {
		n.Reads++
		s.privateReads++
		n.Bytes += receipt
	})
}

// connect reads the inbox and notes that the user was seen.
func (s *simulation) connect() {
	n := &s.nodes[s.random.IntN(s.load.Nodes)]
	n.Reads++
	n.Bytes += window * (frame + content)
	s.privateReads++
	s.privateRows++
}

// sum turns counts into what a second costs, and adds what goes on by itself:
// probes, and the comparison of heads.
func (s *simulation) sum() Cost {
	c, l := &s.cost, s.load
	var busiest Node
	for _, n := range s.nodes {
		busiest.Sessions = max(busiest.Sessions, n.Sessions)
		busiest.Payloads = max(busiest.Payloads, n.Payloads/span)
		busiest.Reads = max(busiest.Reads, n.Reads/span)
		busiest.Bytes = max(busiest.Bytes, n.Bytes/span)
	}
	users := s.usersOfNode()
	nodes, databases := float64(l.Nodes), float64(l.Databases)
	c.Lost, c.Away = round(users, headsRound), round(users, headsDoubt)
	questions := users / headsBatch / c.Lost.Seconds()
	c.Deliveries /= span
	c.Published = c.Published/span + nodes
	c.Carried = c.Carried/span + nodes*nodes
	c.Bytes = c.Bytes/span + nodes*nodes*bell
	busiest.Payloads += nodes
	busiest.Reads += questions + 1
	c.Rows = s.privateRows/span/databases + s.sharedRows/span
	c.Reads = (s.privateReads/span+questions*nodes)/databases + nodes
	c.Heads = users * nodes / c.Lost.Seconds() / databases
	c.Node = busiest
	return *c
}

// usersOfNode is how many users have a session at a node, on average.
func (s *simulation) usersOfNode() float64 {
	pairs := 0
	for user := range s.load.Online {
		s.walks++
		for _, n := range s.at[user*s.load.Sessions:][:s.load.Sessions] {
			if s.seen[n] != s.walks {
				s.seen[n] = s.walks
				pairs++
			}
		}
	}
	return float64(pairs) / float64(s.load.Nodes)
}

// round is how long it takes to compare the heads of a node's users once, when a
// round is to begin every so often.
func round(users float64, every time.Duration) time.Duration {
	questions := time.Duration(users/headsBatch) + 1
	return max(every, questions*headsTick)
}
