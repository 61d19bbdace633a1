"""docs/agents.md: what the tools take of an agent's context, and with which calls the usual wishes are done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from copydesk.content.reports.paging import LARGEST_ANSWER
from copydesk.tools.answers import compact
from tests.agents.answer_sizes import LARGE, Sizes, ToolSize, large_answers, sample_answers, tool_sizes
from tests.agents.follower import Call
from tests.agents.scripted_server import ROOT, over_stdio
from tests.agents.workflows import SECTIONS, WORKFLOWS, Workflow, copy_of_sample, play

DOCUMENT: Final = ROOT / "docs" / "agents.md"
_STEP: Final = 50
_LONGEST_ARGUMENTS: Final = 110
_ID: Final = re.compile(r"\b(op|job|review)_[a-z0-9_]+")

_HEAD: Final = f"""\
# What copydesk takes of an agent

Written by `make agents`; what is measured here is measured again by the tests. All sizes are characters of compact JSON
(four of them are about a token), `≈` is rounded and may move a little with ids and times.

- The list of tools is read once per conversation: at most 20 tools and 30,000 characters.
- No default answer is longer than {LARGEST_ANSWER:,} characters, whatever the size of the site. Lists are cut with
  their totals beside them and a cursor.
- A start answers at once. Repeating it queues nothing twice: the answer names the operation that is at work, and each
  job. With a `requestId` it is the first answer again.
- `check-generation-status` waits inside the call. The `waitSeconds` that `nextStep` suggests grow from 2 to 45 with the
  time that the operation takes, so that a long one costs few calls. Still running is no error.
- `nextStep` is the next call, word for word. It never publishes what was not reviewed: `promote` is only proposed with
  the `reviewId` of a comparison that says to ask the user first. It proposes nothing else that takes something away,
  except what a dry run has just shown. It repeats no retry that helped nothing. Where it is null, the work is done or
  somebody has to decide, and `message` says what.
"""


@dataclass(frozen=True, slots=True)
class Played:
    """A workflow with the calls that came of it."""

    workflow: Workflow
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class Measured:
    """All that the document tells."""

    tools: Sequence[ToolSize]
    sample: Sizes
    large: Sizes
    played: Sequence[Played]


async def measure(folder: Path) -> Measured:
    """Play the workflows on real servers, and call every tool on two sites in this process."""
    played = []
    for number, workflow in enumerate(WORKFLOWS):
        async with over_stdio(copy_of_sample(folder / f"workflow-{number}"), workflow.script) as client:
            played.append(Played(workflow, (await play(client, workflow)).calls))
    return Measured(await tool_sizes(folder), await sample_answers(folder), await large_answers(folder), played)


def render(measured: Measured) -> str:
    """The document."""
    parts = [_HEAD, *_tools(measured), *_summary(measured.played)]
    for played in measured.played:
        parts += _sequence(played)
    return "\n".join(parts) + "\n"


def _tools(measured: Measured) -> Iterator[str]:
    names = ("tool", "description", "arguments", "entry", "answer", f"answer, {LARGE:,} sections")
    yield "## The tools\n"
    yield f"""\
The entry is what a tool takes in the list: description, arguments, the first level of its result, hints. The answers
are the usual ones, on the sample site ({SECTIONS} sections to write) and on a site of {LARGE:,} sections. Also those
that tell of {LARGE:,} sections that all failed, or were all skipped, have no more than {LARGEST_ANSWER:,} characters.
"""
    yield f"| {' | '.join(names)} |"
    yield f"|---|{'--:|' * (len(names) - 1)}"
    for tool in measured.tools:
        usual = [_about(sizes[tool.name].usual) for sizes in (measured.sample, measured.large)]
        figures = [f"{tool.description:,}", f"{tool.arguments:,}", f"{tool.entry:,}", *usual]
        yield f"| `{tool.name}` | {' | '.join(figures)} |"
    total = sum(tool.entry for tool in measured.tools)
    yield f"\n{len(measured.tools)} tools, {total:,} characters in all.\n"


def _summary(played: Sequence[Played]) -> Iterator[str]:
    yield "## The usual workflows\n"
    yield """\
Each is played over stdio by a client that makes the first call and then only follows `nextStep`, on the sample site. A
writer that takes longer than the suggested wait costs further calls of `check-generation-status`. As the assistant, the
client also fills in the fields that each brief's schema asks for; a call holds as many briefs as fit into an answer.
"""
    yield "| wish | calls | characters of answers |"
    yield "|---|--:|--:|"
    for one in played:
        characters = sum(len(compact(call.answer)) for call in one.calls)
        yield f"| {one.workflow.name} | {sum(times for _, _, times in _grouped(one.calls))} | {_about(characters)} |"


def _sequence(played: Played) -> Iterator[str]:
    workflow = played.workflow
    yield f"\n### {workflow.name.capitalize()}: “{workflow.says}”\n"
    if workflow.before:
        yield f"Before: {', '.join(f'`{tool}`' for tool, _ in workflow.before)}.\n"
    for number, (tool, arguments, times) in enumerate(_grouped(played.calls), start=1):
        repeated = f", {times} times" if times > 1 else ""
        yield f"{number}. `{tool}`{f' `{arguments}`' if arguments else ''}{repeated}"


def _grouped(calls: Sequence[Call]) -> Iterator[tuple[str, str, int]]:
    """Tool, arguments of the first call, and how many in a row; checks count once, however long the writer takes."""
    for tool, group in groupby(calls, key=lambda one: one.tool):
        alike = list(group)
        dry = [call for call in alike if call.arguments.get("dryRun")]
        for call in dry:
            yield tool, _shown(call.arguments), 1
        rest = alike[len(dry) :]
        if rest:
            yield tool, _shown(rest[0].arguments), 1 if tool == "check-generation-status" else len(rest)


def _shown(arguments: dict[str, Any]) -> str:
    """The arguments, with ids and waits made alike."""
    timeless = {name: "…" if name == "waitSeconds" else value for name, value in arguments.items()}
    if "items" in timeless:
        timeless["items"] = "[{jobId, fields}, …]"
    text = _ID.sub(r"\1_…", json.dumps(timeless, ensure_ascii=False)).replace('"[', "[").replace(']"', "]")
    text = text if len(text) <= _LONGEST_ARGUMENTS else f"{text[:_LONGEST_ARGUMENTS]}…"
    return text if timeless else ""


def _about(characters: int) -> str:
    return f"≈ {round(characters / _STEP) * _STEP:,}"
