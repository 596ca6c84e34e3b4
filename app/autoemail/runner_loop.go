package autoemail

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// How often a Runner looks by itself, how soon after a round it lets itself be woken, and how often it tends.
const (
	lookEvery = 15 * time.Second
	atMostOne = time.Second
	tendEvery = time.Minute
)

var panics atomic.Int64

// Panics is how many panics runners have survived; tests fail where there was one.
func Panics() int64 { return panics.Load() }

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-r.kick:
		}
		began := time.Now()
		r.try(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(0, atMostOne-time.Since(began))):
		}
		timer.Reset(lookEvery)
	}
}

// try runs one round and survives whatever happens in it.
func (r *Runner) try(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			panics.Add(1)
			r.Log.Error("auto e-mails", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	if err := r.round(ctx, r.tendNow()); err != nil && ctx.Err() == nil {
		r.Log.Error("auto e-mails", "err", err)
	}
}

// tendNow says whether Tend has rested long enough, also by a clock that was set back.
func (r *Runner) tendNow() bool {
	r.turn.Lock()
	defer r.turn.Unlock()
	since := r.now().Sub(r.tended)
	return since >= tendEvery || since < 0
}
