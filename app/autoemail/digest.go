package autoemail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/tokens"
)

// DigestLife is how long a digest's link decides.
const DigestLife = 7 * 24 * time.Hour

// AtMostDigest is how many homes one digest's page decides, those that wait longest.
const AtMostDigest = 100

// digestKept is how long a digest is kept after its link ended, so that its page can say so.
const digestKept = 30 * 24 * time.Hour

// Digest is one batch of matches that a digest's link may decide, and nothing else.
type Digest struct {
	ID        int64
	Agent     agents.ID
	Matches   []int64
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Has says whether a match is of the batch.
func (d Digest) Has(match int64) bool { return slices.Contains(d.Matches, match) }

// digestRow is a Digest as stored.
type digestRow struct {
	bun.BaseModel `bun:"table:digests,alias:d"`

	ID        int64     `bun:"id,pk,autoincrement"`
	AgentID   agents.ID `bun:"agent_id"`
	Matches   string    `bun:"matches"` // ids parted by commas
	CreatedAt time.Time `bun:"created_at"`
	ExpiresAt time.Time `bun:"expires_at"`
}

func (r digestRow) digest() (Digest, error) {
	d := Digest{ID: r.ID, Agent: r.AgentID, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC()}
	for _, text := range strings.Split(r.Matches, ",") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return d, fmt.Errorf("autoemail: digest %d is damaged", r.ID)
		}
		d.Matches = append(d.Matches, id)
	}
	return d, nil
}

// digestLinks are the tokens of digests' pages: they carry the digest.
var digestLinks = tokens.Kind{Purpose: "digests", Numbers: 1}

// OpenDigest reads a digest's token. Faults: NotFound for one that can't be read, Gone (with the day it ended) after DigestLife.
func OpenDigest(ctx context.Context, db bun.IDB, token string, now time.Time) (Digest, error) {
	keys, err := tokens.Load(ctx, db, digestLinks)
	if err != nil {
		return Digest{}, fmt.Errorf("autoemail: read a digest’s link: %w", err)
	}
	unknown := fault.New(fault.NotFound, "This link is not complete, or it is an old one. Open it again from the e-mail, or sign in and open Concierge.")
	numbers, ok := keys.Read(token)
	if !ok {
		return Digest{}, unknown
	}
	id := numbers[0]
	var rows []digestRow
	if err := db.NewSelect().Model(&rows).Where("d.id = ?", id).Scan(ctx); err != nil {
		return Digest{}, fmt.Errorf("autoemail: digest %d: %w", id, err)
	}
	if len(rows) == 0 {
		return Digest{}, unknown
	}
	d, err := rows[0].digest()
	if err != nil {
		return Digest{}, err
	}
	if now.Before(d.ExpiresAt) {
		return d, nil
	}
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return Digest{}, err
	}
	return Digest{}, fault.New(fault.Gone, "This link worked until %s. Sign in and open Concierge: what still waits is there.", d.ExpiresAt.In(house.Location()).Format("January 2, 2006"))
}

// Batch returns a digest's matches as they stand now, by client: whoever waits longest first. Those whose auto email or
// client was deleted are not in it.
func Batch(ctx context.Context, db bun.IDB, ledger Shutter, d Digest, now time.Time) ([]Group, error) {
	var items []Item
	if err := db.NewRaw(itemsSQL+" AND x.id IN (?) ORDER BY x.id DESC", d.Agent, bun.List(d.Matches)).Scan(ctx, &items); err != nil {
		return nil, fmt.Errorf("autoemail: the batch of digest %d: %w", d.ID, err)
	}
	since := map[clients.ID]time.Time{}
	for _, item := range items {
		if at, known := since[item.ClientID]; !known || item.FoundAt.Before(at) {
			since[item.ClientID] = item.FoundAt
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(since[a.ClientID].Compare(since[b.ClientID]), cmp.Compare(a.ClientID, b.ClientID))
	})
	return byClient(ctx, db, ledger, d.Agent, items, now)
}

// ApproveBatch approves what of a digest still waits and was found as it stands, as ApproveAll does.
func ApproveBatch(ctx context.Context, db bun.IDB, d Digest, now time.Time) (done, left []Match, err error) {
	return approveWhole(ctx, db, d.Agent, now, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("x.id IN (?)", bun.List(d.Matches)) })
}

// TellAgents writes the digests that are due, each as a mail to its agent with a link to its decision page at path /d/….
func TellAgents(ctx context.Context, db bun.IDB, zone *time.Location, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond)
	news, err := digestNews(ctx, db)
	if err != nil {
		return err
	}
	var failed []error
	for _, n := range news {
		if n.due(n.Since, zone, now) {
			failed = append(failed, tellDigest(ctx, db, n.Habits, now))
		}
	}
	return errors.Join(failed...)
}

