"""The operator's `promotion` setting: no argument of a call overrides it."""

from __future__ import annotations

from typing import Any

from copydesk.content.operations.values import WHOLE_SITE


async def test_locked_leaves_production_to_the_command_line(connect: Any) -> None:
    async with connect(promotion="locked") as talk:
        await talk.call("generate-all", waitSeconds=20)
        before = await talk.stored()
        for tool in ("promote", "rollback"):
            assert (await talk.error(tool, pages=["home"])).startswith("[promotion-locked] ")
        assert (await talk.error("promote", all=True, dryRun=True)).startswith("[promotion-locked] ")
        assert await talk.stored() == before


async def test_reviewed_publishes_just_what_was_reviewed(connect: Any) -> None:
    async with connect(promotion="reviewed") as talk:
        await talk.call("generate-all", waitSeconds=20)
        assert (await talk.error("promote", all=True)).startswith("[review-required] ")
        review = await talk.desk.review(WHOLE_SITE)
        receipt = await talk.call("promote", reviewId=review.id)
    assert (receipt["outcome"], len(receipt["promoted"])) == ("ok", 4)


async def test_what_changed_since_the_review_is_not_published(connect: Any) -> None:
    async with connect(promotion="reviewed") as talk:
        await talk.call("generate-all", waitSeconds=20)
        review = await talk.desk.review(WHOLE_SITE)
        await talk.call("regenerate-content", page="home", section="why", waitSeconds=20)
        error = await talk.error("promote", reviewId=review.id)
    assert error.startswith("[review-outdated] ")
    assert "home/why" in error
