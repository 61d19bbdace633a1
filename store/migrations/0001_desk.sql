-- Everything that lasts: snapshots, operations, their jobs, the copy and its history.
-- Times are wall-clock milliseconds since 1970 (…_at); run times and leases are milliseconds since boot, of the boot
-- named beside them, so that a wall clock that is set back or forward moves neither.

CREATE TABLE snapshots (
    hash       TEXT PRIMARY KEY,
    document   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What one call asked for. The counters are kept by the triggers below.
CREATE TABLE operations (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE CHECK (id GLOB 'op_*'),
    kind            TEXT NOT NULL CHECK (kind IN ('generate', 'regenerate', 'promote', 'rollback', 'edit')),
    environment     TEXT NOT NULL CHECK (environment IN ('preview', 'production')),
    request         TEXT NOT NULL CHECK (json_valid(request)),
    request_id      TEXT UNIQUE,
    snapshot        TEXT NOT NULL REFERENCES snapshots (hash),
    writer          TEXT,
    started_by      TEXT,
    retry_of        TEXT,
    budget          INTEGER CHECK (budget >= 0),
    total_sections  INTEGER NOT NULL CHECK (total_sections >= 0),
    skipped         TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(skipped)),
    refused         TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(refused)),
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    finished_at     INTEGER,
    pruned_at       INTEGER,
    pending         INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
    processing      INTEGER NOT NULL DEFAULT 0 CHECK (processing >= 0),
    completed       INTEGER NOT NULL DEFAULT 0 CHECK (completed >= 0),
    failed          INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled       INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    changed         INTEGER NOT NULL DEFAULT 0 CHECK (changed >= 0),
    reserved_tokens INTEGER NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
    input_tokens    INTEGER,
    output_tokens   INTEGER,
    cost            REAL,
    status          TEXT GENERATED ALWAYS AS (
        CASE
            WHEN pending + processing > 0
                THEN iif(processing + completed + failed + cancelled = 0, 'pending', 'processing')
            WHEN cancelled > 0 THEN 'cancelled'
            WHEN completed > 0 OR failed = 0 THEN 'completed'
            ELSE 'failed'
        END
    ) VIRTUAL
) STRICT;

CREATE INDEX unfinished_operations ON operations (seq) WHERE pending + processing > 0;
CREATE INDEX prunable_operations ON operations (finished_at) WHERE finished_at IS NOT NULL AND pruned_at IS NULL;

-- One section's share of an operation. `base` is the copy it was planned on, `revision` the copy it moves (promote) or
-- made (generate, once completed), `undoes` the changes it takes back (rollback). `attempt` grows with every claim and
-- fences it; `failures` counts the attempts that were spent.
CREATE TABLE jobs (
    operation   INTEGER NOT NULL REFERENCES operations (seq),
    position    INTEGER NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('preview', 'production')),
    page        TEXT NOT NULL,
    section     TEXT NOT NULL,
    template    TEXT,
    writer      TEXT,
    waiting_for TEXT CHECK (waiting_for = 'agent'),
    base        INTEGER,
    revision    INTEGER,
    undoes      TEXT CHECK (undoes IS NULL OR json_valid(undoes)),
    estimate    INTEGER NOT NULL DEFAULT 0 CHECK (estimate >= 0),
    state       TEXT NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    run_at      INTEGER NOT NULL DEFAULT 0,
    boot        TEXT NOT NULL,
    owner       TEXT,
    lease_until INTEGER,
    attempt     INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures    INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    rescues     INTEGER NOT NULL DEFAULT 0 CHECK (rescues >= 0),
    claimed_at  INTEGER,
    finished_at INTEGER,
    error_code  TEXT,
    error       TEXT,
    stopped     TEXT CHECK (stopped IN ('key', 'budget')),
    result      TEXT CHECK (result IS NULL OR json_valid(result)),
    PRIMARY KEY (operation, position),
    CHECK ((state = 'processing') = (lease_until IS NOT NULL)),
    CHECK (state = 'processing' OR owner IS NULL),
    CHECK ((state IN ('pending', 'processing')) = (finished_at IS NULL)),
    CHECK (state <> 'failed' OR (error IS NOT NULL AND error_code IS NOT NULL)),
    CHECK (stopped IS NULL OR state = 'failed')
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_unfinished_job ON jobs (page, section, environment) WHERE state IN ('pending', 'processing');
CREATE INDEX claimable_jobs ON jobs (run_at, operation, position)
    WHERE state = 'pending' AND waiting_for IS NULL AND writer IS NOT NULL;
CREATE INDEX claimed_jobs ON jobs (owner) WHERE state = 'processing';
CREATE INDEX failed_jobs ON jobs (operation, position) WHERE state = 'failed';

-- What each attempt cost, also of those whose claim was lost: the tokens were spent.
CREATE TABLE usage (
    operation     INTEGER NOT NULL REFERENCES operations (seq),
    position      INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    model         TEXT,
    input_tokens  INTEGER,
    output_tokens INTEGER,
    cost          REAL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (operation, position, attempt)
) STRICT, WITHOUT ROWID;

