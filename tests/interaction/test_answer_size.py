"""No answer of a tool is longer than 10,000 characters, whatever the site is like; what is left out can be paged to."""

from __future__ import annotations

import json
from typing import Any

from copydesk.content.reports.paging import LARGEST_ANSWER
from copydesk.content.reports.receipts import DoneSection, JobStatus, JobStatusSummary
from copydesk.tools.answers import compact, fits, fitted

SECTIONS = 5_000


def large_site(*, page_length: int, section_length: int, sections: int = SECTIONS) -> str:
    section_ids = [f"{'s' * section_length}{number}" for number in range(50)]
    of_a_page = [{"id": each, "template": "hero"} for each in section_ids]
    routes = [
        {"id": f"{'p' * page_length}{number}", "path": f"/{number}", "title": "P", "sections": of_a_page}
        for number in range(sections // 50)
    ]
    schema = {"type": "object", "required": ["headline"], "properties": {"headline": {"type": "string"}}}
    templates = {"hero": {"description": "d", "prompt": "p", "schema": schema}}
    return json.dumps({"site": {"id": "big", "title": "Big"}, "templates": templates, "routes": routes})


async def test_answers_of_a_site_with_5000_sections_and_long_names_are_short(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=60, section_length=60), encoding="utf-8")
    async with connect(writer="gated") as talk:
        plan = await talk.call("generate-all", dryRun=True)
        receipt = await talk.call("generate-all")
        again = await talk.call("generate-all")
        status = await talk.call("check-generation-status")
        cancelled = await talk.call("cancel-generation")
    assert all(len(compact(one)) <= LARGEST_ANSWER for one in (plan, receipt, again, status, cancelled))
    assert (plan["queuedSections"], receipt["queuedSections"], again["skippedTotal"]) == (SECTIONS,) * 3
    assert (status["jobsTotal"], cancelled["cancelled"]) == (SECTIONS, SECTIONS)
    assert receipt["jobs"]
    assert again["skipped"]


async def test_default_answers_on_a_site_with_2000_sections_full_of_copy_are_short(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=30, section_length=30, sections=2_000), encoding="utf-8")
    page, section = f"{'p' * 30}0", f"{'s' * 30}0"
    async with connect() as talk:
        answers = [await talk.call("generate-all", waitSeconds=45)]
        assert answers[0]["counts"]["completed"] == 2_000
        answers += [await talk.call("edit-content", page=page, section=section, fields={"headline": "Words " * 5_000})]
        answers += [await talk.call(tool) for tool in ("list-site", "read-content", "compare-content")]
        answers += [await talk.call("compare-content", detail=True)]
        answers += [await talk.call("compare-content", page=page, section=section, detail=True, against="previous")]
        answers += [await talk.call("promote", reviewId=answers[4]["reviewId"], waitSeconds=45)]
        answers += [await talk.call("retry-failed", operationId=(await failed(talk, page)), dryRun=True)]
        answers += [await talk.call("regenerate-all", dryRun=True), await talk.call("rollback", page=page)]
        answers += [await talk.call(tool) for tool in ("list-operations", "check-generation-status", "list-site")]
        answers += [await talk.call("list-site", show=show) for show in ("templates", "sources")]
        answers += [await talk.call("cancel-generation")]
    assert [len(compact(one)) for one in answers if len(compact(one)) > LARGEST_ANSWER] == []
    assert (answers[2]["totals"]["sections"], answers[3]["sectionsTotal"], answers[4]["counts"]["new"]) == (2_000,) * 3
    assert len(answers[7]["promoted"]) <= 20


async def failed(talk: Any, page: str) -> str:
    """An operation whose 50 sections failed, with long excuses."""
    talk.writer.refused, talk.writer.code = {f"{page}/{'s' * 30}{number}" for number in range(50)}, "overloaded"
    talk.writer.excuse = "No! " * 500
    talk.writer.open(50)
    receipt = await talk.call("generate", page=page, force=True, writer="gated", waitSeconds=45)
    assert receipt["errorsTotal"] == 49, "one is edited by hand"
    return str(receipt["operationId"])


