"""edit-content: the user's own words in the place of a section's copy."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import BeforeValidator, Field, WithJsonSchema

from copydesk.content.desk import Desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.selection import find_section
from copydesk.content.operations.values import Edit
from copydesk.content.reports.receipts import Receipt
from copydesk.content.schema.storable import storable_problem
from copydesk.tools.arguments import Number, Page, Section, from_json
from copydesk.tools.hints import MOVES_COPY
from copydesk.tools.running import Run, desk_of, run_asked
from copydesk.tools.scopes import full_name

_AT_ONCE = Run(dry_run=False, wait_seconds=None, request_id=None)
_NO_SECTION = 'edit-content changes one section: name it as page/section, for example "home/hero". Nothing was changed.'
_NO_FIELDS = "edit-content was given no fields, so there is nothing to change. read-content shows those that there are."


def as_fields(value: object) -> object:
    """An object, also as JSON text; nothing is an empty one."""
    match from_json(value):
        case None | "":
            return {}
        case dict() as fields if problem := storable_problem(fields):
            message = f"{problem}, which no copy can hold"
            raise ValueError(message)
        case dict() as fields:
            return fields
        case _:
            message = "should be an object of fields"
            raise ValueError(message)


Fields = Annotated[
    dict[str, Any],
    BeforeValidator(as_fields),
    Field(description="The fields to change, merged into the others (RFC 7396): null removes one, a list is replaced."),
    WithJsonSchema({"type": "object"}),
]
IfRevision = Annotated[
    Number, Field(validation_alias="ifRevision", description="Refuse if the copy is not this revision any more.")
]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        edit_content,
        name="edit-content",
        title="Edit by hand",
        description=(
            "Put the user's own words into the preview copy of a section. Checked against its template; kept by later "
            "generating. Nothing goes live."
        ),
        annotations=MOVES_COPY,
    )


async def edit_content(
    ctx: Context[Desk],
    *,
    page: Page = None,
    section: Section = None,
    fields: Fields,
    if_revision: IfRevision = None,
) -> Annotated[CallToolResult, Receipt]:
    if section is None:
        raise ContentError("empty-scope", _NO_SECTION)
    if not fields:
        raise ContentError("no-fields", _NO_FIELDS)
    desk = desk_of(ctx)
    page_id, section_id = find_section(await desk.site(), full_name(page, section)).key
    edit = Edit(page=page_id, section=section_id, fields=fields, if_revision=if_revision)
    return await run_asked(ctx, _AT_ONCE, lambda asked: desk.submit(edit, asked))
