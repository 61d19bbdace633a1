"""What every writer is: it turns a brief into fields, and says how it went as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.definition.models import Fields
    from copydesk.content.schema.violations import Violation


AGENT: Final = "agent"
"""The writer whose jobs no worker claims: the assistant takes their briefs and submits the copy."""

UNASKED_WRITER: Final = "outline"
"""Who writes for programs and the command line when nobody is named: a key in the environment alone selects nothing."""

DRAFT_WRITERS: Final = frozenset({"outline", "local"})
"""The built-in writers whose copy is a placeholder, for those who tell of copy without loading its writers."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one attempt cost. `None` means unknown, never zero; `cost` is in US dollars."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a writer is shown when it is asked again: what it wrote, and everything that is wrong with it."""

    fields: object
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The writer's answer; not yet checked against the schema."""

    fields: Fields
    usage: Usage = field(default_factory=Usage)
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Invalid:
    """The last answer misses the schema or a check, and the writer was asked often enough."""

    fields: object
    violations: tuple[Violation, ...]
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Transient:
    """Worth another attempt later. `retry_after` (seconds) is the provider's wish for all callers of this writer."""

    code: str
    message: str
    retry_after: float | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Permanent:
    """Another attempt cannot help. `stops` names why the whole operation should stop (a wrong key)."""

    code: str
    message: str
    stops: Literal["key"] | None = None
    usage: Usage = field(default_factory=Usage)


Answer: TypeAlias = Written | Transient | Permanent


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one section is expected to take: tokens in and out, and seconds of writing."""

    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


class Writer(Protocol):
    """Turns briefs into fields. One instance serves many sections at once.

    A writer that holds something (a process, connections) may be a `ClosingWriter`, one that can do only so many
    sections at a time a `LimitedWriter`.
    """

    @property
    def name(self) -> str:
        """As settings and arguments spell it: `outline`, `openai:gpt-…`."""

    @property
    def is_draft(self) -> bool:
        """Whether its copy is a placeholder that nobody should publish as it is."""

    async def write(self, brief: Brief, correction: Correction | None = None) -> Answer:
        """Write the section, or write it again after `correction`. May be cancelled at any await."""

    def estimate(self, brief: Brief) -> Estimate:
        """What `write` would take, without calling anything."""


@runtime_checkable
class ClosingWriter(Protocol):
    """A writer that holds something."""

    async def aclose(self) -> None:
        """Let go of it. Called once, when whoever uses the writers is done with them."""


@runtime_checkable
class LimitedWriter(Protocol):
    """A writer that can do only so many sections at a time in one process."""

    @property
    def concurrency(self) -> int:
        """How many. Further ones wait; the time limit of an attempt begins when it is their turn."""


@runtime_checkable
class KeyedWriter(Protocol):
    """A writer that may need a key: it can be named, planned and estimated without, but not run."""

    @property
    def missing_key(self) -> str | None:
        """The environment variable that has to hold the key and does not, in this process; `None` if all is there."""
