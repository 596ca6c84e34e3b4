-- Every statement may run twice: the mark that it ran is written after its transaction.

-- Auto emails: a saved search with a schedule, for one client. criteria and schedule are JSON, events is words parted by commas.
CREATE TABLE IF NOT EXISTS searches (
  id {{.ID}},
  agent_id BIGINT NOT NULL,
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL DEFAULT '',
  criteria TEXT NOT NULL,
  schedule TEXT NOT NULL,
  slowed TEXT NOT NULL,
  events TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL,
  copy_me BOOLEAN NOT NULL,
  concierge BOOLEAN NOT NULL,
  drops_direct BOOLEAN NOT NULL,
  opening TEXT NOT NULL,
  begun BOOLEAN NOT NULL,
  missed_from {{.Time}},
  since_event BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  paused_by TEXT NOT NULL,
  paused_until {{.Time}},
  state_at {{.Time}} NOT NULL,
  expires_on TEXT NOT NULL,
  next_at {{.Time}},
  last_sent_at {{.Time}},
  sign_at {{.Time}} NOT NULL,
  asked_at {{.Time}},
  created_at {{.Time}} NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS searches_client ON searches (client_id);

CREATE INDEX IF NOT EXISTS searches_agent ON searches (agent_id, id);

CREATE INDEX IF NOT EXISTS searches_fresh ON searches (id) WHERE NOT begun;

CREATE INDEX IF NOT EXISTS searches_due ON searches (next_at) WHERE state = 'active';

-- What time does to them: no sign for long, a pause that ends, a last day that passes, a deletion that is final.
CREATE INDEX IF NOT EXISTS searches_quiet ON searches (sign_at) WHERE state = 'active' AND NOT concierge;

CREATE INDEX IF NOT EXISTS searches_back ON searches (paused_until) WHERE state = 'paused';

CREATE INDEX IF NOT EXISTS searches_last_day ON searches (expires_on) WHERE state = 'active' AND expires_on <> '';

CREATE INDEX IF NOT EXISTS searches_deleted ON searches (state_at) WHERE state = 'deleted';

-- Moves with every change of a search, so that each process knows when its index is old.
CREATE TABLE IF NOT EXISTS search_changes (
  id {{.ID}},
  search_id BIGINT NOT NULL,
  at {{.Time}} NOT NULL
);

-- How far the matcher has read what others tell as rows: the listings' events, the consent ledger's.
CREATE TABLE IF NOT EXISTS matcher_marks (
  name TEXT PRIMARY KEY,
  event_id BIGINT NOT NULL
);

-- One event of one home for one auto email, once for ever: found, held or waiting, approved or rejected, sent.
CREATE TABLE IF NOT EXISTS matches (
  id {{.ID}},
  search_id BIGINT NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
  client_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  once_key TEXT NOT NULL,
  old_price BIGINT,
  new_price BIGINT,
  found_status TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('waiting', 'unsent', 'approved', 'rejected', 'sent', 'dropped')),
  note TEXT NOT NULL,
  reason TEXT NOT NULL,
  mailing_id BIGINT NOT NULL,
  found_at {{.Time}} NOT NULL,
  decided_at {{.Time}},
  decided_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (search_id, once_key)
);

CREATE INDEX IF NOT EXISTS matches_queue ON matches (agent_id, client_id, id, search_id, found_at) WHERE state = 'unsent';

CREATE INDEX IF NOT EXISTS matches_news ON matches (agent_id, id) WHERE state = 'unsent';

CREATE INDEX IF NOT EXISTS matches_leaving ON matches (decided_at) WHERE state = 'approved';

CREATE INDEX IF NOT EXISTS matches_waiting ON matches (search_id, id) WHERE state = 'waiting';

CREATE INDEX IF NOT EXISTS matches_decided ON matches (agent_id, state, decided_at, id, search_id) WHERE state IN ('rejected', 'sent') AND decided_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS matches_client ON matches (client_id, once_key) WHERE state = 'sent';

-- How an agent hears of the queue, and what is long for a client to wait.
CREATE TABLE IF NOT EXISTS concierge_settings (
  agent_id {{.Key}} REFERENCES agents (id) ON DELETE CASCADE,
  digest TEXT NOT NULL CHECK (digest IN ('off', 'come', 'hourly', 'morning')),
  quiet_from BIGINT NOT NULL,
  quiet_to BIGINT NOT NULL,
  limit_hours BIGINT NOT NULL,
  digest_at {{.Time}},
  digest_match BIGINT NOT NULL
);

-- Which auto emails a mailing was of.
CREATE TABLE IF NOT EXISTS search_letters (
  mailing_id BIGINT NOT NULL,
  search_id BIGINT NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
  PRIMARY KEY (mailing_id, search_id)
);

CREATE INDEX IF NOT EXISTS search_letters_search ON search_letters (search_id, mailing_id);

-- A digest to an agent: its link decides the matches of this batch and no others.
CREATE TABLE IF NOT EXISTS digests (
  id {{.ID}},
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  matches TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS digests_age ON digests (expires_at);
