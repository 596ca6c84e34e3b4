package listings

import (
	"cmp"
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// SaveOffice and SaveMember keep who lists, for attribution where a home's own record names only keys.
func SaveOffice(ctx context.Context, db bun.IDB, feed FeedID, key, name, phone, email string) error {
	_, err := db.ExecContext(ctx, `INSERT INTO offices (feed_id, office_key, office_name, office_phone, office_email) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (feed_id, office_key) DO UPDATE SET office_name = excluded.office_name, office_phone = excluded.office_phone, office_email = excluded.office_email`,
		feed, line(key, mostLine), line(name, mostLine), line(phone, mostLine), line(email, mostLine))
	if err != nil {
		return fmt.Errorf("listings: save an office: %w", err)
	}
	return nil
}

// SaveMember keeps an agent of the feed.
func SaveMember(ctx context.Context, db bun.IDB, feed FeedID, key, name, office string) error {
	_, err := db.ExecContext(ctx, `INSERT INTO members (feed_id, member_key, member_full_name, office_key) VALUES (?, ?, ?, ?)
		ON CONFLICT (feed_id, member_key) DO UPDATE SET member_full_name = excluded.member_full_name, office_key = excluded.office_key`,
		feed, line(key, mostLine), line(name, mostLine), line(office, mostLine))
	if err != nil {
		return fmt.Errorf("listings: save a member: %w", err)
	}
	return nil
}

// attribute fills in the firm and the agent of homes whose own records name them only by key.
func attribute(ctx context.Context, db bun.IDB, homes []Listing) error {
	lacking := map[FeedID][]int{}
	for i := range homes {
		h := &homes[i]
		if h.ListOfficeKey != "" && (h.ListOfficeName == "" || h.ListOfficePhone == "") || h.ListAgentKey != "" && (h.ListAgentFullName == "" || h.ListOfficeKey == "") {
			lacking[h.FeedID] = append(lacking[h.FeedID], i)
		}
	}
	for feed, places := range lacking {
		if err := attributeFeed(ctx, db, feed, homes, places); err != nil {
			return fmt.Errorf("listings: attribution: %w", err)
		}
	}
	return nil
}

func attributeFeed(ctx context.Context, db bun.IDB, feed FeedID, homes []Listing, places []int) error {
	var agents, offices []string
	for _, i := range places {
		agents = append(agents, homes[i].ListAgentKey)
	}
	var people []struct{ MemberKey, MemberFullName, OfficeKey string }
	if err := db.NewSelect().Table("members").Column("member_key", "member_full_name", "office_key").
		Where("feed_id = ?", feed).Where("member_key IN (?)", bun.List(agents)).Scan(ctx, &people); err != nil {
		return err
	}
	for _, i := range places {
		for _, p := range people {
			if h := &homes[i]; h.ListAgentKey != "" && h.ListAgentKey == p.MemberKey {
				h.ListAgentFullName = cmp.Or(h.ListAgentFullName, p.MemberFullName)
				h.ListOfficeKey = cmp.Or(h.ListOfficeKey, p.OfficeKey)
			}
		}
		offices = append(offices, homes[i].ListOfficeKey)
	}
	var firms []struct{ OfficeKey, OfficeName, OfficePhone, OfficeEmail string }
	if err := db.NewSelect().Table("offices").Column("office_key", "office_name", "office_phone", "office_email").
		Where("feed_id = ?", feed).Where("office_key IN (?)", bun.List(offices)).Scan(ctx, &firms); err != nil {
		return err
	}
	for _, i := range places {
		for _, f := range firms {
			if h := &homes[i]; h.ListOfficeKey != "" && h.ListOfficeKey == f.OfficeKey {
				h.ListOfficeName = cmp.Or(h.ListOfficeName, f.OfficeName)
				h.ListOfficePhone = cmp.Or(h.ListOfficePhone, cmp.Or(f.OfficePhone, f.OfficeEmail))
			}
		}
	}
	return nil
}
