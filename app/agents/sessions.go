package agents

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/fault"
)

const (
	sessionLife = 30 * 24 * time.Hour // from when it was last seen
	touchEvery  = 10 * time.Minute
	deviceLife  = 400 * 24 * time.Hour // longer than a browser keeps a cookie (RFC 6265bis section 5.5)
)

// Session is one signed-in browser.
type Session struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	TokenHash string    `bun:"token_hash,pk"`
	AgentID   ID        `bun:"agent_id"`
	CreatedAt time.Time `bun:"created_at"`
	SeenAt    time.Time `bun:"seen_at"`
	ExpiresAt time.Time `bun:"expires_at"`
	UserAgent string    `bun:"user_agent"`
	IP        string    `bun:"ip"`
}

// device is a browser that signed in before.
type device struct {
	bun.BaseModel `bun:"table:sign_in_devices,alias:d"`

	TokenHash string    `bun:"token_hash,pk"`
	AgentID   ID        `bun:"agent_id"`
	CreatedAt time.Time `bun:"created_at"`
}

// Attempt is one try to sign in.
type Attempt struct {
	Email, Password string
	IP, UserAgent   string
	Device          string // the cookie of a browser that signed in before, or empty
}

// SignedIn is what the browser gets for a good attempt: two cookie values, shown here once.
type SignedIn struct {
	Agent   Agent
	Token   string // the session's, 32 random bytes in base64url
	Expires time.Time
	Device  string
}

func wrong() error {
	return fault.New(fault.Unauthenticated, "That e-mail and password do not go together.")
}

// SignIn checks an attempt against the limits per address and per IP (kept in the database), then the password.
// Faults: Unauthenticated (same words whether the address exists or not), Denied (too many tries; says how long to wait).
func SignIn(ctx context.Context, db *bun.DB, a Attempt, now time.Time) (SignedIn, error) {
	agent, emailKey, err := claimed(ctx, db, a.Email)
	if err != nil {
		return SignedIn{}, err
	}
	known := ""
	if agent.ID != 0 && a.Device != "" {
		mine, err := db.NewSelect().Model((*device)(nil)).Where("token_hash = ?", hashed(a.Device)).Where("agent_id = ?", agent.ID).
			Where("created_at > ?", now.Add(-deviceLife)).Exists(ctx)
		if err != nil {
			return SignedIn{}, fmt.Errorf("agents: look for a device: %w", err)
		}
		if mine {
			known = a.Device
		}
	}
	gauges := gaugesOf(emailKey, a.IP, known)
	if err := reserve(ctx, db, gauges, now); err != nil {
		return SignedIn{}, err
	}
	// Outside of any transaction: a hash takes longer than all the database's work.
	if right, err := matches(ctx, a.Password, agent.PasswordHash); err != nil {
		return SignedIn{}, fmt.Errorf("agents: check a password: %w", err)
	} else if !right {
		return SignedIn{}, wrong()
	}
	in := SignedIn{Agent: agent, Token: token(), Expires: now.Add(sessionLife), Device: known}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		// The password may have changed while we hashed. Writing the row holds a change under way off until our session is
		// there to be ended by it.
		result, err := db.NewUpdate().Model((*Agent)(nil)).Set("password_hash = password_hash").
			Where("id = ?", agent.ID).Where("password_hash = ?", agent.PasswordHash).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return wrong()
		}
		if err := forgive(ctx, db, gauges); err != nil {
			return err
		}
		return admit(ctx, db, &in, a, now)
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("agents: sign in: %w", err)
	}
	return in, nil
}

// claimed finds who an attempt says it is; the zero Agent where nobody is. The key counts tries either way.
func claimed(ctx context.Context, db bun.IDB, email string) (Agent, string, error) {
	mailbox, err := address.Parse(email)
	if err != nil {
		return Agent{}, strings.ToLower(strings.TrimSpace(email)), nil
	}
	var agent Agent
	err = db.NewSelect().Model(&agent).Where("email_key = ?", mailbox.Key()).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Agent{}, "", fmt.Errorf("agents: find who signs in: %w", err)
	}
	return agent, mailbox.Key(), nil
}

