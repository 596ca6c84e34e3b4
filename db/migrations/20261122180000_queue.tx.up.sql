-- Every statement may run twice: the mark that it ran is written after its transaction.

-- What an agent's queue shows under Unsent, undecided and approved, without the million that left long ago.
DROP INDEX IF EXISTS matches_queue;

CREATE INDEX IF NOT EXISTS matches_desk ON matches (agent_id, client_id, id, search_id, state, found_at) WHERE state IN ('unsent', 'approved');
