-- Every statement may run twice: the mark that it ran is written after its transaction.

-- Six-digit codes mailed to who asks for their portal. Neither the code nor the address stands here, only keyed hashes.
CREATE TABLE IF NOT EXISTS portal_codes (
  id {{.ID}},
  address_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  tries BIGINT NOT NULL,
  ip TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  ended_at {{.Time}}
);

CREATE UNIQUE INDEX IF NOT EXISTS portal_codes_open ON portal_codes (address_hash) WHERE ended_at IS NULL;

-- Letters that answer somebody who waits at a page. What they say is secret: it is forgotten as soon as they are on their way.
CREATE TABLE IF NOT EXISTS asked_mailings (
  mailing_id {{.Key}} REFERENCES mailings (id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS portal_codes_age ON portal_codes (expires_at);

-- How often was asked and guessed, by keyed hash of an address or a network.
CREATE TABLE IF NOT EXISTS portal_limits (
  key TEXT PRIMARY KEY,
  n BIGINT NOT NULL,
  first_at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS portal_limits_age ON portal_limits (first_at);

-- Browsers that proved they can read a mailbox. The cookie holds the token, this table its SHA-256. A device opens the
-- portals of the clients who have this very address, as long as they have it.
CREATE TABLE IF NOT EXISTS portal_devices (
  id {{.ID}},
  token_hash TEXT NOT NULL UNIQUE,
  email_key TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  seen_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS portal_devices_email ON portal_devices (email_key, id);

-- One portal's own settings and marks; made with the first visit.
CREATE TABLE IF NOT EXISTS portals (
  client_id {{.Key}} REFERENCES clients (id) ON DELETE CASCADE,
  drop_percent BIGINT NOT NULL,
  visit_at {{.Time}},
  visit_before_at {{.Time}},
  version BIGINT NOT NULL
);

-- Which second person shares a portal: a client record of their own, looking at the homes of the first's.
CREATE TABLE IF NOT EXISTS household (
  member_id {{.Key}} REFERENCES clients (id) ON DELETE CASCADE,
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  joined_at {{.Time}} NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS household_client ON household (client_id);

-- Who was asked to be the second person; taken by whoever proves that they read this address.
CREATE TABLE IF NOT EXISTS household_invitations (
  id {{.ID}},
  client_id BIGINT NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  by_agent BOOLEAN NOT NULL,
  at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  declined_at {{.Time}}
);

CREATE INDEX IF NOT EXISTS household_invitations_email ON household_invitations (email_key);

-- What a person of the household thinks of a home; client_id is whose portal, member_id who.
CREATE TABLE IF NOT EXISTS reactions (
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  listing_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('favorite', 'possibility', 'discard')),
  at {{.Time}} NOT NULL,
  PRIMARY KEY (client_id, listing_id, member_id)
);

CREATE INDEX IF NOT EXISTS reactions_kind ON reactions (client_id, kind, at);

-- Homes a person has opened in the portal, by when first and last.
CREATE TABLE IF NOT EXISTS home_visits (
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  listing_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  first_at {{.Time}} NOT NULL,
  last_at {{.Time}} NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (client_id, listing_id, member_id)
);

-- Notes on a home (listing_id) and messages (0), both ways.
CREATE TABLE IF NOT EXISTS messages (
  id {{.ID}},
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  author TEXT NOT NULL CHECK (author IN ('client', 'agent')),
  member_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  once_key TEXT NOT NULL UNIQUE,
  at {{.Time}} NOT NULL,
  seen_at {{.Time}},
  told_at {{.Time}}
);

CREATE INDEX IF NOT EXISTS messages_client ON messages (client_id, listing_id, id);

CREATE INDEX IF NOT EXISTS messages_unseen ON messages (agent_id, author) WHERE seen_at IS NULL;

CREATE INDEX IF NOT EXISTS messages_untold ON messages (at) WHERE seen_at IS NULL AND told_at IS NULL;

-- Searches a client keeps for themself.
CREATE TABLE IF NOT EXISTS own_searches (
  id {{.ID}},
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  criteria TEXT NOT NULL,
  created_at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS own_searches_client ON own_searches (client_id, id);

-- What an agent reads of what a client did lately.
CREATE INDEX IF NOT EXISTS reactions_at ON reactions (client_id, at);

CREATE INDEX IF NOT EXISTS home_visits_at ON home_visits (client_id, last_at);

-- How the house shows itself to clients, and what it wants when one of them gets another agent. One row.
CREATE TABLE IF NOT EXISTS house_looks (
  id {{.Key}},
  accent TEXT NOT NULL,
  accent_dark TEXT NOT NULL,
  logo TEXT NOT NULL,
  asks_again BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);

-- The house's logo and the agents' photos, small, each under a name made from its content.
CREATE TABLE IF NOT EXISTS marks (
  name TEXT PRIMARY KEY,
  content {{.Bytes}} NOT NULL
);

CREATE TABLE IF NOT EXISTS agent_photos (
  agent_id {{.Key}} REFERENCES agents (id) ON DELETE CASCADE,
  photo TEXT NOT NULL
);

-- Who holds a letter of somebody else's and asked its agent for homes of their own.
CREATE TABLE IF NOT EXISTS portal_askers (
  id {{.ID}},
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  mailing_id BIGINT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS portal_askers_agent ON portal_askers (agent_id, id);

-- What changed of a home since somebody last looked, without going through all that was told of it.
CREATE INDEX IF NOT EXISTS listing_events_news ON listing_events (listing_id, at) WHERE kind <> 'Open House';
