-- What has changed since somebody last looked, for those who follow the copy and the operations.

-- name: last_change
-- The number of the newest change of copy; 0 before the first.
SELECT coalesce(max(id), 0) FROM changes

-- name: places_changed
-- Where copy changed after a change, with the newest change that was looked at of each place.
SELECT page, section, environment, max(id) AS last
FROM (SELECT id, page, section, environment FROM changes WHERE id > :since ORDER BY id LIMIT :limit)
GROUP BY page, section, environment

-- name: work
-- The newest operation, and how many jobs are unfinished: these two tell whether other jobs are under way than before.
SELECT (SELECT coalesce(max(seq), 0) FROM operations) AS newest,
       (SELECT coalesce(sum(pending + processing), 0) FROM operations WHERE pending + processing > 0) AS unfinished

-- name: operation_counts
-- How far some operations are, by id.
SELECT id, pending, processing, completed, failed, cancelled, changed
FROM operations WHERE id IN (SELECT value FROM json_each(:ids))

-- name: operation_ids
-- The ids that begin with a prefix, newest first; with only_failed those of operations that have failed jobs.
SELECT id FROM operations
WHERE substr(id, 1, length(:prefix)) = :prefix AND (:only_failed = 0 OR failed > 0)
ORDER BY seq DESC LIMIT :limit
