-- Every statement may run twice: the mark that it ran is written after its transaction.

-- Where homes come from: an MLS feed, or (preset 'file') the files a brokerage brings in by hand.
CREATE TABLE IF NOT EXISTS feeds (
  id {{.ID}},
  name TEXT NOT NULL,
  preset TEXT NOT NULL,
  settings TEXT NOT NULL,
  secrets TEXT NOT NULL,
  paused BOOLEAN NOT NULL,
  created_at {{.Time}} NOT NULL,
  version BIGINT NOT NULL,
  not_before {{.Time}}
);

CREATE UNIQUE INDEX IF NOT EXISTS feeds_file ON feeds (preset) WHERE preset = 'file';

-- How far each resource of a feed was read. watermark: all up to it is here. reached: the latest received in the walk that is
-- at next_link, begun when the feed's clock said as_of.
CREATE TABLE IF NOT EXISTS feed_marks (
  feed_id BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  resource TEXT NOT NULL,
  watermark {{.Time}},
  reached {{.Time}},
  as_of {{.Time}},
  next_link TEXT NOT NULL,
  loaded BOOLEAN NOT NULL,
  reconciled_at {{.Time}},
  PRIMARY KEY (feed_id, resource)
);

-- One walk of a feed, or one file. A walk is its holder's until lease_until, and there is one at a time. waiting: homes it
-- would have taken away but for a person's word.
CREATE TABLE IF NOT EXISTS feed_runs (
  id {{.ID}},
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
  started_at {{.Time}} NOT NULL,
  ended_at {{.Time}},
  waiting BIGINT NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  lease_until {{.Time}}
);

CREATE INDEX IF NOT EXISTS feed_runs_feed ON feed_runs (feed_id, id);

CREATE UNIQUE INDEX IF NOT EXISTS feed_runs_running ON feed_runs (feed_id) WHERE state = 'running' AND kind <> 'file';

CREATE INDEX IF NOT EXISTS feed_runs_done ON feed_runs (feed_id, id) WHERE state = 'done' AND kind <> 'keys';

