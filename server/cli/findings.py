"""What `copydesk doctor` looks at: each look gives findings, and a wrong one comes with its remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from copydesk.content.definition.suggestions import did_you_mean
from copydesk.content.errors import ContentError
from copydesk.content.reports.pausing import pause_text
from copydesk.content.settings import NOT_SETTINGS, Settings
from copydesk.content.writers.base import AGENT
from copydesk.content.writers.providers.access import OWN_KEYS
from copydesk.content.writers.registry import Writers
from copydesk.store import operations, pauses, workers
from copydesk.store.driver import SQLITE_VERSION, wal_is_safe
from copydesk.store.moments import Moment

if TYPE_CHECKING:
    from pathlib import Path

    from copydesk.content.definition.loader import Loaded
    from copydesk.store.database import Database
    from copydesk.store.models import Operation
    from copydesk.store.pauses import Pause
    from copydesk.store.store import Store
    from copydesk.store.workers import WorkerRecord

__all__ = ["Finding", "look_at_environment", "look_at_site", "look_at_sqlite", "look_at_store", "look_at_writer"]

State: TypeAlias = Literal["ok", "note", "wrong"]

_PREFIX: Final = "COPYDESK_"
_KNOWN_VARIABLES: Final = {
    *NOT_SETTINGS - {"COPYDESK_WRITERS"},
    *(f"{_PREFIX}{name.upper()}" for name in Settings.model_fields if name != "writers"),
}
_LARGE_WAL: Final = 64 * 1024 * 1024
_EVERY: Final = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `note` is worth knowing, `wrong` must be mended; both need a `fix`."""

    topic: str
    state: State
    message: str
    fix: str | None = None

    def __post_init__(self) -> None:
        if self.state != "ok" and not self.fix:
            message = f"The finding {self.message!r} is {self.state} and says no remedy: give it a fix."
            raise ValueError(message)


