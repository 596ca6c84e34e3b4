-- What all migrations together make on SQLite. Written by: go test ./db -run Schema -update

CREATE TABLE address_blocks (
  address_hash TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('undeliverable', 'complained')),
  since TIMESTAMP NOT NULL,
  detail TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  PRIMARY KEY (address_hash, reason)
);

CREATE TABLE agent_photos (
  agent_id INTEGER PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
  photo TEXT NOT NULL
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

CREATE TABLE asked_mailings (
  mailing_id INTEGER PRIMARY KEY REFERENCES mailings (id) ON DELETE CASCADE
);

CREATE TABLE brokerage (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  phone TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  sending_domains TEXT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE cards (
  sum BLOB NOT NULL PRIMARY KEY,
  body BLOB NOT NULL
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

CREATE TABLE concierge_settings (
  agent_id INTEGER PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
  digest TEXT NOT NULL CHECK (digest IN ('off', 'come', 'hourly', 'morning')),
  quiet_from BIGINT NOT NULL,
  quiet_to BIGINT NOT NULL,
  limit_hours BIGINT NOT NULL,
  digest_at TIMESTAMP,
  digest_match BIGINT NOT NULL
);

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

CREATE TABLE digests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  matches TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL
);

CREATE INDEX digests_age ON digests (expires_at);

CREATE TABLE feed_marks (
  feed_id BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  resource TEXT NOT NULL,
  watermark TIMESTAMP,
  reached TIMESTAMP,
  as_of TIMESTAMP,
  next_link TEXT NOT NULL,
  loaded BOOLEAN NOT NULL,
  reconciled_at TIMESTAMP,
  PRIMARY KEY (feed_id, resource)
);

CREATE TABLE feed_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  feed_id BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'stopped')),
  source TEXT NOT NULL,
  seen BIGINT NOT NULL,
  added BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  gone BIGINT NOT NULL,
  held BIGINT NOT NULL,
  say TEXT NOT NULL,
  problems TEXT NOT NULL,
  started_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  waiting BIGINT NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  lease_until TIMESTAMP
);

CREATE INDEX feed_runs_done ON feed_runs (feed_id, id) WHERE state = 'done' AND kind <> 'keys';

CREATE INDEX feed_runs_feed ON feed_runs (feed_id, id);

CREATE UNIQUE INDEX feed_runs_running ON feed_runs (feed_id) WHERE state = 'running' AND kind <> 'file';

CREATE TABLE feeds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  preset TEXT NOT NULL,
  settings TEXT NOT NULL,
  secrets TEXT NOT NULL,
  paused BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  not_before TIMESTAMP
);

CREATE UNIQUE INDEX feeds_file ON feeds (preset) WHERE preset = 'file';

CREATE TABLE home_visits (
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  listing_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  first_at TIMESTAMP NOT NULL,
  last_at TIMESTAMP NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (client_id, listing_id, member_id)
);

CREATE INDEX home_visits_at ON home_visits (client_id, last_at);

CREATE TABLE house_looks (
  id INTEGER PRIMARY KEY,
  accent TEXT NOT NULL,
  accent_dark TEXT NOT NULL,
  logo TEXT NOT NULL,
  asks_again BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE house_pace (
  id INTEGER PRIMARY KEY,
  per_minute BIGINT NOT NULL,
  per_day BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE house_policy (
  id INTEGER PRIMARY KEY,
  confirms BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE household (
  member_id INTEGER PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  joined_at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX household_client ON household (client_id);

CREATE TABLE household_invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id BIGINT NOT NULL UNIQUE REFERENCES clients (id) ON DELETE CASCADE,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  by_agent BOOLEAN NOT NULL,
  at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  declined_at TIMESTAMP
);

CREATE INDEX household_invitations_email ON household_invitations (email_key);

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

CREATE TABLE letter_minutes (
  minute BIGINT PRIMARY KEY,
  n BIGINT NOT NULL
);

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

CREATE TABLE listing_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('New Listing', 'Price Change', 'Back On Market', 'Coming Soon', 'Pending', 'Closed', 'Open House', 'Status Change')),
  at TIMESTAMP NOT NULL,
  old_price BIGINT,
  new_price BIGINT,
  old_status TEXT NOT NULL,
  new_status TEXT NOT NULL,
  open_house_id BIGINT NOT NULL
);

CREATE INDEX listing_events_listing ON listing_events (listing_id, id);

CREATE INDEX listing_events_news ON listing_events (listing_id, at) WHERE kind <> 'Open House';

CREATE TABLE listing_holds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  field TEXT NOT NULL,
  old_value TEXT NOT NULL,
  new_value TEXT NOT NULL,
  say TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  decided_at TIMESTAMP,
  decided_by BIGINT NOT NULL,
  accepted BOOLEAN NOT NULL,
  news BOOLEAN NOT NULL,
  shows BOOLEAN NOT NULL
);