-- Homes, with the names of the RESO Data Dictionary. Money is cents, areas are square feet, dates are texts as 2026-11-22
-- ('' where unknown). What may not be shown to clients has no column.
CREATE TABLE IF NOT EXISTS listings (
  id {{.ID}},
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
  modification_timestamp {{.Time}},
  address_key TEXT NOT NULL,
  city_key {{.Sorted}} NOT NULL,
  search_key TEXT NOT NULL,
  shown BOOLEAN NOT NULL,
  listed_at {{.Time}} NOT NULL,
  changed_at {{.Time}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  gone_at {{.Time}},
  UNIQUE (feed_id, listing_key)
);

-- A search reads only its index until it knows the page's homes: each of these three has every number and word that a search
-- may ask for. The first also has where a home is, for areas and for the line one types; the others are for one town or zip.
CREATE INDEX IF NOT EXISTS listings_search ON listings (standard_status, list_price, shown, city_key, postal_code, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, latitude, longitude, search_key, listed_at) WHERE gone_at IS NULL;

CREATE INDEX IF NOT EXISTS listings_zip ON listings (postal_code, standard_status, list_price, shown, city_key, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, listed_at) WHERE gone_at IS NULL;

CREATE INDEX IF NOT EXISTS listings_city ON listings (city_key, standard_status, list_price, shown, postal_code, property_type, bedrooms_total, bathroom_quarters, living_area, lot_size_square_feet, year_built,
  garage_yn, pool_private_yn, waterfront_yn, new_construction_yn, listed_at) WHERE gone_at IS NULL;

CREATE INDEX IF NOT EXISTS listings_photos_wanted ON listings (id) WHERE photos_wanted AND gone_at IS NULL;

-- Homes whose photos may make room for others, those gone longest first.
CREATE INDEX IF NOT EXISTS listings_gone ON listings (gone_at, id) WHERE gone_at IS NOT NULL;

-- What is long and read only on a home's own page. media: the photos as the feed names them, JSON. details: further facts, JSON.
CREATE TABLE IF NOT EXISTS listing_texts (
  listing_id {{.Key}} REFERENCES listings (id) ON DELETE CASCADE,
  public_remarks TEXT NOT NULL,
  details TEXT NOT NULL,
  media TEXT NOT NULL
);

-- Photos in the local cache. A photo is wanted first, then kept or failed.
CREATE TABLE IF NOT EXISTS listing_photos (
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
  next_at {{.Time}},
  say TEXT NOT NULL,
  PRIMARY KEY (listing_id, position)
);

CREATE INDEX IF NOT EXISTS listing_photos_again ON listing_photos (next_at) WHERE state = 'failed';

CREATE INDEX IF NOT EXISTS listing_photos_file ON listing_photos (file) WHERE state = 'kept';

-- The hosts of photos that pages show from the feed's own addresses: each is named in those pages' Content-Security-Policy.
CREATE TABLE IF NOT EXISTS photo_hosts (
  feed_id BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
  host TEXT NOT NULL,
  PRIMARY KEY (feed_id, host)
);

CREATE TABLE IF NOT EXISTS open_houses (
  id {{.ID}},
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  open_house_key TEXT NOT NULL,
  starts_at {{.Time}} NOT NULL,
  ends_at {{.Time}} NOT NULL,
  remarks TEXT NOT NULL,
  appointment_required_yn BOOLEAN NOT NULL,
  livestream_url TEXT NOT NULL,
  canceled BOOLEAN NOT NULL,
  UNIQUE (listing_id, open_house_key)
);

CREATE INDEX IF NOT EXISTS open_houses_when ON open_houses (starts_at, listing_id);

-- What happened to a home, and thereby its history: rows are added, never changed.
CREATE TABLE IF NOT EXISTS listing_events (
  id {{.ID}},
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('New Listing', 'Price Change', 'Back On Market', 'Coming Soon', 'Pending', 'Closed', 'Open House', 'Status Change')),
  at {{.Time}} NOT NULL,
  old_price BIGINT,
  new_price BIGINT,
  old_status TEXT NOT NULL,
  new_status TEXT NOT NULL,
  open_house_id BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS listing_events_listing ON listing_events (listing_id, id);

-- Values that look wrong wait for a person: the home keeps the old one meanwhile.
CREATE TABLE IF NOT EXISTS listing_holds (
  id {{.ID}},
  listing_id BIGINT NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
  field TEXT NOT NULL,
  old_value TEXT NOT NULL,
  new_value TEXT NOT NULL,
  say TEXT NOT NULL,
  at {{.Time}} NOT NULL,
  decided_at {{.Time}},
  decided_by BIGINT NOT NULL,
  accepted BOOLEAN NOT NULL,
  news BOOLEAN NOT NULL,
  shows BOOLEAN NOT NULL
);

CREATE INDEX IF NOT EXISTS listing_holds_open ON listing_holds (id) WHERE decided_at IS NULL;

CREATE INDEX IF NOT EXISTS listing_holds_listing ON listing_holds (listing_id);

-- One row, touched first by whoever changes homes: they take turns, so events appear in the order of their ids.
CREATE TABLE IF NOT EXISTS listing_turns (
  id {{.Key}},
  turn BIGINT NOT NULL
);

-- Who lists: for attribution.
CREATE TABLE IF NOT EXISTS offices (
  feed_id BIGINT NOT NULL,
  office_key TEXT NOT NULL,
  office_name TEXT NOT NULL,
  office_phone TEXT NOT NULL,
  office_email TEXT NOT NULL,
  PRIMARY KEY (feed_id, office_key)
);

CREATE TABLE IF NOT EXISTS members (
  feed_id BIGINT NOT NULL,
  member_key TEXT NOT NULL,
  member_full_name TEXT NOT NULL,
  office_key TEXT NOT NULL,
  PRIMARY KEY (feed_id, member_key)
);

-- The homes in a mailing's letters, in their order, with what was said of each.
CREATE TABLE IF NOT EXISTS mailing_homes (
  mailing_id BIGINT NOT NULL REFERENCES mailings (id),
  position BIGINT NOT NULL,
  listing_id BIGINT NOT NULL,
  note TEXT NOT NULL,
  list_price BIGINT,
  PRIMARY KEY (mailing_id, position)
);

CREATE INDEX IF NOT EXISTS mailing_homes_listing ON mailing_homes (listing_id, mailing_id);

-- The tile server that maps are drawn with: one row, or none for Porchlight's own paper map.
CREATE TABLE IF NOT EXISTS map_tiles (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  template TEXT NOT NULL,
  credit TEXT NOT NULL
);
