-- What all migrations together make on SQLite. Written by: go test ./db -run Schema -update

CREATE TABLE address_blocks (
  address_hash TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('undeliverable', 'complained')),
  since TIMESTAMP NOT NULL,
  detail TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  PRIMARY KEY (address_hash, reason)
);

CREATE TABLE agents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  mailbox_key TEXT NOT NULL,
  phone TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('agent', 'broker')),
  signature TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX agents_mailbox_key ON agents (mailbox_key);

CREATE TABLE brokerage (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  phone TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  sending_domains TEXT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE client_counts (
  agent_id BIGINT NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (agent_id, status)
);

CREATE TABLE clients (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id BIGINT NOT NULL REFERENCES agents (id),
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  phone TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('Active', 'Prospect', 'Under Contract', 'Closed', 'On Vacation', 'Inactive')),
  status_before TEXT NOT NULL,
  status_at TIMESTAMP NOT NULL,
  vacation_until TIMESTAMP,
  types TEXT NOT NULL,
  notes TEXT NOT NULL,
  search_key TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (agent_id, email_key)
);

CREATE INDEX clients_by_added ON clients (agent_id, created_at, id);

CREATE INDEX clients_by_name ON clients (agent_id, sort_key, id, search_key);

CREATE INDEX clients_by_status ON clients (agent_id, status, sort_key, id, search_key);

CREATE INDEX clients_by_status_added ON clients (agent_id, status, created_at, id);

CREATE INDEX clients_email_key ON clients (email_key);

CREATE INDEX clients_on_vacation ON clients (vacation_until) WHERE status = 'On Vacation';

CREATE TABLE consent_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TIMESTAMP NOT NULL,
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
  until TIMESTAMP,
  cause_id BIGINT NOT NULL,
  status_before TEXT NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL
);

CREATE INDEX consent_events_address ON consent_events (address_hash, id);

CREATE INDEX consent_events_back ON consent_events (agent_id, client_id) WHERE kind IN ('opted_in', 'restored');

CREATE INDEX consent_events_cause ON consent_events (cause_id) WHERE cause_id <> 0;

CREATE INDEX consent_events_client ON consent_events (client_id, id);

CREATE TABLE consents (
  client_id INTEGER PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  email_key TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('opted_in', 'opted_out', 'pending')),
  since TIMESTAMP NOT NULL,
  paused_until TIMESTAMP,
  event_id BIGINT NOT NULL
);

CREATE INDEX consents_address ON consents (address_hash);

CREATE INDEX consents_agent_state ON consents (agent_id, state);

CREATE TABLE letter_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  letter_id BIGINT NOT NULL REFERENCES letters (id),
  number BIGINT NOT NULL,
  at TIMESTAMP NOT NULL,
  outcome TEXT NOT NULL,
  phase TEXT NOT NULL,
  code BIGINT NOT NULL,
  enhanced TEXT NOT NULL,
  reply TEXT NOT NULL
);

CREATE INDEX letter_attempts_letter ON letter_attempts (letter_id, id);

CREATE TABLE letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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
  not_before TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until TIMESTAMP,
  lease_gen BIGINT NOT NULL,
  code BIGINT NOT NULL,
  enhanced TEXT NOT NULL,
  reply TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  UNIQUE (mailing_id, client_id)
);

CREATE INDEX letters_agent ON letters (agent_id, id);

CREATE INDEX letters_client ON letters (client_id, id);

CREATE INDEX letters_due ON letters (prio, not_before, id) WHERE state = 'ready';

CREATE INDEX letters_in_hand ON letters (id) WHERE state = 'sending';

CREATE INDEX letters_unsent ON letters (mailing_id, state) WHERE state NOT IN ('sending', 'sent');

CREATE TABLE mailings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('letter', 'notice', 'test')),
  state TEXT NOT NULL CHECK (state IN ('sending', 'paused', 'cancelled')),
  idempotency_key TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  markdown TEXT NOT NULL,
  template BLOB NOT NULL,
  created_at TIMESTAMP NOT NULL
);

CREATE INDEX mailings_agent ON mailings (agent_id, id);

CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  client_id BIGINT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  action TEXT NOT NULL,
  path TEXT NOT NULL,
  mails BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP,
  posted_at TIMESTAMP
);

CREATE INDEX notices_agent ON notices (agent_id, id);

CREATE INDEX notices_unposted ON notices (id) WHERE mails AND posted_at IS NULL;

CREATE TABLE secret_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  purpose TEXT NOT NULL,
  secret TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL
);

CREATE INDEX sessions_agent ON sessions (agent_id);

CREATE TABLE sign_in_devices (
  token_hash TEXT PRIMARY KEY,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE sign_in_limits (
  key TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at TIMESTAMP NOT NULL,
  blocked_until TIMESTAMP
);

CREATE INDEX sign_in_limits_age ON sign_in_limits (first_at);

CREATE TABLE signing_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain TEXT NOT NULL UNIQUE,
  selector TEXT NOT NULL,
  private_key TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL,
  activated_at TIMESTAMP
);
