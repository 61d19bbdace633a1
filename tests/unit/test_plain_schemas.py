from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from copydesk.server.plain_schemas import without_empty_defaults, without_titles


class Link(BaseModel):
    title: str
    href: str = Field(default="/", examples=[{"title": "kept"}])


class Page(BaseModel):
    title: str | None = None
    links: list[Link] = [Link(title="Home")]


def test_annotations_go_and_a_property_named_title_stays() -> None:
    assert without_titles(Page.model_json_schema()) == {
        "type": "object",
        "properties": {
            "title": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            "links": {
                "type": "array",
                "items": {"$ref": "#/$defs/Link"},
                "default": [{"title": "Home", "href": "/"}],
            },
        },
        "$defs": {
            "Link": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "href": {"type": "string", "default": "/", "examples": [{"title": "kept"}]},
                },
                "required": ["title"],
            },
        },
    }


def test_the_schema_that_was_given_is_left_as_it_was() -> None:
    schema: dict[str, Any] = {"title": "A", "properties": {"a": {"title": "A"}}}
    without_titles(schema)
    assert schema == {"title": "A", "properties": {"a": {"title": "A"}}}


def test_only_defaults_that_say_something_are_published() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "pages": {"type": "array", "default": []},
            "writer": {"type": "string", "default": None},
            "force": {"type": "boolean", "default": False},
            "default": {"type": "string", "default": "new"},
        }
    }
    assert without_empty_defaults(schema)["properties"] == {
        "pages": {"type": "array"},
        "writer": {"type": "string"},
        "force": {"type": "boolean"},
        "default": {"type": "string", "default": "new"},
    }
