-- Every statement may run twice: the mark that it ran is written after its transaction.

-- DKIM keys, one for a domain. The public half of each is published in the DNS at selector._domainkey.domain.
CREATE TABLE IF NOT EXISTS signing_keys (
  id {{.ID}},
  domain TEXT NOT NULL UNIQUE,
  selector TEXT NOT NULL,
  private_key TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at {{.Time}} NOT NULL,
  activated_at {{.Time}}
);
