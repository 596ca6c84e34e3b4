package main

import (
	"context"
	"time"

	"porchlight/app/clients"
)

// endVacations brings clients back from vacation, soon after the start and then every minute.
func (h *house) endVacations(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := clients.EndVacations(ctx, h.store.Write, clock()); err != nil && ctx.Err() == nil {
			h.log.Error("end vacations", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
