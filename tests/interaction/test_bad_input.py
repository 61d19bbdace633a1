"""Whatever a client sends: what was meant is done, and what cannot be is refused with a code and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.client.client import ConnectMode

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]

MEANT = [
    {"pages": "home"},
    {"pages": '["home"]'},
    {"pages": ["home", "", None]},
    {"pages": [" /"]},
    {"page": "home", "section": "", "sections": [], "pages": None},
    {"page": "home", "waitSeconds": "", "force": "", "dryRun": "false", "requestId": "", "writer": ""},
    {"sections": '["home/hero", "home/why", "home/legal"]', "instructions": " "},
]


@pytest.mark.parametrize("arguments", MEANT, ids=str)
async def test_what_was_meant_is_done(connect: Any, arguments: dict[str, Any]) -> None:
    async with connect() as talk:
        receipt = await talk.call("generate", **{"waitSeconds": "20", **arguments})
    assert sorted(f"{one['page']}/{one['section']}" for one in receipt["jobs"]) == ["home/hero", "home/why"]


@pytest.mark.parametrize(
    "scope", [{}, {"pages": []}, {"pages": ""}, {"sections": "[]"}, {"page": None, "section": " "}], ids=str
)
@pytest.mark.parametrize("tool", ["generate", "regenerate-content", "promote", "rollback"])
async def test_empty_scope_never_means_everything(connect: Any, tool: str, scope: dict[str, Any]) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        before = await talk.stored()
        error = await talk.error(tool, **scope)
        assert await talk.stored() == before
    assert error.startswith("[empty-scope] ")
    assert "generate-all" in error or tool != "generate"


WRONG = [
    ("generate", {"pages": ["hom"]}, '[unknown-page] There is no page "hom" in this site: did you mean "home"?'),
    ("generate", {"pages": ["/repair"]}, "/repairs"),
    ("generate", {"page": "home", "section": "heroo"}, 'did you mean "hero"?'),
    ("generate", {"section": "hero"}, "[unknown-section] "),
    ("generate", {"pages": ["home"], "sections": ["home/hero"]}, "[two-scopes] "),
    ("generate", {"pages": {"id": "home"}}, "[invalid-argument] generate: pages: should be a list of names"),
    ("generate", {"pages": [{"id": "home"}]}, "[invalid-argument] generate: pages.0: "),
    ("generate", {"page": "home", "waitSeconds": -1}, "waitSeconds: input should be greater than or equal to 0"),
    ("generate", {"page": "home", "waitSeconds": "soon"}, "[invalid-argument] generate: waitSeconds: "),
    ("generate", {"page": "home", "waitSeconds": True}, "waitSeconds: should be a number of seconds, not True"),
    ("generate", {"page": "home", "dryRun": "perhaps"}, "[invalid-argument] generate: dryRun: "),
    ("generate", {"page": "home", "dryrun": True}, 'has no argument "dryrun": did you mean "dryRun"?'),
    ("generate", {"page": "home", "writer": "outlin"}, 'did you mean "outline"?'),
    ("generate-all", {"requestId": "x" * 301}, "[invalid-argument] generate-all: requestId: "),
    ("generate-all", {"pages": ["home"]}, '[unknown-argument] generate-all has no argument "pages"'),
    ("regenerate-all", {"mode": "newest"}, "(the nearest is \"new\"), not 'newest'"),
    ("regenerate-content", {"all": True, "mode": 5}, '"leave", "new" and "with-current"'),
    ("generate-all", {"instructions": "\ud800"}, "generate-all: instructions holds half a character"),
    ("regenerate-content", {"page": "home", "keep": ["\ud800"]}, "regenerate-content: keep holds half a character"),
    ("promote", {"all": True, "pages": ["home"]}, "[two-scopes] "),
    ("promote", {"reviewId": "rev_1"}, "[unknown-review] "),
    ("rollback", {"operationIds": ["op_1"]}, "[unknown-operation] "),
    ("rollback", {"operationId": "op_1"}, 'did you mean "operationIds"?'),
    ("check-generation-status", {"operationId": "op_1"}, "[unknown-operation] "),
    ("check-generation-status", {"jobIds": "job_1"}, "[unknown-job] "),
    ("check-generation-status", {"states": "complete"}, '(the nearest is "completed")'),
    ("check-generation-status", {"cursor": "next"}, "[invalid-cursor] "),
    ("cancel-generation", {"operationId": "op_1"}, "[unknown-operation] "),
    ("cancel-generation", {"jobIds": ["job_1"]}, "[unknown-job] "),
    ("retry-failed", {}, "[missing-operation] "),
    ("retry-failed", {"operationId": "op_1"}, "[unknown-operation] "),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), WRONG, ids=str)
async def test_wrong_call_is_explained_and_changes_nothing(
    connect: Any, tool: str, arguments: dict[str, Any], expected: str
) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        before = await talk.stored()
        error = await talk.error(tool, **arguments)
        assert await talk.stored() == before
    assert expected in error
    assert error.startswith("[")


async def test_nearest_operation_is_named(connect: Any) -> None:
    async with connect() as talk:
        started = await talk.call("generate-all", waitSeconds=20)
        mistyped = started["operationId"][:-1]
        error = await talk.error("check-generation-status", operationId=mistyped)
    assert f'did you mean "{started["operationId"]}"?' in error


async def test_too_long_a_wait_is_shortened_and_said(connect: Any) -> None:
    async with connect() as talk:
        receipt = await talk.call("generate-all", waitSeconds=100)
        status = await talk.call("check-generation-status", waitSeconds="1e3")
    assert receipt["waitEnded"] == "finished"
    assert any("45" in warning for warning in receipt["warnings"])
    assert any("45" in warning for warning in status["warnings"])


async def test_states_are_read_however_they_are_spelt(connect: Any) -> None:
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=20)
        assert (await talk.call("check-generation-status", states="Completed"))["jobsTotal"] == 4
        assert (await talk.call("check-generation-status", states='["failed"]'))["jobsTotal"] == 0


async def test_a_giant_argument_gets_a_short_answer(connect: Any) -> None:
    async with connect() as talk:
        assert len(await talk.error("generate", sections=["x" * 100_000])) <= 10_000
        assert len(await talk.error("generate", pages=["x" * 100_000])) <= 10_000


@pytest.mark.parametrize("named", ["local:/etc/hostname", "local:../large.gguf", "local:~/large.gguf"])
async def test_no_call_names_a_model_outside_the_project(connect: Any, named: str) -> None:
    async with connect() as talk:
        for dry_run in (True, False):
            error = await talk.error("generate", pages=["home"], writer=named, dryRun=dry_run)
            assert error.startswith("[outside-project] ")
        assert (await talk.stored())["operations"] == 0


async def test_a_call_may_name_what_the_settings_name(connect: Any) -> None:
    named = "local:/nowhere/large.gguf"
    async with connect(writer=named) as talk:
        error = await talk.error("generate", pages=["home"], writer=named, dryRun=True)
    assert "outside-project" not in error
