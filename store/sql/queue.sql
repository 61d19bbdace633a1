-- The job queue. A claim is one statement; every later transition names the claim it expects (owner and attempt).

-- name: add_job
-- A new job, pending and due at once.
INSERT INTO jobs (operation, position, environment, page, section, template, writer, waiting_for, base, revision,
                  undoes, estimate, run_at, boot)
VALUES (:operation, :position, :environment, :page, :section, :template, :writer, :waiting_for, :base, :revision,
        :undoes, :estimate, :run_at, :boot)

-- name: add_done
-- A job that is done already.
INSERT INTO jobs (operation, position, environment, page, section, template, base, revision, state, attempt, boot,
                  claimed_at, finished_at)
VALUES (:operation, 1, :environment, :page, :section, :template, :base, :revision, 'completed', 1, :boot, :now, :now)

-- name: claim
-- Take up to :limit due jobs of a writer that is not paused, by run time, then order; with :operation, only of that
-- one. Within a budget: what was spent, what running jobs have reserved and what this claim takes must fit.
WITH due AS (
    SELECT j.operation, j.position, j.run_at, j.estimate
    FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
    WHERE j.state = 'pending' AND j.waiting_for IS NULL AND j.writer IS NOT NULL AND j.writer = :writer
      AND j.run_at <= :boot_now AND (:operation IS NULL OR j.operation = :operation)
      AND NOT EXISTS (SELECT 1 FROM pauses WHERE writer = :writer AND boot = :boot AND until > :boot_now)
      AND (o.budget IS NULL
           OR coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0) + o.reserved_tokens + j.estimate <= o.budget)
    ORDER BY j.run_at, j.operation, j.position
    LIMIT :limit
),
queued AS (
    SELECT operation, position,
           sum(estimate) OVER (PARTITION BY operation ORDER BY run_at, position ROWS UNBOUNDED PRECEDING) AS wanted
    FROM due
),
affordable AS (
    SELECT queued.operation, queued.position
    FROM queued JOIN operations AS o ON o.seq = queued.operation
    WHERE o.budget IS NULL
       OR coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0) + o.reserved_tokens + wanted <= o.budget
)
UPDATE jobs
SET state = 'processing', owner = :owner, lease_until = :lease_until, boot = :boot, attempt = attempt + 1,
    claimed_at = :now
WHERE (operation, position) IN (SELECT operation, position FROM affordable)
RETURNING operation, position, page, section, template, writer, base, attempt, failures, refusals, run_at

-- name: operations_out_of_budget
-- Operations with nothing running that cannot afford their next job any more.
SELECT o.seq, o.budget, coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0) AS spent FROM operations AS o
WHERE o.pending + o.processing > 0 AND o.budget IS NOT NULL AND o.processing = 0
  AND coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0)
      + (SELECT min(j.estimate) FROM jobs AS j WHERE j.operation = o.seq AND j.state = 'pending') > o.budget

-- name: next_run
-- When the next job of these writers can be claimed, in milliseconds since boot: after the pause of its writer, and
-- when the writer has a turn. A job that must wait for the budget is not awaited: the end of one that runs wakes the
-- workers.
SELECT min(max(
    (SELECT j.run_at FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
     WHERE j.state = 'pending' AND j.waiting_for IS NULL AND j.writer IS NOT NULL AND j.writer = w.value
       AND (o.budget IS NULL
            OR coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0) + o.reserved_tokens + j.estimate <= o.budget)
     ORDER BY j.run_at LIMIT 1),
    coalesce((SELECT p.until FROM pauses AS p WHERE p.writer = w.value AND p.boot = :boot), 0),
    coalesce((SELECT t.next_turn FROM paces AS t WHERE t.writer = w.value AND t.boot = :boot), 0)))
FROM json_each(:writers) AS w

-- name: heartbeat
-- Extend the lease of everything that this owner holds.
UPDATE jobs SET lease_until = :lease_until, boot = :boot WHERE state = 'processing' AND owner = :owner

-- name: held
-- What an owner still holds.
SELECT operation, position, attempt FROM jobs WHERE state = 'processing' AND owner = :owner

-- name: claimed_job
-- The claim, if it still stands.
SELECT page, section, environment, base, (SELECT budget FROM operations WHERE seq = :operation) AS budget FROM jobs
WHERE operation = :operation AND position = :position
  AND state = 'processing' AND owner = :owner AND attempt = :attempt

