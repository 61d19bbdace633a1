-- Copy: revisions, the entities that point at them, and the changes that moved them.

-- name: add_revision
-- A new immutable version of a section's copy.
INSERT INTO revisions (page, section, template, fields, hash, origin, writer, model, is_draft, operation, snapshot,
                       brief, input_tokens, output_tokens, cost, created_at)
VALUES (:page, :section, :template, :fields, :hash, :origin, :writer, :model, :is_draft, :operation, :snapshot,
        :brief, :input_tokens, :output_tokens, :cost, :now)
RETURNING id

-- name: revision
-- One revision.
SELECT r.*, o.id AS operation_id, o.started_by
FROM revisions AS r JOIN operations AS o ON o.seq = r.operation WHERE r.id = :id

-- name: current
-- The revision that an entity points at.
SELECT revision FROM entities WHERE page = :page AND section = :section AND environment = :environment

-- name: current_copy
-- The copy of one section in one environment.
SELECT e.environment, r.*, o.id AS operation_id, o.started_by
FROM entities AS e JOIN revisions AS r ON r.id = e.revision JOIN operations AS o ON o.seq = r.operation
WHERE e.page = :page AND e.section = :section AND e.environment = :environment

-- name: copies
-- All copy of one environment, with its text.
SELECT e.environment, r.*, o.id AS operation_id, o.started_by
FROM entities AS e JOIN revisions AS r ON r.id = e.revision JOIN operations AS o ON o.seq = r.operation
WHERE e.environment = :environment

-- name: holdings
-- What stands in every section of these pages (all pages if none is named), without the text.
SELECT e.page, e.section, e.environment, e.revision, r.hash, r.origin, r.is_draft, r.template
FROM entities AS e JOIN revisions AS r ON r.id = e.revision
WHERE :pages = '[]' OR e.page IN (SELECT value FROM json_each(:pages))

-- name: point
-- An entity points at a revision from now on.
INSERT INTO entities (page, section, environment, revision, updated_at)
VALUES (:page, :section, :environment, :revision, :now)
ON CONFLICT DO UPDATE SET revision = excluded.revision, updated_at = excluded.updated_at

-- name: remove
-- An entity is gone: there is no copy in this environment.
DELETE FROM entities WHERE page = :page AND section = :section AND environment = :environment

-- name: add_change
-- What an operation did to an entity.
INSERT INTO changes (operation, page, section, environment, before, after, undoes, created_at)
VALUES (:operation, :page, :section, :environment, :before, :after, :undoes, :now)
RETURNING id

-- name: changes_of
-- The changes of an operation in order.
SELECT c.*, o.id AS operation_id FROM changes AS c JOIN operations AS o ON o.seq = c.operation
WHERE c.operation = :operation AND c.id >= :from_id ORDER BY c.id LIMIT :limit

-- name: last_change_of
-- The newest change of an operation.
SELECT c.*, o.id AS operation_id FROM changes AS c JOIN operations AS o ON o.seq = c.operation
WHERE c.operation = :operation ORDER BY c.id DESC LIMIT 1

-- name: record_promotions
-- One change for every pending job of a promote.
INSERT INTO changes (operation, page, section, environment, before, after, undoes, created_at)
SELECT j.operation, j.page, j.section, 'production', e.revision, j.revision, NULL, :now
FROM jobs AS j LEFT JOIN entities AS e
    ON e.page = j.page AND e.section = j.section AND e.environment = 'production'
WHERE j.operation = :operation AND j.state = 'pending' ORDER BY j.position

-- name: move_production
-- Production points at the revisions of the pending jobs of a promote.
INSERT INTO entities (page, section, environment, revision, updated_at)
SELECT j.page, j.section, 'production', j.revision, :now FROM jobs AS j
WHERE j.operation = :operation AND j.state = 'pending'
ON CONFLICT DO UPDATE SET revision = excluded.revision, updated_at = excluded.updated_at

-- name: placeholders_released
-- How many sections an operation has published, or has yet to, as placeholder drafts. (Finished jobs are pruned one day.)
SELECT count(*) FROM revisions WHERE is_draft AND id IN (
    SELECT revision FROM jobs WHERE operation = :operation AND state IN ('pending', 'processing')
    UNION ALL SELECT after FROM changes WHERE operation = :operation)

-- name: standing_changes
-- The changes of these operations that nobody has undone, newest first.
SELECT c.id, c.operation, c.page, c.section, c.environment, c.before, c.after, c.undoes
FROM changes AS c WHERE c.operation IN (SELECT value FROM json_each(:operations)) AND c.undone_by IS NULL
ORDER BY c.id DESC

-- name: changes_by_id
-- These changes, newest first.
SELECT c.id, c.operation, c.page, c.section, c.environment, c.before, c.after, c.undoes, c.undone_by
FROM changes AS c WHERE c.id IN (SELECT value FROM json_each(:ids)) ORDER BY c.id DESC

-- name: last_release_of
-- The newest standing release of each section of production, by section. (The bare column is that of the newest.)
SELECT max(c.id) AS id, c.operation, c.page, c.section
FROM changes AS c JOIN operations AS o ON o.seq = c.operation
WHERE o.kind = 'promote' AND c.undone_by IS NULL AND c.environment = 'production'
  AND (:pages = '[]' OR c.page IN (SELECT value FROM json_each(:pages)))
GROUP BY c.page, c.section

-- name: who_undid
-- The operations that undid changes of this one.
SELECT DISTINCT o.id FROM changes AS c JOIN changes AS u ON u.id = c.undone_by JOIN operations AS o ON o.seq = u.operation
WHERE c.operation = :operation

-- name: changed_since
-- What was done to this entity after a change, still stands, and is not itself the undoing of something.
SELECT id FROM changes
WHERE page = :page AND section = :section AND environment = :environment AND id > :change
  AND undoes IS NULL AND undone_by IS NULL

-- name: last_changed_by
-- The operation that changed this entity last.
SELECT o.id FROM changes AS c JOIN operations AS o ON o.seq = c.operation
WHERE c.page = :page AND c.section = :section AND c.environment = :environment ORDER BY c.id DESC LIMIT 1

-- name: mark_undone
-- A change was taken back by another; null makes it stand again.
UPDATE changes SET undone_by = :undone_by WHERE id = :id

-- name: undoes
-- The change that this one took back.
SELECT undoes FROM changes WHERE id = :id

-- name: counts
-- How many sections have copy, by environment.
SELECT environment, count(*) AS sections FROM entities GROUP BY environment
