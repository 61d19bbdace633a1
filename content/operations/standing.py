"""What the store holds, as far as the plan of one operation needs it. Read in the transaction that plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from copydesk.content.definition.suggestions import nearest
from copydesk.content.errors import ContentError
from copydesk.content.operations.selection import find_route, find_section, select
from copydesk.content.operations.values import Edit, Promote, Rollback
from copydesk.store import entities, operations, reviews, undo
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from copydesk.content.definition.models import Site
    from copydesk.content.operations.values import Operation, Scope
    from copydesk.store.database import Database
    from copydesk.store.models import Change, Holding, Job, UnfinishedJob
    from copydesk.store.models import Operation as StoredOperation
    from copydesk.store.moments import Moment

SectionKey: TypeAlias = tuple[str, str]
"""(page id, section id)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The copy that stands, the jobs under way, and for a rollback the changes it would take back, newest first."""

    preview: Mapping[SectionKey, Holding] = field(default_factory=dict)
    production: Mapping[SectionKey, Holding] = field(default_factory=dict)
    unfinished: Mapping[tuple[Environment, str, str], UnfinishedJob] = field(default_factory=dict)
    review: reviews.Review | None = None
    undone: Sequence[StoredOperation] = ()
    """The operations that a rollback names, in the order it names them."""
    undone_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Which operations undid changes of those."""
    changes: Sequence[Change] = ()
    drift: Sequence[undo.Drift] = ()

    def in_progress(self, environment: Environment, key: SectionKey) -> UnfinishedJob | None:
        return self.unfinished.get((environment, *key))


def read_standing(db: Database, operation: Operation, site: Site, *, at: Moment) -> Standing:
    """Read what `operation` needs to be planned.

    Raises `ContentError`: unknown-operation, unknown-review, and for a scope what `select` raises.
    """
    match operation:
        case Rollback(operation_ids=ids) if ids:
            return _for_undo_of_operations(db, ids)
        case Rollback(scope=scope):
            return _for_undo_of_releases(db, scope, site)
        case Promote(review_id=str(review_id)):
            return _with_copy(db, (), review=_find_review(db, review_id, at))
        case Edit():
            return Standing()
        case _:
            return _with_copy(db, pages_of(operation.scope, site))


def _with_copy(db: Database, pages: Sequence[str], review: reviews.Review | None = None) -> Standing:
    held = entities.holdings(db, pages)
    return Standing(
        preview=_in(Environment.PREVIEW, held),
        production=_in(Environment.PRODUCTION, held),
        unfinished=_unfinished(db, pages),
        review=review,
    )


def _in(environment: Environment, held: Sequence[Holding]) -> dict[SectionKey, Holding]:
    return {(one.page, one.section): one for one in held if one.environment is environment}


def _unfinished(db: Database, pages: Sequence[str] = ()) -> dict[tuple[Environment, str, str], UnfinishedJob]:
    return {(job.environment, job.page, job.section): job for job in operations.unfinished_jobs(db, pages)}


def _find_review(db: Database, review_id: str, at: Moment) -> reviews.Review:
    review = reviews.find(db, review_id)
    if review is None or review.expires_at <= at.now:
        message = f'There is no review "{review_id}", or it is older than 24 hours. Compare the content again.'
        raise ContentError("unknown-review", message)
    return review


def _for_undo_of_releases(db: Database, scope: Scope, site: Site) -> Standing:
    """Only of the sections that are meant: what became of others (orphans, too) is no drift of these."""
    releases = undo.last_releases(db, pages_of(scope, site))
    wanted = [releases[key].change for key in _in_the_last_release(scope, site, releases)]
    changes = undo.changes_by_id(db, wanted)
    return Standing(unfinished=_unfinished(db), changes=changes, drift=undo.find_drift(db, changes))


def _in_the_last_release(scope: Scope, site: Site, releases: Mapping[SectionKey, undo.Release]) -> Iterator[SectionKey]:
    """The sections that the last release touched: of the site, of each page that is named, or of each section."""
    together: dict[object, list[SectionKey]] = {}
    for selected in select(scope, site):
        if selected.key in releases:
            group = None if scope.all else selected.route.id if scope.pages else selected.key
            together.setdefault(group, []).append(selected.key)
    for keys in together.values():
        last = max((releases[key] for key in keys), key=lambda release: release.change).operation
        yield from (key for key in keys if releases[key].operation == last)


def _for_undo_of_operations(db: Database, ids: Sequence[str]) -> Standing:
    named = [find_operation(db, operation_id) for operation_id in dict.fromkeys(ids)]
    seqs = [one.seq for one in named]
    changes = undo.standing_changes(db, seqs)
    return Standing(
        # Their own unfinished jobs are cancelled first, so they are in nobody's way.
        unfinished={place: job for place, job in _unfinished(db).items() if job.operation not in seqs},
        undone=named,
        undone_by={one.id: undo.who_undid(db, one.seq) for one in named},
        changes=changes,
        drift=undo.find_drift(db, changes),
    )


def pages_of(scope: Scope, site: Site) -> list[str]:
    """The ids of the pages that a scope touches; empty for all of them. Raises `ContentError` for unknown names."""
    if scope.all:
        return []
    routes = [find_route(site, name) for name in scope.pages]
    routes += [find_section(site, name).route for name in scope.sections]
    return list(dict.fromkeys(route.id for route in routes))


def find_operation(db: Database, operation_id: str) -> StoredOperation:
    """The operation with this id. Raises `ContentError` (unknown-operation) that names the nearest."""
    found = operations.by_id(db, operation_id)
    if found is None:
        # Only a slip of the pen is corrected: what is no id at all learns of none.
        near = nearest(operation_id, operations.recent_ids(db))
        hint = f': did you mean "{near}"?' if near else "."
        message = (
            f'There is no operation "{operation_id}"{hint} Without an id, check-generation-status shows the latest.'
        )
        raise ContentError("unknown-operation", message)
    return found


def find_job(db: Database, job_id: str) -> Job:
    """The job with this id. Raises `ContentError` (unknown-job)."""
    found = operations.job(db, job_id)
    if found is None:
        message = (
            f'There is no job "{job_id}" (finished jobs are pruned after a while). check-generation-status without '
            "arguments shows the latest operation with its jobs."
        )
        raise ContentError("unknown-job", message)
    return found