def look_at_environment(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Variables that look like settings and are none."""
    for variable in sorted(environment):
        if variable.startswith(_PREFIX) and variable not in _KNOWN_VARIABLES and not variable.startswith(OWN_KEYS):
            hint = did_you_mean(variable, sorted(_KNOWN_VARIABLES))
            yield Finding("settings", "note", f"{variable} is set and is no setting; {hint}", "Rename or unset it.")


def look_at_site(loaded: Loaded) -> Iterator[Finding]:
    """Whether the definition is valid; every problem is a finding of its own."""
    if loaded.snapshot is None:
        for problem in loaded.problems:
            yield Finding("site", "wrong", str(problem), f"Put {problem.path or 'it'} right in {problem.file}.")
        return
    site = loaded.snapshot.site
    sources = f", {len(site.source_texts)} sources" if site.source_texts else ""
    yield Finding("site", "ok", f"{site.title}: {len(site.routes)} pages, {site.section_count} sections{sources}.")


def look_at_writer(settings: Settings, root: Path | None = None) -> Iterator[Finding]:
    """Whether the writer that the settings name exists here; `root` is the project's folder."""
    if settings.writer is None:
        yield Finding(
            "writer", "ok", "Nobody is set: a chat's assistant writes itself, else outline, placeholder drafts."
        )
        return
    try:
        writers = Writers(root=root, settings=settings)
        writer = writers.resolve(settings.writer)
    except ContentError as error:
        yield Finding("writer", "wrong", str(error), "Correct the setting writer, or pass --writer.")
        return
    if variable := writers.missing_key(settings.writer):
        yield Finding("writer", "note", f"{writer.name} has no key here.", f"Set {variable} where the worker runs.")
    else:
        yield Finding("writer", "ok", f"{writer.name}{', placeholder drafts' if writer.is_draft else ''}.")


def look_at_sqlite(version: str = SQLITE_VERSION, *, allow_unsafe_wal: bool = False) -> Iterator[Finding]:
    """Whether this SQLite may use a write-ahead log."""
    if wal_is_safe(version):
        yield Finding("sqlite", "ok", f"SQLite {version}, safe with a write-ahead log.")
        return
    fix = "Install `pysqlite3` where it has wheels, or a Python with SQLite 3.51.3 or later."
    if allow_unsafe_wal:
        yield Finding("sqlite", "wrong", f"SQLite {version} can damage WAL files, and allow_unsafe_wal is on.", fix)
    else:
        yield Finding("sqlite", "note", f"SQLite {version} is used with a rollback journal, which is slower.", fix)


async def look_at_store(store: Store) -> list[Finding]:
    """The open database: its journal, how processes notice each other, the workers and the queue."""
    present, unfinished = await store.read(_read_queue, at=Moment.read(store.clock))
    paused = await store.read(pauses.pauses, at=Moment.read(store.clock))
    resting = _look_at_pauses(paused)
    return [*_look_at_files(store), *_look_at_neighbours(store), *_look_at_queue(present, unfinished), *resting]


def _read_queue(db: Database, *, at: Moment) -> tuple[list[WorkerRecord], list[Operation]]:
    return workers.present(db, at=at), operations.unfinished(db, limit=_EVERY)


def _look_at_files(store: Store) -> Iterator[Finding]:
    yield Finding("database", "ok", f"{store.path}, journal mode {store.journal_mode}.")
    size = store.wal_size()
    if size > _LARGE_WAL:
        message = f"The write-ahead log has grown to {size // 2**20} MB."
        yield Finding("wal", "wrong", message, "A process holds an old read open: end it, and the log shrinks.")
    else:
        yield Finding("wal", "ok", f"The write-ahead log has {size // 1024} kB.")


def _look_at_neighbours(store: Store) -> Iterator[Finding]:
    if store.presence.works:
        yield Finding("presence", "ok", "A process that dies is noticed within two seconds.")
    else:
        message = "The death of a process is noticed only when its leases run out (30 s)."
        yield Finding("presence", "note", message, f"Let {store.path.parent / 'run'} be on a local disk with locks.")
    if store.has_bells:
        yield Finding("bells", "ok", "Processes wake each other at each commit.")
    else:
        message = "Processes cannot wake each other here and poll instead (25 ms while somebody waits)."
        yield Finding("bells", "note", message, f"Let {store.path.parent / 'run'} be on a disk with Unix sockets.")


def _look_at_pauses(paused: list[Pause]) -> Iterator[Finding]:
    for one in paused:
        message = f"{pause_text(one)} It said: {one.reason}"
        yield Finding("queue", "note", message, "Wait, or lower `rate` or `concurrency`.")


def _look_at_queue(present: list[WorkerRecord], unfinished: list[Operation]) -> Iterator[Finding]:
    yield from _look_at_briefs([one for one in unfinished if one.writer == AGENT])
    others = [one for one in unfinished if one.writer != AGENT]
    pending = sum(one.pending for one in others)
    processing = sum(one.processing for one in others)
    queue = f"{pending} jobs pending, {processing} processing."
    if pending and not present:
        fix = "Start one with `copydesk worker`, or a server with its worker on."
        yield Finding("queue", "wrong", f"{queue} No worker is running.", fix)
        return
    yield Finding("queue", "ok", queue)
    names = ", ".join(f"{worker.owner} ({worker.concurrency} at a time)" for worker in present)
    yield Finding("workers", "ok", names or "None is running, and nothing waits for one.")
    yield from _look_at_writers_missing(present, others)


def _look_at_briefs(unfinished: list[Operation]) -> Iterator[Finding]:
    if waiting := sum(one.pending + one.processing for one in unfinished):
        message = f"{waiting} jobs wait for an assistant to write them (writer: agent); no worker does."
        yield Finding("briefs", "note", message, "Let it take-brief in a chat, or `copydesk cancel` them.")


def _look_at_writers_missing(present: list[WorkerRecord], unfinished: list[Operation]) -> Iterator[Finding]:
    known = {name for worker in present for name in worker.writers}
    for writer in sorted({one.writer for one in unfinished if one.pending and one.writer} - known):
        fix = "Set its key where the worker runs, or install what it needs there, and restart the worker."
        yield Finding("workers", "wrong", f"Jobs wait for {writer}, and no running worker can use it.", fix)
