package agents

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Looks is how the house shows itself to clients, and what it wants when one of them gets another agent.
type Looks struct {
	bun.BaseModel `bun:"table:house_looks,alias:hl"`

	ID         int64  `bun:"id,pk"`
	Accent     string `bun:"accent"`      // on the light page, as Color returns it; empty: Porchlight's own
	AccentDark string `bun:"accent_dark"` // on the dark one
	Logo       string `bun:"logo"`        // the mark's name; empty: none
	AsksAgain  bool   `bun:"asks_again"`  // a client who is moved is asked whether the new agent may write
	Version    int64  `bun:"version"`
}

// LoadLooks returns them; before anybody set any, the zero value.
func LoadLooks(ctx context.Context, db bun.IDB) (Looks, error) {
	var l Looks
	if err := db.NewSelect().Model(&l).Where("id = 1").Scan(ctx); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Looks{}, fmt.Errorf("agents: load the looks: %w", err)
	}
	return l, nil
}

// SaveLooks changes colors and policy; the logo is SaveLogo's. Faults: Denied, Invalid (accent, accent_dark), Conflict if saved
// elsewhere meanwhile.
func SaveLooks(ctx context.Context, db bun.IDB, by Agent, l Looks) (Looks, error) {
	if !by.Broker() {
		return Looks{}, onlyBrokers()
	}
	var form fault.Form
	for _, one := range []struct {
		field, paper string
		color        *string
	}{{"accent", Paper, &l.Accent}, {"accent_dark", PaperDark, &l.AccentDark}} {
		if *one.color == "" {
			continue
		}
		hex, ok := Color(*one.color)
		if !ok {
			form.Add(one.field, "Type a color as # and six digits, such as #1e4a3e.")
		} else if say := pale(hex, one.paper); say != "" {
			form.Add(one.field, "%s", say)
		}
		*one.color = hex
	}
	if err := form.Err(); err != nil {
		return Looks{}, err
	}
	had := l.Version
	l.ID, l.Version = 1, had+1
	var result sql.Result
	var err error
	if had == 0 {
		result, err = db.NewInsert().Model(&l).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	} else {
		result, err = db.NewUpdate().Model(&l).Column("accent", "accent_dark", "asks_again", "version").Where("id = 1").Where("version = ?", had).Exec(ctx)
	}
	if err != nil {
		return Looks{}, fmt.Errorf("agents: save the looks: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return Looks{}, fmt.Errorf("agents: save the looks: %w", err)
	} else if n == 0 {
		return Looks{}, fault.New(fault.Conflict, "Someone saved this page while you were looking at it. Look at what changed and save again.")
	}
	return l, nil
}

func onlyBrokers() error {
	return fault.New(fault.Denied, "Only a broker can change the brokerage.")
}

// mark is a small picture, named by its content so that a page's copy of it never grows old.
type mark struct {
	bun.BaseModel `bun:"table:marks,alias:mk"`

	Name    string `bun:"name,pk"`
	Content []byte `bun:"content"`
}

// keepMark stores a picture and returns its name; nothing has no name.
func keepMark(ctx context.Context, db bun.IDB, content []byte) (string, error) {
	if len(content) == 0 {
		return "", nil
	}
	sum := sha256.Sum256(content)
	m := mark{Name: hex.EncodeToString(sum[:16]), Content: content}
	_, err := db.NewInsert().Model(&m).On("CONFLICT (name) DO NOTHING").Exec(ctx)
	return m.Name, err
}

// sweepMarks deletes the pictures nobody uses any more.
func sweepMarks(ctx context.Context, db bun.IDB) error {
	_, err := db.ExecContext(ctx, "DELETE FROM marks WHERE name NOT IN (SELECT logo FROM house_looks UNION SELECT photo FROM agent_photos)")
	return err
}

// Mark returns a stored picture: a PNG or a JPEG. Faults: NotFound.
func Mark(ctx context.Context, db bun.IDB, name string) ([]byte, error) {
	var m mark
	err := db.NewSelect().Model(&m).Where("name = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "This picture is no longer here.")
	}
	if err != nil {
		return nil, fmt.Errorf("agents: read a mark: %w", err)
	}
	return m.Content, nil
}

// SaveLogo puts the house's logo (made by photos.Mark) in place of the one before; empty takes it away. Faults: Denied.
func SaveLogo(ctx context.Context, db bun.IDB, by Agent, content []byte) error {
	if !by.Broker() {
		return onlyBrokers()
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		name, err := keepMark(ctx, db, content)
		if err != nil {
			return err
		}
		fresh := Looks{ID: 1, Logo: name, Version: 1}
		if _, err := db.NewInsert().Model(&fresh).On("CONFLICT (id) DO UPDATE").Set("logo = EXCLUDED.logo").Exec(ctx); err != nil {
			return err
		}
		return sweepMarks(ctx, db)
	})
	if err != nil {
		return fmt.Errorf("agents: save the logo: %w", err)
	}
	return nil
}

// photo is a row of agent_photos.
type photo struct {
	bun.BaseModel `bun:"table:agent_photos,alias:ap"`

	AgentID ID     `bun:"agent_id,pk"`
	Photo   string `bun:"photo"`
}

// SavePhoto puts an agent's own photo (made by photos.Mark) in place of the one before; empty takes it away.
func SavePhoto(ctx context.Context, db bun.IDB, id ID, content []byte) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		name, err := keepMark(ctx, db, content)
		if err != nil {
			return err
		}
		row := photo{AgentID: id, Photo: name}
		if name == "" {
			_, err = db.NewDelete().Model(&row).Where("agent_id = ?", id).Exec(ctx)
		} else {
			_, err = db.NewInsert().Model(&row).On("CONFLICT (agent_id) DO UPDATE").Set("photo = EXCLUDED.photo").Exec(ctx)
		}
		if err != nil {
			return err
		}
		return sweepMarks(ctx, db)
	})
	if err != nil {
		return fmt.Errorf("agents: save the photo of agent %d: %w", id, err)
	}
	return nil
}

// Photo returns the name of an agent's photo; empty: none.
func Photo(ctx context.Context, db bun.IDB, id ID) (string, error) {
	var row photo
	if err := db.NewSelect().Model(&row).Where("agent_id = ?", id).Scan(ctx); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("agents: the photo of agent %d: %w", id, err)
	}
	return row.Photo, nil
}

// Forget dismisses what an agent was told about a client who is no longer theirs: its links lead nowhere any more.
func Forget(ctx context.Context, db bun.IDB, id ID, client int64) error {
	if _, err := db.ExecContext(ctx, "UPDATE notices SET seen_at = created_at WHERE agent_id = ? AND client_id = ? AND seen_at IS NULL", id, client); err != nil {
		return fmt.Errorf("agents: forget client %d: %w", client, err)
	}
	return nil
}
