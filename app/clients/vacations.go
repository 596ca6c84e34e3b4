package clients

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// EndVacations brings back everyone whose vacation is over and tells their agents. It returns how many. Each comes back
// in a transaction of its own, so that many at once hold nobody up.
func EndVacations(ctx context.Context, db bun.IDB, now time.Time) (int, error) {
	var over []Client
	err := db.NewSelect().Model(&over).Column("id", "agent_id").Where("status = ?", OnVacation).Where("vacation_until <= ?", now).
		OrderExpr("vacation_until, id").Scan(ctx)
	if err != nil {
		return 0, fmt.Errorf("clients: find vacations that are over: %w", err)
	}
	back := 0
	for _, c := range over {
		came := false
		err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			before, after, err := change(ctx, db, c.AgentID, c.ID, now, func(_ context.Context, _ bun.Tx, c *Client) error {
				if c.Status != OnVacation || c.VacationUntil.After(now) {
					return errAsItIs // somebody was faster
				}
				next := c.StatusBefore
				if next == "" {
					next = Active
				}
				c.stand(next, time.Time{}, now)
				return nil
			})
			if err != nil || before.Version == after.Version {
				return err
			}
			came = true
			return agents.Tell(ctx, db, homecoming(after), now)
		})
		if err != nil && fault.Of(err) != fault.NotFound {
			return back, fmt.Errorf("clients: end the vacation of %d: %w", c.ID, err)
		}
		if err == nil && came {
			back++
		}
	}
	return back, nil
}

func homecoming(c Client) agents.Notice {
	n := agents.Notice{
		AgentID: c.AgentID, Kind: agents.NoticeStatus, ClientID: int64(c.ID),
		Title:  c.Name() + " is back from vacation",
		Body:   "The vacation you entered is over, and the status is " + string(c.Status) + " again. Letters can go out.",
		Action: "Open " + c.Name(), Path: fmt.Sprintf("/clients/%d", c.ID),
	}
	if !c.Status.Mails() {
		n.Body = "The vacation you entered is over, and the status is " + string(c.Status) + " again, as it was before. No letters go out until you change it."
	}
	return n
}
