"""The one place that chooses and exports the SQLite driver, and translates its errors.

One SQLite library per process and file: a second one that opens and closes the file drops the first one's locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from copydesk.store.errors import (
    CannotOpen,
    ConstraintViolated,
    CorruptStore,
    DiskFailure,
    NotWritable,
    StatementFailed,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
)

if TYPE_CHECKING:
    import sqlite3 as sqlite
else:
    try:
        from pysqlite3 import dbapi2 as sqlite
    except ImportError:  # There is no wheel for this platform: the standard library's, whatever its age.
        import sqlite3 as sqlite

__all__ = ["SQLITE_VERSION", "is_busy", "sqlite", "translate", "wal_is_safe"]

SQLITE_VERSION: Final = sqlite.sqlite_version

_BUSY: Final = 5
_PRIMARY_CODE: Final = 0xFF

# By SQLite's primary result codes, https://sqlite.org/rescode.html
_ERRORS: Final[dict[int, type[StoreError]]] = {
    _BUSY: StoreBusy,
    6: StoreBusy,  # LOCKED
    8: NotWritable,  # READONLY
    9: StoreClosed,  # INTERRUPT: only closing interrupts
    10: DiskFailure,  # IOERR
    11: CorruptStore,  # CORRUPT
    13: StoreFull,  # FULL
    14: CannotOpen,  # CANTOPEN
    15: StoreBusy,  # PROTOCOL: the race for the WAL's locks was lost too often
    19: ConstraintViolated,  # CONSTRAINT
    23: CannotOpen,  # AUTH
    26: CorruptStore,  # NOTADB
}


def wal_is_safe(version: str) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, https://sqlite.org/wal.html#walresetbug.

    Fixed in 3.51.3 and 3.53, and in the backports 3.44.6 and 3.50.7.
    """
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    fixed_patch = {(3, 44): 6, (3, 50): 7, (3, 51): 3}.get((major, minor))
    return (major, minor) >= (3, 53) if fixed_patch is None else patch >= fixed_patch


def is_busy(error: sqlite.Error) -> bool:
    """Whether another connection holds the lock, so that trying again may help."""
    return _primary_code(error) == _BUSY


def translate(error: sqlite.Error) -> StoreError:
    """The store's error for the driver's. Raise it `from` the driver's, which has the details."""
    kind = _ERRORS.get(_primary_code(error), StatementFailed)
    return kind(f"{kind().args[0]} (SQLite: {error})")


def _primary_code(error: sqlite.Error) -> int:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return 0 if code is None else code & _PRIMARY_CODE
