"""What the operator's `promotion` setting allows. No argument of a call overrides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Promote, Rollback

if TYPE_CHECKING:
    from copydesk.content.operations.values import Operation

Via: TypeAlias = Literal["mcp", "cli", "library"]
"""How a request came in."""


def refuse_forbidden(operation: Operation, promotion: Literal["open", "reviewed", "locked"], via: Via) -> None:
    """Raise `ContentError` (promotion-locked, review-required) for what the operator does not allow."""
    if not isinstance(operation, Promote | Rollback) or via == "cli":
        return
    if promotion == "locked":
        message = (
            "Production is locked by the project's settings (promotion = locked): only the command line publishes and "
            "rolls back, with `copydesk promote` or `copydesk rollback`. Ask the person who runs this site."
        )
        raise ContentError("promotion-locked", message)
    if promotion == "reviewed" and isinstance(operation, Promote) and not operation.review_id:
        message = (
            "This project publishes only what was reviewed (promotion = reviewed): compare the content first and pass "
            "the reviewId that the comparison gives."
        )
        raise ContentError("review-required", message)
