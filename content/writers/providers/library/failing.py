"""Why there is no answer: the library's errors as outcomes, each with one sentence that says what to do."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic_ai import exceptions as errors

from copydesk.content.secrets import redact
from copydesk.content.writers.base import Permanent, Transient
from copydesk.content.writers.providers.library.bounding import LONGEST_ANSWER, AnswerTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copydesk.content.writers.providers.access import Access

__all__ = ["is_about_the_form", "outcome_of", "unreadable"]

Failure: TypeAlias = errors.AgentRunError | errors.UserError

_LONGEST_REASON: Final = 200
_TRY_AGAIN: Final = frozenset({408, 409, 425, 499})
_TOO_LARGE: Final = 413
_FORM: Final = re.compile(
    r"schema|response_format|output_config|output_format|structured|strict|grammar|json|\btools?\b", re.IGNORECASE
)
_FILTERED: Final = re.compile(r"content_filter|content_policy|content management policy|safety", re.IGNORECASE)


def is_about_the_form(error: Failure) -> bool:
    """Whether the request was refused for how it holds the answer to a schema: another form may do."""
    if isinstance(error, errors.UserError):
        return True
    refined = (errors.ModelAuthenticationError, errors.ModelNotFoundError, errors.ModelContextWindowExceededError)
    is_rejected = isinstance(error, errors.ModelRequestRejectedError) and not isinstance(error, refined)
    return is_rejected and not _is_filtered(error) and _FORM.search(_said(error)) is not None


def outcome_of(error: Failure, access: Access) -> Transient | Permanent:
    """What the attempt comes to."""
    judge = next((judge for kind, judge in _JUDGES if isinstance(error, kind)), None)
    return unreadable(access) if judge is None else judge(error, access)


def unreadable(access: Access) -> Transient:
    """For answers that are none."""
    return Transient("unavailable", f"{access.writer} answered with something that cannot be read.")


def _wrong_key(error: Failure, access: Access) -> Permanent:
    return Permanent("wrong-key", _about_the_key(error, access), stops="key")


def _no_credit(error: Failure, access: Access) -> Permanent:
    message = f"{access.writer}: the account's credit or quota is used up. Top it up, or name another writer."
    return Permanent("no-credit", message, stops="key")


def _unknown_model(error: Failure, access: Access) -> Permanent:
    return Permanent("unknown-model", _about_the_model(error, access))


def _too_long(error: Failure, access: Access) -> Permanent:
    message = f"The brief is longer than {access.writer} reads. Give the section fewer or shorter sources."
    return Permanent("brief-too-long", message)


def _refused(error: Failure, access: Access) -> Permanent:
    return Permanent("refused", f"{access.writer} refused to write this section: a filter stopped it.")


def _rejected(error: Failure, access: Access) -> Permanent:
    if _is_filtered(error):
        return _refused(error, access)
    return Permanent("bad-request", f"{access.writer} rejected the request{_status(error)}: {_said(error)}")


def _limited(error: Failure, access: Access) -> Transient:
    message = f"{access.writer} takes no more requests for now{_status(error)}."
    return Transient("rate-limited", message, _retry_after(error))


def _late(error: Failure, access: Access) -> Transient:
    return Transient("timeout", f"{access.writer} did not answer in time.", _retry_after(error))


def _other_status(error: Failure, access: Access) -> Transient | Permanent:
    """Statuses that the library has no name for, and troubles on the other side."""
    status = error.status_code if isinstance(error, errors.ModelHTTPError) else 0
    if status == _TOO_LARGE:
        return _too_long(error, access)
    if 400 <= status < 500 and status not in _TRY_AGAIN:  # noqa: PLR2004
        return _rejected(error, access)
    message = f"{access.writer} cannot answer for now{_status(error)}."
    return Transient("unavailable", message, _retry_after(error))


def _disconnected(error: Failure, access: Access) -> Transient:
    if any(isinstance(cause, AnswerTooLong) for cause in _causes(error)):
        return Transient("truncated", f"{access.writer} answered with more than {LONGEST_ANSWER // 1_000_000} MB.")
    if isinstance(error, errors.ModelConnectionError) and error.phase == "connect":
        return Transient("unavailable", f"{access.writer} cannot be reached at {access.shown_url}. Is it running?")
    return Transient("unavailable", f"The connection to {access.writer} broke off.")


_JUDGES: Final[tuple[tuple[type[Failure], Callable[[Failure, Access], Transient | Permanent]], ...]] = (
    (errors.ModelAuthenticationError, _wrong_key),
    (errors.ModelQuotaExceededError, _no_credit),
    (errors.ModelNotFoundError, _unknown_model),
    (errors.ModelContextWindowExceededError, _too_long),
    (errors.ContentFilterError, _refused),
    (errors.ModelRequestRejectedError, _rejected),
    (errors.UserError, _rejected),
    (errors.ModelRateLimitError, _limited),
    (errors.ModelTimeoutError, _late),
    (errors.ModelRequestTimeout, _late),
    (errors.ModelConnectionError, _disconnected),
    (errors.ModelHTTPError, _other_status),
    (errors.ModelUnavailableError, _other_status),
    (errors.ModelServerError, _other_status),
)
"""The first that fits judges: the particular kinds stand before those they belong to."""


def _about_the_key(error: Failure, access: Access) -> str:
    """Without the provider's words: some repeat the key."""
    if not access.key_variables:
        table = f"[writers.{access.writer.partition(':')[0]}]"
        return (
            f"{access.writer} wants a key{_status(error)}: name the environment variable that holds it as `key` under "
            f"{table} in copydesk.toml, and retry."
        )
    return (
        f"{access.writer} refused the key in {' or '.join(access.key_variables)}{_status(error)}. Set a valid key "
        "there, restart the worker, and retry."
    )


