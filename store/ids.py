"""The names of operations, jobs and entities as they are told outside, and the fingerprint of copy."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from copydesk.store.database import to_json

if TYPE_CHECKING:
    from copydesk.store.states import Environment

__all__ = ["entity_id", "entity_type", "fields_hash", "job_id", "new_id", "parse_job_id"]

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_ID_BITS = 100


def new_id(prefix: str) -> str:
    """An unguessable id: 100 random bits in base32 behind `prefix_`."""
    bits = secrets.randbits(_ID_BITS)
    return f"{prefix}_" + "".join(_BASE32[(bits >> shift) & 31] for shift in range(0, _ID_BITS, 5))


def job_id(operation_id: str, position: int) -> str:
    """The public id of a job: it holds its operation's id, so it needs no column of its own."""
    return f"job_{operation_id.removeprefix('op_')}_{position}"


def parse_job_id(text: str) -> tuple[str, int] | None:
    """The operation id and position in a job id, or `None` if it is none."""
    prefix, _, rest = text.partition("_")
    name, _, position = rest.rpartition("_")
    if prefix != "job" or not name or not (position.isascii() and position.isdigit()):
        return None
    return f"op_{name}", int(position)


def entity_type(environment: Environment) -> str:
    return f"site-content-{environment.value}"


def entity_id(environment: Environment, page: str, section: str) -> str:
    """`site-content-preview:home:hero`"""
    return f"{entity_type(environment)}:{page}:{section}"


def fields_hash(template: str, fields: object) -> str:
    """Equal for equal copy of the same template."""
    return hashlib.blake2b(f"{template}\n{to_json(fields)}".encode(), digest_size=16).hexdigest()