CREATE INDEX listing_holds_listing ON listing_holds (listing_id);

CREATE INDEX listing_holds_open ON listing_holds (id) WHERE decided_at IS NULL;

CREATE TABLE listing_photos (
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  media_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('kept', 'failed', 'linked')),
  file TEXT NOT NULL,
  kind TEXT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  description TEXT NOT NULL,
  tries BIGINT NOT NULL,
  next_at TIMESTAMP,
  say TEXT NOT NULL,
  PRIMARY KEY (listing_id, position)
);

CREATE INDEX listing_photos_again ON listing_photos (next_at) WHERE state = 'failed';

CREATE INDEX listing_photos_file ON listing_photos (file) WHERE state = 'kept';

CREATE TABLE listing_texts (
  listing_id INTEGER PRIMARY KEY REFERENCES listings (id) ON DELETE CASCADE,
  public_remarks TEXT NOT NULL,
  details TEXT NOT NULL,
  media TEXT NOT NULL
);

CREATE TABLE listing_turns (
  id INTEGER PRIMARY KEY,
  turn BIGINT NOT NULL
);

CREATE TABLE listings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  feed_id BIGINT NOT NULL,
  listing_key TEXT NOT NULL,
  listing_id TEXT NOT NULL,
  originating_system_name TEXT NOT NULL,
  standard_status TEXT NOT NULL CHECK (standard_status IN ('Active', 'Active Under Contract', 'Canceled', 'Closed', 'Coming Soon', 'Delete', 'Expired', 'Hold', 'Incomplete', 'Pending', 'Withdrawn')),
  mls_status TEXT NOT NULL,
  property_type TEXT NOT NULL,
  property_sub_type TEXT NOT NULL,
  list_price BIGINT,
  original_list_price BIGINT,
  previous_list_price BIGINT,
  close_price BIGINT,
  association_fee BIGINT,
  association_fee_frequency TEXT NOT NULL,
  tax_annual_amount BIGINT,
  listing_contract_date TEXT NOT NULL,
  on_market_date TEXT NOT NULL,
  off_market_date TEXT NOT NULL,
  close_date TEXT NOT NULL,
  availability_date TEXT NOT NULL,
  unparsed_address TEXT NOT NULL,
  unit_number TEXT NOT NULL,
  city TEXT NOT NULL,
  state_or_province TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  county_or_parish TEXT NOT NULL,
  subdivision_name TEXT NOT NULL,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  bedrooms_total BIGINT,
  bathrooms_total_integer BIGINT,
  bathrooms_full BIGINT,
  bathrooms_half BIGINT,
  bathroom_quarters BIGINT,
  living_area BIGINT,
  lot_size_square_feet BIGINT,
  year_built BIGINT,
  stories DOUBLE PRECISION,
  garage_spaces DOUBLE PRECISION,
  garage_yn BOOLEAN NOT NULL,
  pool_private_yn BOOLEAN NOT NULL,
  waterfront_yn BOOLEAN NOT NULL,
  new_construction_yn BOOLEAN NOT NULL,
  association_yn BOOLEAN NOT NULL,
  senior_community_yn BOOLEAN NOT NULL,
  list_office_key TEXT NOT NULL,
  list_office_name TEXT NOT NULL,
  list_office_phone TEXT NOT NULL,
  list_agent_key TEXT NOT NULL,
  list_agent_full_name TEXT NOT NULL,
  attribution_contact TEXT NOT NULL,
  virtual_tour_url_unbranded TEXT NOT NULL,
  internet_address_display_yn BOOLEAN NOT NULL,
  internet_entire_listing_display_yn BOOLEAN NOT NULL,
  photos_count BIGINT NOT NULL,
  photos_wanted BOOLEAN NOT NULL,
  modification_timestamp TIMESTAMP,
  address_key TEXT NOT NULL,
  city_key TEXT NOT NULL,
  search_key TEXT NOT NULL,
  shown BOOLEAN NOT NULL,
  listed_at TIMESTAMP NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  created_at TIMESTAMP NOT NULL,
  gone_at TIMESTAMP,
  UNIQUE (feed_id, listing_key)
);

