-- What a turn decided, and what each call to a model cost.

ALTER TABLE avery_turns ADD COLUMN decisions JSONB NOT NULL DEFAULT '[]';

CREATE TABLE avery_model_calls (
    id BIGSERIAL PRIMARY KEY,
    coach_id INTEGER NOT NULL,
    message_id UUID,
    purpose VARCHAR(20) NOT NULL,
    phase VARCHAR(30),
    arm VARCHAR(40),
    model VARCHAR(80) NOT NULL,
    prompt_version VARCHAR(40) NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_cached INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    cost_micros BIGINT,
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
