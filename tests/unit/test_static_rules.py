"""Rules of the house that no linter knows: nothing waits or grows without a bound, and nothing is swallowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("store", "content", "tools", "server", "package")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

BROAD = {
    "content/manager/sites.py": "somebody else's resolver: its fault is one section's error",
    "content/work/attempts.py": "a defect that one job meets is logged, and fails that job",
    "content/work/composing.py": "somebody else's writer: its fault is one attempt's answer",
}
"""Where everything is caught on purpose, and what becomes of it. Each says so at its line, too."""
UNBOUNDED_QUEUES = {"content/writers/local/child.py": "filled by the parent, which has one request under way"}
CACHES = {
    "content/preview/pages.py": "keyed by the names of the package's own files",
    "store/queries.py": "keyed by the names of the package's own files",
}
SLEEPING = {"server/cli/worker.py": "a worker process runs until a signal ends it"}
LEAVING_OTHERWISE = {"store/bells.py": "reads a socket that does not block until nothing is left"}

WAITING = {"subprocess.run", "subprocess.check_output", "subprocess.check_call", "subprocess.call", "urlopen"}
"""Calls that wait for another process or machine, and take a `timeout`."""


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def named(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def elsewhere(found: list[str], allowed: dict[str, str]) -> list[str]:
    """What was found outside the files where it is allowed; each of those must still need its permission."""
    assert {place.partition(":")[0] for place in found} >= set(allowed), "a permission that nothing needs any more"
    return [place for place in found if place.partition(":")[0] not in allowed]


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in FILES:
        yield from ((path, node) for node in nodes(path) if isinstance(node, ast.Call))


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 100
    assert sum(1 for _ in calls()) > 5_000


def test_what_catches_everything_raises_again_or_says_why_not() -> None:
    broad = ("BaseException", "Exception", "None")
    found = [
        named(path, node)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and ast.unparse(node.type or ast.Constant(None)) in broad
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert elsewhere(found, BROAD) == []


def test_no_queue_is_unbounded() -> None:
    found = [
        named(path, node)
        for path, node in calls()
        if (called(node).endswith("create_memory_object_stream") and "inf" in ast.unparse(node))
        or (
            called(node).rpartition(".")[2] in ("Queue", "SimpleQueue", "LifoQueue")
            and not (node.args or node.keywords)
        )
    ]
    assert elsewhere(found, UNBOUNDED_QUEUES) == []


def test_no_cache_of_arguments_is_unbounded() -> None:
    """`functools.cache` keeps everything for ever: fine for what has no arguments or a closed set of them."""
    found = []
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = [ast.unparse(each) for each in node.decorator_list]
                unbounded = any(each in ("cache", "functools.cache") or "maxsize=None" in each for each in decorators)
                if unbounded and node.args.args:
                    found.append(named(path, node))
    assert elsewhere(found, CACHES) == []


def test_what_waits_for_others_has_a_limit() -> None:
    found = [
        named(path, node)
        for path, node in calls()
        if (
            called(node) in WAITING or called(node).endswith(("httpx.AsyncClient", "httpx.Client", "create_connection"))
        )
        and not any(keyword.arg in ("timeout", None) for keyword in node.keywords)
    ]
    assert found == []


def test_only_a_worker_process_sleeps_until_it_is_ended() -> None:
    found = [named(path, node) for path, node in calls() if called(node).endswith("sleep_forever")]
    assert elsewhere(found, SLEEPING) == []


def test_endless_loops_wait_or_leave() -> None:
    ways_out = (ast.Await, ast.Return, ast.Break, ast.Raise, ast.AsyncWith)
    found = [
        named(path, node)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.While)
        and isinstance(node.test, ast.Constant)
        and not any(isinstance(inner, ways_out) for inner in ast.walk(node))
    ]
    assert elsewhere(found, LEAVING_OTHERWISE) == []


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__"])
def test_nothing_runs_text_as_code(name: str) -> None:
    assert [named(path, node) for path, node in calls() if called(node) == name] == []


def test_tokens_are_compared_in_constant_time() -> None:
    """The one function that judges a token returns nothing else than what `compare_digest` said of two digests."""
    tree = ast.parse((ROOT / "server/http/access.py").read_text(encoding="utf-8"))
    (judge,) = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "admits_token")
    assert ast.unparse(judge.body[-1]) == (
        "return scheme.lower() == 'bearer' and hmac.compare_digest(_digest(given.strip()), _digest(self.token))"
    )
    compared = [ast.unparse(n) for n in ast.walk(judge) if isinstance(n, ast.Compare)]
    assert compared == ["self.token is None", "len(headers) != 1", "scheme.lower() == 'bearer'"]


def test_only_a_comparison_leads_to_publishing() -> None:
    found = [
        named(path, node)
        for path, node in calls()
        if called(node) == "NextStep"
        and any(one.arg == "tool" and ast.unparse(one.value) == "'promote'" for one in node.keywords)
    ]
    assert [one for one in found if not one.startswith("content/reports/comparison.py")] == []
    assert found
