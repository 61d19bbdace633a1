-- Ending jobs before they are done.

-- name: cancel_operation
-- Cancel what is unfinished of one operation.
UPDATE jobs
SET state = 'cancelled', owner = NULL, lease_until = NULL, finished_at = :now, error_code = :code, error = :message
WHERE operation = :operation AND state IN ('pending', 'processing')
RETURNING operation, position

-- name: cancel_job
-- Cancel one job, if it is unfinished.
UPDATE jobs
SET state = 'cancelled', owner = NULL, lease_until = NULL, finished_at = :now, error_code = :code, error = :message
WHERE operation = :operation AND position = :position AND state IN ('pending', 'processing')
RETURNING operation, position

-- name: cancel_queued_for_section
-- Cancel the job that waits to write this section. A rollback is left to find out that its section was changed.
-- Both states are named so that SQLite can use the index one_unfinished_job, which is of these two.
UPDATE jobs
SET state = 'cancelled', finished_at = :now, error_code = :code, error = :message
WHERE page = :page AND section = :section AND environment = :environment
  AND state IN ('pending', 'processing') AND state = 'pending'
  AND (writer IS NOT NULL OR waiting_for IS NOT NULL)
RETURNING operation, position

-- name: stop_operation
-- Give up what is unfinished of one operation, attempts unspent.
UPDATE jobs
SET state = 'failed', owner = NULL, lease_until = NULL, finished_at = :now, error_code = :code, error = :message,
    stopped = :stopped
WHERE operation = :operation AND state IN ('pending', 'processing')