CREATE INDEX listings_city ON listings (city_key, standard_status, list_price, shown, postal_code, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, listed_at) WHERE gone_at IS NULL;

CREATE INDEX listings_gone ON listings (gone_at, id) WHERE gone_at IS NOT NULL;

CREATE INDEX listings_photos_wanted ON listings (id) WHERE photos_wanted AND gone_at IS NULL;

CREATE INDEX listings_search ON listings (standard_status, list_price, shown, city_key, postal_code, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, latitude, longitude, search_key, listed_at) WHERE gone_at IS NULL;

CREATE INDEX listings_zip ON listings (postal_code, standard_status, list_price, shown, city_key, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, listed_at) WHERE gone_at IS NULL;

CREATE TABLE mailing_homes (
  mailing_id BIGINT NOT NULL REFERENCES mailings (id),
  position BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  note TEXT NOT NULL,
  list_price BIGINT,
  PRIMARY KEY (mailing_id, position)
);

CREATE INDEX mailing_homes_listing ON mailing_homes (listing_id, mailing_id);

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

CREATE TABLE map_tiles (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  template TEXT NOT NULL,
  credit TEXT NOT NULL
);

CREATE TABLE marks (
  name TEXT PRIMARY KEY,
  content BLOB NOT NULL
);

CREATE TABLE matcher_marks (
  name TEXT PRIMARY KEY,
  event_id BIGINT NOT NULL
);

CREATE TABLE matches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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
  found_at TIMESTAMP NOT NULL,
  decided_at TIMESTAMP,
  decided_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (search_id, once_key)
);

CREATE INDEX matches_client ON matches (client_id, once_key) WHERE state = 'sent';

CREATE INDEX matches_decided ON matches (agent_id, state, decided_at, id, search_id) WHERE state IN ('rejected', 'sent') AND decided_at IS NOT NULL;

CREATE INDEX matches_desk ON matches (agent_id, client_id, id, search_id, state, found_at) WHERE state IN ('unsent', 'approved');

CREATE INDEX matches_leaving ON matches (decided_at) WHERE state = 'approved';

CREATE INDEX matches_news ON matches (agent_id, id) WHERE state = 'unsent';

CREATE INDEX matches_waiting ON matches (search_id, id) WHERE state = 'waiting';

CREATE TABLE members (
  feed_id BIGINT NOT NULL,
  member_key TEXT NOT NULL,
  member_full_name TEXT NOT NULL,
  office_key TEXT NOT NULL,
  PRIMARY KEY (feed_id, member_key)
);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  author TEXT NOT NULL CHECK (author IN ('client', 'agent')),
  member_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  once_key TEXT NOT NULL UNIQUE,
  at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP,
  told_at TIMESTAMP
);

CREATE INDEX messages_client ON messages (client_id, listing_id, id);

CREATE INDEX messages_unseen ON messages (agent_id, author) WHERE seen_at IS NULL;

CREATE INDEX messages_untold ON messages (at) WHERE seen_at IS NULL AND told_at IS NULL;

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

