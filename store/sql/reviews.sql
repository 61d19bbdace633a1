-- What somebody was shown before a promote.

-- name: add_review
-- What somebody was shown.
INSERT INTO reviews (id, sections, created_at, expires_at) VALUES (:id, :sections, :now, :expires_at)

-- name: review
-- What somebody was shown.
SELECT * FROM reviews WHERE id = :id

-- name: prune_reviews
-- Reviews end after their time.
DELETE FROM reviews WHERE expires_at <= :now
