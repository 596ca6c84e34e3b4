-- Every statement may run twice: the mark that it ran is written after its transaction.

-- What the house asks of its agents' consent. One row.
CREATE TABLE IF NOT EXISTS house_policy (
  id {{.Key}},
  confirms BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);
