package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"belfry"
	"belfry/internal/proxytest"
	"belfry/internal/redistest"
)

// nodes is a cluster on one PostgreSQL and one Redis, each node's path to either
// through a proxy of its own, unless it is direct, behind a balancer.
type nodes struct {
	t        *testing.T
	balancer *balancer
	redis    *redistest.Server // nil: none
	database database
	direct   bool
	args     []string // settings of every node
	all      []*node
}

// node is one process of a cluster.
type node struct {
	*server
	toRedis, toDatabase *proxytest.Proxy
}

func newCluster(t *testing.T, size int, withRedis bool, args ...string) *nodes {
	t.Helper()
	c := &nodes{t: t, database: newDatabase(t), balancer: newBalancer(t), args: args}
	return c.with(size, withRedis)
}

// newDirectCluster has no proxies, which would cost what is to be measured.
func newDirectCluster(t *testing.T, size int) *nodes {
	t.Helper()
	c := &nodes{t: t, database: newDatabase(t), balancer: newBalancer(t), direct: true}
	return c.with(size, true)
}

func (c *nodes) with(size int, redis bool) *nodes {
	c.t.Helper()
	if redis {
		c.redis = redistest.Start(c.t)
	}
	for range size {
		c.add()
	}
	return c
}

// add starts one more node.
func (c *nodes) add() *node {
	c.t.Helper()
	n := &node{}
	path := func(to string, by **proxytest.Proxy) string {
		if c.direct {
			return to
		}
		*by = proxytest.Start(c.t, to)
		return (*by).Addr()
	}
	args := append([]string{"--database-url", c.database.at(path(c.database.Addr(), &n.toDatabase)), "--drain-delay", "1s", "--drain-timeout", "1s"}, c.args...)
	if c.redis != nil {
		args = append(args, "--redis-url", "redis://"+path(c.redis.Addr(), &n.toRedis)+"/0")
	}
	n.server = newServer(c.t, args...)
	n.start()
	c.all = append(c.all, n)
	c.balancer.add(n.addr)
	return n
}

// pause stops the node's process: its connections stay and nothing is answered.
func (n *node) pause() { n.send(syscall.SIGSTOP) }

func (n *node) resume() { n.send(syscall.SIGCONT) }

func (n *node) send(sig syscall.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(sig); err != nil {
		n.t.Fatal(err)
	}
}

// drain ends the node gently and waits for its end.
func (n *node) drain() { n.signal(syscall.SIGTERM) }

// health is the answer of /readyz.
type health struct {
	code               int
	Status, Store, Bus string
}

func (n *node) health() (h health) {
	c := http.Client{Timeout: 5 * time.Second}
	defer c.CloseIdleConnections()
	res, err := c.Get(n.url() + "/readyz")
	if err != nil {
		return health{}
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body) // half an answer is none
	_ = json.Unmarshal(b, &h)
	h.code = res.StatusCode
	return h
}

func (n *node) is(want health) func() bool { return func() bool { return n.health() == want } }

var (
	healthy  = health{200, "ok", "up", "up"}
	degraded = health{200, "degraded", "up", "down"}
	storeOff = health{503, "unavailable", "down", "up"}
)

// presence is the answer of GET /v1/users/{user}/presence.
type presence struct {
	Online, Partial bool
	Sessions        []struct{ ID, Transport string }
}

func (n *node) presence(user belfry.UserID) (p presence) {
	n.t.Helper()
	req, err := http.NewRequest(http.MethodGet, n.url()+"/v1/users/"+string(user)+"/presence", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		n.t.Fatal(err)
	}
	return p
}
