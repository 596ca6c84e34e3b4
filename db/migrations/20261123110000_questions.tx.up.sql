-- Every statement may run twice: the mark that it ran is written after its transaction.

-- When a client whose own yes is missing was last asked for it, in whose name, at which address, and by which letter.
CREATE TABLE IF NOT EXISTS questions (
  client_id {{.Key}} REFERENCES clients (id) ON DELETE CASCADE,
  agent_id BIGINT NOT NULL,
  address_hash TEXT NOT NULL,
  mailing_id BIGINT NOT NULL,
  asked_at {{.Time}} NOT NULL
);

-- Who was asked before this table was is known by the keys of the letters.
INSERT INTO questions (client_id, agent_id, address_hash, mailing_id, asked_at)
SELECT k.client_id, k.agent_id, k.address_hash, MAX(m.id), MAX(m.created_at) FROM consents AS k JOIN mailings AS m ON m.kind = 'notice'
  AND (m.idempotency_key LIKE 'notice:0:yes-' || k.client_id || '-%' OR m.idempotency_key LIKE 'notice:0:move-' || k.client_id || '-%')
WHERE k.state = 'pending' GROUP BY k.client_id, k.agent_id, k.address_hash
ON CONFLICT (client_id) DO NOTHING;