CREATE TABLE offices (
  feed_id BIGINT NOT NULL,
  office_key TEXT NOT NULL,
  office_name TEXT NOT NULL,
  office_phone TEXT NOT NULL,
  office_email TEXT NOT NULL,
  PRIMARY KEY (feed_id, office_key)
);

CREATE TABLE open_houses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  open_house_key TEXT NOT NULL,
  starts_at TIMESTAMP NOT NULL,
  ends_at TIMESTAMP NOT NULL,
  remarks TEXT NOT NULL,
  appointment_required_yn BOOLEAN NOT NULL,
  livestream_url TEXT NOT NULL,
  canceled BOOLEAN NOT NULL,
  UNIQUE (listing_id, open_house_key)
);

CREATE INDEX open_houses_when ON open_houses (starts_at, listing_id);

CREATE TABLE own_searches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  criteria TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);

CREATE INDEX own_searches_client ON own_searches (client_id, id);

CREATE TABLE photo_hosts (
  feed_id BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  host TEXT NOT NULL,
  PRIMARY KEY (feed_id, host)
);

CREATE TABLE portal_askers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  mailing_id BIGINT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  at TIMESTAMP NOT NULL
);

CREATE INDEX portal_askers_agent ON portal_askers (agent_id, id);

CREATE TABLE portal_codes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  tries BIGINT NOT NULL,
  ip TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP
);

CREATE INDEX portal_codes_age ON portal_codes (expires_at);

CREATE UNIQUE INDEX portal_codes_open ON portal_codes (address_hash) WHERE ended_at IS NULL;

CREATE TABLE portal_devices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT NOT NULL UNIQUE,
  email_key TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL
);

CREATE INDEX portal_devices_email ON portal_devices (email_key, id);

CREATE TABLE portal_limits (
  key TEXT PRIMARY KEY,
  n BIGINT NOT NULL,
  first_at TIMESTAMP NOT NULL
);

CREATE INDEX portal_limits_age ON portal_limits (first_at);

CREATE TABLE portals (
  client_id INTEGER PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
  drop_percent BIGINT NOT NULL,
  visit_at TIMESTAMP,
  visit_before_at TIMESTAMP,
  version BIGINT NOT NULL
);

CREATE TABLE questions (
  client_id INTEGER PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  address_hash TEXT NOT NULL,
  mailing_id BIGINT NOT NULL,
  asked_at TIMESTAMP NOT NULL
);

CREATE TABLE reactions (
  client_id BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  listing_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('favorite', 'possibility', 'discard')),
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, listing_id, member_id)
);

CREATE INDEX reactions_at ON reactions (client_id, at);

CREATE INDEX reactions_kind ON reactions (client_id, kind, at);

CREATE TABLE search_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  search_id BIGINT NOT NULL,
  at TIMESTAMP NOT NULL
);

CREATE TABLE search_letters (
  mailing_id BIGINT NOT NULL,
  search_id BIGINT NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
  PRIMARY KEY (mailing_id, search_id)
);

CREATE INDEX search_letters_search ON search_letters (search_id, mailing_id);

CREATE TABLE searches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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
  missed_from TIMESTAMP,
  since_event BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  paused_by TEXT NOT NULL,
  paused_until TIMESTAMP,
  state_at TIMESTAMP NOT NULL,
  expires_on TEXT NOT NULL,
  next_at TIMESTAMP,
  last_sent_at TIMESTAMP,
  sign_at TIMESTAMP NOT NULL,
  asked_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX searches_agent ON searches (agent_id, id);

CREATE INDEX searches_back ON searches (paused_until) WHERE state = 'paused';

CREATE INDEX searches_client ON searches (client_id);

CREATE INDEX searches_deleted ON searches (state_at) WHERE state = 'deleted';

CREATE INDEX searches_due ON searches (next_at) WHERE state = 'active';

CREATE INDEX searches_fresh ON searches (id) WHERE NOT begun;

CREATE INDEX searches_last_day ON searches (expires_on) WHERE state = 'active' AND expires_on <> '';

CREATE INDEX searches_quiet ON searches (sign_at) WHERE state = 'active' AND NOT concierge;

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
