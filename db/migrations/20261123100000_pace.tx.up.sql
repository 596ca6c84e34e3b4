-- Every statement may run twice: the mark that it ran is written after its transaction.

-- How many letters the house lets leave at most. One row; 0 is no limit.
CREATE TABLE IF NOT EXISTS house_pace (
  id {{.Key}},
  per_minute BIGINT NOT NULL,
  per_day BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- How many letters were taken up in a minute, counted since 1970, while there is a limit.
CREATE TABLE IF NOT EXISTS letter_minutes (
  minute BIGINT PRIMARY KEY,
  n BIGINT NOT NULL
);
