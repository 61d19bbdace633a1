-- Which workers there are.

-- name: announce
-- A worker is there, and for how long to believe it.
INSERT INTO workers (owner, boot, seen_until, writers, concurrency, started_at)
VALUES (:owner, :boot, :seen_until, :writers, :concurrency, :now)
ON CONFLICT (owner) DO UPDATE
SET boot = excluded.boot, seen_until = excluded.seen_until, writers = excluded.writers,
    concurrency = excluded.concurrency

-- name: leave
-- A worker is gone, or its word has run out.
DELETE FROM workers WHERE owner = :owner OR boot <> :boot OR seen_until <= :boot_now

-- name: workers
-- The workers that are believed to be there.
SELECT owner, writers, concurrency, started_at FROM workers WHERE boot = :boot AND seen_until > :boot_now
