-- Writers whose provider asked all its callers to wait.

-- name: pause_writer
-- Nobody claims jobs of this writer until then; a shorter pause does not end a longer one.
INSERT INTO pauses (writer, until, boot, reason) VALUES (:writer, :until, :boot, :reason)
ON CONFLICT (writer) DO UPDATE
SET until = iif(boot = excluded.boot, max(until, excluded.until), excluded.until),
    boot = excluded.boot, reason = excluded.reason

-- name: pauses
-- The writers that are paused now.
SELECT writer, until - :boot_now AS milliseconds, reason FROM pauses WHERE boot = :boot AND until > :boot_now
