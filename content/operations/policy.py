"""What the operator's `promotion` setting allows. No argument of a call overrides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from copydesk.content.errors import ContentError
from copydesk.content.operations.values import Promote
from copydesk.store.states import Environment

if TYPE_CHECKING:
    from copydesk.content.operations.values import Operation

Via: TypeAlias = Literal["mcp", "cli", "library"]
"""How a request came in."""
Promotion: TypeAlias = Literal["open", "reviewed", "locked"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator set, and how the request came in."""

    promotion: Promotion = "open"
    via: Via = "library"


UNRESTRICTED: Final = Policy()


def refuse_forbidden(operation: Operation, environment: Environment, policy: Policy) -> None:
    """Raise `ContentError` (promotion-locked, review-required) for what the operator does not allow.

    `environment` is what the operation would change: undoing what stands in the preview alone is nobody's concern.
    """
    if environment is not Environment.PRODUCTION or policy.via == "cli":
        return
    if policy.promotion == "locked":
        message = (
            "Production is locked by the project's settings (promotion = locked): only the command line publishes and "
            "rolls back, with `copydesk promote` or `copydesk rollback`. Ask the person who runs this site."
        )
        raise ContentError("promotion-locked", message)
    if policy.promotion == "reviewed" and isinstance(operation, Promote) and not operation.review_id:
        message = (
            "This project publishes only what was reviewed (promotion = reviewed): compare the content first and pass "
            "the reviewId that the comparison gives."
        )
        raise ContentError("review-required", message)
