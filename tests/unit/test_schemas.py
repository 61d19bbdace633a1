from __future__ import annotations

from typing import Any

import pytest

from copydesk.content.schema.compiled import MAX_VIOLATIONS, compile_schema, schema_problems


def _with(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _problem(schema: object) -> str:
    return "\n".join(f"{path} {sentence}" for path, sentence in schema_problems(schema))


def test_a_sound_schema_has_no_problems() -> None:
    schema = _with(title={"type": "string", "maxLength": 60, "x-hint": "short"}, buttons={"$ref": "#/$defs/buttons"})
    schema |= {"$defs": {"buttons": {"type": "array", "items": {"type": "string"}}}, "required": ["title"]}
    assert schema_problems(schema) == []


@pytest.mark.parametrize(
    ("schema", "path", "part"),
    [
        ("text", "$", "not a string"),
        ({"type": "array"}, "$.type", "must be `object`"),
        ({}, "$.type", "must be `object`"),
        (_with(title={"type": "strng"}), "$.properties.title.type", "did you mean string?"),
        (_with(title={"maxLength": "60"}), "$.properties.title.maxLength", "is a string, not an integer"),
        (_with(title={"maxlength": 60}), "$.properties.title.maxlength", "did you mean maxLength?"),
        (_with(title={"max_length": 60}), "$.properties.title.max_length", "did you mean maxLength?"),
        (_with(title={"minLength": 9, "maxLength": 3}), "$.properties.title.minLength", "no value can meet both"),
        (_with(list={"minItems": 2, "maxItems": 1}), "$.properties.list.minItems", "no value can meet both"),
        (_with(price={"minimum": 2, "maximum": 1}), "$.properties.price.minimum", "no value can meet both"),
        (_with(price={"minimum": 1, "exclusiveMaximum": 1}), "$.properties.price.minimum", "no value can meet both"),
        (_with(tone={"enum": []}), "$.properties.tone.enum", "empty"),
        (_with(code={"pattern": "("}), "$.properties.code.pattern", "is not a regular expression"),
        (_with(code={"pattern": "^(a+)+$"}), "$.properties.code.pattern", "repeats something that itself repeats"),
        (_with(part={"$ref": "#/$defs/part"}), "$.properties.part['$ref']", "not a schema in this schema"),
        (_with(part={"$ref": "https://example.com/a.json"}), "$.properties.part['$ref']", "outside the schema"),
        (_with(part={"$ref": "file:///etc/passwd"}), "$.properties.part['$ref']", "outside the schema"),
        (_with(list={"items": [{"type": "string"}]}), "$.properties.list.items", "prefixItems"),
        ({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}, "$['$schema']", "2020-12"),
        (
            _with(title={}) | {"required": ["titel"], "additionalProperties": False},
            "$.required[0]",
            "did you mean title?",
        ),
    ],
)
def test_each_slip_is_named_with_its_place(schema: object, path: str, part: str) -> None:
    problems = dict(schema_problems(schema))
    plain = path.replace("['", '["').replace("']", '"]')
    assert part in problems[plain]


def test_a_mistyped_reference_suggests_the_right_definition() -> None:
    schema = _with(part={"$ref": "#/$defs/buton"}) | {"$defs": {"button": {"type": "string"}}}
    assert "did you mean #/$defs/button?" in _problem(schema)


def test_a_reference_that_leads_back_to_itself_is_refused() -> None:
    schema = _with(part={"$ref": "#/$defs/a"}) | {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}
    assert "without ever describing a value" in _problem(schema)


def test_a_recursive_schema_is_allowed() -> None:
    assert schema_problems(_with(children={"type": "array", "items": {"$ref": "#"}})) == []


def test_bottomless_nesting_is_refused_rather_than_followed() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(10_000):
        schema = _with(a=schema)
    assert "levels deep" in _problem(schema)


@pytest.mark.parametrize(
    "pattern",
    [r"(\w+\s?)*$", r"(.*)*x", r"(a?a?)*b", r"(x+x+)+y", r"(-a*b*a*)*$", r"(a|ab)*c", r"((ab)+)+", r"^(\d+)*$"],
)
def test_explosive_patterns_are_refused(pattern: str) -> None:
    assert "repeats something" in _problem(_with(code={"pattern": pattern}))


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        r"^(https?://)?([\w-]+\.)+[a-z]{2,}(/\S*)?$",
        r"^[A-Z][a-z]+( [A-Z][a-z]+)*$",
        r"^(ab|ac|xa)+$",
        r"^#[0-9a-f]{6}$",
        r"^\S+(\s\S+){1,9}$",
    ],
)
def test_patterns_that_people_write_are_allowed(pattern: str) -> None:
    assert schema_problems(_with(code={"type": "string", "pattern": pattern})) == []


