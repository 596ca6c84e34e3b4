-- Every statement may run twice: the mark that it ran is written after its transaction.

-- A letter's way to "sent" moved it twice in this index; its agent never changes. What is not yet sent is found by mailing.
DROP INDEX IF EXISTS letters_agent_state;

CREATE INDEX IF NOT EXISTS letters_agent ON letters (agent_id, id);
