-- What the played social platforms remember: each time somebody allowed Avery, and the tokens that came of it.

CREATE TABLE sandbox.social_grants (
    id BIGSERIAL PRIMARY KEY,
    platform VARCHAR(20) NOT NULL,
    username VARCHAR(40) NOT NULL,
    origin TEXT NOT NULL,                   -- under which address browsers know this sandbox
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    refuses BOOLEAN NOT NULL DEFAULT FALSE, -- "Make it fail": the code will not be taken
    code_hash BYTEA NOT NULL UNIQUE,
    code_until TIMESTAMPTZ NOT NULL,
    code_used_at TIMESTAMPTZ,
    access_hash BYTEA UNIQUE,
    access_until TIMESTAMPTZ,
    refresh_hash BYTEA UNIQUE,
    refresh_until TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