def test_every_violation_is_reported_with_its_path() -> None:
    button = {
        "type": "object",
        "required": ["label"],
        "properties": {"label": {"type": "string", "maxLength": 60}},
        "additionalProperties": False,
    }
    schema = compile_schema(_with(title={"type": "string"}, buttons={"type": "array", "items": button, "maxItems": 2}))
    fields = {"title": 3, "buttons": [{"label": "a" * 70}, {"colour": "red"}, {"label": "ok"}]}
    assert [str(violation) for violation in schema.violations(fields)] == [
        "$.title is an integer, not a string",
        "$.buttons[0].label is 70 characters, 10 over the limit of 60",
        "$.buttons[1].label is missing",
        "$.buttons[1].colour is not allowed",
        "$.buttons has 3 items, 1 over the limit of 2",
    ]


def test_the_closest_of_several_shapes_is_explained() -> None:
    link = {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}
    violations = compile_schema(_with(link={"anyOf": [link, {"type": "null"}]})).violations({"link": {"url": 1}})
    assert str(violations[0]) == (
        "$.link fits none of the 2 allowed shapes (closest: $.link.url is an integer, not a string)"
    )


def test_no_more_than_fifty_violations_are_reported() -> None:
    schema = compile_schema(_with(tags={"type": "array", "items": {"type": "string"}}))
    assert len(schema.violations({"tags": [1] * 500})) == MAX_VIOLATIONS


def test_an_over_long_text_is_not_searched_for_a_pattern() -> None:
    schema = compile_schema(_with(code={"type": "string", "maxLength": 5, "pattern": "^a+$"}))
    assert [violation.message for violation in schema.violations({"code": "b" * 9})] == [
        "is 9 characters, 4 over the limit of 5"
    ]


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2026-02-28", "2026-02-30"),
        ("date-time", "2026-02-28T09:00:00Z", "2026-02-28 09:00"),
        ("time", "09:00:00+01:00", "9:00"),
        ("email", "a@b.co", "a b"),
        ("uri", "https://a.co/b", "a b"),
        ("uri-reference", "/about#us", "a b"),
        ("uuid", "00000000-0000-4000-8000-000000000001", "1"),
        ("hostname", "a.co", "-a.co"),
        ("ipv4", "192.0.2.1", "192.0.2"),
        ("ipv6", "2001:db8::1", "2001:db8"),
    ],
)
def test_formats_are_checked(form: str, good: str, bad: str) -> None:
    schema = compile_schema(_with(value={"type": "string", "format": form}))
    assert schema.violations({"value": good}) == ()
    assert "is not a valid" in schema.violations({"value": bad})[0].message


def test_equal_schemas_are_compiled_once() -> None:
    assert compile_schema(_with(a={"type": "string"})) is compile_schema(_with(a={"type": "string"}))


def test_changing_a_schema_after_compiling_it_changes_nothing() -> None:
    source = _with(a={"type": "string"})
    schema = compile_schema(source)
    source["properties"]["a"]["type"] = "integer"
    assert schema.violations({"a": "text"}) == ()
