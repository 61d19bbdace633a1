"""Secrets: read from the environment or from a file named there, and kept out of everything that is said or stored.

`read_secret` is the only way to a key or token. `redact` takes out of a text whatever was read so, whatever else in the
environment looks like a secret by its name, and whatever looks like a key by itself. It stands where texts of outsiders
come in (writers), and again where texts go out (errors, logs, tracebacks).
"""

from __future__ import annotations

import base64
import json
import os
import re
from functools import lru_cache, partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from copydesk.content.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["expect_secret", "held_secret", "read_secret", "redact", "refuse_secrets"]

_FILE: Final = "_FILE"
_SHORTEST: Final = 8
"""Shorter values are no secrets worth the name, and would be found by chance in ordinary text."""
_BEGINNING: Final = 12
"""Characters by which the rest of a long secret is known, beyond what all keys of a provider begin with."""
_LARGEST_FILE: Final = 64 * 1024
_LIKE_A_SECRET: Final = re.compile(
    r"^COPYDESK_KEY_|(^|_)(API|APP|AUTH|ACCESS|BEARER)?(KEY|KEYS|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$",
    re.IGNORECASE,
)
_SHAPES: Final = (
    # Keys of providers, tokens in headers, and credentials in addresses, which nobody may have told this process.
    (re.compile(r"\b(?:sk|pk|rk)-(?:[a-z0-9]{2,10}-){0,3}[A-Za-z0-9_]{16,}[A-Za-z0-9_-]*"), "[key]"),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"), "[key]"),
    (re.compile(r"\b(?:gsk|hf|ghp|gho|github_pat|xai|glpat)[_-][A-Za-z0-9_-]{20,}"), "[key]"),
    (re.compile(r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/-]{8,}=*"), "[token]"),
    (re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)"), "[credentials]"),
    (re.compile(r"(?i)(?<=[?&])((?:api[_-]?)?key|(?:access[_-]?)?token)=[^&\s\"'<>]+"), r"\1=[hidden]"),
)
_MASKED: Final = re.compile(r"(?<![A-Za-z0-9._-])([A-Za-z0-9._-]{2,})(?:\*{3,}|\.{3,}|…|•{3,})([A-Za-z0-9._-]*)")
"""A key as providers quote it: its beginning and its end."""

_expected = {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "COPYDESK_HTTP_TOKEN"}
"""The variables that hold secrets, or name the files of them, whatever they are called."""
_read: set[tuple[str, str]] = set()
"""Secrets that were read, with the names of their variables: one may have another by now, and both stay secret."""


def expect_secret(name: str) -> None:
    """From now on the value of this variable is a secret, also before anybody reads it."""
    _expected.add(name)


def read_secret(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The secret in the variable `name`, else in the file that the variable `name`_FILE names; `None` without either.

    Raises `ContentError` (unreadable-secret) if there is such a file variable and nothing can be read from it, or if
    what is there cannot be a key. The message names the variable, never the file or the secret.
    """
    variables = os.environ if environment is None else environment
    value = variables.get(name, "").strip()
    if not value and variables.get(name + _FILE):
        value = _from_file(name, Path(variables[name + _FILE]))
    if not value:
        return None
    _read.add((name, value))
    if not value.isprintable():
        message = f"{name} holds more than one line, or characters that no key has. Let it hold the secret alone."
        raise ContentError("unreadable-secret", message)
    return value


def _from_file(name: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            value = file.read(_LARGEST_FILE).strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"{name}{_FILE} names a file that cannot be read: {reason}. Name a file that holds only the secret."
        # The cause would quote the file's bytes in a traceback.
        raise ContentError("unreadable-secret", message) from None
    if not value:
        raise ContentError("unreadable-secret", f"The file that {name}{_FILE} names is empty. Put the secret into it.")
    return value


def redact(text: str) -> str:
    """The text with `[NAME]` in place of every secret that this process knows, in whatever form it stands there.

    That is as it is, escaped as in JSON or a Python literal, percent-encoded, in Base64, or masked by the provider that
    quotes it; also its first half, where somebody cut the text. What only looks like a key is `[key]`.
    """
    for name, secret in _known():
        for form in _forms(secret):
            if form in text:
                text = text.replace(form, f"[{name}]")
        text = _without_beginnings(text, name, secret)
    for shape, shown in _SHAPES:
        text = shape.sub(shown, text)
    return _MASKED.sub(_unmasked, text) if _MASKED.search(text) else text


def held_secret(text: str) -> str | None:
    """The name of a secret of this process that stands in the text; `None` if there is none."""
    return next((name for name, secret in _known() if any(form in text for form in _forms(secret))), None)


def refuse_secrets(text: str) -> None:
    """Raises `ContentError` (holds-secret) for a text that is about to be stored and has a secret in it."""
    name = held_secret(text)
    if name is not None:
        message = f"The text holds the secret {name}. It would be stored and shown: leave it out. Nothing was changed."
        raise ContentError("holds-secret", message)


def _without_beginnings(text: str, name: str, secret: str) -> str:
    beginning = secret[:_BEGINNING]
    if len(secret) < 2 * _BEGINNING or beginning not in text:
        return text
    parts = text.split(beginning)
    return f"[{name}]".join((parts[0], *(_behind(secret[_BEGINNING:], part) for part in parts[1:])))


def _behind(secret: str, text: str) -> str:
    """The text without what it begins with of the secret."""
    equal = takewhile(lambda pair: pair[0] == pair[1], zip(secret, text, strict=False))
    return text[sum(1 for _ in equal) :]


def _unmasked(found: re.Match[str]) -> str:
    begins, ends = found[1], found[2].rstrip(".")
    for name, secret in _known():
        if secret.startswith(begins) and secret.endswith(ends):
            return f"[{name}]"
    return found[0]


def _known() -> list[tuple[str, str]]:
    """Longest first: one secret may begin with another. One of several variables goes by the first that holds it."""
    named = {value: name for name, value in sorted(_read)}
    named |= {os.environ.get(name, "").strip() or _in_file(name): name for name in sorted(_expected)}
    held = [(name, value.strip()) for name, value in os.environ.items() if _LIKE_A_SECRET.search(name)]
    named |= {value: name for name, value in reversed(held)}
    secrets = [(name, value) for value, name in named.items() if len(value) >= _SHORTEST and not _is_a_path(value)]
    return sorted(secrets, key=lambda one: -len(one[1]))


def _in_file(name: str) -> str:
    """What the file of a variable holds; whoever wants to use it will be told if that cannot be read."""
    path = os.environ.get(name + _FILE)
    try:
        return _from_file(name, Path(path)) if path else ""
    except ContentError:
        return ""


def _is_a_path(value: str) -> bool:
    """`GOOGLE_APPLICATION_CREDENTIALS=/home/…`: where a secret is, which may be said."""
    return value.startswith(("/", "~/", "./")) and os.path.exists(os.path.expanduser(value))  # noqa: PTH110, PTH111


@lru_cache(maxsize=256)
def _forms(secret: str) -> tuple[str, ...]:
    """How the secret may stand in a text. Longest first: the plain form may be a part of another."""
    escaped = json.dumps(secret)[1:-1]
    literal = [secret, escaped, json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]]
    nested = [json.dumps(escaped)[1:-1], repr(escaped)[1:-1]]
    in_addresses = [encode(form) for form in literal for encode in (quote, quote_plus, partial(quote, safe=""))]
    forms = {*literal, *nested, *in_addresses, *_base64_forms(secret)}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _base64_forms(secret: str) -> Iterator[str]:
    """What of its Base64 does not depend on what stands around it (`user:key` in a header), for each alignment."""
    content = secret.encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode()
        # A character holds 6 bits: those that share bits with the neighbours are left out.
        first, last = -(-before * 8 // 6), (before + len(content)) * 8 // 6
        if last - first >= _SHORTEST:
            yield encoded[first:last]
            yield encoded[first:last].translate(str.maketrans("+/", "-_"))
