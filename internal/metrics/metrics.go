// Package metrics keeps the figures of a Belfry server under their Prometheus
// names, which docs/operate.md explains. A Metrics is the Meter of the hub
// and of the server.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"belfry"
)

// Metrics is all figures of one process. Its methods are cheap and do not block.
type Metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger

	sessions   *prometheus.GaugeVec
	opened     *prometheus.CounterVec
	closed     *prometheus.CounterVec
	deliveries map[string]prometheus.Counter // by transport, looked up at every delivery
	delivery   prometheus.Histogram
	resumes    *prometheus.CounterVec
	slow       prometheus.Gauge

	published *prometheus.CounterVec
	publish   prometheus.Histogram
	auth      *prometheus.CounterVec
	limited   *prometheus.CounterVec

	commit      prometheus.Histogram
	commitBatch prometheus.Histogram
	storeErrors *prometheus.CounterVec
	drift       prometheus.Gauge
	bus         *prometheus.CounterVec
	heads       prometheus.Gauge
	behind      prometheus.Counter
}

// Buckets in seconds: what a person notices begins at a tenth, what an operator
// wants to tell apart lies below.
var seconds = []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}

var batches = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}

var transports = []string{"websocket", "sse", "poll"}

// New makes the metrics of a process of this version. log is told what the hub
// could not deliver.
func New(version string, log *slog.Logger) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), log: log, deliveries: map[string]prometheus.Counter{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("belfry_build_info", "1; the labels say what is running.", "version", "go").WithLabelValues(version, runtime.Version()).Set(1)

	m.sessions = m.gauge("belfry_sessions", "Live sessions.", "transport")
	m.opened = m.counter("belfry_sessions_opened_total", "Sessions opened.", "transport")
	m.closed = m.counter("belfry_sessions_closed_total", "Sessions ended, by what the client was told; gone: it left by itself.", "code")
	deliveries := m.counter("belfry_deliveries_total", "Notifications written to sessions.", "transport")
	for _, t := range transports {
		m.sessions.WithLabelValues(t)
		m.deliveries[t] = deliveries.WithLabelValues(t)
	}
	m.delivery = m.histogram("belfry_delivery_seconds", "From the commit of a notification to its write to a session.", seconds)
	m.resumes = m.counter("belfry_resumes_total", "Openings of sessions, by what the client's cursor was worth: fresh, resumed, reset.", "outcome")
	m.slow = m.gauge("belfry_slow_sessions", "Sessions whose client does not take what is written.").WithLabelValues()

	m.published = m.counter("belfry_notifications_published_total", "Notifications accepted.", "target")
	m.publish = m.histogram("belfry_publish_seconds", "From the decoded request to its commit.", seconds)
	m.auth = m.counter("belfry_auth_failures_total", "Credentials refused.", "reason")
	m.limited = m.counter("belfry_rate_limited_total", "Requests, frames and sessions refused because of a limit.", "scope")

	m.commit = m.histogram("belfry_commit_seconds", "One transaction of the store, fsync included.", seconds)
	m.commitBatch = m.histogram("belfry_commit_batch_size", "Changes in one transaction.", batches)
	m.storeErrors = m.counter("belfry_store_errors_total", "Requests and deliveries that the store failed.", "op")
	m.drift = m.gauge("belfry_count_drift", "Sum of the differences between told and recounted counts in the last sample; anything but 0 is a defect.").WithLabelValues()
	m.bus = m.counter("belfry_bus_messages_total", "Rings and signals between processes.", "direction")
	m.heads = m.gauge("belfry_head_check_seconds", "How long the last comparison of all logs served here with the store took to come round: the longest that a lost ring goes unnoticed.").WithLabelValues()
	m.behind = m.counter("belfry_head_check_behind_total", "Sessions that such a comparison found behind: their ring was lost or never sent.").WithLabelValues()
	return m
}

// Watch reports, at each scrape, whether the store and the bus are up.
func (m *Metrics) Watch(storeUp, busUp func() bool) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "belfry_store_up", Help: "1 while the store can be reached."}, asGauge(storeUp)),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "belfry_bus_up", Help: "1 while the bus is proven alive."}, asGauge(busUp)),
	)
}

func asGauge(up func() bool) func() float64 {
	return func() float64 {
		if up() {
			return 1
		}
		return 0
	}
}

// Handler serves the figures.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

// Of the hub.

// Opened counts a session that was opened.
func (m *Metrics) Opened(transport string) {
	m.opened.WithLabelValues(transport).Inc()
	m.sessions.WithLabelValues(transport).Inc()
}

// Closed counts a session that has ended; "" when the client went away.
func (m *Metrics) Closed(transport string, code belfry.Code) {
	if code == "" {
		code = "gone"
	}
	m.closed.WithLabelValues(string(code)).Inc()
	m.sessions.WithLabelValues(transport).Dec()
}

// Delivered counts notifications written to a session.
func (m *Metrics) Delivered(transport string, n int) {
	if c := m.deliveries[transport]; c != nil && n > 0 {
		c.Add(float64(n))
	}
}

// DeliverySeconds notes how long a notification took from its commit to its write.
func (m *Metrics) DeliverySeconds(s float64) { m.delivery.Observe(s) }

// Resumed counts how a session began.
func (m *Metrics) Resumed(outcome string) { m.resumes.WithLabelValues(outcome).Inc() }

// Slow counts sessions on (1) and off (-1) the slow path.
func (m *Metrics) Slow(delta int) { m.slow.Add(float64(delta)) }

// Limited counts what was refused because of a limit.
func (m *Metrics) Limited(scope string) { m.limited.WithLabelValues(scope).Inc() }

// Failed logs and counts a delivery that the store failed.
func (m *Metrics) Failed(err error) {
	m.StoreFailed("deliver")
	m.log.Error("a session was ended because the store could not be read", "err", err)
}

// HeadsChecked notes how long it took until every log served here was compared
// with the store again.
func (m *Metrics) HeadsChecked(took time.Duration) { m.heads.Set(took.Seconds()) }

// FoundBehind counts sessions whose ring was lost or never sent.
func (m *Metrics) FoundBehind(sessions int) { m.behind.Add(float64(sessions)) }

// Of the server.

// Published counts notifications that were accepted.
func (m *Metrics) Published(target string, n int) {
	m.published.WithLabelValues(target).Add(float64(n))
}

// PublishSeconds notes how long a publish took.
func (m *Metrics) PublishSeconds(s float64) { m.publish.Observe(s) }

// AuthFailed counts a credential that was refused.
func (m *Metrics) AuthFailed(reason belfry.Code) { m.auth.WithLabelValues(string(reason)).Inc() }

// StoreFailed counts a request that the store failed.
func (m *Metrics) StoreFailed(op string) { m.storeErrors.WithLabelValues(op).Inc() }

// Of the store and the bus.

// Committed notes one transaction of the store.
func (m *Metrics) Committed(changes int, took time.Duration) {
	m.commit.Observe(took.Seconds())
	m.commitBatch.Observe(float64(changes))
}

// Drift notes the outcome of a sampled recount.
func (m *Metrics) Drift(n int64) { m.drift.Set(float64(n)) }

// Bus counts rings and signals that were sent ("out") or received ("in").
func (m *Metrics) Bus(direction string, n int) { m.bus.WithLabelValues(direction).Add(float64(n)) }
