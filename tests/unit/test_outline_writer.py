from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.content.briefs import build_brief
from copydesk.content.definition.models import Fields, Route, Section, Site, Template
from copydesk.content.errors import ContentError
from copydesk.content.schema.checks import check_copy, texts_of
from copydesk.content.schema.compiled import compile_schema, schema_problems
from copydesk.content.writers.base import Estimate, Permanent, Written
from copydesk.content.writers.outline import OutlineWriter, satisfiable
from copydesk.content.writers.registry import Writers

_TINA = Path(__file__).parents[3] / "shared" / "sites" / "tina-io.yaml"

_HERO: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["headline", "text", "buttons"],
    "properties": {
        "headline": {"type": "string", "maxLength": 60},
        "text": {"type": "string", "maxLength": 240},
        "buttons": {
            "type": "array",
            "maxItems": 3,
            "items": {"type": "object", "required": ["label"], "properties": {"label": {"maxLength": 24}}},
        },
    },
}


def _site(schema: dict[str, Any], **template: Any) -> Site:
    hero = Template("rye:hero", "The first thing a visitor sees", "Write the hero.", schema, **template)
    return Site(
        id="rye",
        title="Rye & Shine",
        description="A bakery in the old mill.",
        url="https://rye.example",
        voice=None,
        sources=(),
        templates={"rye:hero": hero},
        routes=(Route("home", "/", "Home | Rye & Shine", "Bread worth rising for.", (Section("hero", "rye:hero"),)),),
        source_texts={"facts/all.md": "# Facts\n\nFounded in 1987. The oven is blue."},
    )


async def _answer(schema: dict[str, Any], **wishes: Any) -> Written | Permanent:
    answer = await OutlineWriter().write(build_brief(_site(schema), "home", "hero", **wishes))
    assert isinstance(answer, Written | Permanent)
    return answer


async def _fields(schema: dict[str, Any], **wishes: Any) -> Fields:
    answer = await _answer(schema, **wishes)
    assert isinstance(answer, Written), answer
    assert check_copy(compile_schema(schema), answer.fields, wishes.get("keep", ())) == ()
    return answer.fields


async def test_a_draft_is_made_of_the_sites_own_words() -> None:
    fields = await _fields(_HERO)
    assert "Home" in fields["headline"]
    assert "Bread worth rising for." in fields["text"]
    assert len({button["label"] for button in fields["buttons"]}) == 3


async def test_equal_briefs_get_equal_copy() -> None:
    assert await _fields(_HERO) == await _fields(_HERO)


async def test_instructions_make_another_draft() -> None:
    assert await _fields(_HERO, instructions="Warmer, please") != await _fields(_HERO)


async def test_improving_keeps_some_of_the_current_copy_and_changes_some() -> None:
    fresh = await _fields(_HERO)
    for current in (fresh, {**fresh, "headline": "Our own headline", "text": "Our own text."}):
        improved = await _fields(_HERO, current=current)
        assert improved not in (fresh, current)
        assert any(improved[name] == current[name] for name in current)


async def test_kept_texts_are_woven_in() -> None:
    fields = await _fields(_HERO, keep=("since 1987", "the blue oven"))
    assert any("the blue oven" in text for text in texts_of(fields))


async def test_a_second_kept_text_does_not_push_out_the_first() -> None:
    tight = {"type": "string", "maxLength": 12}
    schema = {"type": "object", "properties": {"a": tight, "b": tight}, "required": ["a", "b"]}
    fields = await _fields(schema, keep=("twelve chars", "dozen signs!"))
    assert set(fields.values()) == {"twelve chars", "dozen signs!"}


async def test_a_kept_text_without_room_leaves_the_draft_valid() -> None:
    answer = await _answer(_HERO, keep=("x" * 500,))
    assert isinstance(answer, Written)
    assert compile_schema(_HERO).violations(answer.fields) == ()


async def test_a_schema_that_nothing_fits_is_a_permanent_failure() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"allOf": [{"type": "string"}, {"type": "null"}]}},
    }
    answer = await _answer(schema)
    assert isinstance(answer, Permanent)
    assert answer.code == "unsatisfiable-schema"
    assert "$.a" in answer.message


def test_drafts_cost_nothing() -> None:
    writer = OutlineWriter()
    assert writer.estimate(build_brief(_site(_HERO), "home", "hero")) == Estimate(0, 0, 0.0)
    assert (writer.name, writer.is_draft) == ("outline", True)


