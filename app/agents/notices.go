package agents

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	NoticeOptOut  NoticeKind = "opt_out"
	NoticeOptIn   NoticeKind = "opt_in"
	NoticePause   NoticeKind = "pause"
	NoticeStatus  NoticeKind = "status"
	NoticeAddress NoticeKind = "address" // undeliverable or complained
	NoticeMail    NoticeKind = "mail"    // the mail server refuses, or none is set
	NoticeImport  NoticeKind = "import"  // a long import has ended
	NoticeQueue   NoticeKind = "queue"   // a digest of the concierge queue, told by mail only
	NoticeClient  NoticeKind = "client"  // another agent moved a client here
	NoticeSearch  NoticeKind = "search"  // an auto email was slowed down, stopped or changed, not by its agent
	NoticePortal  NoticeKind = "portal"  // somebody else than its client seems to hold a letter

	NoticeHousehold NoticeKind = "household" // two share a portal, or no longer
	NoticeMessage   NoticeKind = "message"   // a client's words wait in the portal, told by mail only
)

// Notice is something an agent must know.
type Notice struct {
	bun.BaseModel `bun:"table:notices,alias:n"`

	ID        int64      `bun:"id,pk,autoincrement"`
	AgentID   ID         `bun:"agent_id"`
	Kind      NoticeKind `bun:"kind"`
	ClientID  int64      `bun:"client_id,nullzero"`
	Title     string     `bun:"title"`  // one line: the mail's subject, the notice's headline
	Body      string     `bun:"body"`   // sentences, paragraphs parted by an empty line
	Action    string     `bun:"action"` // the words of the link
	Path      string     `bun:"path"`   // where it leads in this app, such as /clients/12
	Mails     bool       `bun:"mails"`  // whether the outbox also mails it
	CreatedAt time.Time  `bun:"created_at"`
	SeenAt    time.Time  `bun:"seen_at,nullzero"`
	PostedAt  time.Time  `bun:"posted_at,nullzero"`
}

// Tell gives an agent a notice, in the caller's transaction.
func Tell(ctx context.Context, db bun.IDB, n Notice, now time.Time) error {
	n.SeenAt = time.Time{}
	return tell(ctx, db, n, now)
}

// TellByMail mails an agent a notice that does not stand among those on the home page: it counts as seen.
func TellByMail(ctx context.Context, db bun.IDB, n Notice, now time.Time) error {
	n.SeenAt, n.Mails = now, true
	return tell(ctx, db, n, now)
}

func tell(ctx context.Context, db bun.IDB, n Notice, now time.Time) error {
	n.ID, n.CreatedAt, n.PostedAt = 0, now, time.Time{}
	n.Title = strings.Join(strings.Fields(n.Title), " ")
	if _, err := db.NewInsert().Model(&n).Exec(ctx); err != nil {
		return fmt.Errorf("agents: tell agent %d: %w", n.AgentID, err)
	}
	return nil
}

// Notices returns an agent's notices, newest first, at most limit; unseen says whether only those not dismissed.
func Notices(ctx context.Context, db bun.IDB, id ID, unseen bool, limit int) ([]Notice, error) {
	var all []Notice
	query := db.NewSelect().Model(&all).Where("agent_id = ?", id).OrderExpr("id DESC").Limit(int64(limit))
	if unseen {
		query = query.Where("seen_at IS NULL")
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("agents: notices of agent %d: %w", id, err)
	}
	return all, nil
}

// Dismiss marks one notice as seen; one that was seen before keeps its time. Faults: NotFound.
func Dismiss(ctx context.Context, db bun.IDB, id ID, notice int64, now time.Time) error {
	result, err := db.NewUpdate().Model((*Notice)(nil)).Set("seen_at = coalesce(seen_at, ?)", now).
		Where("id = ?", notice).Where("agent_id = ?", id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("agents: dismiss notice %d: %w", notice, err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("agents: dismiss notice %d: %w", notice, err)
	} else if n == 0 {
		return fault.New(fault.NotFound, "This notice isn’t there any more.")
	}
	return nil
}

// Unposted returns notices still to be mailed, oldest first, at most limit.
func Unposted(ctx context.Context, db bun.IDB, limit int) ([]Notice, error) {
	var all []Notice
	err := db.NewSelect().Model(&all).Where("mails").Where("posted_at IS NULL").OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("agents: notices to mail: %w", err)
	}
	return all, nil
}

// MarkPosted notes that a notice's mail is in the outbox. Faults: Conflict if it was already.
func MarkPosted(ctx context.Context, db bun.IDB, notice int64, now time.Time) error {
	result, err := db.NewUpdate().Model((*Notice)(nil)).Set("posted_at = ?", now).
		Where("id = ?", notice).Where("mails").Where("posted_at IS NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("agents: mark notice %d posted: %w", notice, err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("agents: mark notice %d posted: %w", notice, err)
	} else if n == 0 {
		return fault.New(fault.Conflict, "This notice is in the outbox already.")
	}
	return nil
}
