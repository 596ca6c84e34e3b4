-- Every statement may run twice: the mark that it ran is written after its transaction.

-- When a client whose own yes is missing was last asked for it, and at which address.
CREATE TABLE IF NOT EXISTS questions (
  client_id {{.Key}} REFERENCES clients (id) ON DELETE CASCADE,
  address_hash TEXT NOT NULL,
  asked_at {{.Time}} NOT NULL
);

-- Who was asked before this table was is known by the keys of the letters.
INSERT INTO questions (client_id, address_hash, asked_at)
SELECT k.client_id, k.address_hash, MAX(m.created_at) FROM consents AS k JOIN mailings AS m ON m.kind = 'notice'
  AND (m.idempotency_key LIKE 'notice:0:yes-' || k.client_id || '-%' OR m.idempotency_key LIKE 'notice:0:move-' || k.client_id || '-%')
WHERE k.state = 'pending' GROUP BY k.client_id, k.address_hash
ON CONFLICT (client_id) DO NOTHING;
