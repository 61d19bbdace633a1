"""The words of drafts: what the site definition itself says, fitted to the room a field has."""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Site

__all__ = ["DraftWords", "PlainWords", "fitted"]

_HEADING: Final = re.compile(r"(title|headline|heading|name|subject)$", re.IGNORECASE)
_LABEL: Final = re.compile(r"(label|button|cta|action|caption|tag|badge|eyebrow|kicker)$", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_MARKUP: Final = re.compile(r"^[#>*\-\s]+|[*_`]", re.MULTILINE)
_TITLE_PARTS: Final = re.compile(r"\s+[|\u2013\u2014-]\s+")
_MAX_SOURCE_SENTENCES: Final = 40
_ROOMY: Final = 90
_USUAL_SENTENCES: Final = 3
_ORDINALS: Final = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


class PlainWords:
    """Words without a site: for finding out whether a schema can be satisfied at all."""

    def text(self, name: str, number: int, shortest: int, longest: int | None) -> str:
        return fitted(f"{name or 'Text'} {number + 1}", shortest, longest)

    def formatted(self, form: str, number: int) -> tuple[str, ...]:
        return _formatted(form, number, "example.com", "/")


@dataclass(slots=True)
class DraftWords:
    """Words for one section. `shift` turns the choice of words: another draft for each."""

    brief: Brief
    shift: int = 0
    _sentences: tuple[str, ...] | None = None

    def text(self, name: str, number: int, shortest: int, longest: int | None) -> str:
        turn = number + self.shift
        if _HEADING.search(name):
            return self._heading(number, shortest, longest)
        if _LABEL.search(name) or (longest is not None and longest < _ROOMY // 2):
            return _first_fitting(_turned(self._labels(number), self.shift), shortest, longest)
        if longest is not None and longest < _ROOMY:
            return self._sentence(turn, shortest, longest)
        return _paragraph(_turned(self._all_sentences(), turn), shortest, longest)

    def formatted(self, form: str, number: int) -> tuple[str, ...]:
        host = urlsplit(self.brief.site.url or "").hostname or "example.com"
        return _formatted(form, number, host, self.brief.route.path)

    def _heading(self, number: int, shortest: int, longest: int | None) -> str:
        page, site = _page_name(self.brief), self.brief.site.title
        place = _as_words(self.brief.section.id)
        forms: tuple[str, ...]
        if number > 0:
            ordinal = _ORDINALS[number] if number < len(_ORDINALS) else f"No. {number + 1}"
            forms = (f"{ordinal} thing about {page}", f"{ordinal} reason for {page}", f"{ordinal} look at {page}")
        else:
            forms = (f"{page}: {place}", f"{page} at {site}", f"{place} for {page}", f"All about {page}")
        return _first_fitting(_turned(forms, self.shift), shortest, longest)

    def _sentence(self, turn: int, shortest: int, longest: int) -> str:
        """A sentence that fits, another one each turn; then labels, which never run out: items may have to differ."""
        sentences = self._all_sentences()
        fitting = [one for one in sentences if shortest <= len(one) <= longest]
        if not fitting:
            return _first_fitting(_turned(sentences, turn), shortest, longest)
        index = turn % (len(fitting) + 1)
        return fitting[index] if index < len(fitting) else _first_fitting(self._labels(turn), shortest, longest)

    def _labels(self, number: int) -> tuple[str, ...]:
        page = _page_name(self.brief)
        forms = (f"See {page}", f"More about {page}", f"Go to {page}", f"Discover {page}", f"Why {page}")
        turn = number % len(forms)
        plain = forms[turn:] + forms[:turn]
        return plain if number < len(forms) else tuple(f"{form} {number + 1}" for form in plain)

    def _all_sentences(self) -> tuple[str, ...]:
        if self._sentences is None:
            self._sentences = tuple(dict.fromkeys(self._section_sentences())) + _site_sentences(self.brief.site)
        return self._sentences

    def _section_sentences(self) -> Iterator[str]:
        brief = self.brief
        place, page = _as_words(brief.section.id).lower(), _page_name(brief)
        yield f"This is where the {place} of {page} will speak for itself."
        yield from _sentences_of(brief.route.description)
        if brief.instructions:
            yield _ended(f"Wished for here: {' '.join(brief.instructions.split())}")
        yield from _sentences_of(brief.section.prompt or "")
        yield f"{brief.site.title} will say it better; until then, this draft keeps the place warm."
        yield from _sentences_of(brief.template.description)


def _formatted(form: str, number: int, host: str, path: str) -> tuple[str, ...]:
    """Texts in the format, the best first; the short ones are for fields with little room."""
    second = number % 60
    known = {
        "date": (f"2030-01-{number % 28 + 1:02}",),
        "time": (f"09:00:{second:02}Z",),
        "date-time": (f"2030-01-01T09:00:{second:02}Z",),
        "email": (f"hello{number or ''}@{host}", "hello@example.com", "a@b.co"),
        "uri": (f"https://{host}{_as_path(path, number)}", f"https://{host}/", "https://a.co", "a:b"),
        "uri-reference": (_as_path(path, number), "/", "a"),
        "uuid": (str(UUID(int=(4 << 76) + (8 << 60) + number + 1)),),
        "hostname": (host if number == 0 else f"www{number}.{host}", "a.co"),
        "ipv4": (f"192.0.2.{number % 254 + 1}",),
        "ipv6": (f"2001:db8::{number + 1:x}",),
    }
    return known.get(form.removeprefix("idn-").replace("iri", "uri"), ())


def _page_name(brief: Brief) -> str:
    """The page's title without the site's name behind it, and without a leading “About”."""
    first = _TITLE_PARTS.split(brief.route.title)[0].strip()
    return re.sub(r"^about\s+(?=\S)", "", first, flags=re.IGNORECASE) or brief.route.id


def _as_path(path: str, number: int) -> str:
    return path if number == 0 else f"{path}#{number + 1}"


# By identity, as briefs keep their stable part; read once for each site object.
_site_texts: Final[dict[int, tuple[str, ...]]] = {}


def _site_sentences(site: Site) -> tuple[str, ...]:
    sentences = _site_texts.get(id(site))
    if sentences is None:
        sentences = _site_texts[id(site)] = tuple(dict.fromkeys(_sentences_of_site(site)))
        weakref.finalize(site, _site_texts.pop, id(site), None)
    return sentences


def _sentences_of_site(site: Site) -> Iterator[str]:
    yield from _sentences_of(site.description)
    found = [sentence for text in site.source_texts.values() for sentence in _sentences_of(text)]
    yield from found[:_MAX_SOURCE_SENTENCES]


def _sentences_of(text: str) -> Iterator[str]:
    for block in text.split("\n\n"):
        plain = " ".join(_MARKUP.sub("", block).split())
        yield from (_ended(sentence) for sentence in _SENTENCE_END.split(plain) if sentence)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:" else f"{sentence}."


def _as_words(name: str) -> str:
    return re.sub(r"[._-]+", " ", name).strip().capitalize()


def _turned(texts: tuple[str, ...], turn: int) -> tuple[str, ...]:
    start = turn % len(texts)
    return texts[start:] + texts[:start]


def _first_fitting(texts: tuple[str, ...], shortest: int, longest: int | None) -> str:
    for text in texts:
        if shortest <= len(text) and (longest is None or len(text) <= longest):
            return text
    return fitted(texts[0], shortest, longest)


def _paragraph(sentences: tuple[str, ...], shortest: int, longest: int | None) -> str:
    """Whole sentences as far as they fit."""
    text = ""
    for number, sentence in enumerate(sentences):
        longer = f"{text} {sentence}" if text else sentence
        if number >= _USUAL_SENTENCES and len(text) >= shortest:
            break
        if longest is None or len(longer) <= longest:
            text = longer
    return fitted(text or sentences[0], shortest, longest)


def fitted(text: str, shortest: int, longest: int | None) -> str:
    """The text cut at a word, or repeated, to a length within the bounds."""
    if len(text) < shortest:
        text = " ".join([text] * (shortest // (len(text) + 1) + 1))[: max(shortest, len(text))].ljust(shortest, ".")
    if longest is None or len(text) <= longest:
        return text
    room = text[: max(longest - 1, 0)]
    words = room.rsplit(" ", 1)[0].rstrip(" ,;:.") if " " in room and text[longest - 1] != " " else room.rstrip()
    cut = f"{words}…" if words and longest > 1 else text[:longest]
    return cut if len(cut) >= shortest else text[:longest]
