"""Adding a page to a site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from copydesk.content.definition.edits import NewPage, NewSection, plan_page
from copydesk.content.reports.content_views import LONGEST_ADDED, AddedPage
from copydesk.content.reports.paging import counted
from copydesk.content.reports.receipts import NextStep

if TYPE_CHECKING:
    from copydesk.content.desk import Desk

__all__ = ["AddedPage", "NewPage", "NewSection", "add_page"]


async def add_page(desk: Desk, page: NewPage, *, dry_run: bool = False) -> AddedPage:
    """Add a page at the end of the site definition.

    Raises `ContentError`: invalid-site, invalid-page, unsupported-layout, outside-project, file-changed, file-busy,
    unwritable. Nothing is changed then.
    """
    return await anyio.to_thread.run_sync(_add_page, desk.project.site_file, page, dry_run)


def _add_page(site_file: Path, page: NewPage, dry_run: bool) -> AddedPage:
    edit = plan_page(site_file, page)
    if not dry_run:
        edit.apply()
    verb = "would be added" if dry_run else "was added"
    size = counted(len(page.sections), "section")
    step = NextStep(tool="generate", arguments={"pages": [page.page]})
    return AddedPage(
        page=page.page,
        file=site_file.name,
        line=edit.line,
        added=edit.added[:LONGEST_ADDED],
        sections=len(page.sections),
        dry_run=dry_run,
        message=f"The page {verb} to {site_file.name}, line {edit.line}, with {size}.",
        next_step=None if dry_run or not page.sections else step,
    )
