-- What is deleted after its time.

-- name: prunable
-- Operations that finished before :before and still have their job rows.
SELECT seq FROM operations
WHERE finished_at IS NOT NULL AND pruned_at IS NULL AND finished_at < :before ORDER BY finished_at LIMIT :limit

-- name: prune_jobs
-- Delete up to :limit job rows of a finished operation.
DELETE FROM jobs WHERE operation = :operation AND position IN (
    SELECT position FROM jobs WHERE operation = :operation LIMIT :limit)

-- name: prune_usage
-- Delete the usage rows of an operation; its totals stay.
DELETE FROM usage WHERE operation = :operation

-- name: mark_pruned
-- All job rows of the operation are gone.
UPDATE operations SET pruned_at = :now WHERE seq = :operation
