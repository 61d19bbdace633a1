"""The demo's story: what is called, in which order, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

__all__ = ["Scene", "Told", "story"]

Receipts: TypeAlias = Sequence[dict[str, Any]]
"""The receipts of the scenes before."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One tool call with its caption, and the sections to show once it is done."""

    title: str
    tool: str
    arguments: Callable[[Receipts], dict[str, Any]]
    shows: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Told:
    """The story so far, as `--json` prints it."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    is_good: bool = True

    @property
    def receipts(self) -> Receipts:
        return [step["receipt"] for step in self.steps]


def _undo(scene: int) -> Callable[[Receipts], dict[str, Any]]:
    return lambda receipts: {"operationIds": [receipts[scene]["operationId"]]}


_STORY: Final = (
    Scene(
        "Write the whole site into the preview",
        "generate-all",
        lambda _: {"waitSeconds": 45},
        shows=(("home", "bread-of-the-week"), ("our-story", "timeline")),
    ),
    Scene("Publish two pages", "promote", lambda _: {"pages": ["home", "breads"]}),
    Scene("Take one of them back", "rollback", lambda _: {"pages": ["breads"]}),
    Scene("Undo everything that was written, in one go", "rollback", _undo(0)),
    Scene("And redo it: an undo is an operation too", "rollback", _undo(3)),
)

_WITH_MODEL: Final = Scene(
    "Rewrite a page with a small model on this machine, without a key",
    "regenerate-content",
    lambda _: {"pages": ["home"], "writer": "local", "waitSeconds": 45},
    shows=(("home", "hero"), ("home", "bread-of-the-week")),
)


def story(*, with_model: bool) -> tuple[Scene, ...]:
    """The scenes in order; with one more where the local model is there."""
    return (*_STORY, _WITH_MODEL) if with_model else _STORY
