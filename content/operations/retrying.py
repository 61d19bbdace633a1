"""Retrying: what is still failed of an operation, as a new operation of the same kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.errors import ContentError
from copydesk.content.failures import remedy_for
from copydesk.content.operations.standing import find_operation
from copydesk.content.operations.values import Edit, Generate, Promote, Regenerate, Rollback, Scope, read_operation
from copydesk.store import entities, operations
from copydesk.store.entities import Place

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.operations.values import Operation
    from copydesk.store.database import Database
    from copydesk.store.models import Job
    from copydesk.store.models import Operation as StoredOperation

_ALL = -1


def read_retry(db: Database, operation_id: str, site: Site) -> Operation:
    """The operation that does again what is still failed, and still defined.

    Raises `ContentError`: unknown-operation, nothing-failed.
    """
    operation = find_operation(db, operation_id)
    failed = operations.failed_jobs(db, operation.seq, limit=_ALL)
    still = [job for job in failed if _is_defined(job, site) and is_still_failed(db, job)]
    if not still:
        raise ContentError("nothing-failed", _nothing_failed(operation_id, len(failed), pruned=operation.pruned_at))
    sections = tuple(f"{job.page}/{job.section}" for job in still)
    scope = Scope(sections=sections)
    match read_operation(operation.request):
        case Generate() | Regenerate() as request:
            return request.model_copy(update={"scope": scope})
        case Promote():
            return Promote(scope=scope)
        case Rollback() | Edit() as request:
            return request


def find_repeated_retry(db: Database, operation_id: str, request_id: str | None) -> StoredOperation | None:
    """The retry of this operation that the same request id made before: by now less, or nothing, may be failed."""
    found = None if request_id is None else operations.by_request_id(db, request_id)
    return found if found is not None and found.retry_of == operation_id else None


def _is_defined(job: Job, site: Site) -> bool:
    route = site.routes_by_id.get(job.page)
    return route is not None and route.section(job.section) is not None


def is_still_failed(db: Database, job: Job) -> bool:
    """Whether the section is as the job found it, and another try can help."""
    current = entities.current(db, Place(job.page, job.section, job.environment))
    return current == job.base and remedy_for(job.error_code).retryable


def _nothing_failed(operation_id: str, failed: int, *, pruned: int | None) -> str:
    if pruned is not None:
        return f"The jobs of {operation_id} are pruned; generate the sections that have no copy instead."
    if not failed:
        return f"Nothing of {operation_id} failed: there is nothing to retry."
    return (
        f"What failed of {operation_id} was written or removed since, or another try cannot help; "
        "check-generation-status shows each failure with its fix."
    )
