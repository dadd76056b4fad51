-- Answers from outside that are worth keeping for a while.

CREATE TABLE avery_cache (
    key TEXT PRIMARY KEY,
    value JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
