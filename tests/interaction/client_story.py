"""What every client must be able to do with copydesk, whatever it is and however it connects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Call: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Calls a tool with these arguments, and gives the structured answer."""


@dataclass(slots=True)
class Progress:
    """What a client heard during one call."""

    reports: list[tuple[float, float | None, str]] = field(default_factory=list)

    async def hear(self, progress: float, total: float | None, message: str | None) -> None:
        self.reports.append((progress, total, message or ""))

    def assert_rises_to(self, total: int) -> None:
        heard = [progress for progress, _, _ in self.reports]
        assert heard == sorted(set(heard))
        assert self.reports[-1][:2] == (total, total)
        assert "written" in self.reports[-1][2]


async def tell_story(call: Call) -> None:
    """Write a page and wait, ask how it stands, review it, publish what was reviewed, and take that back.

    The project is the one of conftest.py, with two sections to write on its front page.
    """
    written = await call("generate", {"pages": ["home"], "waitSeconds": 20})
    assert (written["outcome"], written["waitEnded"], written["counts"]["completed"]) == ("ok", "finished", 2)

    status = await call("check-generation-status", {"operationId": written["operationId"]})
    assert (status["total"], status["completed"], status["failed"]) == (2, 2, 0)

    review = await call("compare-content", {"pages": ["home"]})
    assert review["counts"]["new"] == 2

    published = await call("promote", {"reviewId": review["reviewId"]})
    assert [one["section"] for one in published["promoted"]] == ["hero", "why"]
    live = await call("read-content", {"pages": ["home"], "environment": "production"})
    assert [one["section"] for one in live["sections"] if one["fields"]] == ["hero", "why"]

    undone = await call("rollback", {"operationIds": [published["operationId"]]})
    assert (undone["outcome"], len(undone["rolledBack"])) == ("ok", 2)
    again = await call("compare-content", {"pages": ["home"]})
    assert again["counts"]["new"] == 2
