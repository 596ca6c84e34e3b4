-- Every statement may run twice: the mark that it ran is written after its transaction.

-- The brokerage of this installation: one row.
CREATE TABLE IF NOT EXISTS brokerage (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  phone TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  sending_domains TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- Secrets that must outlive a restore: HMAC keys, newest last. Never deleted, since links in old mail never expire.
CREATE TABLE IF NOT EXISTS secret_keys (
  id {{.ID}},
  purpose TEXT NOT NULL,
  secret TEXT NOT NULL,
  created_at {{.Time}} NOT NULL
);

CREATE TABLE IF NOT EXISTS agents (
  id {{.ID}},
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  mailbox_key TEXT NOT NULL,
  phone TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('agent', 'broker')),
  signature TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS agents_mailbox_key ON agents (mailbox_key);

-- Signed-in browsers. The cookie holds the token, this table its SHA-256.
CREATE TABLE IF NOT EXISTS sessions (
  token_hash TEXT PRIMARY KEY,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  created_at {{.Time}} NOT NULL,
  seen_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS sessions_agent ON sessions (agent_id);

-- Failed sign-ins by address, by IP and by known device: they survive a restart.
CREATE TABLE IF NOT EXISTS sign_in_limits (
  key TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at {{.Time}} NOT NULL,
  blocked_until {{.Time}}
);

CREATE INDEX IF NOT EXISTS sign_in_limits_age ON sign_in_limits (first_at);

-- Browsers that once signed in: their failures are counted apart, so a stranger's guessing can't lock the owner out.
CREATE TABLE IF NOT EXISTS sign_in_devices (
  token_hash TEXT PRIMARY KEY,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  created_at {{.Time}} NOT NULL
);

-- What an agent must know. The outbox mails what is not yet posted.
CREATE TABLE IF NOT EXISTS notices (
  id {{.ID}},
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  client_id BIGINT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  action TEXT NOT NULL,
  path TEXT NOT NULL,
  mails BOOLEAN NOT NULL,
  created_at {{.Time}} NOT NULL,
  seen_at {{.Time}},
  posted_at {{.Time}}
);

CREATE INDEX IF NOT EXISTS notices_agent ON notices (agent_id, id);

CREATE INDEX IF NOT EXISTS notices_unposted ON notices (id) WHERE mails AND posted_at IS NULL;

CREATE TABLE IF NOT EXISTS clients (
  id {{.ID}},
  agent_id BIGINT NOT NULL REFERENCES agents (id),
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  phone TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('Active', 'Prospect', 'Under Contract', 'Closed', 'On Vacation', 'Inactive')),
  status_before TEXT NOT NULL,
  status_at {{.Time}} NOT NULL,
  vacation_until {{.Time}},
  types TEXT NOT NULL,
  notes TEXT NOT NULL,
  search_key TEXT NOT NULL,
  sort_key {{.Sorted}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (agent_id, email_key)
);

-- The search key stands in both so that a search reads the index alone until it has found somebody.
CREATE INDEX IF NOT EXISTS clients_by_name ON clients (agent_id, sort_key, id, search_key);

CREATE INDEX IF NOT EXISTS clients_by_status ON clients (agent_id, status, sort_key, id, search_key);

CREATE INDEX IF NOT EXISTS clients_by_added ON clients (agent_id, created_at, id);

CREATE INDEX IF NOT EXISTS clients_by_status_added ON clients (agent_id, status, created_at, id);

CREATE INDEX IF NOT EXISTS clients_email_key ON clients (email_key);

CREATE INDEX IF NOT EXISTS clients_on_vacation ON clients (vacation_until) WHERE status = 'On Vacation';

-- How many clients an agent has in each status, kept with every change so that the tabs of My Clients cost nothing.
CREATE TABLE IF NOT EXISTS client_counts (
  agent_id BIGINT NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (agent_id, status)
);

-- The consent ledger: rows are added, never changed, and outlive client, agent and letter (no foreign keys on purpose).
CREATE TABLE IF NOT EXISTS consent_events (
  id {{.ID}},
  at {{.Time}} NOT NULL,
  client_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  address_hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  door TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  mailing_id BIGINT NOT NULL,
  subject TEXT NOT NULL,
  wording TEXT NOT NULL,
  note TEXT NOT NULL,
  until {{.Time}},
  cause_id BIGINT NOT NULL,
  status_before TEXT NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS consent_events_client ON consent_events (client_id, id);

CREATE INDEX IF NOT EXISTS consent_events_address ON consent_events (address_hash, id);

CREATE INDEX IF NOT EXISTS consent_events_cause ON consent_events (cause_id) WHERE cause_id <> 0;

-- The few rows that opened a consent again: who waits for their agent is asked on every page.
CREATE INDEX IF NOT EXISTS consent_events_back ON consent_events (agent_id, client_id) WHERE kind IN ('opted_in', 'restored');

-- The present state, written in the same transaction as its ledger row.
CREATE TABLE IF NOT EXISTS consents (
  client_id {{.Key}} REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  email_key TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('opted_in', 'opted_out', 'pending')),
  since {{.Time}} NOT NULL,
  paused_until {{.Time}},
  event_id BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS consents_address ON consents (address_hash);

CREATE INDEX IF NOT EXISTS consents_agent_state ON consents (agent_id, state);

-- Addresses that can't be mailed whoever asks: hard bounces and spam complaints.
CREATE TABLE IF NOT EXISTS address_blocks (
  address_hash TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('undeliverable', 'complained')),
  since {{.Time}} NOT NULL,
  detail TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  PRIMARY KEY (address_hash, reason)
);

-- One text an agent (or the house) sent: frozen when it was accepted, shared by its letters.
CREATE TABLE IF NOT EXISTS mailings (
  id {{.ID}},
  agent_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('letter', 'notice', 'test')),
  state TEXT NOT NULL CHECK (state IN ('sending', 'paused', 'cancelled')),
  idempotency_key TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  markdown TEXT NOT NULL,
  template {{.Bytes}} NOT NULL,
  created_at {{.Time}} NOT NULL
);

CREATE INDEX IF NOT EXISTS mailings_agent ON mailings (agent_id, id);

CREATE TABLE IF NOT EXISTS letters (
  id {{.ID}},
  mailing_id BIGINT NOT NULL REFERENCES mailings (id),
  agent_id BIGINT NOT NULL,
  client_id BIGINT NOT NULL,
  prio BIGINT NOT NULL,
  to_name TEXT NOT NULL,
  to_address TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  domain TEXT NOT NULL,
  token TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ready', 'sending', 'sent', 'failed', 'expired', 'withheld', 'cancelled')),
  reason TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  ambiguous BIGINT NOT NULL,
  not_before {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until {{.Time}},
  lease_gen BIGINT NOT NULL,
  code BIGINT NOT NULL,
  enhanced TEXT NOT NULL,
  reply TEXT NOT NULL,
  created_at {{.Time}} NOT NULL,
  ended_at {{.Time}},
  UNIQUE (mailing_id, client_id)
);

CREATE INDEX IF NOT EXISTS letters_due ON letters (prio, not_before, id) WHERE state = 'ready';

CREATE INDEX IF NOT EXISTS letters_in_hand ON letters (id) WHERE state = 'sending';

CREATE INDEX IF NOT EXISTS letters_client ON letters (client_id, id);

CREATE INDEX IF NOT EXISTS letters_agent_state ON letters (agent_id, state, id);

CREATE INDEX IF NOT EXISTS letters_unsent ON letters (mailing_id, state) WHERE state NOT IN ('sending', 'sent');

-- What was tried in vain and what the other side said; the try that succeeded is in the letter itself. Rows are added, never changed.
CREATE TABLE IF NOT EXISTS letter_attempts (
  id {{.ID}},
  letter_id BIGINT NOT NULL REFERENCES letters (id),
  number BIGINT NOT NULL,
  at {{.Time}} NOT NULL,
  outcome TEXT NOT NULL,
  phase TEXT NOT NULL,
  code BIGINT NOT NULL,
  enhanced TEXT NOT NULL,
  reply TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS letter_attempts_letter ON letter_attempts (letter_id, id);
