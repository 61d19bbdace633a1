"""What users usually ask for, each as the one call with which an assistant begins, on the sample site."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp import Client

from tests.agents.follower import Follower
from tests.agents.scripted_server import ROOT, Script

SAMPLE: Final = ROOT / "examples" / "rye-and-shine"
SECTIONS: Final = 39
"""Those of the sample site that are written."""

CallOf: TypeAlias = tuple[str, dict[str, Any]]

_WRITTEN: Final[CallOf] = ("generate-all", {"waitSeconds": 45})
_PUBLISHED: Final[CallOf] = ("promote", {"all": True})
_FLAKY: Final = {"home/hero": 1, "breads/list": 1, "our-story/hero": 1}


@dataclass(frozen=True, slots=True)
class Workflow:
    """A wish, what was done before it, the first call, and with how many calls it must be done."""

    name: str
    says: str
    start: CallOf
    most_calls: int
    before: tuple[CallOf, ...] = ()
    script: Script = field(default_factory=Script)


WORKFLOWS: Final = (
    Workflow("whole site", "Write all the pages and publish them.", ("generate-all", {}), most_calls=5),
    Workflow("one page", "Write the home page and publish it.", ("generate", {"pages": ["home"]}), most_calls=5),
    Workflow(
        "fix failures",
        "What failed? Try those again.",
        ("check-generation-status", {}),
        most_calls=6,
        before=(_WRITTEN,),
        script=Script(failures=_FLAKY),
    ),
    Workflow(
        "review and publish",
        "What would change if we published? Do it.",
        ("compare-content", {}),
        most_calls=2,
        before=(_WRITTEN,),
    ),
    Workflow(
        "undo",
        "Take the home page back to what it was.",
        ("rollback", {"pages": ["home"], "dryRun": True}),
        most_calls=2,
        before=(_WRITTEN, _PUBLISHED),
    ),
    Workflow(
        "write as the assistant",
        "Write the whole site yourself.",
        ("generate-all", {}),
        most_calls=SECTIONS // 5 + 10,
        script=Script(settings={}),
    ),
)


def copy_of_sample(folder: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, folder))


async def play(client: Client, workflow: Workflow) -> Follower:
    """The workflow from its first call to where nothing is advised any more."""
    for tool, arguments in workflow.before:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
    follower = Follower(client)
    await follower.follow(*workflow.start)
    return follower
