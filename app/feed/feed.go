// Package feed brings homes in: from an MLS over the RESO Web API, from RESO Common Format and from CSV files. It promises
// that a walk cut off at any point loses and repeats nothing, that homes are taken away only after a whole walk of keys,
// and that credentials are encrypted at rest, never shown again and never logged. It decides nothing about a home.
package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// Problem is something in a row or record that could not be taken, in words.
type Problem struct {
	Row   int    // of a file: its line, or its record where Nth; 0 in a feed
	Key   string // ListingKey where known
	Field string // the column as the file calls it; empty: the whole row
	Say   string
	Skip  bool // the row did not come in at all
	Nth   bool
}

// Values looks a field up by its RESO name: a string, json.Number, bool, nil, []any or map[string]any.
type Values func(field string) (any, bool)

// presetFile marks the feed that holds homes from files.
const presetFile = "file"

// Files returns the feed that holds homes from files, making it the first time. db must be able to write.
func Files(ctx context.Context, db bun.IDB) (listings.FeedID, error) {
	const find = "SELECT id FROM feeds WHERE preset = ?"
	var ids []listings.FeedID
	if err := db.NewRaw(find, presetFile).Scan(ctx, &ids); err != nil {
		return 0, fmt.Errorf("feed: find the feed of files: %w", err)
	}
	if len(ids) > 0 {
		return ids[0], nil
	}
	// Of two makers at once the index feeds_file lets one through. Nobody asks since when there are files.
	_, err := db.NewRaw("INSERT INTO feeds (name, preset, settings, secrets, paused, created_at, version) VALUES ('Files', ?, '{}', '', ?, ?, 1) ON CONFLICT DO NOTHING", presetFile, false, time.Unix(0, 0).UTC()).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("feed: make the feed of files: %w", err)
	}
	var id listings.FeedID
	if err := db.NewRaw(find, presetFile).Scan(ctx, &id); err != nil {
		return 0, fmt.Errorf("feed: find the feed of files: %w", err)
	}
	return id, nil
}

// Words is the problem in one line: "line 12, Price: …".
func (p Problem) Words() string {
	var where []string
	switch {
	case p.Row > 0 && p.Nth:
		where = append(where, fmt.Sprintf("record %d", p.Row))
	case p.Row > 0:
		where = append(where, fmt.Sprintf("line %d", p.Row))
	case p.Key != "":
		where = append(where, p.Key)
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	say := strings.Join(where, ", ") + ": " + p.Say
	if p.Skip {
		say += " Not taken."
	}
	return strings.TrimPrefix(say, ": ")
}

// Told are the run's problems, at most 1,000.
func (r Run) Told() ([]Problem, error) {
	var all []Problem
	if err := json.Unmarshal([]byte(r.Problems), &all); err != nil {
		return nil, fmt.Errorf("feed: problems of run %d: %w", r.ID, err)
	}
	return all, nil
}

// report adds problems to a run, as many as are kept.
func (r *Run) report(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	var all []Problem
	if err := json.Unmarshal([]byte(r.Problems), &all); err != nil {
		return fmt.Errorf("feed: problems: %w", err)
	}
	if len(all) >= mostProblems {
		return nil
	}
	all = append(all, problems...)
	text, err := json.Marshal(all[:min(len(all), mostProblems)])
	if err != nil {
		return fmt.Errorf("feed: problems: %w", err)
	}
	r.Problems = string(text)
	return nil
}
