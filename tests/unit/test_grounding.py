"""What a writer is held against while it writes, and what becomes of copy that misses some of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.definition.core_pack import core_templates
from copydesk.content.definition.models import Route, Section, Site, Template, Terms
from copydesk.content.grounding import binding_violations, check_written, wishes_missed
from copydesk.content.work.composing import Composition
from copydesk.content.writers.base import Answer, Correction, Estimate, Invalid, Permanent, Transient, Usage, Written
from copydesk.content.writers.outline import OutlineWriter

_TEXT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "maxLength": 200},
        "url": {"type": "string"},
        "kind": {"enum": ["journey", "stay"]},
    },
}
_SEO = {"type": "object", "properties": {"title": {"type": "string"}}}


def _brief(section: str = "text", **wishes: Any) -> Brief:
    sections = (Section("text", "inn:text", prompt="Link to https://map.example/inn."), Section("seo", "inn:seo"))
    templates = {
        "inn:text": Template("inn:text", "A text", "Write.", _TEXT),
        "inn:seo": Template("inn:seo", "", "Write.", _SEO),
    }
    terms = Terms(use=("Wi-Fi",), avoid=("journey", "nestled"))
    routes = (Route("home", "/", "Home", "", sections), Route("rooms", "/rooms", "Rooms", "", (sections[0],)))
    facts = {"facts.md": "Book at book.example/inn or call 0155 123 45."}
    return build_brief(
        Site("inn", "Inn", "", None, None, ("facts.md",), templates, routes, facts, terms), "home", section, **wishes
    )


class _Scripted:
    """Gives its answers one after the other, and remembers what it was shown."""

    name = "scripted"

    def __init__(self, *answers: Answer | Exception, is_draft: bool = False) -> None:
        self.is_draft = is_draft
        self.shown: list[Correction | None] = []
        self._answers = list(answers)

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        self.shown.append(correction)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()


def _said(text: str, **fields: str) -> Written:
    return Written({"text": text, **fields}, Usage(10, 5, 0.5))


async def _composed(answers: Sequence[Answer | Exception], *, is_draft: bool = False, **wishes: Any) -> Any:
    writer = _Scripted(*answers, is_draft=is_draft)
    composition = Composition(writer, _brief(**wishes))
    return await composition.run(), writer


def test_everything_wrong_is_told_at_once_with_its_path_and_what_binds_comes_first() -> None:
    fields = {"text": "A nestled inn with wifi. See [rooms](/roms).", "url": "https://made.up.example", "more": "x"}
    found = check_written(_brief(keep=("since 1987",)), fields)
    assert [violation.path for violation in found] == ["$.more", "$", "$.text", "$.text", "$.text", "$.url"]
    told = "\n".join(map(str, found))
    for part in ("more", "since 1987", 'says "nestled"', 'writes "Wi-Fi"', 'did you mean "/rooms"?', "made.up.example"):
        assert part in told
    assert len(binding_violations(_brief(keep=("since 1987",)), fields)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Wi-Fi in [rooms](/rooms), [here](#seo), [it](https://book.example/inn), <a href='tel:+4915512345'>"},
        {"text": "See [us](https://map.example/inn).", "url": "/rooms?from=home#text"},
        {"text": "Fine.", "kind": "journey"},
    ],
)
def test_copy_that_keeps_to_the_site_has_nothing_to_put_right(fields: dict[str, Any]) -> None:
    assert check_written(_brief(), fields) == ()


def test_an_address_from_the_wishes_of_a_request_may_be_linked() -> None:
    fields = {"text": "[x](https://asked.example/for) [y](#booking)"}
    assert len(wishes_missed(_brief(), fields)) == 2
    assert wishes_missed(_brief(instructions="Link to https://asked.example/for and to #booking."), fields) == ()


def test_a_text_to_keep_may_hold_a_word_to_avoid() -> None:
    assert check_written(_brief(keep=("a journey home",)), {"text": "It is a journey home."}) == ()
    assert len(check_written(_brief(keep=("a journey home",)), {"text": "It is a journey home, a journey."})) == 1


def test_lengths_and_empty_texts_are_told_once() -> None:
    assert [one.path for one in check_written(_brief("seo"), {"title": "x" * 61})] == ["$.title"]
    assert [one.path for one in check_written(_brief(), {"text": " "})] == ["$.text", "$"]
    assert [one.path for one in check_written(_brief(), {"text": "x" * 201})] == ["$.text"]


def test_what_is_no_object_only_misses_its_schema() -> None:
    assert [str(one) for one in check_written(_brief(), ["nestled"])] == ["$ is an array, not an object"]


async def test_a_writer_is_shown_what_the_checks_found_and_puts_it_right() -> None:
    result, writer = await _composed([_said("A nestled inn."), _said("A small inn.")])
    assert (result.fields, result.usage) == ({"text": "A small inn."}, Usage(20, 10, 1.0))
    assert [str(one) for one in writer.shown[1].violations] == [
        '$.text says "nestled", which this site avoids; find another word.'
    ]


async def test_copy_that_still_misses_a_wish_after_the_last_correction_is_taken() -> None:
    result, writer = await _composed([_said("Nestled wifi."), _said("So nestled."), _said("[x](/roms) nestled")])
    assert isinstance(result, Written)
    assert result.fields == {"text": "So nestled."}, "of all that binds, the one that misses least"
    assert (len(writer.shown), result.usage) == (3, Usage(30, 15, 1.5))


async def test_a_writer_that_does_no_better_is_not_asked_a_third_time() -> None:
    result, writer = await _composed([_said("A nestled inn."), _said("Inn, nestled.")])
    assert isinstance(result, Written)
    assert len(writer.shown) == 2


async def test_copy_that_misses_what_binds_to_the_end_is_none() -> None:
    result, _ = await _composed([_said("x" * 201)] * 3)
    assert isinstance(result, Invalid)
    lost, _ = await _composed([_said("x")] * 3, keep=("since 1987",))
    assert isinstance(lost, Invalid)
    assert "since 1987" in str(lost.violations[0])


async def test_usable_copy_outlives_what_goes_wrong_while_it_is_improved() -> None:
    broken, _ = await _composed([_said("Nestled."), _said("x" * 201), _said("y" * 201)])
    failed, _ = await _composed([_said("Nestled."), OSError("gone")])
    refused, _ = await _composed([_said("Nestled."), Permanent("refused", "No.")])
    assert [one.fields for one in (broken, failed, refused)] == [{"text": "Nestled."}] * 3
    assert failed.usage == Usage(10, 5, 0.5)


async def test_a_wrong_key_stops_the_operation_even_then() -> None:
    result, _ = await _composed([_said("Nestled."), Permanent("wrong-key", "No.", stops="key")])
    assert isinstance(result, Permanent)


async def test_placeholders_are_held_only_against_what_binds() -> None:
    result, writer = await _composed([_said("A nestled inn.")], is_draft=True)
    assert isinstance(result, Written)
    assert len(writer.shown) == 1


async def test_the_outline_writer_is_never_corrected() -> None:
    for name, template in core_templates().items():
        site = Site(
            "inn",
            "Nestled Inn",
            "A journey",
            None,
            None,
            (),
            {name: template},
            (Route("home", "/", "Home", "", (Section("one", name),)),),
            terms=Terms(avoid=("nestled", "journey")),
        )
        result = await Composition(OutlineWriter(), build_brief(site, "home", "one")).run()
        assert isinstance(result, Written)


@pytest.mark.parametrize("form", [str, repr])
async def test_no_secret_gets_past_the_dialogue_with_a_writer(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", "planted-'\\-key-1234567890")
    secret = form("planted-'\\-key-1234567890")
    raised, _ = await _composed([OSError(f"401 for {secret}")])
    returned, _ = await _composed([Transient("x", f"Bearer {secret}")])
    copied, _ = await _composed([_said(f"My key is {secret}")])
    modelled, _ = await _composed([Written({"text": "Fine."}, model=f"model-{secret}")])
    for one in (raised, returned, copied):
        assert "PLANTED_API_KEY" in one.message
    assert "planted" not in "".join(map(repr, (raised, returned, copied, modelled)))
