-- Briefs that the assistant writes. No process owns them: whoever submits the first valid copy of an unfinished job has
-- written it. The index briefs_to_write holds the unfinished ones only, so nothing here grows with what is finished.

-- name: waiting
-- Briefs to write, of these operations (all of them if none is named) and without the jobs named: those that :taker has
-- taken already, those that nobody holds, then those that somebody else holds, the oldest lease first. With :fresh the
-- ones that nobody holds come before those of :taker.
SELECT j.operation, j.position, o.id AS operation_id, j.environment, j.page, j.section, j.template, j.writer, j.base,
       j.state, j.attempt, j.failures, j.taken_by,
       CASE WHEN j.taken_by = :taker THEN 'mine'
            WHEN j.state = 'pending' OR j.boot <> :boot OR j.lease_until <= :boot_now THEN 'free'
            ELSE 'held' END AS standing
FROM jobs AS j INDEXED BY briefs_to_write JOIN operations AS o ON o.seq = j.operation
WHERE j.waiting_for = 'agent' AND j.state IN ('pending', 'processing')
  AND (:operations = '[]' OR j.operation IN (SELECT value FROM json_each(:operations)))
  AND o.id || ':' || j.position NOT IN (SELECT value FROM json_each(:without))
ORDER BY CASE standing WHEN 'free' THEN iif(:fresh, 0, 2) WHEN 'mine' THEN 1 ELSE 3 END,
         iif(standing = 'held', j.lease_until, 0), j.operation, j.position
LIMIT :limit

-- name: left
-- How many briefs of these operations (all of them if none is named) are unfinished.
SELECT count(*) FROM jobs INDEXED BY briefs_to_write
WHERE waiting_for = 'agent' AND state IN ('pending', 'processing')
  AND (:operations = '[]' OR operation IN (SELECT value FROM json_each(:operations)))

-- name: unfinished_ids
-- Unfinished briefs, to suggest from; those of :taker first.
SELECT o.id AS operation_id, j.position
FROM jobs AS j INDEXED BY briefs_to_write JOIN operations AS o ON o.seq = j.operation
WHERE j.waiting_for = 'agent' AND j.state IN ('pending', 'processing')
ORDER BY j.taken_by IS NOT :taker, j.operation, j.position LIMIT 200

-- name: lapse
-- Briefs whose lease is over, or was given before the last boot, wait again. Nothing was spent.
UPDATE jobs INDEXED BY briefs_to_write SET state = 'pending', lease_until = NULL
WHERE waiting_for = 'agent' AND state IN ('pending', 'processing') AND state = 'processing'
  AND (boot <> :boot OR lease_until <= :boot_now)

-- name: lease
-- Hand out a brief, unless somebody else took it or finished it since it was looked at.
UPDATE jobs
SET state = 'processing', lease_until = :lease_until, boot = :boot, claimed_at = :now, taken_by = :taker
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')
  AND (state = 'pending' OR taken_by IS :taken_by)

-- name: void
-- Cancel a brief whose section was changed since it was planned.
UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = :now, error_code = 'edited', error = :message
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')

-- name: unfinished_brief
-- Where the copy of an unfinished brief belongs, and on which revision it was planned.
SELECT page, section, environment, base FROM jobs
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')

-- name: complete
-- The brief was written: the job made this revision.
UPDATE jobs
SET state = 'completed', lease_until = NULL, claimed_at = coalesce(claimed_at, :now), finished_at = :now,
    revision = :revision, taken_by = :taker, error_code = NULL, error = NULL
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')

-- name: fail
-- The brief cannot be written, or what was written came too late; :result keeps it.
UPDATE jobs
SET state = 'failed', lease_until = NULL, claimed_at = coalesce(claimed_at, :now), finished_at = :now,
    error_code = :code, error = :message, result = :result
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')

-- name: reject
-- The copy was sent back with what is wrong with it: the brief stays with whoever wrote it, for another lease.
UPDATE jobs
SET state = 'processing', lease_until = :lease_until, boot = :boot, claimed_at = coalesce(claimed_at, :now),
    taken_by = :taker, rejections = rejections + 1
WHERE operation = :operation AND position = :position AND waiting_for = 'agent' AND state IN ('pending', 'processing')
