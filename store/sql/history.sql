-- What was done: operations by time and person, and what became of one section.

-- name: operations
-- Operations before a sequence number, newest first, without the lists of what they skipped.
SELECT seq, id, kind, environment, request, request_id, snapshot, writer, started_by, retry_of, budget, total_sections,
       '[]' AS skipped, '[]' AS refused, created_at, started_at, finished_at, pruned_at, pending, processing, completed,
       failed, cancelled, changed, reserved_tokens, input_tokens, output_tokens, cost, status
FROM operations
WHERE seq < :before AND created_at >= :since AND created_at < :until
  AND (:kinds = '[]' OR kind IN (SELECT value FROM json_each(:kinds)))
  AND (:started_by IS NULL OR started_by = :started_by)
ORDER BY seq DESC LIMIT :limit

-- name: totals
-- What these operations come to. Tokens and cost are null when none of them is known.
SELECT count(*) AS operations, coalesce(sum(changed), 0) AS changed, coalesce(sum(completed), 0) AS completed,
       coalesce(sum(failed), 0) AS failed, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cost) AS cost
FROM operations
WHERE created_at >= :since AND created_at < :until
  AND (:kinds = '[]' OR kind IN (SELECT value FROM json_each(:kinds)))
  AND (:started_by IS NULL OR started_by = :started_by)

-- name: totals_by_writer
-- What the operations of each writer come to, those with the most tokens first.
SELECT writer, count(*) AS operations, coalesce(sum(completed), 0) AS completed, sum(input_tokens) AS input_tokens,
       sum(output_tokens) AS output_tokens, sum(cost) AS cost
FROM operations
WHERE writer IS NOT NULL AND created_at >= :since AND created_at < :until
  AND (:kinds = '[]' OR kind IN (SELECT value FROM json_each(:kinds)))
  AND (:started_by IS NULL OR started_by = :started_by)
GROUP BY writer
ORDER BY coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0) DESC, writer LIMIT :limit

-- name: starters
-- Who has started operations.
SELECT DISTINCT started_by FROM operations WHERE started_by IS NOT NULL ORDER BY started_by LIMIT 200

-- name: section
-- The changes of one section in one environment, newest first.
SELECT c.id, c.before, c.after, c.undoes, c.undone_by, c.created_at, o.id AS operation_id, o.kind
FROM changes AS c JOIN operations AS o ON o.seq = c.operation
WHERE c.page = :page AND c.section = :section AND c.environment = :environment
ORDER BY c.id DESC LIMIT :limit

-- name: previous
-- What stood before the current copy of each section in one environment: revision and hash, null for no copy.
SELECT e.page, e.section, c.before AS revision, r.hash
FROM entities AS e
JOIN changes AS c ON c.id = (
    SELECT max(latest.id) FROM changes AS latest
    WHERE latest.page = e.page AND latest.section = e.section AND latest.environment = e.environment
)
LEFT JOIN revisions AS r ON r.id = c.before
WHERE e.environment = :environment AND (:pages = '[]' OR e.page IN (SELECT value FROM json_each(:pages)))

-- name: revisions
-- The versions of a section, newest first.
SELECT id FROM revisions WHERE page = :page AND section = :section ORDER BY id DESC LIMIT :limit
