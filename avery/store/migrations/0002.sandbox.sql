-- The sandbox KLIQ's own data, apart from Avery's: what a real KLIQ keeps on its side.
-- Empty where a real KLIQ is configured.

CREATE SCHEMA sandbox;

CREATE TABLE sandbox.stores (
    application_id INTEGER PRIMARY KEY,
    revision BIGINT NOT NULL DEFAULT 0,     -- bumped with every change that a visitor or the coach can see
    name VARCHAR(100),
    niche VARCHAR(50),
    specialty VARCHAR(200),
    bio TEXT,
    tone VARCHAR(20),
    photo_id TEXT,
    price_minor BIGINT,
    price_currency CHAR(3),
    price_interval VARCHAR(5) NOT NULL DEFAULT 'month' CHECK (price_interval IN ('month','year')),
    theme VARCHAR(40),
    scorecard JSONB NOT NULL DEFAULT '{}',
    live_since TIMESTAMPTZ,                 -- when it was first shared
    payments_since TIMESTAMPTZ,             -- when the simulated Stripe set-up was finished
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE sandbox.blogs (
    id TEXT PRIMARY KEY,
    application_id INTEGER NOT NULL,
    position BIGSERIAL,                     -- the order of creation, also within one transaction
    title VARCHAR(200) NOT NULL,
    body TEXT NOT NULL,
    category VARCHAR(100) NOT NULL DEFAULT '',
    tags TEXT[] NOT NULL DEFAULT '{}',
    cover_image_url TEXT,
    source TEXT,
    status VARCHAR(10) NOT NULL DEFAULT 'draft' CHECK (status IN ('draft','published')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    published_at TIMESTAMPTZ
);
CREATE INDEX idx_sandbox_blogs ON sandbox.blogs(application_id, position);

CREATE TABLE sandbox.live_sessions (
    id TEXT PRIMARY KEY,
    application_id INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    said TEXT NOT NULL,                     -- the start as it was sent: with the coach's own offset
    minutes SMALLINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_sandbox_live_sessions ON sandbox.live_sessions(application_id, starts_at);

CREATE TABLE sandbox.photos (
    id TEXT PRIMARY KEY,
    application_id INTEGER NOT NULL,
    media_type VARCHAR(20) NOT NULL,
    content BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE sandbox.pushes (
    id TEXT PRIMARY KEY,
    application_id INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    body VARCHAR(1000) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_sandbox_pushes ON sandbox.pushes(application_id, created_at DESC);

CREATE TABLE sandbox.account_links (
    token_hash BYTEA PRIMARY KEY,
    application_id INTEGER NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    opened_at TIMESTAMPTZ,                  -- a link opens once
    finished_at TIMESTAMPTZ
);

CREATE TABLE sandbox.visits (
    application_id INTEGER NOT NULL,
    day DATE NOT NULL,
    blog_id TEXT NOT NULL DEFAULT '',       -- '' is the store's front page
    views INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (application_id, day, blog_id)
);

-- The answer to every write that came with an Idempotency-Key: given again, never done again.
CREATE TABLE sandbox.writes (
    application_id INTEGER NOT NULL,
    key VARCHAR(255) NOT NULL,
    fingerprint BYTEA NOT NULL,             -- of method, path and body
    status SMALLINT,
    answer BYTEA,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (application_id, key)
);

CREATE TABLE sandbox.faults (
    id BIGSERIAL PRIMARY KEY,
    path TEXT NOT NULL,                     -- a prefix
    method VARCHAR(7),                      -- NULL: any
    fault VARCHAR(10) NOT NULL CHECK (fault IN ('fail','lose','hang','slow')),
    status SMALLINT NOT NULL,
    delay_ms INTEGER NOT NULL,
    retry_after INTEGER,                    -- seconds
    remaining INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
