"""No answer of a tool is longer than 10,000 characters, whatever the site is like; what is left out can be paged to."""

from __future__ import annotations

import json
from typing import Any

from copydesk.content.reports.receipts import DoneSection, JobStatus, JobStatusSummary
from copydesk.tools.answers import LONGEST, compact, fits, fitted

SECTIONS = 5_000


def large_site(*, page_length: int, section_length: int) -> str:
    section_ids = [f"{'s' * section_length}{number}" for number in range(50)]
    sections = [{"id": each, "template": "hero"} for each in section_ids]
    routes = [
        {"id": f"{'p' * page_length}{number}", "path": f"/{number}", "title": "P", "sections": sections}
        for number in range(SECTIONS // 50)
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
    assert all(len(compact(one)) <= LONGEST for one in (plan, receipt, again, status, cancelled))
    assert (plan["queuedSections"], receipt["queuedSections"], again["skippedTotal"]) == (SECTIONS,) * 3
    assert (status["jobsTotal"], cancelled["cancelled"]) == (SECTIONS, SECTIONS)
    assert receipt["jobs"]
    assert again["skipped"]


async def test_pages_of_long_jobs_follow_each_other_without_a_gap(connect: Any, project: Any) -> None:
    project.site_file.write_text(large_site(page_length=95, section_length=95), encoding="utf-8")
    async with connect(writer="gated") as talk:
        await talk.call("generate", page="/0")
        seen: list[str] = []
        status = await talk.call("check-generation-status")
        while True:
            assert len(compact(status)) <= LONGEST
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
    assert len(compact(status)) <= LONGEST
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
    assert all(len(compact(one)) <= LONGEST for one in (receipt, status))
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
    done = DoneSection(page="p" * LONGEST, section="s", entity_id="e", entity_type="t").model_dump(by_alias=True)
    wire = {"message": "done", "generated": [done] * 20}
    assert fits(fitted(wire))
    assert fitted(wire)["generated"] == []