-- Immutable versions of a section's copy, with their provenance.
CREATE TABLE revisions (
    id            INTEGER PRIMARY KEY,
    page          TEXT NOT NULL,
    section       TEXT NOT NULL,
    template      TEXT NOT NULL,
    fields        TEXT NOT NULL CHECK (json_valid(fields)),
    hash          TEXT NOT NULL,
    origin        TEXT NOT NULL CHECK (origin IN ('writer', 'hand', 'assistant')),
    writer        TEXT,
    model         TEXT,
    is_draft      INTEGER NOT NULL DEFAULT 0 CHECK (is_draft IN (0, 1)),
    operation     INTEGER NOT NULL REFERENCES operations (seq),
    snapshot      TEXT NOT NULL REFERENCES snapshots (hash),
    brief         TEXT,
    input_tokens  INTEGER,
    output_tokens INTEGER,
    cost          REAL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX revisions_of_section ON revisions (page, section, id);

-- The current copy of a section in one environment.
CREATE TABLE entities (
    page        TEXT NOT NULL,
    section     TEXT NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('preview', 'production')),
    revision    INTEGER NOT NULL REFERENCES revisions (id),
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (page, section, environment)
) STRICT, WITHOUT ROWID;

-- Every effect, in order: which revision stood before and after; null is no copy. `undone_by` names the change that
-- took this one back, as long as that one stands itself; nothing else of a change is ever altered.
CREATE TABLE changes (
    id          INTEGER PRIMARY KEY,
    operation   INTEGER NOT NULL REFERENCES operations (seq),
    page        TEXT NOT NULL,
    section     TEXT NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('preview', 'production')),
    before      INTEGER REFERENCES revisions (id),
    after       INTEGER REFERENCES revisions (id),
    undoes      INTEGER REFERENCES changes (id),
    undone_by   INTEGER REFERENCES changes (id),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX changes_of_operation ON changes (operation, id);
CREATE INDEX changes_of_section ON changes (page, section, environment, id);

-- What somebody was shown before a promote: exactly these sections at exactly these revisions.
CREATE TABLE reviews (
    id         TEXT PRIMARY KEY,
    sections   TEXT NOT NULL CHECK (json_valid(sections)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Writers whose provider asked all its callers to wait.
CREATE TABLE pauses (
    writer TEXT PRIMARY KEY,
    until  INTEGER NOT NULL,
    boot   TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Workers that drain the queue: each says so again with every heartbeat.
CREATE TABLE workers (
    owner       TEXT PRIMARY KEY,
    boot        TEXT NOT NULL,
    seen_until  INTEGER NOT NULL,
    writers     TEXT NOT NULL CHECK (json_valid(writers)),
    concurrency INTEGER NOT NULL,
    started_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER job_added AFTER INSERT ON jobs BEGIN
    UPDATE operations
    SET pending    = pending    + (new.state = 'pending'),
        processing = processing + (new.state = 'processing'),
        completed  = completed  + (new.state = 'completed'),
        failed     = failed     + (new.state = 'failed'),
        cancelled  = cancelled  + (new.state = 'cancelled'),
        finished_at = iif(pending + processing + (new.state IN ('pending', 'processing')) = 0, new.finished_at, NULL)
    WHERE seq = new.operation;
END;

CREATE TRIGGER job_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
    UPDATE operations
    SET pending    = pending    + (new.state = 'pending')    - (old.state = 'pending'),
        processing = processing + (new.state = 'processing') - (old.state = 'processing'),
        completed  = completed  + (new.state = 'completed'),
        failed     = failed     + (new.state = 'failed'),
        cancelled  = cancelled  + (new.state = 'cancelled'),
        reserved_tokens = reserved_tokens
            + iif(new.state = 'processing', new.estimate, 0) - iif(old.state = 'processing', old.estimate, 0),
        started_at = coalesce(started_at, new.claimed_at, new.finished_at),
        finished_at = iif(
            pending + processing
                + (new.state IN ('pending', 'processing')) - (old.state IN ('pending', 'processing')) = 0,
            new.finished_at, NULL)
    WHERE seq = new.operation;
END;

CREATE TRIGGER finished_jobs_stay_finished BEFORE UPDATE OF state ON jobs
WHEN old.state IN ('completed', 'failed', 'cancelled') BEGIN
    SELECT raise(ABORT, 'a finished job stays as it is');
END;

CREATE TRIGGER unfinished_jobs_are_kept BEFORE DELETE ON jobs WHEN old.state IN ('pending', 'processing') BEGIN
    SELECT raise(ABORT, 'an unfinished job is not deleted');
END;

CREATE TRIGGER usage_counted AFTER INSERT ON usage BEGIN
    UPDATE operations
    SET input_tokens  = iif(new.input_tokens  IS NULL, input_tokens,  coalesce(input_tokens, 0)  + new.input_tokens),
        output_tokens = iif(new.output_tokens IS NULL, output_tokens, coalesce(output_tokens, 0) + new.output_tokens),
        cost          = iif(new.cost          IS NULL, cost,          coalesce(cost, 0)          + new.cost)
    WHERE seq = new.operation;
END;

CREATE TRIGGER change_counted AFTER INSERT ON changes BEGIN
    UPDATE operations SET changed = changed + 1 WHERE seq = new.operation;
END;

CREATE TRIGGER revisions_are_immutable BEFORE UPDATE ON revisions BEGIN
    SELECT raise(ABORT, 'a revision is immutable');
END;

CREATE TRIGGER revisions_are_kept BEFORE DELETE ON revisions BEGIN
    SELECT raise(ABORT, 'a revision is kept');
END;

CREATE TRIGGER changes_are_appended BEFORE UPDATE OF
    id, operation, page, section, environment, before, after, undoes, created_at ON changes BEGIN
    SELECT raise(ABORT, 'a change is immutable');
END;

CREATE TRIGGER changes_are_kept BEFORE DELETE ON changes BEGIN
    SELECT raise(ABORT, 'a change is kept');
END;
