"""The advice of receipts, in the words of the command line: the command in place of the tool."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copydesk.content.reports.receipts import NextStep, Receipt

__all__ = ["after_drafting", "command_for"]

_FLAGS = {"writer": "--writer", "instructions": "--instructions", "maxTokens": "--max-tokens"}


def command_for(step: NextStep | None) -> str | None:
    """The command that does what a next step says; `None` when nothing is left to do, or only a tool can."""
    if step is None:
        return None
    operation = step.arguments.get("operationId")
    named = [str(operation)] if operation else []
    scope = _scope(step.arguments)
    match step.tool:
        case "check-generation-status":
            words = ["status", *named, "--watch"]
        case "retry-failed":
            words = ["retry", *named, *_wishes(step.arguments)]
        case "promote":
            words = ["promote", *_review(step.arguments), *scope, *_dry_run(step.arguments)]
        case "generate":
            words = ["generate", *scope, *_wishes(step.arguments), *_dry_run(step.arguments)]
        case "compare-content":
            words = ["diff", *scope]
        case "read-content":
            words = ["show", *step.arguments.get("pages", ()), *step.arguments.get("sections", ())]
        case "list-site":
            words = ["list", *_listed(step.arguments)]
        case "generate-all":
            words = ["generate", "--all", *_wishes(step.arguments), *_dry_run(step.arguments)]
        case _:
            return None
    return shlex.join(["copydesk", *words])


def after_drafting(receipt: Receipt) -> str | None:
    """Where to look at the drafts that outline has just written, and how to get better copy; else `None`."""
    if receipt.writer != "outline" or not receipt.generated:
        return None
    show = shlex.join(["copydesk", "show", receipt.generated[0].page])
    return f"{show}, or copydesk preview --open. Better copy: copydesk model fetch, then --writer local."


def _scope(arguments: dict[str, Any]) -> list[str]:
    sections = [word for name in arguments.get("sections", ()) for word in ("--section", name)]
    return [*arguments.get("pages", ()), *sections, *(["--all"] if arguments.get("all") else [])]


def _wishes(arguments: dict[str, Any]) -> list[str]:
    """What was said beside the scope: left out, something else would be done, or by somebody else."""
    given = [word for name, flag in _FLAGS.items() if name in arguments for word in (flag, str(arguments[name]))]
    return [*(["--force"] if arguments.get("force") else []), *given]


def _review(arguments: dict[str, Any]) -> list[str]:
    return ["--review", str(arguments["reviewId"])] if arguments.get("reviewId") else []


def _listed(arguments: dict[str, Any]) -> list[str]:
    shown = arguments.get("show", "routes")
    missing = arguments.get("missing")
    options = [] if shown == "routes" else [f"--{shown}"]
    return [*arguments.get("pages", ()), *(["--missing", str(missing)] if missing else []), *options]


def _dry_run(arguments: dict[str, Any]) -> list[str]:
    return ["--dry-run"] if arguments.get("dryRun") else []