def _about_the_model(error: Failure, access: Access) -> str:
    suggested = error.suggested_model_id if isinstance(error, errors.ModelHTTPError) else None
    hint = f" Did you mean {suggested}?" if suggested else ""
    where = f"{access.shown_url} has no model"
    ending = " (it ends in /v1, as a rule)" if access.api in ("openai", "ollama") else ""
    own = f" or mend its base_url{ending}" if access.is_own else ""
    return f'{where} "{access.model}"{_status(error)}.{hint} Name another model{own}, and generate again.'


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: Exception) -> str:
    return f" (HTTP {error.status_code})" if isinstance(error, errors.ModelHTTPError) else ""


def _said(error: Failure) -> str:
    """The provider's reason, in short and without secrets."""
    body = error.body if isinstance(error, errors.ModelAPIError) else None
    inner = body.get("error", body) if isinstance(body, dict) else body
    said = inner.get("message", inner) if isinstance(inner, dict) else inner
    # Redacted before it is cut: half a key is still a secret.
    return " ".join(redact(str(said or error)).split())[:_LONGEST_REASON]


def _is_filtered(error: Failure) -> bool:
    code = error.provider_error_code if isinstance(error, errors.ModelAPIError) else None
    return _FILTERED.search(f"{code or ''} {_said(error)}") is not None


def _retry_after(error: Exception) -> float | None:
    """Seconds: from Retry-After, in whatever form; else from when Anthropic says that its limits are lifted."""
    if not isinstance(error, errors.ModelAPIError):
        return None
    if error.retry_after is not None:
        return error.retry_after
    headers = (error.headers or {}) if isinstance(error, errors.ModelHTTPError) else {}
    return _seconds(headers.get("retry-after")) or _until_reset(headers)


def _seconds(text: str | None) -> float | None:
    """Fractions, which the standard does not know and some servers send."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _until_reset(headers: dict[str, str]) -> float | None:
    prefix, waits = "anthropic-ratelimit-", []
    for name, value in headers.items():
        used_up = headers.get(f"{name.removesuffix('-reset')}-remaining") == "0"
        if name.startswith(prefix) and name.endswith("-reset") and used_up:
            waits.append(_seconds_until(value))
    return max((wait for wait in waits if wait is not None), default=None)


def _seconds_until(moment: str) -> float | None:
    try:
        return max(0.0, (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
