"""A site and a writer for the tools that the conformance suite wants. Their jobs are real jobs of a real desk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import anyio

from copydesk.content.briefs import Brief
from copydesk.content.operations.values import Generate, Scope
from copydesk.content.writers.base import Answer, Correction, Estimate, Permanent, Written

WRITER: Final = "fixture"
SECTIONS: Final = 200
"""Each call takes sections of its own: an unfinished job keeps others from its section."""

SITE: Final = "\n".join(
    (
        "site: {id: fixture, title: Fixture, description: For the conformance suite}",
        "templates:",
        "  note: {prompt: Write., schema: {type: object, required: [text], properties: {text: {type: string}}}}",
        "routes:",
        "  - id: jobs",
        "    path: /",
        "    title: Jobs",
        "    sections:",
        *(f"      - {{id: s{number}, template: note}}" for number in range(1, SECTIONS + 1)),
    )
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a job is to do: it travels as the operation's instructions."""

    seconds: float = 0.0
    text: str = "done"
    ends: str = "written"
    """`written`, `refused`, `crashed`, or `asked`: written once somebody has answered."""

    def order(self, sections: list[str]) -> Generate:
        told = json.dumps({"seconds": self.seconds, "text": self.text, "ends": self.ends})
        return Generate(scope=Scope(sections=tuple(sections)), writer=WRITER, instructions=told)

    @classmethod
    def of(cls, instructions: str | None) -> Wish:
        return cls(**json.loads(instructions or "{}"))


class Places:
    """Sections that no call has taken yet."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def take(self, number: int) -> list[str]:
        return [f"jobs/s{next(self._numbers)}" for _ in range(number)]


@dataclass(slots=True)
class FixtureWriter:
    """Does what the wish says. Its questions wait in `asked`, by section, until somebody answers."""

    name: str = WRITER
    is_draft: bool = False
    asked: dict[str, anyio.Event] = field(default_factory=dict)

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        wish = Wish.of(brief.instructions)
        await anyio.sleep(wish.seconds)
        match wish.ends:
            case "refused":
                return Permanent("refused", "The fixture refuses.")
            case "crashed":
                return Permanent("crashed", "The fixture crashed.")
            case "asked":
                await self._ask(f"{brief.route.id}/{brief.section.id}")
        return Written({"text": wish.text})

    async def _ask(self, section: str) -> None:
        answered = self.asked[section] = anyio.Event()
        try:
            await answered.wait()
        finally:
            self.asked.pop(section, None)

    def estimate(self, brief: Brief) -> Estimate:
        return Estimate()


def form() -> dict[str, Any]:
    """A question for a person, as clients that know elicitation show it."""
    schema = {"type": "object", "properties": {"confirm": {"type": "boolean"}}}
    return {
        "method": "elicitation/create",
        "params": {"mode": "form", "message": "Shall it be done?", "requestedSchema": schema},
    }
