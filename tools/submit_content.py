"""submit-content: the assistant's copy for the briefs that it took."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from copydesk.content.assistant.assistant import MOST_ITEMS
from copydesk.content.assistant.handing import MOST_BRIEFS
from copydesk.content.assistant.items import Item
from copydesk.content.assistant.views import SubmissionAnswer
from copydesk.content.desk import Desk
from copydesk.tools.answers import uncut_answer
from copydesk.tools.arguments import Text, as_number, from_json
from copydesk.tools.hints import SUBMITS
from copydesk.tools.running import committed, desk_of
from copydesk.tools.take_brief import taker_of

_ITEM_SCHEMA = {
    "type": "object",
    "properties": {"jobId": {"type": "string"}, "fields": {"type": "object"}},
    "required": ["jobId", "fields"],
}


class SubmittedItem(BaseModel):
    """An item as the call says it. It is judged on its own: what is wrong with one must not cost the others."""

    model_config = ConfigDict(extra="ignore")

    job_id: Annotated[Text, Field(validation_alias=AliasChoices("jobId", "job_id"))] = None
    fields: Any = None


def as_items(value: object) -> Any:
    """A list of items: also as JSON text, and a lone one without its list."""
    match from_json(value):
        case None | "":
            return ()
        case dict() as lone:
            return (lone,)
        case list() | tuple() as several:
            return tuple(from_json(one) for one in several)
        case _:
            message = "should be a list of items, each with a jobId and its fields"
            raise ValueError(message)


Items = Annotated[
    tuple[SubmittedItem, ...],
    Field(max_length=MOST_ITEMS),
    BeforeValidator(as_items),
    Field(description="All fields of each job."),
    WithJsonSchema({"type": "array", "items": _ITEM_SCHEMA}),
]
TakeNext = Annotated[
    Annotated[int, Field(ge=0, le=MOST_BRIEFS)] | None,
    BeforeValidator(as_number),
    Field(validation_alias="takeNext", description="Also hand over up to so many further briefs."),
    WithJsonSchema({"type": "integer"}),
]


def register(server: MCPServer[Desk]) -> None:
    server.add_tool(
        submit_content,
        name="submit-content",
        title="Submit what you wrote",
        description=(
            "Store copy for briefs from take-brief, in preview. Each item is checked and answered for itself: correct "
            "all violations of a rejected one and submit it again. Do nextStep until it is null."
        ),
        annotations=SUBMITS,
    )


async def submit_content(
    ctx: Context[Desk], items: Items, take_next: TakeNext = None
) -> Annotated[CallToolResult, SubmissionAnswer]:
    submitted = [Item(one.job_id or "", one.fields) for one in items]
    submitting = desk_of(ctx).submit_content(submitted, take_next or 0, taker=taker_of(ctx))
    return uncut_answer(await committed(submitting))
