-- The assistant as a writer: it takes the briefs of jobs that wait for it (waiting_for = 'agent') and submits their copy.
-- `taken_by` is who took the brief last, or wrote it; it outlives the lease. `rejections` counts submissions that were
-- sent back: none of them spends an attempt.

ALTER TABLE jobs ADD COLUMN taken_by TEXT;
ALTER TABLE jobs ADD COLUMN rejections INTEGER NOT NULL DEFAULT 0 CHECK (rejections >= 0);

CREATE INDEX briefs_to_write ON jobs (operation, position)
    WHERE waiting_for = 'agent' AND state IN ('pending', 'processing');
