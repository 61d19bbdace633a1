"""The addresses of what can be read as a resource: `copydesk://site`, an operation, a page, a section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, unquote

from copydesk.store.states import Environment

__all__ = [
    "OPERATION",
    "PAGE",
    "SECTION",
    "SITE",
    "Address",
    "OperationAddress",
    "PageAddress",
    "SectionAddress",
    "SiteAddress",
    "operation_uri",
    "page_uri",
    "read_address",
    "section_uri",
]

SITE: Final = "copydesk://site"
OPERATION: Final = "copydesk://operations/{id}"
PAGE: Final = "copydesk://{environment}/{page}"
SECTION: Final = "copydesk://{environment}/{page}/{section}"

_PARTS: Final = re.compile(r"copydesk://(?P<parts>[^#?\x00- \x7f-\U0010ffff]+)(\?[!-~]*)?")
_LONGEST: Final = 2_000
"""Characters of an address: ids have 100 at most, and each may be percent-encoded."""


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """The site at a glance."""


@dataclass(frozen=True, slots=True)
class OperationAddress:
    id: str


@dataclass(frozen=True, slots=True)
class PageAddress:
    """All copy of a page. `page` is its id or its path."""

    environment: Environment
    page: str


@dataclass(frozen=True, slots=True)
class SectionAddress:
    """The copy of a section. `page` is the id of its page, or the path."""

    environment: Environment
    page: str
    section: str


Address: TypeAlias = SiteAddress | OperationAddress | PageAddress | SectionAddress


def read_address(uri: str) -> Address | None:
    """What a URI names; `None` if nothing of ours has such an address. Whether it exists is another question."""
    match = _PARTS.fullmatch(uri) if len(uri) <= _LONGEST else None
    parts = match["parts"].split("/") if match else []
    if not all(parts):
        return None
    match [unquote(part) for part in parts]:
        case ["site"]:
            return SiteAddress()
        case ["operations", operation_id]:
            return OperationAddress(operation_id)
        case [("preview" | "production") as environment, page]:
            return PageAddress(Environment(environment), page)
        case [("preview" | "production") as environment, page, section]:
            return SectionAddress(Environment(environment), page, section)
        case _:
            return None


def operation_uri(operation_id: str) -> str:
    return f"copydesk://operations/{quote(operation_id, safe='')}"


def page_uri(environment: Environment, page: str) -> str:
    return f"copydesk://{environment}/{quote(page, safe='')}"


def section_uri(environment: Environment, page: str, section: str) -> str:
    return f"{page_uri(environment, page)}/{quote(section, safe='')}"
