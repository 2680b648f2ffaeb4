package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used and holds.
type Usage struct {
	CPU        time.Duration // since it began
	Memory     int64         // resident bytes
	Peak       int64         // the most that were resident; 0: unknown
	Goroutines int           // 0: unknown
	Files      int           // open descriptors; 0: unknown
	Slow       int           // sessions whose client does not take what is written
}

// Meter reads what a server uses.
type Meter interface {
	Read() (Usage, error)
}

// endpoint reads a server's metrics in the text format of Prometheus.
type endpoint struct {
	url  string
	http *http.Client
}

// NewEndpoint makes a meter of the address of a server's metrics.
func NewEndpoint(url string) Meter { return &endpoint{url, &http.Client{Timeout: 10 * time.Second}} }

func (e *endpoint) Read() (u Usage, err error) {
	figures, err := e.figures()
	u.CPU = time.Duration(figures["process_cpu_seconds_total"] * float64(time.Second))
	u.Memory = int64(figures["process_resident_memory_bytes"])
	u.Goroutines, u.Files = int(figures["go_goroutines"]), int(figures["process_open_fds"])
	u.Slow = int(figures["belfry_slow_sessions"])
	return u, err
}

// figures are those without labels.
func (e *endpoint) figures() (map[string]float64, error) {
	res, err := e.http.Get(e.url)
	if err != nil {
		return nil, fmt.Errorf("the server's metrics: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server's metrics at %s: %s", e.url, res.Status)
	}
	out := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		}
	}
	return out, lines.Err()
}

// NewMeter makes a meter of a process of this machine, with what its metrics add,
// if their address is known.
func NewMeter(pid int, metricsURL string) Meter {
	m := &process{pid: pid}
	if metricsURL != "" {
		m.more = NewEndpoint(metricsURL)
	}
	return m
}

// process reads a process of this machine; more adds what only it knows of
// itself.
type process struct {
	pid  int
	more Meter // nil: nothing
}

func (p *process) Read() (u Usage, err error) { return processUsage(p.pid) }

// inner is what a meter knows from inside the server: a scrape, which costs the
// server more than a look from outside.
func inner(m Meter) (u Usage, err error) {
	if p, ok := m.(*process); ok {
		if p.more == nil {
			return u, nil
		}
		m = p.more
	}
	return m.Read()
}
