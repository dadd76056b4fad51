-- The truth about Avery's tables. A test proves that the migrations, applied one after the other, reach exactly this.
-- The first four are the owner's (spec ticket 1.4) as written; what the guarantees need stands below each, marked.

CREATE TABLE avery_messages (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    role VARCHAR(10) NOT NULL CHECK (role IN ('coach','avery','system')),
    content TEXT NOT NULL,
    buttons JSONB,
    preview JSONB,
    progress_pct SMALLINT,
    function_calls JSONB,
    phase VARCHAR(30),
    created_at TIMESTAMPTZ DEFAULT NOW(),
    -- beyond the spec
    seq BIGINT NOT NULL,                    -- gapless within the conversation
    message_id UUID NOT NULL,               -- the client's id for a coach's message, ours for Avery's
    in_reply_to UUID,                       -- the coach's message that this one answers
    button JSONB,                           -- the button that the coach clicked
    stopped BOOLEAN NOT NULL DEFAULT FALSE, -- the coach stopped this reply
    arm VARCHAR(40),                        -- the experiment's arm that wrote it: 'scripted', 'ai', …
    UNIQUE (coach_id, seq),
    UNIQUE (coach_id, message_id)
);
CREATE INDEX idx_avery_msg_coach ON avery_messages(coach_id, created_at DESC);

CREATE TABLE avery_coach_context (
    coach_id INTEGER PRIMARY KEY,
    application_id INTEGER NOT NULL,
    preferred_name VARCHAR(100),
    niche VARCHAR(50),
    specialty VARCHAR(200),
    tone_preference VARCHAR(20) DEFAULT 'casual',
    current_phase VARCHAR(30) DEFAULT 'discovery',
    phase_data JSONB DEFAULT '{}',
    onboarding_complete BOOLEAN DEFAULT FALSE,
    onboarding_completed_at TIMESTAMPTZ,
    total_messages INTEGER DEFAULT 0,
    last_interaction_at TIMESTAMPTZ DEFAULT NOW(),
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW(),
    -- beyond the spec
    tz VARCHAR(64) NOT NULL DEFAULT 'Europe/London',
    locale VARCHAR(35) NOT NULL DEFAULT 'en-GB',
    last_seq BIGINT NOT NULL DEFAULT 0,       -- the transcript's last seq; the row lock makes it gapless
    store_revision BIGINT NOT NULL DEFAULT 0, -- bumped when a turn changed the store: other processes read it anew
    runner UUID,                              -- the process that answers now
    runner_until TIMESTAMPTZ                  -- its lease; another may take over after it
);

CREATE TABLE avery_nudges (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    nudge_type VARCHAR(50) NOT NULL,
    scheduled_for TIMESTAMPTZ NOT NULL,
    message_content TEXT NOT NULL,
    buttons JSONB,
    status VARCHAR(20) DEFAULT 'pending',
    sent_at TIMESTAMPTZ,
    responded_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT NOW()
);
CREATE INDEX idx_nudges_pending ON avery_nudges(status, scheduled_for) WHERE status = 'pending';

CREATE TABLE avery_events (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    event_name VARCHAR(100) NOT NULL,
    properties JSONB DEFAULT '{}',
    created_at TIMESTAMPTZ DEFAULT NOW()
);
CREATE INDEX idx_avery_events ON avery_events(event_name, created_at DESC);

-- The queue of turns: one row for each thing that Avery must answer, done once.
CREATE TABLE avery_turns (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL REFERENCES avery_coach_context(coach_id) ON DELETE CASCADE,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('message','button','greeting','welcome_back','oauth','photo')),
    dedupe_key TEXT NOT NULL,               -- the client's message id, or what makes this input the same one
    message_seq BIGINT,                     -- the coach's message in the transcript, where there is one
    input JSONB NOT NULL DEFAULT '{}',
    status VARCHAR(10) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending','done','stopped')),
    attempts SMALLINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    finished_at TIMESTAMPTZ,
    decisions JSONB NOT NULL DEFAULT '[]',  -- the tool calls a model chose, written before they run: a second try repeats them
    UNIQUE (coach_id, dedupe_key)
);
CREATE INDEX idx_avery_turns_pending ON avery_turns(coach_id, id) WHERE status = 'pending';

-- Single-use tickets and the state of OAuth dances: only a hash is kept.
CREATE TABLE avery_tickets (
    ticket_hash BYTEA PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    claims JSONB NOT NULL DEFAULT '{}',
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE avery_oauth_states (
    state_hash BYTEA PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    platform VARCHAR(20) NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_verifier TEXT,
    browser_hash BYTEA,                     -- the cookie of the browser that started
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE avery_social_accounts (
    coach_id INTEGER NOT NULL,
    platform VARCHAR(20) NOT NULL,
    external_id TEXT NOT NULL,
    username TEXT NOT NULL,
    picture_url TEXT,
    access_token TEXT NOT NULL,             -- v1.<key id>.<base64url>, AES-256-GCM
    refresh_token TEXT,
    scopes TEXT NOT NULL DEFAULT '',
    expires_at TIMESTAMPTZ,
    refresh_expires_at TIMESTAMPTZ,
    needs_reconnect BOOLEAN NOT NULL DEFAULT FALSE,
    last_sync_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (coach_id, platform)
);

-- What each call to a model cost: one row a call, to be summed by coach, day, phase, arm and prompt version.
CREATE TABLE avery_model_calls (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    message_id UUID,                        -- the message of Avery's that the turn ended with
    purpose VARCHAR(20) NOT NULL,           -- reply, blog, topics, bio, share
    phase VARCHAR(30),
    arm VARCHAR(40),                        -- as on messages
    model VARCHAR(80) NOT NULL,
    prompt_version VARCHAR(40) NOT NULL,    -- hash of the templates, the tools' schemas and the model's profile
    outcome VARCHAR(30) NOT NULL,           -- ok, stopped, or what went wrong
    tokens_in INTEGER NOT NULL DEFAULT 0,   -- cached ones included
    tokens_cached INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros BIGINT,                     -- millionths of a US dollar; NULL where the model's price is not known
    first_token_ms INTEGER,
    total_ms INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_avery_model_calls_created ON avery_model_calls(created_at);
CREATE INDEX idx_avery_model_calls_coach ON avery_model_calls(coach_id, created_at);

CREATE VIEW avery_usage AS
SELECT created_at::date AS day, coach_id, phase, arm, purpose, model, prompt_version,
       count(*) AS calls, count(*) FILTER (WHERE outcome <> 'ok') AS failed,
       sum(tokens_in) AS tokens_in, sum(tokens_cached) AS tokens_cached, sum(tokens_out) AS tokens_out,
       sum(cost_micros) / 1e6 AS cost_usd,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY first_token_ms) AS first_token_ms_p50,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms) AS total_ms_p50
FROM avery_model_calls
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- Answers from outside that are worth keeping for a while. An expired one still serves where no newer one can be had.
CREATE TABLE avery_cache (
    key TEXT PRIMARY KEY,
    value JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- The sandbox KLIQ ------------------------------------------------------------------------------------------------
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

-- The sandbox's social platforms -----------------------------------------------------------------------------------
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
