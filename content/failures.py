"""What the codes of failed jobs mean: whether another try can help, and what would."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """Whether another try can help, what to do, and whether somebody has to do that first, outside of copydesk."""

    retryable: bool
    fix: str
    needs_somebody: bool = False


_RETRY = "Retry the failed ones."

_REMEDIES = {
    "timeout": Remedy(retryable=True, fix=f"{_RETRY} If it happens again, raise attempt_timeout or lower concurrency."),
    "writer-error": Remedy(retryable=True, fix=f"{_RETRY} If it happens again, the writer itself is at fault."),
    "rate-limited": Remedy(retryable=True, fix=f"{_RETRY} Lower the rate or the concurrency if it keeps happening."),
    "unavailable": Remedy(retryable=True, fix=_RETRY),
    "invalid-copy": Remedy(
        retryable=True, fix="Retry, or loosen the template's schema or prompt where the violations point."
    ),
    "unsatisfiable-schema": Remedy(retryable=False, fix="Change the template's schema: no copy can satisfy it."),
    "writer-missing": Remedy(
        retryable=True, needs_somebody=True, fix="Do what the message says on the worker's machine, then retry."
    ),
    "model-unusable": Remedy(
        retryable=True, needs_somebody=True, fix="Put the model's file right or free memory, then retry."
    ),
    "brief-too-long": Remedy(retryable=False, fix="Give the section fewer or shorter sources, or a larger model."),
    "bad-request": Remedy(retryable=True, fix="Do what the provider's words ask for, or name another writer; retry."),
    "empty-answer": Remedy(retryable=True, fix=f"{_RETRY} If it happens again, name another model."),
    "no-credit": Remedy(
        retryable=True, needs_somebody=True, fix="Top up the provider's account or name another writer, then retry."
    ),
    "no-json": Remedy(retryable=True, fix=f"{_RETRY} If it happens again, name a model that can answer with JSON."),
    "no-key": Remedy(
        retryable=True, needs_somebody=True, fix="Set the key as the message says, restart the worker, then retry."
    ),
    "truncated": Remedy(retryable=True, fix=f"{_RETRY} If it happens again, bound lengths in the template's schema."),
    "unknown-model": Remedy(retryable=False, fix="Name a model that the provider has, and generate again."),
    "wrong-key": Remedy(
        retryable=True, needs_somebody=True, fix="Set a valid API key for this writer, then retry the failed ones."
    ),
    "budget": Remedy(
        retryable=True,
        needs_somebody=True,
        fix="If it may cost more, retry with a larger maxTokens; the setting max_tokens is its ceiling.",
    ),
    "edited": Remedy(retryable=False, fix="Nothing to do: somebody's words were kept. Regenerate to replace them."),
    "rescued-too-often": Remedy(retryable=True, fix="Look at the section's template and sources, then retry."),
    "drift": Remedy(retryable=False, fix="Undo the later change first, or roll back with force."),
    "refused": Remedy(retryable=False, fix="Change the section's prompt or sources: the writer refuses them."),
    "internal-error": Remedy(retryable=True, fix="Report the traceback in the log as a defect, then retry."),
    "definition": Remedy(retryable=False, fix="Mend the site definition, then generate the section again."),
}
_UNKNOWN = Remedy(retryable=True, fix=_RETRY)


def remedy_for(code: str | None) -> Remedy:
    """The remedy for a failed job's code; for one that a writer of somebody's own made up, another try."""
    return _REMEDIES.get(code or "", _UNKNOWN)