// digestNew is an agent for whom something came into the queue that no digest told of.
type digestNew struct {
	Habits
	Since time.Time // when the first of it was found
}

// One row for each agent with news: the index matches_news holds what waits, by agent and id.
const digestNewsSQL = `SELECT a.id AS agent_id, cs.digest, cs.quiet_from, cs.quiet_to, cs.limit_hours, cs.digest_at, COALESCE(cs.digest_match, 0) AS digest_match,
 x.found_at AS since FROM agents AS a LEFT JOIN concierge_settings AS cs ON cs.agent_id = a.id
 JOIN matches AS x ON x.id = (SELECT MIN(f.id) FROM matches AS f JOIN searches AS s ON s.id = f.search_id AND s.state <> 'deleted'
  WHERE f.agent_id = a.id AND f.state = 'unsent' AND f.id > COALESCE(cs.digest_match, 0))
 WHERE COALESCE(cs.digest, '') <> 'off'`

func digestNews(ctx context.Context, db bun.IDB) ([]digestNew, error) {
	var rows []struct {
		AgentID                        agents.ID
		Digest                         *string
		QuietFrom, QuietTo, LimitHours *int
		DigestAt                       bun.NullTime
		DigestMatch                    int64
		Since                          time.Time
	}
	if err := db.NewRaw(digestNewsSQL).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("autoemail: who is to hear of the queue: %w", err)
	}
	news := make([]digestNew, len(rows))
	for i, r := range rows {
		h := usual(r.AgentID)
		if r.Digest != nil && r.QuietFrom != nil && r.QuietTo != nil && r.LimitHours != nil {
			h.Digest, h.QuietFrom, h.QuietTo, h.LimitHours = *r.Digest, *r.QuietFrom, *r.QuietTo, *r.LimitHours
		}
		h.DigestAt, h.DigestMatch = r.DigestAt.Time, r.DigestMatch
		news[i] = digestNew{h, r.Since}
	}
	return news, nil
}

// tellDigest writes one agent's digest. If another process did meanwhile, nothing happens.
func tellDigest(ctx context.Context, db bun.IDB, h Habits, now time.Time) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var items []Item
		if err := db.NewRaw(itemsSQL+" AND x.state = 'unsent' ORDER BY x.found_at, x.id", h.AgentID).Scan(ctx, &items); err != nil || len(items) == 0 {
			return err
		}
		told := h
		told.DigestAt = now
		for _, item := range items {
			told.DigestMatch = max(told.DigestMatch, item.ID)
		}
		result, err := db.NewInsert().Model(&told).On("CONFLICT (agent_id) DO UPDATE").
			Set("digest_at = EXCLUDED.digest_at, digest_match = EXCLUDED.digest_match").Where("cs.digest_match = ?", h.DigestMatch).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		batch := items[:min(len(items), AtMostDigest)]
		path, err := keepDigest(ctx, db, h.AgentID, batch, now)
		if err != nil {
			return err
		}
		words, err := digestWords(ctx, db, items, len(batch), now)
		if err != nil {
			return err
		}
		words.AgentID, words.Kind, words.Path = h.AgentID, agents.NoticeQueue, path
		return agents.TellByMail(ctx, db, words, now)
	})
	if err != nil {
		return fmt.Errorf("autoemail: digest for agent %d: %w", h.AgentID, err)
	}
	return nil
}

// keepDigest keeps a batch and returns the path of its page. Digests whose links ended long ago go.
func keepDigest(ctx context.Context, db bun.Tx, agent agents.ID, batch []Item, now time.Time) (string, error) {
	ids := make([]string, len(batch))
	for i, item := range batch {
		ids[i] = strconv.FormatInt(item.ID, 10)
	}
	row := digestRow{AgentID: agent, Matches: strings.Join(ids, ","), CreatedAt: now, ExpiresAt: now.Add(DigestLife)}
	if _, err := db.NewInsert().Model(&row).Exec(ctx); err != nil {
		return "", err
	}
	if _, err := db.NewDelete().Model((*digestRow)(nil)).Where("expires_at < ?", now.Add(-digestKept)).Exec(ctx); err != nil {
		return "", err
	}
	if err := tokens.Make(ctx, db, digestLinks, now); err != nil {
		return "", err
	}
	keys, err := tokens.Load(ctx, db, digestLinks)
	if err != nil {
		return "", err
	}
	token, err := keys.Sign(now, row.ID)
	return "/d/" + token, err
}
