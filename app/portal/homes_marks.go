package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// UsualDrop is the share in percent that a discarded home's price must come down to be told, until the client sets another.
const UsualDrop = 5

// RoundLasts is how long after its last sign a visit ends: what came since the one before is new as long as it lasts.
const RoundLasts = 30 * time.Minute

// LoadSettings returns a portal's settings, as they are at first where nobody was in it yet.
func LoadSettings(ctx context.Context, db bun.IDB, client clients.ID) (Settings, error) {
	s := Settings{ClientID: client, DropPercent: UsualDrop}
	err := db.NewSelect().Model(&s).Where("client_id = ?", client).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("portal: settings of client %d: %w", client, err)
	}
	s.ClientID = client
	return s, nil
}

// since is from when on things are new to who looks now. It is zero on the first visit: to mark everything marks nothing.
func (s Settings) since(now time.Time) time.Time {
	if now.Sub(s.VisitAt) >= RoundLasts {
		return s.VisitAt // the page is looked at before the visit is opened
	}
	return s.VisitBeforeAt
}

// Visit opens a visit: what came since the one before is new for half an hour of looking round. Nothing where the agent looks.
func Visit(ctx context.Context, db bun.IDB, v Visitor, now time.Time) (Settings, error) {
	s, err := LoadSettings(ctx, db, v.Client.ID)
	if err != nil || v.ReadOnly {
		return s, err
	}
	// A minute's sign is as good as each second's; a clock set back takes none away.
	if s.Version > 0 && now.Sub(s.VisitAt) < time.Minute {
		return s, nil
	}
	s.VisitBeforeAt, s.VisitAt = s.since(now), now
	return s, keep(ctx, db, s)
}

// keep writes a portal's row unless somebody else did meanwhile: of two at once, either will do.
func keep(ctx context.Context, db bun.IDB, s Settings) error {
	var err error
	if s.Version == 0 {
		s.Version = 1
		_, err = db.NewInsert().Model(&s).On("CONFLICT (client_id) DO NOTHING").Exec(ctx)
	} else {
		_, err = db.NewUpdate().Model(&s).Column("drop_percent", "visit_at", "visit_before_at").Set("version = version + 1").
			Where("client_id = ?", s.ClientID).Where("version = ?", s.Version).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("portal: keep the settings of client %d: %w", s.ClientID, err)
	}
	return nil
}

// SaveSettings keeps a portal's settings. Faults: Invalid (drop_percent), Denied.
func SaveSettings(ctx context.Context, db bun.IDB, v Visitor, dropPercent int, now time.Time) error {
	if v.ReadOnly {
		return onlyLooks()
	}
	if dropPercent < 0 || dropPercent > 90 {
		var form fault.Form
		form.Add("drop_percent", "Choose a share between 0 and 90 percent.")
		return form.Err()
	}
	fresh := Settings{ClientID: v.Client.ID, DropPercent: dropPercent, Version: 1}
	_, err := db.NewInsert().Model(&fresh).On("CONFLICT (client_id) DO UPDATE").Set("drop_percent = EXCLUDED.drop_percent").Set("version = po.version + 1").Exec(ctx)
	if err != nil {
		return fmt.Errorf("portal: save the settings of client %d: %w", v.Client.ID, err)
	}
	return nil
}

// homeVisit is a row of home_visits.
type homeVisit struct {
	bun.BaseModel `bun:"table:home_visits,alias:w"`

	ClientID  clients.ID  `bun:"client_id,pk"`
	ListingID listings.ID `bun:"listing_id,pk"`
	MemberID  clients.ID  `bun:"member_id,pk"`
	FirstAt   time.Time   `bun:"first_at"`
	LastAt    time.Time   `bun:"last_at"`
	N         int         `bun:"n"`
}

// Look notes that a person opened a home. Nothing where the agent looks. Faults: NotFound (never sent).
func Look(ctx context.Context, db bun.IDB, v Visitor, home listings.ID, now time.Time) error {
	if err := open(ctx, db, v, home); err != nil || v.ReadOnly {
		return err
	}
	look := homeVisit{ClientID: v.Client.ID, ListingID: home, MemberID: v.Member.ID, FirstAt: now, LastAt: now, N: 1}
	_, err := db.NewInsert().Model(&look).On("CONFLICT (client_id, listing_id, member_id) DO UPDATE").
		Set("last_at = EXCLUDED.last_at").Set("n = w.n + 1").Exec(ctx)
	if err != nil {
		return fmt.Errorf("portal: look at home %d: %w", home, err)
	}
	return nil
}

// open refuses a home that was never sent to the portal.
func open(ctx context.Context, db bun.IDB, v Visitor, home listings.ID) error {
	sent, err := WasSent(ctx, db, v.Client.ID, home)
	if err == nil && !sent {
		return fault.New(fault.NotFound, "This home was not among those sent to you.")
	}
	return err
}

func onlyLooks() error {
	return fault.New(fault.Denied, "You are looking at your client’s portal. Only they can press this.")
}
