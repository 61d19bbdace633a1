"""Addresses outside the site: those that its definition or its sources name are known, all others were made up."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copydesk.content.definition.models import Site

__all__ = ["NamedLinks", "texts_of_site"]

_ADDRESS: Final = re.compile(
    r"(?<![\w.-])(?:https?:)?(?://)?(?:www\.)?((?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:[/?#][^\s<>\"'`\\\])}|]*)?)",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w.-]+\w")
_DIGITS: Final = re.compile(r"(?<!\d)\d[\d \t()./-]{4,}\d")
_SCHEME: Final = re.compile(r"^(?:https?:)?//(?:www\.)?", re.IGNORECASE)
_FEWEST_DIGITS: Final = 5


class NamedLinks:
    """The addresses, files, mail addresses and telephone numbers that stand in some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    def names(self, address: str) -> bool:
        """Whether the texts name this address: a URL, `mailto:`, `tel:`, or a path that is no page."""
        kind, _, rest = address.partition(":")
        match kind.lower():
            case "mailto":
                return unquote(rest.partition("?")[0]).casefold() in self._mails
            case "tel" | "sms":
                return self._is_number(re.sub(r"\D", "", rest))
            case "http" | "https":
                return _plain(address) in self._addresses
            case _:
                return _plain(address) in self._addresses if address.startswith("//") else address in self._text

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._texts)

    @cached_property
    def _addresses(self) -> frozenset[str]:
        return frozenset(_plain(found[1]) for found in _ADDRESS.finditer(self._text))

    @cached_property
    def _mails(self) -> frozenset[str]:
        return frozenset(found[0].casefold() for found in _MAIL.finditer(self._text))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(re.sub(r"\D", "", found[0]) for found in _DIGITS.finditer(self._text))

    def _is_number(self, digits: str) -> bool:
        """By the end of the number: countries and trunk digits are written in many ways."""
        own = digits.lstrip("0")
        return len(own) >= _FEWEST_DIGITS and any(
            own.endswith(one.lstrip("0")) or one.endswith(own) for one in self._numbers if len(one) >= _FEWEST_DIGITS
        )


def texts_of_site(site: Site) -> Iterator[str]:
    """Everything that the definition and its sources say."""
    yield from (text for text in (site.title, site.description, site.url, site.voice) if text)
    for template in site.templates.values():
        yield from (template.description, template.prompt, template.format or "")
    for route in site.routes:
        yield from (route.title, route.description)
        for section in route.sections:
            yield from (section.prompt or "", section.content or "")
    yield from site.source_texts.values()


def _plain(address: str) -> str:
    """Without what makes no other address: scheme, `www.`, the case of the host, what ends a sentence or a path."""
    bare = _SCHEME.sub("", address).rstrip(".,;:!?").rstrip("/")
    host, slash, path = bare.partition("/")
    return f"{host.casefold()}{slash}{path}"