_STRING = {"type": "string"}
_TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": _STRING, "children": {"items": {"$ref": "#/$defs/t"}}},
}
_VALUES: dict[str, dict[str, Any]] = {
    "no rules": {},
    "several types": {"type": ["null", "string"]},
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "enum": {"enum": [{"a": 1}, 2, None]},
    "const": {"const": [1, {"a": True}]},
    "enum with type": {"type": "string", "enum": [1, "b"]},
    "short string": {"type": "string", "maxLength": 1},
    "empty string": {"type": "string", "maxLength": 0},
    "exact length": {"type": "string", "minLength": 17, "maxLength": 17},
    "long string": {"type": "string", "minLength": 3000},
    "slug": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 20},
    "colour": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
    "price": {"type": "string", "pattern": r"^\$\d+\.\d{2}$"},
    "phone": {"type": "string", "pattern": r"^\+?[0-9 ()-]{7,20}$"},
    "path": {"type": "string", "pattern": "^/([a-z]+/)*$", "minLength": 12},
    "choice pattern": {"type": "string", "pattern": "^(new|used)$"},
    "long pattern": {"type": "string", "pattern": "^[A-Z][a-z ]+$", "minLength": 40, "maxLength": 50},
    "two patterns": {"allOf": [{"pattern": "^[a-z]+$"}, {"pattern": "z$"}], "type": "string", "examples": ["fizz"]},
    **{
        form: {"type": "string", "format": form}
        for form in ("date", "date-time", "time", "email", "uri", "uri-reference", "uuid", "hostname", "ipv4", "ipv6")
    },
    "unknown format": {"type": "string", "format": "markdown"},
    "integer": {"type": "integer", "minimum": 5, "exclusiveMaximum": 7, "multipleOf": 3},
    "number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "cents": {"type": "number", "minimum": 0.05, "maximum": 0.07, "multipleOf": 0.01},
    "negative": {"type": "integer", "maximum": -3},
    "array": {"type": "array", "items": _STRING, "minItems": 5},
    "no items": {"type": "array", "maxItems": 0},
    "unique strings": {
        "type": "array",
        "items": {"type": "string", "maxLength": 30},
        "uniqueItems": True,
        "minItems": 6,
    },
    "unique choices": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
    "few unique choices": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True},
    "unique numbers": {"type": "array", "items": {"type": "integer", "minimum": 3}, "uniqueItems": True, "minItems": 4},
    "unique objects": {
        "type": "array",
        "uniqueItems": True,
        "minItems": 4,
        "items": {"type": "object", "properties": {"label": _STRING}, "required": ["label"]},
    },
    "tuple": {"type": "array", "prefixItems": [_STRING, {"type": "integer"}], "items": False, "minItems": 2},
    "contains": {
        "type": "array",
        "items": {"type": ["integer", "string"]},
        "contains": {"type": "integer"},
        "minContains": 2,
    },
    "open object": {"type": "object", "minProperties": 2},
    "required only": {"type": "object", "required": ["anything"]},
    "typed rest": {"type": "object", "required": ["n"], "additionalProperties": {"type": "integer"}},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x_[a-z]+$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "few properties": {"type": "object", "properties": {"a": _STRING, "b": _STRING, "c": _STRING}, "maxProperties": 1},
    "dependent": {
        "type": "object",
        "properties": {"card": _STRING, "address": _STRING},
        "required": ["card"],
        "dependentRequired": {"card": ["address", "zip"]},
    },
    "property names": {"type": "object", "propertyNames": {"pattern": "^[a-z]{3}$"}, "minProperties": 1},
    "all of": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}},
            {"required": ["a", "b"], "properties": {"a": {"minLength": 5}, "b": {"type": "number"}}},
        ]
    },
    "any of": {"anyOf": [{"type": "integer", "minimum": 4, "maximum": 5, "multipleOf": 3}, {"type": "string"}]},
    "one of": {
        "oneOf": [
            {"type": "object", "properties": {"url": {"format": "uri", "type": "string"}}, "required": ["url"]},
            {"type": "object", "properties": {"page": _STRING}, "required": ["page"], "not": {"required": ["url"]}},
        ]
    },
    "tagged": {
        "oneOf": [
            {
                "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}},
                "required": ["kind", "n"],
                "type": "object",
            },
            {"properties": {"kind": {"const": "b"}}, "required": ["kind"], "type": "object"},
        ]
    },
    "not": {"type": "integer", "minimum": 0, "not": {"enum": [0, 1]}},
    "not a type": {"not": {"type": "string"}},
    "conditional": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["when"], "properties": {"when": {"type": "string", "format": "date"}}},
        "else": {"required": ["why"]},
    },
    "reference": {"$ref": "#/$defs/short"},
    "reference with more": {"$ref": "#/$defs/short", "minLength": 3},
    "recursive": {"$ref": "#/$defs/t"},
    "recursive choice": {"$ref": "#/$defs/e"},
    "anchored": {"$ref": "#short"},
    "closed": {
        "type": "object",
        "allOf": [{"properties": {"a": _STRING}, "required": ["a"]}],
        "properties": {"b": _STRING},
        "unevaluatedProperties": False,
    },
    "dependent schema": {
        "type": "object",
        "properties": {"a": _STRING},
        "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"type": "integer"}}}},
    },
}
_DEFINITIONS = {
    "short": {"$anchor": "short", "type": "string", "maxLength": 8},
    "t": _TREE,
    "e": {
        "anyOf": [
            {
                "type": "object",
                "required": ["l", "r"],
                "properties": {"l": {"$ref": "#/$defs/e"}, "r": {"$ref": "#/$defs/e"}},
            },
            {"type": "integer"},
        ]
    },
}


