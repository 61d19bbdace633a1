from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from copydesk.content.definition.core_pack import core_templates
from copydesk.content.definition.models import Template
from copydesk.content.rendering import render_markdown
from copydesk.content.schema.compiled import compile_schema

_ALL = list(core_templates().values())
_each = pytest.mark.parametrize("template", _ALL, ids=lambda template: template.name)


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from _schemas(inner)


def _filled(schema: dict[str, Any], *, optional: bool, text: str) -> Any:
    """Fields as long as the schema allows; with the optional ones or without."""
    match schema["type"]:
        case "string":
            return (text * 100)[: schema["maxLength"]]
        case "array":
            return [_filled(schema["items"], optional=optional, text=text)] * schema["maxItems"]
    wanted = schema["properties"] if optional else schema["required"]
    return {key: _filled(schema["properties"][key], optional=optional, text=text) for key in wanted}


def test_the_pack_holds_what_a_small_site_needs() -> None:
    names = "hero features products call-to-action prose faq testimonials pricing contact seo-metadata"
    assert [template.name for template in _ALL] == [f"core:{name}" for name in names.split()]


def test_the_pack_is_read_once() -> None:
    assert core_templates() is core_templates()


@_each
def test_every_text_and_list_of_a_bundled_schema_is_bounded(template: Template) -> None:
    for schema in _schemas(template.schema):
        match schema["type"]:
            case "string":
                assert schema.get("minLength", 0) <= schema["maxLength"] <= 700
            case "array":
                assert 1 <= schema["minItems"] <= schema["maxItems"] <= 8
            case _:
                assert schema["additionalProperties"] is False
                assert set(schema["required"]) <= set(schema["properties"])


@_each
@pytest.mark.parametrize("optional", [True, False], ids=["all fields", "required fields"])
def test_the_markdown_of_a_bundled_template_shows_every_field(template: Template, optional: bool) -> None:
    fields = _filled(template.schema, optional=optional, text="Bread. ")
    assert compile_schema(template.schema).violations(fields) == ()
    markdown = render_markdown(template, fields)
    assert markdown.count("Bread.") == str(fields).count("Bread.")
    assert "\n\n\n" not in markdown
    assert "None" not in markdown


@_each
def test_a_bundled_prompt_is_a_brief_and_not_a_wish(template: Template) -> None:
    assert len(template.prompt) > 300
    assert template.description
