"""Site files that are broken on purpose: a valid site, or problems with their lines; in bounded time, never a crash."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from copydesk.content.definition.loader import Loaded, examine, examine_content
from copydesk.content.definition.sources import Sources
from tests.interaction.conftest import SITE

SECONDS: Final = 20
"""Of processor time, on a slow and busy machine."""
_IS_LONG: Final = os.environ.get("COPYDESK_TORTURE", "") not in ("", "0")
RUNS: Final = settings(
    max_examples=20_000 if _IS_LONG else 250,
    derandomize=not _IS_LONG,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

PIECES: Final = (
    *("&a ", "*a", "&a [*a]", "<<: *a", "!!python/object/apply:os.system ['true']", "!!binary aGVs", "!x ", "? ", "- "),
    *(
        "'",
        '"',
        "|",
        ">",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "#",
        "\t",
        "\r",
        "\u2028",
        "\x85",
        "\ufeff",
        "\u202e",
        "\0",
        "\x1b",
    ),
    *("---\n", "...\n", "%YAML 9.9\n", "id: home\n", "  ", "\n", "~", "1e999", "9" * 5_000, "0x" + "f" * 300, ".nan"),
    *("path: /../../etc", "sources: [../../etc/*]", "sources: ['**/**']", "sources: [/etc/passwd]", "ﷺ", "\U0010ffff"),
    *(
        "{{ x.__class__ }}",
        "{% for a in b %}",
        "pattern: '(a+)+$'",
        "$ref: '#'",
        "format: '{{ a'",
        "[" * 200,
        "{a: " * 200,
    ),
)
edits = some.lists(
    some.tuples(some.integers(0, len(SITE)), some.integers(0, 12), some.sampled_from(PIECES) | some.text(max_size=6)),
    min_size=1,
    max_size=6,
)


def examined(content: bytes) -> Loaded:
    with TemporaryDirectory() as folder:
        started = time.process_time()
        loaded = examine_content("site.yaml", content, Sources(Path(folder)))
        assert time.process_time() - started < SECONDS
    assert (loaded.snapshot is None) == bool(loaded.problems)
    last_line = content.count(b"\n") + content.count(b"\r") + 10_000
    for problem in loaded.problems:
        assert problem.message.strip()
        assert 0 <= problem.line <= last_line
        assert len(problem.message) < 2_000
    return loaded


@RUNS
@given(edits)
def test_mutated_site_is_valid_or_its_problems_are_told(changes: list[tuple[int, int, str]]) -> None:
    text = SITE
    for place, removed, piece in changes:
        text = text[:place] + piece + text[place + removed :]
    examined(text.encode("utf-8", "surrogatepass"))


@RUNS
@given(some.binary(max_size=300))
def test_any_bytes_are_valid_or_their_problems_are_told(content: bytes) -> None:
    examined(content)


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{one}: &a{one} [*a{one - 1}, *a{one - 1}]\n" for one in range(1, 60))
BOMBS: Final = {
    "billion laughs": LAUGHS,
    "laughs of long texts": f"a0: &a0 {'x' * 100_000}\n" + LAUGHS.replace("a0: &a0 [x, x]\n", ""),
    "alias in itself": "a: &a [*a]",
    "deep list": "[" * 500_000,
    "deep mapping": "{a: " * 100_000,
    "deep block": "".join(" " * one + "a:\n" for one in range(2_000)),
    "many anchors": "".join(f"k{one}: &n{one} v\n" for one in range(100_000)),
    "long anchor": f"a: &{'n' * 1_000_000} b\nc: *{'n' * 1_000_000}\n",
    "long tag": f"a: !!python/{'o' * 1_000_000} b\n",
    "many tags": "- !!python/none x\n" * 50_000,
    "huge number": f"a: {'9' * 1_000_000}\n",
    "many keys twice": "a: 1\n" * 50_000,
    "long key": f"{'k' * 1_000_000}: 1\n",
    "quoted escapes": '"' + "\\U0001F600" * 100_000 + '"',
    "second document": "a: 1\n---\n" * 10_000,
    "comment": "#" * 5_000_000,
    "many patterns": "site: {id: a, title: b, sources: ["
    + ", ".join(f'"{"*a" * 40}{one}"' for one in range(2_000))
    + "]}\nroutes: []\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bomb_is_refused_with_its_line_in_bounded_time(bomb: str) -> None:
    loaded = examined(bomb.encode())
    assert loaded.problems


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/tty", "/proc/self/mem", "."])
def test_what_is_no_file_is_not_read_as_a_site(tmp_path: Path, place: str) -> None:
    (tmp_path / "site.yaml").symlink_to(place)
    assert examine(tmp_path / "site.yaml").problems


def test_a_pipe_in_place_of_the_site_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.yaml")
    assert examine(tmp_path / "site.yaml").problems


def test_site_larger_than_any_site_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "site.yaml").open("wb") as file:
        file.truncate(2**40)
    assert "larger than 16 MB" in examine(tmp_path / "site.yaml").problems[0].message
