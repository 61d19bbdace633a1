"""An agent that writes a website, mends what failed, reviews the copy, publishes it and takes it back.

    python examples/agent_workflow.py                          # a scripted model: no key, the same story every time
    python examples/agent_workflow.py --model openai:gpt-5.2   # a real one, with its key in the environment

The agent is pydantic-ai's (pip install 'pydantic-ai-slim[mcp]', with openai or another for a real model); copydesk is
its MCP toolset, as it would be in a chat. It works on a copy of the sample site in which somebody has made a mistake.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import anyio
from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent, RunContext
from pydantic_ai.mcp import CallToolFunc, MCPToolset, ToolResult
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

TASK = """Write the whole site and wait until it is done. Mend what failed: its fix says how; you may edit site.yaml.
Then review all pages, publish exactly what you reviewed, and take that release back again: it was only a rehearsal.
Say in two sentences what you did."""

RIGHT = "name: {type: string, minLength: 4, maxLength: 40}"
# All names shall begin alike, but that beginning alone has 19 characters: no copy can satisfy this schema.
WRONG = 'name: {type: string, pattern: "^Bread of the week: ", maxLength: 16}'
MENDED = WRONG.replace("16", "60")


def script() -> Generator[ToolCallPart, Any, str]:
    """What a sensible model does: yields its next tool call, is sent the answer, and returns its last words."""
    started = yield ToolCallPart("generate-all", {})  # answers at once; the chat could go on meanwhile
    wait = {"operationId": started["operationId"], "waitSeconds": 45}
    status = yield ToolCallPart("check-generation-status", wait)
    while status["waitEnded"] == "timeout":  # not an error: only the client's patience is limited
        status = yield ToolCallPart("check-generation-status", wait)

    failed = [f"{one['page']}/{one['section']}" for one in status["failures"]]
    if failed:  # unsatisfiable-schema: no retry can help, the template has to be mended
        yield ToolCallPart("edit_site_file", {"old": WRONG, "new": MENDED})
        yield ToolCallPart("generate", {"sections": failed, "waitSeconds": 45})

    review = yield ToolCallPart("compare-content", {"all": True})  # here a person would look, and say yes
    published = yield ToolCallPart("promote", {"reviewId": review["reviewId"]})
    undone = yield ToolCallPart("rollback", {"operationIds": [published["operationId"]]})
    return f"Mended {', '.join(failed) or 'nothing'}. {published['message']} {undone['message']}"


def scripted_model() -> FunctionModel:
    """A model that follows the script."""
    story = script()

    def respond(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        answers = [part.content for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
        try:
            return ModelResponse(parts=[story.send(answers[0] if answers else None)])
        except StopIteration as end:
            return ModelResponse(parts=[TextPart(end.value)])

    return FunctionModel(respond)


def site_tools(site_file: Path) -> list[Callable[..., str]]:
    """What the agent can do beside copydesk. One that programs, in an editor, can edit files anyway."""

    def read_site_file() -> str:
        """The text of site.yaml."""
        return site_file.read_text(encoding="utf-8")

    def edit_site_file(old: str, new: str) -> str:
        """Replace a text that stands in site.yaml exactly once."""
        text = site_file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"Nothing was changed: that text stands there {text.count(old)} times."
        site_file.write_text(text.replace(old, new), encoding="utf-8")
        print(f"edit_site_file: {old} is now {new}")
        return "Done."

    return [read_site_file, edit_site_file]


async def tell(_: RunContext[None], call: CallToolFunc, tool: str, arguments: dict[str, Any]) -> ToolResult:
    """Call a tool of copydesk, and print what it answers in words."""
    answer = await call(tool, arguments)
    print(f"{tool}: {answer.get('message', '') if isinstance(answer, dict) else answer}")
    return answer


async def main(project: Path, model: str | None, writer: str) -> None:
    serve = ["-m", "copydesk", "serve", "--project", str(project)]
    server = StdioTransport(sys.executable, serve, env={"COPYDESK_WRITER": writer}, keep_alive=False)
    copydesk = MCPToolset[None](server, process_tool_call=tell, include_instructions=True)
    agent = Agent(model or scripted_model(), toolsets=[copydesk], tools=site_tools(project / "site.yaml"))
    result = await agent.run(TASK)
    print(f"\n{result.output}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", help="a model by pydantic-ai's name, in place of the script")
    options.add_argument("--writer", default="outline", help="copydesk's writer (outline: placeholders, no model)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = shutil.copytree(Path(__file__).with_name("rye-and-shine"), Path(folder) / "rye-and-shine")
        definition = (site / "site.yaml").read_text(encoding="utf-8")
        (site / "site.yaml").write_text(definition.replace(RIGHT, WRONG), encoding="utf-8")
        anyio.run(main, site, given.model, given.writer)