@pytest.mark.parametrize("value", _VALUES.values(), ids=_VALUES.keys())
async def test_every_keyword_gets_a_valid_value(value: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"value": value}, "required": ["value"], "$defs": _DEFINITIONS}
    assert schema_problems(schema) == []
    assert satisfiable(schema) is None
    assert "value" in await _fields(schema)


@pytest.mark.parametrize(
    "value",
    [
        {"allOf": [{"type": "string"}, {"type": "null"}]},
        {"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]},
        {"allOf": [{"minLength": 5}, {"maxLength": 3}], "type": "string"},
        {"type": "integer", "minimum": 4, "maximum": 5, "multipleOf": 3},
        {"type": "array", "items": {"enum": [1]}, "uniqueItems": True, "minItems": 2},
        {"type": "string", "pattern": "^a+$", "minLength": 3, "allOf": [{"pattern": "^b+$"}]},
        {"$ref": "#/$defs/endless"},
        False,
        {"not": {}},
        {"type": "object", "required": ["a"], "propertyNames": {"enum": ["b"]}},
        {"type": "string", "minLength": 10**12},
        {"type": "string", "minLength": 9, "pattern": "^((a{1,60}b){60}c){60}$", "maxLength": 20},
        {"type": "array", "minItems": 10**12},
        {"type": "object", "minProperties": 10**12},
        {"type": "object", "minProperties": 10**12, "additionalProperties": False},
        {"allOf": [{"anyOf": [{"type": "string", "const": f"{n}{m}"} for m in range(9)]} for n in range(9)]},
    ],
)
def test_what_cannot_be_satisfied_is_said_when_a_site_loads(value: Any) -> None:
    endless = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/endless"}}}
    schema = {"type": "object", "properties": {"value": value}, "required": ["value"], "$defs": {"endless": endless}}
    problem = satisfiable(schema)
    assert problem is not None
    assert problem.startswith("No instance of this schema could be made: $")


_LEAVES = st.one_of(
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 80),
        st.integers(0, 200),
    ),
    st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-9, 9),
        st.integers(0, 9),
    ),
    st.builds(
        lambda low, more: {"type": "number", "minimum": low, "maximum": low + more}, st.floats(-9, 9), st.floats(0.1, 9)
    ),
    st.builds(
        lambda values: {"enum": values}, st.lists(st.one_of(st.none(), st.booleans(), st.text(max_size=5)), min_size=1)
    ),
    st.sampled_from(({"type": "boolean"}, {"type": ["null", "integer"]}, {"type": "string", "format": "date"}, {})),
)


def _objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    properties = st.dictionaries(st.sampled_from(["title", "text", "label", "note", "n"]), inner, max_size=4)
    return st.builds(
        lambda named, closed, count: {
            "type": "object",
            "properties": named,
            "required": list(named)[:count],
            **({"additionalProperties": False} if closed else {}),
        },
        properties,
        st.booleans(),
        st.integers(0, 4),
    )


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    arrays = st.builds(
        lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    choices = st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3))
    return st.one_of(_objects(inner), arrays, choices)


@given(schema=_objects(st.recursive(_LEAVES, _nested, max_leaves=8)))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_any_satisfiable_schema_gets_valid_copy(schema: dict[str, Any]) -> None:
    """Each of these schemas has an instance by its construction."""
    assert schema_problems(schema) == []
    anyio.run(_fields, schema)


def _tina_templates() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(_TINA.read_text(encoding="utf-8"))["templates"]) if _TINA.exists() else {}


@pytest.mark.skipif(not _TINA.exists(), reason=f"the real site {_TINA.name} is not beside the repository")
async def test_every_template_of_a_real_site_gets_valid_copy() -> None:
    templates = _tina_templates()
    assert templates
    for template in templates.values():
        assert schema_problems(template["schema"]) == []
        await _fields(template["schema"])


def test_a_writer_is_found_by_its_name() -> None:
    own = replace(OutlineWriter(), name="own")
    writers = Writers({"own": own})
    assert writers.resolve("own") is own
    assert writers.resolve("outline").is_draft
    assert {"outline", "own"} <= set(writers.runnable())


def test_an_unknown_writer_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ContentError, match='did you mean "outline"') as caught:
        Writers().resolve("outlin")
    assert caught.value.code == "unknown-writer"
    with pytest.raises(ContentError, match='there are "') as caught:
        Writers().resolve("zzzzzzzz")
    assert caught.value.message.count('"outline"') == 1