// admit writes the session, and the device where it is new, and forgets what is over.
func admit(ctx context.Context, db bun.IDB, in *SignedIn, a Attempt, now time.Time) error {
	session := Session{
		TokenHash: hashed(in.Token), AgentID: in.Agent.ID, CreatedAt: now, SeenAt: now, ExpiresAt: in.Expires,
		UserAgent: trace(a.UserAgent, 300), IP: trace(a.IP, 60),
	}
	if _, err := db.NewInsert().Model(&session).Exec(ctx); err != nil {
		return err
	}
	if in.Device == "" {
		in.Device = token()
		if _, err := db.NewInsert().Model(&device{TokenHash: hashed(in.Device), AgentID: in.Agent.ID, CreatedAt: now}).Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := db.NewDelete().Model((*Session)(nil)).Where("agent_id = ?", in.Agent.ID).Where("expires_at <= ?", now).Exec(ctx); err != nil {
		return err
	}
	_, err := db.NewDelete().Model((*device)(nil)).Where("agent_id = ?", in.Agent.ID).
		Where("created_at <= ?", now.Add(-deviceLife)).Exec(ctx)
	return err
}

// Authenticate returns the agent a session token belongs to. It writes only when the session was last seen more than
// ten minutes ago, through touch (the writer). Faults: Unauthenticated.
func Authenticate(ctx context.Context, read, touch bun.IDB, token string, now time.Time) (Agent, Session, error) {
	var session Session
	err := read.NewSelect().Model(&session).Where("token_hash = ?", hashed(token)).Where("expires_at > ?", now).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, Session{}, fault.New(fault.Unauthenticated, "Please sign in.")
	}
	if err != nil {
		return Agent{}, Session{}, fmt.Errorf("agents: find a session: %w", err)
	}
	agent, err := Find(ctx, read, session.AgentID)
	if err != nil {
		return Agent{}, Session{}, err
	}
	if now.Sub(session.SeenAt) > touchEvery {
		expires := now.Add(sessionLife)
		// A session that can't be touched (a full disk) is a session all the same.
		if _, err := touch.NewUpdate().Model((*Session)(nil)).Set("seen_at = ?", now).Set("expires_at = ?", expires).
			Where("token_hash = ?", session.TokenHash).Exec(ctx); err == nil {
			session.SeenAt, session.ExpiresAt = now, expires
		}
	}
	return agent, session, nil
}

// Sessions lists where an agent is signed in, last seen first.
func Sessions(ctx context.Context, db bun.IDB, id ID, now time.Time) ([]Session, error) {
	var all []Session
	err := db.NewSelect().Model(&all).Where("agent_id = ?", id).Where("expires_at > ?", now).OrderExpr("seen_at DESC, created_at DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("agents: sessions of agent %d: %w", id, err)
	}
	return all, nil
}

// SignOut ends one session; one that is over already is no fault.
func SignOut(ctx context.Context, db bun.IDB, token string) error {
	if _, err := db.NewDelete().Model((*Session)(nil)).Where("token_hash = ?", hashed(token)).Exec(ctx); err != nil {
		return fmt.Errorf("agents: sign out: %w", err)
	}
	return nil
}

// SignOutEverywhere ends all of an agent's sessions but the one whose token hash is keep (empty: all) and forgets the
// devices.
func SignOutEverywhere(ctx context.Context, db bun.IDB, id ID, keep string) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.NewDelete().Model((*Session)(nil)).Where("agent_id = ?", id).Where("token_hash <> ?", keep).Exec(ctx); err != nil {
			return err
		}
		_, err := db.NewDelete().Model((*device)(nil)).Where("agent_id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("agents: sign agent %d out everywhere: %w", id, err)
	}
	return nil
}

// ChangePassword sets a new password and ends all sessions but the one whose token hash is keep. Faults: NotFound,
// Invalid (current_password, password), Denied (too many wrong current passwords).
func ChangePassword(ctx context.Context, db *bun.DB, id ID, current, password, keep string, now time.Time) error {
	agent, err := Find(ctx, db, id)
	if err != nil {
		return err
	}
	var form fault.Form
	if err := checkPassword(password, agent.Name, agent.Email); err != nil {
		form.Add("password", "%s", err)
		return form.Err()
	}
	gauges := []gauge{{hashed(fmt.Sprint("password ", id)), perAddress}}
	if err := reserve(ctx, db, gauges, now); err != nil {
		return err
	}
	if right, err := matches(ctx, current, agent.PasswordHash); err != nil {
		return fmt.Errorf("agents: check a password: %w", err)
	} else if !right {
		form.Add("current_password", "This isn’t your present password.")
		return form.Err()
	}
	stored, err := hash(ctx, password)
	if err != nil {
		return fmt.Errorf("agents: hash a password: %w", err)
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		result, err := db.NewUpdate().Model((*Agent)(nil)).Set("password_hash = ?", stored).
			Where("id = ?", id).Where("password_hash = ?", agent.PasswordHash).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			form.Add("current_password", "Your password was changed elsewhere a moment ago.")
			return form.Err()
		}
		if err := forgive(ctx, db, gauges); err != nil {
			return err
		}
		return SignOutEverywhere(ctx, db, id, keep)
	})
	if err != nil {
		return fmt.Errorf("agents: change the password of agent %d: %w", id, err)
	}
	return nil
}

// token is 32 random bytes in base64url.
func token() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(secret)
}

// trace is what a browser says of itself, fit to be stored.
func trace(text string, most int) string {
	runes := []rune(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(r rune) bool { return r < ' ' || r == 0x7f }), " "))
	return string(runes[:min(most, len(runes))])
}
