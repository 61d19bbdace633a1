-- How fast the attempts of each writer may begin.

-- name: pace
-- What is known of one writer's pace in this boot; an older one is forgotten.
SELECT next_turn, since, begun, learned, sample, slowed_at, refused_since, refusals FROM paces
WHERE writer = :writer AND boot = :boot

-- name: keep_pace
-- Remember it.
INSERT INTO paces (writer, boot, next_turn, since, begun, learned, sample, slowed_at, refused_since, refusals)
VALUES (:writer, :boot, :next_turn, :since, :begun, :learned, :sample, :slowed_at, :refused_since, :refusals)
ON CONFLICT (writer) DO UPDATE
SET boot = excluded.boot, next_turn = excluded.next_turn, since = excluded.since, begun = excluded.begun,
    learned = excluded.learned, sample = excluded.sample, slowed_at = excluded.slowed_at,
    refused_since = excluded.refused_since, refusals = excluded.refusals

-- name: accept
-- The provider answered: it does not refuse everything. Changes nothing, and costs nothing, where it had not refused.
UPDATE paces SET refused_since = NULL, refusals = 0 WHERE writer = :writer AND refusals > 0
