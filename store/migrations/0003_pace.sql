-- How fast the attempts of each writer may begin, over all processes: its next free turn, and what its provider was
-- seen to allow. `learned` is null until the provider refused for the first time; `begun` counts the attempts since
-- `since`, `sample` those on which `learned` rests. Times are milliseconds since the boot named beside them.
CREATE TABLE paces (
    writer        TEXT PRIMARY KEY,
    boot          TEXT NOT NULL,
    next_turn     REAL NOT NULL,
    since         INTEGER NOT NULL,
    begun         INTEGER NOT NULL CHECK (begun >= 0),
    learned       REAL CHECK (learned > 0),
    sample        INTEGER NOT NULL CHECK (sample >= 0),
    slowed_at     INTEGER NOT NULL,
    refused_since INTEGER,
    refusals      INTEGER NOT NULL CHECK (refusals >= 0)
) STRICT, WITHOUT ROWID;

-- How often the provider refused a job while it accepted others: such a refusal costs no attempt, but is bounded.
ALTER TABLE jobs ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0);

-- A claim looks for the jobs of one writer at a time: those of another, which may have no turn, are not in its way.
DROP INDEX claimable_jobs;
CREATE INDEX claimable_jobs ON jobs (writer, run_at, operation, position)
    WHERE state = 'pending' AND waiting_for IS NULL AND writer IS NOT NULL;