-- name: complete
-- The claimed job made this revision.
UPDATE jobs
SET state = 'completed', owner = NULL, lease_until = NULL, finished_at = :now, revision = :revision,
    error_code = NULL, error = NULL
WHERE operation = :operation AND position = :position
  AND state = 'processing' AND owner = :owner AND attempt = :attempt

-- name: operation_id
-- How an operation is called outside.
SELECT id FROM operations WHERE seq = :operation

-- name: fail
-- The claimed job is given up; :result keeps what was written all the same.
UPDATE jobs
SET state = 'failed', owner = NULL, lease_until = NULL, finished_at = :now, failures = failures + :spent,
    error_code = :code, error = :message, stopped = :stopped, result = :result
WHERE operation = :operation AND position = :position
  AND state = 'processing' AND owner = :owner AND attempt = :attempt

-- name: retry
-- The claimed job is tried again at :run_at; the attempt was spent.
UPDATE jobs
SET state = 'pending', owner = NULL, lease_until = NULL, run_at = :run_at, boot = :boot, failures = failures + 1,
    error_code = :code, error = :message
WHERE operation = :operation AND position = :position
  AND state = 'processing' AND owner = :owner AND attempt = :attempt

-- name: postpone
-- The provider refused the claimed job: it waits for the writer's next turn, and its attempt was not spent. One that was
-- refused before, while others were not (:refusals), lets others go first.
UPDATE jobs
SET state = 'pending', owner = NULL, lease_until = NULL, boot = :boot, error_code = :code, error = :message,
    run_at = iif(refusals = 0, run_at, :run_at), refusals = refusals + :refusals
WHERE operation = :operation AND position = :position
  AND state = 'processing' AND owner = :owner AND attempt = :attempt

-- name: release
-- An owner that shuts down gives back all it holds (of :operation, if one is named), at no cost.
UPDATE jobs
SET state = 'pending', owner = NULL, lease_until = NULL, run_at = 0
WHERE state = 'processing' AND owner = :owner AND (:operation IS NULL OR operation = :operation)

-- name: rescue
-- Take back claims whose lease ran out, or was given before the last boot, or whose owner is known to be dead. The
-- attempt is not spent; what was rescued :limit times is given up, since it may be what kills its workers. A brief that
-- the assistant let lapse kills nobody: it waits again, and that is not counted.
UPDATE jobs
SET state = iif(waiting_for IS NULL AND rescues + 1 >= :limit, 'failed', 'pending'),
    owner = NULL, lease_until = NULL, run_at = 0, rescues = rescues + (waiting_for IS NULL),
    finished_at = iif(waiting_for IS NULL AND rescues + 1 >= :limit, :now, NULL),
    error_code = iif(waiting_for IS NULL AND rescues + 1 >= :limit, 'rescued-too-often', error_code),
    error = iif(waiting_for IS NULL AND rescues + 1 >= :limit, :message, error)
WHERE state = 'processing'
  AND (boot <> :boot OR lease_until <= :boot_now OR owner IN (SELECT value FROM json_each(:dead)))
RETURNING operation, position, state

-- name: claims_by_owner
-- Who holds claims, and when the first of them runs out.
SELECT owner, boot, min(lease_until) AS lease_until FROM jobs WHERE state = 'processing' GROUP BY owner, boot

-- name: forget_last_boot
-- Run times that were set before the last boot mean nothing now: the jobs are due.
UPDATE jobs SET run_at = 0, boot = :boot
WHERE state = 'pending' AND waiting_for IS NULL AND writer IS NOT NULL AND boot <> :boot

-- name: complete_applied
-- All pending jobs of a promote or rollback are done at once.
UPDATE jobs SET state = 'completed', claimed_at = :now, finished_at = :now, attempt = attempt + 1
WHERE operation = :operation AND state = 'pending'

-- name: refuse_applied
-- None of the pending jobs of a promote or rollback can be done.
UPDATE jobs
SET state = 'failed', claimed_at = :now, finished_at = :now, attempt = attempt + 1, failures = failures + 1,
    error_code = :code, error = :message
WHERE operation = :operation AND state = 'pending'

-- name: record_usage
-- What one attempt cost.
INSERT INTO usage (operation, position, attempt, model, input_tokens, output_tokens, cost, created_at)
VALUES (:operation, :position, :attempt, :model, :input_tokens, :output_tokens, :cost, :now)
ON CONFLICT DO NOTHING
