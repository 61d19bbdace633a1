"""What a user installs is what stands in the tree, under names that clash with nobody's."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import copydesk

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("content", "server", "store", "tools")
PACKAGED = {"package": "", "examples": "examples", **{room: room for room in ROOMS}}
"""Folder of the tree -> its place below `copydesk/` in the wheel."""
SHIPPED = {".py", ".typed", ".yaml", ".sql", ".md", ".jinja", ".css", ".html", ".js"}
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".copydesk")


def files_of_the_tree() -> set[str]:
    found = set()
    for folder, place in PACKAGED.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not {"__pycache__", ".copydesk"} & set(path.parts):
                found.add((Path("copydesk") / place / path.relative_to(ROOT / folder)).as_posix())
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the tree: building in place would pick up what an earlier build left in `build/`."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in PACKAGED:
        shutil.copytree(ROOT / folder, copy / folder, ignore=IGNORED)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    build = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


def test_wheel_holds_exactly_the_files_of_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == files_of_the_tree()


def test_wheel_carries_license_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "copydesk = copydesk.server.cli:main" in archive.read(entry_points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_tree_holds_only_files_of_known_kinds() -> None:
    strange = {name for name in files_of_the_tree() if Path(name).suffix not in SHIPPED}
    assert strange == set()


def test_every_package_of_the_tree_is_listed_in_pyproject() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = {str(Path(name).parent).replace("/", ".") for name in files_of_the_tree() if name.endswith(".py")}
    assert sorted(setuptools["packages"]) == sorted(packages)


def bare_room_imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.append(node.module or "")
    return [f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] in ROOMS]


def test_nobody_imports_a_bare_room() -> None:
    folders = [*PACKAGED, "tests", "benchmarks"]
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert sources
    assert [name for path in sources for name in bare_room_imports(path)] == []


@pytest.mark.parametrize("name", copydesk.__all__)
def test_public_name_is_found_where_the_table_says(name: str) -> None:
    assert getattr(copydesk, name).__name__ == name


def test_type_checkers_read_the_public_names_from_the_same_modules() -> None:
    tree = ast.parse((ROOT / "package" / "__init__.py").read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert sorted(imports) == sorted(copydesk.__all__)
    assert {name: getattr(import_module(str(module)), name) for name, module in imports.items()} == {
        name: getattr(copydesk, name) for name in copydesk.__all__
    }


def test_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_dessk'"):
        _ = copydesk.open_dessk


def test_importing_copydesk_loads_none_of_its_rooms() -> None:
    program = (
        "import copydesk, sys; print(sorted(name for name in sys.modules if name.startswith(('copydesk.', 'mcp'))))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
