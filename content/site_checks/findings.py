"""What a check found, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.content.site_checks.site_copy import SectionCopy

__all__ = ["Fault", "Finding", "Severity"]


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Visitors would notice: a dead link, a field that is empty or does not fit."""
    WARNING = "warning"
    """Somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the text at `path` (a JSON path); `said` makes a sentence with the path before it."""

    code: str
    severity: Severity
    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. `path` is a JSON path into the fields; `message` a sentence."""

    code: str
    severity: Severity
    page: str
    section: str
    path: str
    message: str

    @classmethod
    def of(cls, fault: Fault, copy: SectionCopy) -> Finding:
        return cls(fault.code, fault.severity, copy.page, copy.section, fault.path, f"{fault.path} {fault.said}")

    @classmethod
    def error(cls, code: str, copy: SectionCopy, path: str, message: str) -> Finding:
        return cls(code, Severity.ERROR, copy.page, copy.section, path, message)

    @classmethod
    def warning(cls, code: str, copy: SectionCopy, path: str, message: str) -> Finding:
        return cls(code, Severity.WARNING, copy.page, copy.section, path, message)
