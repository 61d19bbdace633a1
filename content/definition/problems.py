"""What is wrong with a site definition: all of it at once, each with its file, its line and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from copydesk.content.definition.reader import KeyPath, Lines
from copydesk.content.errors import ContentError

__all__ = ["Findings", "Problem", "SiteInvalid", "written_path"]

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to put right. `line` is 0 when the whole file is meant; `path` is like `routes[3].sections[0].id`."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class SiteInvalid(ContentError):
    """The site definition has problems; `problems` holds every one, by file and line."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("invalid-site", _message(file, self.problems))


def _message(file: str, problems: tuple[Problem, ...]) -> str:
    count = len(problems)
    lines = [f"{file} has {count} problem{'' if count == 1 else 's'} to put right:"]
    lines += [f"- {problem}" for problem in problems[:_MOST_SHOWN]]
    if count > _MOST_SHOWN:
        lines.append(f"- and {count - _MOST_SHOWN} more.")
    return "\n".join(lines)


@dataclass(slots=True)
class Findings:
    """The problems found so far in one file, whose lines are known."""

    file: str
    lines: Lines
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(self.file, self.lines.at(path), written_path(path), message))

    def add_line(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, "", message))

    def add_file(self, file: str, message: str) -> None:
        """A problem with another file as a whole."""
        self.problems.append(Problem(file, 0, "", message))


def written_path(path: KeyPath) -> str:
    """`routes[3].sections[0].id` for `("routes", 3, "sections", 0, "id")`."""
    steps = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(steps).removeprefix(".")
