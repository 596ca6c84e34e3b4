package outbox

import (
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"
)

// Counters since the start, for /metrics. None names a person or an address.
var (
	metricEnded = map[State]*metrics.Counter{
		Sent:      metrics.NewCounter("letters_sent_total"),
		Failed:    metrics.NewCounter("letters_failed_total"),
		Expired:   metrics.NewCounter("letters_expired_total"),
		Withheld:  metrics.NewCounter("letters_withheld_total"),
		Cancelled: metrics.NewCounter("letters_cancelled_total"),
		Ready:     metrics.NewCounter("letters_deferred_total"),
	}
	metricFenced  = metrics.NewCounter("letters_fenced_total")
	metricTurns   = metrics.NewCounter("outbox_commits_total")
	metricTrouble = metrics.NewCounter("outbox_commit_errors_total")
	metricPanics  = metrics.NewCounter("outbox_panics_total")
)

var panics atomic.Int64

// Panics is how many panics the courier has swallowed since the start, so that a test run can fail on them.
func Panics() int64 { return panics.Load() }
