-- Operations, their snapshots, and what their jobs look like from outside.

-- name: add_snapshot
-- A site definition, once.
INSERT INTO snapshots (hash, document, created_at) VALUES (:hash, :document, :now) ON CONFLICT DO NOTHING

-- name: snapshot
-- A stored site definition.
SELECT document FROM snapshots WHERE hash = :hash

-- name: add_operation
-- A new operation without jobs.
INSERT INTO operations (id, kind, environment, request, request_id, snapshot, writer, started_by, retry_of, budget,
                        total_sections, skipped, refused, created_at)
VALUES (:id, :kind, :environment, :request, :request_id, :snapshot, :writer, :started_by, :retry_of, :budget,
        :total_sections, :skipped, :refused, :created_at)
RETURNING seq

-- name: by_id
-- One operation.
SELECT * FROM operations WHERE id = :id

-- name: by_seq
-- One operation.
SELECT * FROM operations WHERE seq = :seq

-- name: by_request_id
-- The operation that a call with this request id made.
SELECT * FROM operations WHERE request_id = :request_id

-- name: last_moment
-- When an operation last began, changed copy, lost a job to an error, or ended.
SELECT max(o.created_at, coalesce(o.started_at, 0), coalesce(o.finished_at, 0),
    coalesce((SELECT c.created_at FROM changes AS c WHERE c.operation = o.seq ORDER BY c.id DESC LIMIT 1), 0),
    coalesce((SELECT max(j.finished_at) FROM jobs AS j WHERE j.operation = o.seq AND j.state = 'failed'), 0))
FROM operations AS o WHERE o.seq = :operation

-- name: unfinished
-- Operations with unfinished jobs, oldest first.
SELECT * FROM operations WHERE pending + processing > 0 ORDER BY seq LIMIT :limit

-- name: latest
-- The newest operation.
SELECT * FROM operations ORDER BY seq DESC LIMIT 1

-- name: applicable
-- Unfinished promotes and rollbacks, oldest first: the worker applies each as a whole.
SELECT seq FROM operations
WHERE pending + processing > 0 AND kind IN ('promote', 'rollback') ORDER BY seq LIMIT 20

-- name: recent_ids
-- Ids to suggest from: the newest.
SELECT id FROM operations ORDER BY seq DESC LIMIT 200

-- name: jobs_of
-- Jobs of an operation in order, from a position on, in these states (all of them if none is named).
SELECT j.*, o.id AS operation_id FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
WHERE j.operation = :operation AND j.position >= :from_position
  AND (:states = '[]' OR j.state IN (SELECT value FROM json_each(:states)))
ORDER BY j.position LIMIT :limit

-- name: failed_of
-- Failed jobs of an operation in order.
SELECT j.*, o.id AS operation_id FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
WHERE j.operation = :operation AND j.state = 'failed' AND j.position >= :from_position
ORDER BY j.position LIMIT :limit

-- name: job
-- One job.
SELECT j.*, o.id AS operation_id FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
WHERE j.operation = :operation AND j.position = :position

-- name: spent_on
-- What the attempts at one job cost together: null where nothing is known.
SELECT NULL AS model, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost) AS cost
FROM usage WHERE operation = :operation AND position = :position

-- name: count_finished
-- How many of these jobs of an operation are finished.
SELECT count(*) FROM jobs
WHERE operation = :operation AND state NOT IN ('pending', 'processing')
  AND position IN (SELECT value FROM json_each(:positions))

-- name: unfinished_jobs
-- Unfinished jobs by section, with the operation they belong to.
SELECT j.page, j.section, j.environment, j.operation, j.position, j.state, j.waiting_for, o.id AS operation_id,
       o.kind
FROM jobs AS j JOIN operations AS o ON o.seq = j.operation WHERE j.state IN ('pending', 'processing')

-- name: unfinished_jobs_of_pages
-- The same for some pages: what else waits in the queue costs nothing.
SELECT j.page, j.section, j.environment, j.operation, j.position, j.state, j.waiting_for, o.id AS operation_id,
       o.kind
FROM jobs AS j JOIN operations AS o ON o.seq = j.operation
WHERE j.page IN (SELECT value FROM json_each(:pages)) AND j.state IN ('pending', 'processing')

-- name: pace
-- How fast jobs of this writer went in its last five operations: how many it completed, and the milliseconds from the
-- first claim of each operation to its end (to now, of one that goes on).
SELECT sum(completed) AS jobs, sum(coalesce(finished_at, :now) - started_at) AS milliseconds
FROM (SELECT completed, started_at, finished_at FROM operations
      WHERE writer = :writer AND completed > 0 AND started_at IS NOT NULL ORDER BY seq DESC LIMIT 5)
