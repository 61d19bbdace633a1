"""The follower notices advice that no client should follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.agents.follower import Call, Follower
from tests.agents.scripted_server import Script, in_memory
from tests.agents.workflows import copy_of_sample


class Misled(Follower):
    """A follower whose first answer advises something else."""

    advice: dict[str, Any]

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Call:
        call = await super()._call(tool, arguments)
        call.answer["nextStep"] = {"afterSeconds": 0, **self.advice}
        return call


@pytest.mark.parametrize(
    ("advice", "complaint"),
    [
        ({"tool": "list-operations", "arguments": {}}, "the same call with the same answer"),
        ({"tool": "generate-everything", "arguments": {}}, "there is no tool generate-everything"),
        ({"tool": "promote", "arguments": {"all": True}}, "published without a review"),
        ({"tool": "promote", "arguments": {"reviewId": "review_unseen"}}, "nobody was shown review_unseen"),
        ({"tool": "regenerate-all", "arguments": {}}, "unasked"),
        ({"tool": "rollback", "arguments": {"operationIds": ["op_1"]}}, "unasked"),
        ({"tool": "take-brief", "arguments": {"count": "many"}}, "'many' is not of type"),
    ],
)
async def test_bad_advice_is_noticed(tmp_path: Path, advice: dict[str, Any], complaint: str) -> None:
    async with in_memory(copy_of_sample(tmp_path / "site"), Script()) as client:
        follower = Misled(client)
        follower.advice = advice
        with pytest.raises(Exception, match=complaint):
            await follower.follow("list-operations", {})
