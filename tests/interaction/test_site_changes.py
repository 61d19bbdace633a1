"""A site file that turns invalid or disappears: running jobs go on from their snapshot, and tools say what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.client.client import ConnectMode

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("is_removed", [False, True], ids=["invalid", "removed"])
async def test_jobs_go_on_while_the_site_cannot_be_read(
    connect: Any, gated: Any, project: Any, era: ConnectMode, is_removed: bool
) -> None:
    text = project.site_file.read_text(encoding="utf-8")
    async with connect(era, writer="gated") as talk:
        await talk.call("generate", page="home")
        if is_removed:
            project.site_file.unlink()
        else:
            project.site_file.write_text(text.replace("template: hero}", "template: heroo}"), encoding="utf-8")

        before = await talk.stored()
        error = await talk.error("generate-all")
        assert await talk.stored() == before
        assert error.startswith("[invalid-site] ")
        assert "site.yaml" in error
        assert is_removed or 'site.yaml:12: Section "hero"' in error

        gated.open(100)
        status = await talk.call("check-generation-status", waitSeconds=20)
        assert (status["completed"], status["failed"]) == (2, 0)

        project.site_file.write_text(text, encoding="utf-8")
        mended = await talk.call("generate-all", waitSeconds=20)
        assert (mended["outcome"], mended["counts"]["completed"]) == ("ok", 2)


async def test_server_starts_on_an_invalid_site_and_says_so(connect: Any, project: Any) -> None:
    text = project.site_file.read_text(encoding="utf-8")
    project.site_file.write_text("site: [", encoding="utf-8")
    async with connect() as talk:
        assert (await talk.error("generate-all")).startswith("[invalid-site] ")
        assert (await talk.call("check-generation-status"))["total"] == 0
        project.site_file.write_text(text, encoding="utf-8")
        assert (await talk.call("generate-all", waitSeconds=20))["outcome"] == "ok"