async def test_every_section_of_a_large_site_is_on_exactly_one_page_of_each_list(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=90, section_length=90, sections=300), encoding="utf-8")
    async with connect() as talk:
        await talk.call("generate-all", waitSeconds=45)
        listed = [
            (route["page"], one["section"])
            for answer in await all_pages(talk, "list-site")
            for route in answer["routes"]
            for one in route["sections"]
        ]
        for tool in ("read-content", "compare-content"):
            shown = [
                (one["page"], one["section"]) for answer in await all_pages(talk, tool) for one in answer["sections"]
            ]
            assert shown == listed
    assert len(listed) == len(set(listed)) == 300


async def all_pages(talk: Any, tool: str) -> list[dict[str, Any]]:
    """The answers of a list, from the first page to the last."""
    answers = [await talk.call(tool)]
    while answers[-1]["cursor"] is not None:
        answers.append(await talk.call(tool, cursor=answers[-1]["cursor"]))
    assert all(len(compact(one)) <= LARGEST_ANSWER for one in answers)
    return answers


async def test_pages_of_long_jobs_follow_each_other_without_a_gap(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=95, section_length=95), encoding="utf-8")
    async with connect(writer="gated") as talk:
        await talk.call("generate", page="/0")
        seen: list[str] = []
        status = await talk.call("check-generation-status")
        while True:
            assert len(compact(status)) <= LARGEST_ANSWER
            seen += [job["sectionId"] for job in status["jobs"]]
            if status["cursor"] is None:
                break
            status = await talk.call("check-generation-status", cursor=status["cursor"])
    assert seen == [f"{'s' * 95}{number}" for number in range(50)]


async def test_status_names_all_of_ten_operations(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=60, section_length=60), encoding="utf-8")
    async with connect(writer="gated") as talk:
        for number in range(10):
            await talk.call("generate", page=f"/{number}")
        status = await talk.call("check-generation-status")
    assert len(compact(status)) <= LARGEST_ANSWER
    assert (len(status["operations"]), status["jobsTotal"]) == (10, 500)
    assert status["jobs"]
    assert status["cursor"] is not None


async def test_long_excuses_of_many_failures_are_cut(connect: Any, gated: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=1, section_length=1), encoding="utf-8")
    gated.refused, gated.excuse = {f"p0/s{number}" for number in range(50)}, "No! " * 2_000
    gated.open(50)
    async with connect(writer="gated") as talk:
        receipt = await talk.call("generate", page="p0", waitSeconds=20)
        status = await talk.call("check-generation-status")
    assert (receipt["errorsTotal"], receipt["outcome"], status["failed"]) == (50, "failed", 50)
    assert all(len(compact(one)) <= LARGEST_ANSWER for one in (receipt, status))
    assert receipt["errors"][0].startswith("p0/s")
    assert receipt["failed"][0]["message"].endswith("…")


def test_an_answer_that_fits_is_left_as_it_is() -> None:
    wire = {"message": "short", "jobs": [{"jobId": "j"}] * 20}
    assert fitted(wire) is wire


def test_names_are_never_cut_and_kept_lists_keep_their_entries() -> None:
    long = "x" * 500
    job = JobStatus(job_id=long, section_id=long, page="home", status="failed", error=long, operation_id="op")  # type: ignore[arg-type]
    summary = JobStatusSummary(
        total=9, pending=0, processing=0, completed=0, failed=9, cancelled=0, jobs=(job,) * 9, message=long
    )
    cut = fitted(summary.model_dump(mode="json", by_alias=True), whole=frozenset({"jobs"}))
    assert [len(each["sectionId"]) for each in cut["jobs"]] == [500] * 9
    assert all(len(each["error"]) < 500 for each in cut["jobs"])


def test_names_too_long_for_any_list_leave_the_list_empty() -> None:
    done = DoneSection(page="p" * LARGEST_ANSWER, section="s", entity_id="e", entity_type="t").model_dump(by_alias=True)
    wire = {"message": "done", "generated": [done] * 20}
    assert fits(fitted(wire))
    assert fitted(wire)["generated"] == []
