"""The formats of strings that are checked, the same on every machine.

jsonschema's own checker depends on which optional libraries happen to be installed; copy must not be valid here and
invalid there. Formats that are not listed stay annotations, as the specification has it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMATS"]

_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_HOSTNAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE
)
_UNSAFE_IN_URI: Final = re.compile(r'[\s<>"{}|\\^`]')


def _is_date(text: str) -> bool:
    return len(text) == len("2026-01-31") and bool(date.fromisoformat(text))


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    return text[10:11] in ("T", "t") and _is_date(text[:10]) and _is_time(text[11:])


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _is_hostname(text: str) -> bool:
    return _HOSTNAME.fullmatch(text) is not None


def _is_uri_reference(text: str) -> bool:
    urlsplit(text)
    return _UNSAFE_IN_URI.search(text) is None


def _is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return _is_uri_reference(text) and bool(parts.scheme) and bool(parts.netloc or parts.path)


def _is_uuid(text: str) -> bool:
    return str(UUID(text)) == text.lower()


def _is_ipv4(text: str) -> bool:
    return bool(str(ipaddress.IPv4Address(text)))


def _is_ipv6(text: str) -> bool:
    return "%" not in text and bool(str(ipaddress.IPv6Address(text)))


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "email": _is_email,
    "hostname": _is_hostname,
    "uri": _is_uri,
    "uri-reference": _is_uri_reference,
    "uuid": _is_uuid,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
}


def _for_any_instance(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """Formats speak of strings; anything else passes them."""
    return lambda instance: not isinstance(instance, str) or check(instance)


def _checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in _CHECKS.items():
        checker.checks(name, raises=ValueError)(_for_any_instance(check))
    return checker


FORMATS: Final = _checker()
