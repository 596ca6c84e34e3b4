package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/feed"
)

// feedNew is the form of a vendor, or the vendors to choose from.
func (s *Server) feedNew(c *fiber.Ctx) error {
	name := c.Query("preset")
	if presetOf(name).Name == "" {
		return s.settings(c, http.StatusOK, "/settings/feeds", "New feed", "feeds/new", feedsView{Presets: presetChoices("")})
	}
	preset := presetOf(name)
	preset.Settings.Preset = name
	return s.feedPage(c, http.StatusOK, newFeedView(feedFormOf(preset.Settings), trouble{}), nil)
}

func (s *Server) feedCreate(c *fiber.Ctx) error { return s.feedSave(c, nil) }

func (s *Server) feedShow(c *fiber.Ctx) error {
	f, err := feed.Load(c.UserContext(), s.Store.Read, feedID(c))
	if err != nil {
		return err
	}
	return s.feedPage(c, http.StatusOK, newFeedView(feedFormOf(f), trouble{}), &f)
}

func (s *Server) feedUpdate(c *fiber.Ctx) error {
	stored, err := feed.Load(c.UserContext(), s.Store.Read, feedID(c))
	if err != nil {
		return err
	}
	return s.feedSave(c, &stored)
}

// feedSave saves a new feed or a changed one. Its page follows, whole: the state beside the form may have changed, too.
func (s *Server) feedSave(c *fiber.Ctx, stored *feed.Settings) error {
	f := parseFeed(c)
	f.id = 0
	if stored != nil {
		f.id, f.preset, f.hasSecret = stored.ID, stored.Preset, stored.HasSecret
	}
	typed, err := f.settings()
	if stored != nil {
		typed.Paused = stored.Paused
	}
	if err == nil {
		err = s.Feeds.Check(c.UserContext(), typed)
	}
	if err == nil {
		var saved feed.Settings
		if saved, err = feed.Save(c.UserContext(), s.Store.Write, s.Vault, me(c), typed, s.Clock()); err == nil {
			if stored == nil {
				return s.redirect(c, feedURL(saved.ID), saved.Name+" is saved. Press Run now to bring in its homes.")
			}
			return s.redirect(c, feedURL(saved.ID), saved.Name+" is saved.")
		}
	}
	status, t := troubleOf(err)
	if status == 0 {
		return err
	}
	if status == http.StatusConflict && stored != nil {
		f.version = stored.Version
		t = trouble{overtaken, map[string]string{}}
		now := feedFormOf(*stored)
		for _, pair := range [][3]string{
			{"name", f.name, now.name}, {"root", f.root, now.root}, {"token_url", f.tokenURL, now.tokenURL}, {"client_id", f.clientID, now.clientID}, {"filter", f.filter, now.filter},
			{"page_size", f.pageSize, now.pageSize}, {"every_minutes", f.every, now.every}, {"hold_percent", f.hold, now.hold}, {"drop_percent", f.drop, now.drop},
			{"source", f.source, now.source}, {"disclaimer", f.disclaimer, now.disclaimer},
		} {
			meanwhile(t.fields, pair[0], pair[1], pair[2])
		}
	}
	return s.feedPage(c, status, newFeedView(f, t), stored)
}

// feedTryCreate asks the feed for one record with what stands in the form; nothing is saved.
func (s *Server) feedTryCreate(c *fiber.Ctx) error {
	f := parseFeed(c)
	var stored *feed.Settings
	if f.id != 0 {
		found, err := feed.Load(c.UserContext(), s.Store.Read, f.id)
		if err != nil {
			return err
		}
		stored, f.hasSecret, f.preset = &found, found.HasSecret, found.Preset
	}
	tried, t := feedTried{OK: true}, trouble{}
	typed, err := f.settings()
	if err == nil {
		tried.Say, err = s.Feeds.Try(c.UserContext(), typed)
	}
	status := http.StatusOK
	if err != nil {
		if status, t = troubleOf(err); status == 0 {
			return err
		}
		tried = feedTried{Say: t.say}
		for _, say := range t.fields {
			tried.Say = say
		}
	}
	if partial(c) {
		return s.fragment(c, http.StatusOK, "feeds/_tried", tried)
	}
	v := newFeedView(f, trouble{fields: t.fields})
	v.Tried = &tried
	return s.feedPage(c, status, v, stored)
}
