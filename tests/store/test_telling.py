"""What receipts and status tell of pauses, of text that was kept, and of sections that could not be done."""

from __future__ import annotations

from pathlib import Path

from copydesk.content.definition.models import Section
from copydesk.content.desk import Asked, open_desk
from copydesk.content.operations.values import WHOLE_SITE, Edit, Generate, Promote
from copydesk.content.reports.section_states import place_sections, read_held
from copydesk.content.reports.status import StatusQuery
from copydesk.store import pauses
from tests.workshop import open_workshop, saying, write_site

HOME = {"home": ["hero"]}


async def test_a_pause_of_the_provider_is_told_while_jobs_wait_for_it(tmp_path: Path) -> None:
    write_site(tmp_path, HOME)
    async with open_workshop(tmp_path) as shop:
        receipt = await shop.generate()
        assert "asks to wait" not in receipt.message
        store, name = shop.desk.store, shop.writer.name
        await store.write(pauses.pause_writer, name, delay=40_000, reason="429", at=shop.desk.now())
        sentence = f"The provider of {name} asks to wait another 40 s."
        assert receipt.operation_id is not None
        assert sentence in (await shop.desk.receipt(receipt.operation_id)).message
        status = await shop.desk.status()
        assert f"{sentence} It said: 429" in status.message
        await shop.desk.cancel()
        assert "asks to wait" not in (await shop.desk.status()).message


async def test_text_that_was_kept_is_shown_to_who_asks_for_its_job(tmp_path: Path) -> None:
    write_site(tmp_path, HOME)

    async def wrong(brief: object, correction: object) -> object:
        return saying("")

    async with open_workshop(tmp_path, wrong) as shop:
        (job,) = await shop.jobs(await shop.run())
        assert f"check-generation-status with the job id {job.id} shows it" in str(job.error)
        (asked,) = (await shop.desk.status(StatusQuery(job_ids=(job.id,)))).jobs
        (listed,) = (await shop.desk.status()).jobs
    assert asked.result == {"text": ""}
    assert "result" not in listed.model_dump(mode="json")


async def test_kept_text_of_any_size_is_shown_shortened(tmp_path: Path) -> None:
    write_site(tmp_path, HOME)

    async def endless(brief: object, correction: object) -> object:
        return saying("word " * 100_000)

    async with open_workshop(tmp_path, endless) as shop:
        (job,) = await shop.jobs(await shop.run())
        (asked,) = (await shop.desk.status(StatusQuery(job_ids=(job.id,)))).jobs
    assert job.error_code == "invalid-copy"
    assert len(asked.model_dump_json()) < 6_000
    assert "The result is shortened." in str(asked.error)


async def test_a_refused_section_is_no_success_in_the_receipt_nor_in_the_status(tmp_path: Path) -> None:
    write_site(tmp_path, {"home": ["hero", "prices"]})

    def resolve(section: Section) -> str:
        if section.id == "prices":
            message = "nobody knows how to write it"
            raise ValueError(message)
        return section.template

    async with open_workshop(tmp_path) as shop:
        async with shop.working():
            queued = await shop.desk.submit(Generate(scope=WHOLE_SITE), Asked(resolve=resolve))
            receipt = await shop.finish(queued)
        status = await shop.desk.status()
    assert (receipt.counts.completed, receipt.errors_total) == (1, 1)
    assert (receipt.success, status.success) == (False, False)


async def test_jobs_of_preview_and_production_are_told_apart(tmp_path: Path) -> None:
    write_site(tmp_path, HOME)
    async with open_workshop(tmp_path) as shop:
        await shop.run()
        publishing = await shop.desk.submit(Promote(scope=WHOLE_SITE))
        writing = await shop.desk.submit(Generate(scope=WHOLE_SITE, force=True))
        held = await shop.desk.store.read(read_held, ["home"])
        (placed,) = place_sections(await shop.desk.site(), held)
    assert placed.preview_job == writing.jobs[0].job_id
    assert placed.production_job == publishing.jobs[0].job_id
    assert placed.state.job_id == placed.preview_job


async def test_a_release_of_placeholder_drafts_says_how_many_in_every_answer(tmp_path: Path) -> None:
    write_site(tmp_path, {"home": ["hero", "faq", "why"]})
    async with open_desk(tmp_path, worker=False) as desk:
        await desk.perform(Generate(scope=WHOLE_SITE))
        await desk.perform(Edit(page="home", section="hero", fields={"text": "Written by hand"}))
        planned = await desk.plan(Promote(scope=WHOLE_SITE))
        assert planned.warnings == ("2 of the sections to publish are placeholder drafts: write finished text first.",)
        assert "3 sections would be done, 2 of them placeholder drafts, 0 skipped." in planned.message
        waiting = await desk.submit(Promote(scope=WHOLE_SITE))
        assert waiting.operation_id is not None
        assert waiting.warnings == planned.warnings
        await desk.cancel()
        assert (await desk.receipt(waiting.operation_id)).warnings == ()
        published = await desk.perform(Promote(scope=WHOLE_SITE))
        (warning,) = published.warnings
        assert warning.startswith("2 of the published sections are placeholder drafts")
        assert "2 of them are placeholder drafts." in published.message
        assert "2 of them are placeholder drafts." in (await desk.status()).message


async def test_a_release_of_finished_copy_warns_of_nothing(tmp_path: Path) -> None:
    write_site(tmp_path, HOME)
    async with open_workshop(tmp_path) as shop:
        await shop.desk.perform(Generate(scope=WHOLE_SITE))
        planned = await shop.desk.plan(Promote(scope=WHOLE_SITE))
        published = await shop.desk.perform(Promote(scope=WHOLE_SITE))
    assert (planned.queued_sections, published.counts.completed) == (1, 1)
    assert planned.warnings == published.warnings == ()
