"""The site's checks, run on the copy that stands or on what a promotion would make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio.to_thread

from copydesk.content.operations.selection import select
from copydesk.content.operations.values import WHOLE_SITE
from copydesk.content.reports.content_views import CheckFinding, CheckReport
from copydesk.content.reports.paging import counted, shorten
from copydesk.content.site_checks.checking import check_site
from copydesk.content.site_checks.findings import Severity
from copydesk.content.site_checks.site_copy import read_site_copy
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.content.desk import Desk
    from copydesk.content.operations.values import Scope
    from copydesk.content.site_checks.findings import Finding

__all__ = ["check_content", "check_release", "check_report", "counted_findings"]

_LISTED: Final = 10
_LONGEST: Final = 220


async def check_content(desk: Desk, scope: Scope, environment: Environment) -> tuple[Finding, ...]:
    """What the checks find in these sections (an empty scope is the whole site), as the environment stands.

    Raises `ContentError`: invalid-site, unknown-page, unknown-section, two-scopes.
    """
    site = await desk.site()
    keys = [selected.key for selected in select(WHOLE_SITE if scope.is_empty else scope, site)]
    copy = await desk.store.read(read_site_copy, site, environment)
    return await anyio.to_thread.run_sync(check_site, copy, keys)


async def check_release(desk: Desk, scope: Scope) -> tuple[Finding, ...]:
    """What the checks would find in these sections if their preview copy were published. Raises as `check_content`."""
    site = await desk.site()
    keys = [selected.key for selected in select(scope, site)]
    copy = await desk.store.read(read_site_copy, site, Environment.PRODUCTION, overlaid=keys)
    return await anyio.to_thread.run_sync(check_site, copy, keys)


def check_report(findings: Sequence[Finding], most: int = _LISTED) -> CheckReport:
    """The findings as they travel: the first `most`, and how many there are."""
    errors = sum(one.severity is Severity.ERROR for one in findings)
    shown = tuple(_wire(one) for one in findings[:most])
    text = counted_findings(errors, len(findings) - errors) if findings else "The checks found nothing"
    if len(findings) > len(shown):
        text += f", of which the first {len(shown)} are listed"
    return CheckReport(errors=errors, warnings=len(findings) - errors, findings=shown, message=f"{text}.")


def counted_findings(errors: int, warnings: int) -> str:
    """`1 error and 2 warnings`"""
    return f"{counted(errors, 'error')} and {counted(warnings, 'warning')}"


def _wire(finding: Finding) -> CheckFinding:
    return CheckFinding(
        code=finding.code,
        severity=finding.severity.value,
        page=finding.page,
        section=finding.section,
        path=shorten(finding.path, _LONGEST),
        message=shorten(finding.message, _LONGEST),
    )
