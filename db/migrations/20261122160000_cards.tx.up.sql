-- Homes as letters show them, each kept once under the SHA-256 of its bytes, whatever number of mailings shows it. A kept
-- text (mailings.template) names those it needs.
CREATE TABLE IF NOT EXISTS cards (
  sum {{.Bytes}} NOT NULL PRIMARY KEY,
  body {{.Bytes}} NOT NULL
);
