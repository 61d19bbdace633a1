"""The rooms of the house: imports point down only, and each foreign library stays where it belongs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("store", "content", "tools", "server")
"""From the ground up: a room may import itself and the rooms before it."""

CONTENT = (
    "errors",
    "secrets",
    "markdown",
    "sandbox",
    "rendering",
    "schema",
    "project",
    "definition",
    "settings",
    "failures",
    "briefs",
    "writers",
    "operations",
    "site_checks",
    "grounding",
    "reports",
    "work",
    "assistant",
    "ordering",
    "desk",
    "authoring",
    "files",
    "preview",
    "manager",
)
"""The packages and modules of content, from the ground up: each may import itself and those before it."""

WHERE = {
    "mcp": ("tools/", "server/"),
    "mcp_types": ("tools/", "server/"),
    "aiosqlite": ("store/",),
    "sqlite3": ("store/driver.py",),
    "pysqlite3": ("store/driver.py",),
    "pydantic_ai": ("content/writers/",),
    "llama_cpp": ("content/writers/",),
    "xllamacpp": ("content/writers/",),
    # anyio is the house's. A file that needs more of asyncio is listed here, with its reason.
    "asyncio": (),
    "trio": (),
}
"""Library -> the only folders or files that import it."""

MODEL_LIBRARIES = {"pydantic_ai", "llama_cpp", "xllamacpp"}
LOADED_LATE = "content/writers/providers/library/"
"""What stands here is imported by name when a section is written: it may import its library as others do."""


def sources() -> list[Path]:
    return sorted(path for room in FLOORS for path in (ROOT / room).rglob("*.py"))


def place(path: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(ROOT).as_posix())


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, whether at the top, in a function or for the type checkers."""
    yield from imported_by(ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))


def imported_by(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in ("copydesk", "copydesk.content"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def allowed_rooms(room: str) -> set[str]:
    return set(FLOORS[: FLOORS.index(room) + 1])


def test_imports_point_down_only() -> None:
    upward = [
        f"{place(path)} imports {name}"
        for path in sources()
        for name in imports(path)
        if name.startswith("copydesk.") and name.split(".")[1] not in allowed_rooms(place(path).parts[0])
    ]
    assert upward == []


def run_by(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """What is run when a module is imported or used: all but what only the type checkers read."""
    for node in nodes:
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from run_by(ast.iter_child_nodes(node))


def content_imports(path: Path) -> Iterator[str]:
    """The packages of content that a file imports when it runs."""
    names = imported_by(run_by(ast.parse(path.read_text(encoding="utf-8")).body))
    return (name.split(".")[2] for name in names if name.startswith("copydesk.content."))


def test_packages_of_content_import_down_only() -> None:
    files = [(path, place(path).parts[1].removesuffix(".py")) for path in (ROOT / "content").rglob("*.py")]
    upward = [
        f"{place(path)} imports {name}"
        for path, package in files
        if package != "__init__"
        for name in content_imports(path)
        if CONTENT.index(name) > CONTENT.index(package)
    ]
    assert upward == []


def test_rooms_do_not_import_the_public_interface_above_them() -> None:
    assert [f"{place(path)}" for path in sources() if "copydesk" in set(imports(path))] == []


def test_imports_are_absolute() -> None:
    relative = [f"{place(path)} imports {name}" for path in sources() for name in imports(path) if name.startswith(".")]
    assert relative == []


@pytest.mark.parametrize("library", sorted(WHERE))
def test_library_is_imported_only_where_it_belongs(library: str) -> None:
    importers = {str(place(path)) for path in sources() if any(name.split(".")[0] == library for name in imports(path))}
    assert {importer for importer in importers if not importer.startswith(WHERE[library])} == set()


def test_model_libraries_are_imported_only_when_they_are_needed() -> None:
    eager = [
        f"{place(path)} imports {name}"
        for path in sources()
        for name in imported_by(ast.parse(path.read_text(encoding="utf-8")).body)
        if name.split(".")[0] in MODEL_LIBRARIES and not str(place(path)).startswith(LOADED_LATE)
    ]
    assert eager == []


def test_what_is_loaded_late_is_imported_by_nothing_that_is_loaded_early() -> None:
    late = "copydesk." + LOADED_LATE.rstrip("/").replace("/", ".")
    early = [path for path in sources() if not str(place(path)).startswith(LOADED_LATE)]
    importers = [
        f"{place(path)} imports {name}"
        for path in early
        for name in imported_by(run_by(ast.parse(path.read_text(encoding="utf-8")).body))
        if name.startswith(late)
    ]
    assert importers == []


def test_command_line_starts_without_the_sdk() -> None:
    program = "import copydesk.server.cli, sys; print([name for name in ('mcp', 'mcp_types') if name in sys.modules])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
