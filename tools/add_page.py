"""add-page: one page more in the site definition."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from copydesk.content.authoring import pages
from copydesk.content.definition.edits import NewPage, NewSection
from copydesk.content.desk import Desk
from copydesk.content.reports.content_views import AddedPage
from copydesk.tools.answers import answer
from copydesk.tools.arguments import DryRun, Id, Names, Text, from_json
from copydesk.tools.hints import EXTENDS
from copydesk.tools.running import desk_of

_MOST_SECTIONS = 200
_TEXT = {"type": "string"}
_SECTION_SCHEMA = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "template": _TEXT,
        "prompt": {**_TEXT, "description": "For the writer."},
        "content": {**_TEXT, "description": "Fixed text instead."},
        "sources": {"type": "array", "items": _TEXT},
    },
    "required": ["id", "template"],
}


class SectionToAdd(BaseModel):
    """A section as the call says it."""

    model_config = ConfigDict(extra="forbid")

    id: str
    template: str
    prompt: Text = None
    content: Text = None
    sources: Names = ()


def as_sections(value: object) -> Any:
    """A list of sections: also as JSON text, and a lone one without its list."""
    match from_json(value):
        case None | "":
            return ()
        case dict() as lone:
            return (lone,)
        case list() | tuple() as several:
            return several
        case _:
            message = "should be a list of sections, each with an id and a template"
            raise ValueError(message)


SectionsToAdd = Annotated[
    tuple[SectionToAdd, ...],
    Field(max_length=_MOST_SECTIONS),
    BeforeValidator(as_sections),
    Field(description="From top to bottom."),
    WithJsonSchema({"type": "array", "items": _SECTION_SCHEMA}),
]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        add_page,
        name="add-page",
        title="Add a page",
        description=(
            "Add a page to the site definition; what is in the file stays as it is. list-site with show: templates "
            "names the templates. It has no copy until generate writes it."
        ),
        annotations=EXTENDS,
    )


async def add_page(
    ctx: Context[Desk],
    *,
    page: Annotated[str, Field(description="Its id: a-z, 0-9, dots, hyphens.")],
    title: Annotated[str, Field(description="Its title.")],
    path: Annotated[Id, Field(description="Default: /page.")] = None,
    description: Annotated[Text, Field(description="What it is for; writers read it.")] = None,
    sections: SectionsToAdd = (),
    dry_run: DryRun = False,
) -> Annotated[CallToolResult, AddedPage]:
    new = NewPage(page, path or f"/{page}", title, description or "", tuple(_new_section(one) for one in sections))
    return answer(await pages.add_page(desk_of(ctx), new, dry_run=dry_run))


def _new_section(section: SectionToAdd) -> NewSection:
    return NewSection(section.id, section.template, section.prompt, section.content, section.sources)
