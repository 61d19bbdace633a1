"""The words of drafts: what the site definition itself says, fitted to the room a field has."""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Site

__all__ = ["DraftWords", "PlainWords", "fitted"]

_HEADING: Final = re.compile(r"(?<!sub)(?<!sub[_-])(title|headline|heading|name|subject)$", re.IGNORECASE)
_SUBHEADING: Final = re.compile(r"sub[_-]?(title|headline|heading)$|tagline$", re.IGNORECASE)
_LABEL: Final = re.compile(r"(label|button|cta|action|caption|tag|badge|eyebrow|kicker)$", re.IGNORECASE)
_PRICE: Final = re.compile(r"(price|cost|fee)$", re.IGNORECASE)
_QUESTION: Final = re.compile(r"question$", re.IGNORECASE)
_ROLE: Final = re.compile(r"role$", re.IGNORECASE)
_LABELS: Final = ("See {page}", "More about {page}", "Go to {page}", "Discover {page}", "Why {page}")
_PRICES: Final = ("Price to come", "Ask us", "To be announced")
_QUESTIONS: Final = (
    "What should I know about {page}?",
    "What do people ask about {page}?",
    "And what else about {page}?",
    "Who can tell me more about {page}?",
)
_ROLES: Final = ("A regular since the first draft", "A friend of the house", "Somebody who was there", "A neighbour")
_THINGS: Final = ("something good", "something better", "something for later", "something for Sunday")
# Section ids that say what a section does, not what it is about: no words for a reader.
_NAMELESS: Final = frozenset(("hero", "seo", "metadata", "meta", "header", "banner", "intro", "cta", "content"))
_ARTICLE: Final = re.compile(r"(our|the|your|my|an?) ", re.IGNORECASE)
_PHRASE: Final = re.compile(
    r"(for|from|in|at|with|to|how|why|what|where|when|visit|meet|find|get|contact|join) ", re.IGNORECASE
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_NO_PROSE: Final = re.compile(r"^[ \t]*(#{1,6}\s|\|).*$", re.MULTILINE)
_MARKUP: Final = re.compile(r"^[#>*\-\s]+|[*_`]", re.MULTILINE)
_TITLE_PARTS: Final = re.compile(r"\s+[|\u2013\u2014-]\s+")
_MAX_SOURCE_SENTENCES: Final = 40
_ROOMY: Final = 90
_LONGEST_PHRASE: Final = 120
_USUAL_SENTENCES: Final = 3
_ORDINALS: Final = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


class PlainWords:
    """Words without a site: for finding out whether a schema can be satisfied at all."""

    def text(self, name: str, number: int, shortest: int, longest: int | None, *, in_list: bool = False) -> str:
        return fitted(f"{name or 'Text'} {number + 1}", shortest, longest)

    def formatted(self, form: str, number: int) -> tuple[str, ...]:
        return _formatted(form, number, "example.com", "/")


@dataclass(slots=True)
class DraftWords:
    """Words for one section. `shift` turns the choice of words: another draft for each."""

    brief: Brief
    shift: int = 0
    _sentences: tuple[str, ...] | None = None

    def text(self, name: str, number: int, shortest: int, longest: int | None, *, in_list: bool = False) -> str:
        if _HEADING.search(name):
            return self._heading(number, shortest, longest)
        forms = _forms_for(name)
        if not forms and in_list and longest is not None and longest <= _LONGEST_PHRASE:
            return self._list_item(number, shortest, longest)
        if forms or (longest is not None and longest < _ROOMY // 2):
            return self._phrase(forms or _LABELS, number, shortest, longest)
        if _SUBHEADING.search(name):
            return self._sentence(number, shortest, longest, after=1)
        if longest is not None and longest < _ROOMY:
            return self._sentence(number, shortest, longest)
        return _paragraph(_turned(self._all_sentences(), number + self.shift), shortest, longest)

    def formatted(self, form: str, number: int) -> tuple[str, ...]:
        host = urlsplit(self.brief.site.url or "").hostname or "example.com"
        return _formatted(form, number, host, self.brief.route.path)

    def _heading(self, number: int, shortest: int, longest: int | None) -> str:
        page, site = _page_name(self.brief), self.brief.site.title
        place, inner = _as_words(self.brief.section.id), _within_phrase(page)
        whole = f"Welcome to {site}" if page == site else page if site in page else f"{page} at {site}"
        forms: tuple[str, ...]
        if number > 0:
            ordinal = _ORDINALS[number] if number < len(_ORDINALS) else f"No. {number + 1}"
            forms = (f"{ordinal} thing about {inner}", f"{ordinal} reason for {inner}", f"{ordinal} look at {inner}")
        elif place.lower() in _NAMELESS:
            forms = (whole, f"All about {inner}", f"A first look at {inner}", f"Meet {inner}")
        else:
            forms = (f"{page}: {place}", whole, f"{place} for {inner}", f"All about {inner}")
        forms = _turned(forms, self.shift)
        return next(iter(_fitting(forms, shortest, longest)), "") or _counted(forms[0], number, shortest, longest)

    def _list_item(self, number: int, shortest: int, longest: int) -> str:
        """A phrase without a full stop, as templates put list items into one line, with commas."""
        if longest < _ROOMY:
            return self._phrase(_THINGS, number, shortest, longest)
        sentence = self._sentence(number, shortest, longest)
        phrase = sentence.rstrip(".")
        return phrase if len(phrase) >= max(shortest, 1) else sentence

    def _sentence(self, number: int, shortest: int, longest: int | None, *, after: int = 0) -> str:
        """A sentence that fits, another one for each number; then labels, which never run out."""
        turn = number + self.shift + after
        sentences = self._all_sentences()
        fitting = _fitting(sentences, shortest, longest)
        if not fitting:
            return _counted(sentences[turn % len(sentences)], number, shortest, longest)
        index = turn % (len(fitting) + 1)
        if index < len(fitting):
            return fitting[index]
        return self._phrase(_LABELS, number, shortest, longest)

    def _phrase(self, forms: tuple[str, ...], number: int, shortest: int, longest: int | None) -> str:
        """A form about the page, another one for each number; they never run out: items may have to differ."""
        phrases = _about_page(forms, _page_name(self.brief))
        choice = _fitting(phrases, shortest, longest)
        turn = number + self.shift
        if number < len(choice):
            return choice[turn % len(choice)]
        return _counted((choice or phrases)[turn % len(choice or phrases)], number, shortest, longest)

    def _all_sentences(self) -> tuple[str, ...]:
        if self._sentences is None:
            self._sentences = tuple(dict.fromkeys(self._section_sentences())) + _site_sentences(self.brief.site)
        return self._sentences

    def _section_sentences(self) -> Iterator[str]:
        brief = self.brief
        place, page = _as_words(brief.section.id), _within_phrase(_page_name(brief))
        opening = "The" if place.lower() in _NAMELESS else f"This is the place for “{place}”; the"
        yield f"{opening} best words for {page} are still to come."
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
    return _short_title(brief.route.title) or brief.route.id


@lru_cache(maxsize=512)
def _short_title(title: str) -> str:
    """The page's title without the site's name behind it, and without a leading “About”."""
    return re.sub(r"^about\s+(?=\S)", "", _TITLE_PARTS.split(title)[0].strip(), flags=re.IGNORECASE)


@lru_cache(maxsize=512)
def _forms_for(name: str) -> tuple[str, ...]:
    """The phrases for fields that are known by their name; none for all others."""
    known = ((_LABEL, _LABELS), (_PRICE, _PRICES), (_QUESTION, _QUESTIONS), (_ROLE, _ROLES))
    return next((forms for pattern, forms in known if pattern.search(name)), ())


@lru_cache(maxsize=512)
def _about_page(forms: tuple[str, ...], page: str) -> tuple[str, ...]:
    return tuple(form.format(page=_within_phrase(page)) for form in forms)


def _within_phrase(page: str) -> str:
    """“Our breads” is “our breads” within a phrase, “Visit us” stands in quotes; other titles may be names and stay."""
    if _PHRASE.match(page):
        return f"“{page}”"
    return page[0].lower() + page[1:] if _ARTICLE.match(page) else page


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
        plain = " ".join(_MARKUP.sub("", _NO_PROSE.sub("", block)).split())
        yield from (_ended(sentence) for sentence in _SENTENCE_END.split(plain) if sentence)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:" else f"{sentence}."


def _as_words(name: str) -> str:
    return re.sub(r"[._-]+", " ", name).strip().capitalize()


def _turned(texts: tuple[str, ...], turn: int) -> tuple[str, ...]:
    start = turn % len(texts)
    return texts[start:] + texts[:start]


def _fitting(texts: tuple[str, ...], shortest: int, longest: int | None) -> tuple[str, ...]:
    return tuple(text for text in texts if shortest <= len(text) and (longest is None or len(text) <= longest))


def _counted(text: str, number: int, shortest: int, longest: int | None) -> str:
    """The text made to fit, from the second on with its number behind it, so that no two are equal."""
    count = f" {number + 1}" if number else ""
    if longest is None:
        return fitted(text, shortest - len(count), None) + count
    if longest <= len(count):
        return fitted(count.strip(), shortest, longest)
    return fitted(text, shortest - len(count), longest - len(count)) + count


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
    """The text cut after a word, or its words repeated, to a length within the bounds."""
    if longest is not None and len(text) > longest:
        text = _cut(text, longest)
    return text if len(text) >= shortest else _filled(text, shortest, longest)


def _cut(text: str, longest: int) -> str:
    words = text[: max(text.rfind(" ", 0, longest), 0)].rstrip(" ,;:.&-\u2013\u2014")
    if words:
        return f"{words}…"
    # Not even the first word and a sign have room: a word alone, and only then a part of one.
    alone = (word.strip(",;:.&") for word in text.split())
    return next((word for word in alone if 0 < len(word) <= longest), text[:longest])


def _filled(text: str, shortest: int, longest: int | None) -> str:
    """Words repeated up to the shortest length, and dots where no word has room."""
    for word in cycle(text.split()):
        if len(text) >= shortest or (longest is not None and len(text) + 1 + len(word) > longest):
            break
        text = f"{text} {word}"
    return text.ljust(shortest, ".")
