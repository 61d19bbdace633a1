"""`copydesk demo`: the whole story on a sample site, through a real server and a real MCP client."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import click
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel

from copydesk.content.desk import Desk, open_desk
from copydesk.content.rendering import render_markdown
from copydesk.content.writers.local import model_files
from copydesk.server.cli.demo_client import DemoClient, connect
from copydesk.server.cli.demo_story import Scene, Told, story
from copydesk.server.cli.exits import EXIT_CODES, Exit
from copydesk.server.cli.options import place_options
from copydesk.server.cli.sample_site import sample_site
from copydesk.server.cli.terminal import print_json
from copydesk.store import entities
from copydesk.store.entities import Place as Spot
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copydesk.server.cli.options import Place
    from copydesk.server.cli.terminal import Terminal

__all__ = ["demo"]

_LONGEST_SHOWN: Final = 700
_WIDEST: Final = 100


@click.command(epilog=EXIT_CODES)
@place_options
def demo(*, place: Place) -> int:
    """See the whole story on a sample site: write, preview, publish, roll back, undo, redo.

    Starts the real server over standard input and output and drives it with a real MCP client. Needs no key and no
    account: the copy is a placeholder draft. Where the local model is (copydesk model fetch), it rewrites a page.
    With --project DIR the sample site is made there and kept, else nothing is left behind.

    \b
    Examples:
      copydesk demo
      copydesk demo --project my-bakery
      copydesk demo --json
    """
    with sample_site(place.project) as site:
        told = anyio.run(_tell, site, place.terminal)
    if place.terminal.as_json:
        print_json({"success": told.is_good, "steps": told.steps})
    if told.is_good:
        place.terminal.heading("What to try next")
        place.terminal.show(*_what_next(site if place.project else None))
    return Exit.OK if told.is_good else Exit.FAILED


async def _tell(site: Path, terminal: Terminal) -> Told:
    told = Told()
    bars = terminal.err if terminal.as_json else terminal.out
    async with AsyncExitStack() as stack:
        # Beside the server this process only looks: tools that show copy are not needed for that.
        desk = await stack.enter_async_context(open_desk(site, settings=_OWN_DATABASE, worker=False))
        client = await stack.enter_async_context(connect(site, bars))
        await _introduce(terminal, desk, client)
        for number, scene in enumerate(story(with_model=model_files.is_ready()), 1):
            await _play(terminal, desk, client, scene, number, told)
            if not told.is_good:
                break
    return told


_OWN_DATABASE: Final = {"database": ".copydesk/copydesk.db"}
"""Whatever COPYDESK_DATABASE says: the server is started without it, and both must look at the same file."""


async def _introduce(terminal: Terminal, desk: Desk, client: DemoClient) -> None:
    site = await desk.site()
    tools = await client.tools()
    terminal.show(
        "",
        f"[bold]{escape(site.title)}[/]: {escape(site.description)}.",
        f"{len(site.routes)} pages, {site.section_count} sections, in {escape(str(desk.project.root))}",
        f"[dim]{client.server} answers over stdio with {len(tools)} tools: {', '.join(tools)}[/]",
    )


async def _play(terminal: Terminal, desk: Desk, client: DemoClient, scene: Scene, number: int, told: Told) -> None:
    arguments = scene.arguments(told.receipts)
    terminal.heading(f"{number}. {scene.title}")
    terminal.show(f"[cyan]-> {scene.tool}[/] {escape(json.dumps(arguments))}")
    answer = await client.call(scene.tool, arguments)
    told.steps.append({"tool": scene.tool, "arguments": arguments, "receipt": answer.receipt})
    told.is_good = answer.is_good
    mark = "[green]<-[/]" if answer.is_good else "[red]<-[/]"
    terminal.show(f"{mark} {escape(answer.message)}")
    terminal.show(*(f"   [red]{escape(error)}[/]" for error in answer.receipt.get("errors", ())))
    terminal.show(await _where_things_stand(desk, answer.receipt))
    for page, section in scene.shows if answer.is_good else ():
        terminal.show(await _preview(desk, page, section, terminal))


async def _where_things_stand(desk: Desk, receipt: dict[str, object]) -> str:
    counts = await desk.store.read(entities.counts)
    handle = f" [dim]({receipt['operationId']})[/]" if receipt.get("operationId") else ""
    sections = ", ".join(f"{environment.value} {number}" for environment, number in counts.items())
    return f"   sections with copy: {sections}{handle}"


async def _preview(desk: Desk, page: str, section: str, terminal: Terminal) -> RenderableType | None:
    """A section as its readers would see it."""
    copy = await desk.store.read(entities.current_copy, Spot(page, section, Environment.PREVIEW))
    if copy is None:
        return None
    text = render_markdown((await desk.site()).templates[copy.template], copy.fields).strip()
    shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN].rpartition("\n\n")[0] + "\n\n…"
    if not terminal.is_watched:
        return "\n".join(("", f"   {page}/{section}:", *(f"   | {escape(line)}" for line in shown.splitlines())))
    width = min(_WIDEST, terminal.out.width)
    return Panel(Markdown(shown), title=f"{page}/{section}", title_align="left", width=width, border_style="dim")


def _what_next(kept: Path | None) -> list[RenderableType]:
    """How to go on: the sample or one's own site, from a terminal or from a chat."""
    command = shutil.which("copydesk") or str(Path(sys.executable).with_name("copydesk"))
    project = str(kept or "/path/to/your/site")
    server = {"command": command, "args": ["serve", "--project", project]}
    sample = (
        f"  copydesk status --project {project}" if kept else "  copydesk demo --project my-bakery    keep the sample"
    )
    return [
        "Connect an MCP client (Claude Desktop, Cursor, VS Code …) with this in its configuration:",
        escape("  " + json.dumps({"mcpServers": {"copydesk": server}})),
        "or, with Claude Code:",
        escape(f"  claude mcp add copydesk -- {command} serve --project {project}"),
        'Then say: "Write all the pages", "How far?", "Publish home", "Undo that".',
        "Or stay in the terminal:",
        escape(sample),
        "  copydesk generate --all --dry-run",
        "  copydesk generate --all && copydesk promote home",
        "  copydesk status --watch              from another terminal",
        "  copydesk preview --open              look at it in a browser",
        "  copydesk model fetch                 a small model that writes on this machine: --writer local",
        "  copydesk doctor                      what is in force, and what is wrong",
        "" if kept else "[dim]Nothing of this demo is left on the disk.[/]",
    ]
