"""The writer `agent`: the assistant that calls the tools. It is not asked; it comes and takes its briefs.

Its jobs wait for it (`take-brief`, `submit-content`); no worker claims them. This stands in for it where writers are
named and estimated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.content.briefs import brief_estimate
from copydesk.content.writers.base import AGENT, Estimate, Permanent

if TYPE_CHECKING:
    from copydesk.content.briefs import Brief
    from copydesk.content.writers.base import Correction

__all__ = ["AgentWriter"]


class AgentWriter:
    """The assistant, as far as a program can ask for it."""

    name = AGENT
    is_draft = False

    async def write(self, brief: Brief, correction: Correction | None = None) -> Permanent:
        return Permanent("agent-writes-itself", "The assistant is not asked: it takes its briefs with take-brief.")

    def estimate(self, brief: Brief) -> Estimate:
        """Tokens of the assistant's own context. How long it takes depends on it alone."""
        return Estimate(*brief_estimate(brief))
