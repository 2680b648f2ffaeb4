package metrics_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/server"
)

var (
	_ hub.Meter    = (*metrics.Metrics)(nil)
	_ server.Meter = (*metrics.Metrics)(nil)
)

// Every name of the protocol is served, under that name.
func TestMetrics_Handler(t *testing.T) {
	m := metrics.New("1.2.3", slog.New(slog.DiscardHandler))
	m.Watch(func() bool { return true }, func() bool { return false })
	m.Opened("websocket")
	m.Opened("sse")
	m.Closed("sse", "")
	m.Closed("websocket", belfry.CodeDraining)
	m.Delivered("websocket", 3)
	m.DeliverySeconds(.002)
	m.Resumed("resumed")
	m.Slow(1)
	m.Limited("publish")
	m.Published("all", 2)
	m.PublishSeconds(.001)
	m.AuthFailed(belfry.CodeTokenExpired)
	m.StoreFailed("deliver")
	m.Committed(7, time.Millisecond)
	m.Drift(0)
	m.Bus("out", 1)
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	text := rec.Body.String()
	for _, want := range []string{
		`belfry_build_info{go=`, `version="1.2.3"} 1`,
		`belfry_sessions{transport="websocket"} 0`, `belfry_sessions{transport="poll"} 0`,
		`belfry_sessions_opened_total{transport="sse"} 1`,
		`belfry_sessions_closed_total{code="gone"} 1`, `belfry_sessions_closed_total{code="draining"} 1`,
		`belfry_notifications_published_total{target="all"} 2`,
		`belfry_deliveries_total{transport="websocket"} 3`,
		`belfry_delivery_seconds_count 1`, `belfry_publish_seconds_count 1`,
		`belfry_commit_seconds_count 1`, `belfry_commit_batch_size_sum 7`,
		`belfry_resumes_total{outcome="resumed"} 1`, `belfry_slow_sessions 1`,
		`belfry_bus_up 0`, `belfry_store_up 1`,
		`belfry_bus_messages_total{direction="out"} 1`, `belfry_store_errors_total{op="deliver"} 1`,
		`belfry_auth_failures_total{reason="token_expired"} 1`,
		`belfry_rate_limited_total{scope="publish"} 1`, `belfry_count_drift 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}
