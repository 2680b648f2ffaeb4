//go:build !linux

package server

// poller would wait for the clients of idle connections; here each has a
// goroutine that does.
type poller struct{}

func (*poller) watch(int, resumer) bool { return false }
func (*poller) resume(int)              {}
func (*poller) close()                  {}
