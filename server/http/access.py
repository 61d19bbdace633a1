"""Who may talk to the server over HTTP: by which name of it, from which web page, with which token."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from copydesk.content.errors import ContentError
from copydesk.content.secrets import read_secret

__all__ = ["LOOPBACK_ORIGIN", "TOKEN", "Access", "host_name", "is_address", "read_access"]

TOKEN: Final = "COPYDESK_HTTP_TOKEN"  # noqa: S105  the name of the variable
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
LOOPBACK_ORIGIN: Final = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"
"""A pattern for the origins of pages that this machine serves itself, on any port."""

_SHORTEST_TOKEN: Final = 16
_LONGEST_TOKEN: Final = 1_000
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What RFC 6750 lets a bearer token be made of."""
_HOW_TO_MAKE_ONE: Final = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one server. `hosts` are names of it in lower case; without a token, everybody who reaches it may."""

    token: str | None = field(default=None, repr=False)
    hosts: frozenset[str] = LOOPBACK_NAMES
    origins: frozenset[str] = frozenset()
    any_address: bool = False
    """Whether it answers to any IP address as its name: a web page that rebinds a DNS name cannot send one."""

    def admits_host(self, headers: Sequence[str]) -> bool:
        """Whether the one Host header names this server."""
        name = host_name(headers)
        return name is not None and (name in self.hosts or (self.any_address and is_address(name)))

    def admits_origin(self, headers: Sequence[str]) -> bool:
        """Whether the web page that asks may: one that this machine serves, or one that is allowed by name.

        What is no web page sends no Origin, and may.
        """
        if not headers:
            return True
        origin = headers[0]
        return len(headers) == 1 and (origin in self.origins or bool(re.fullmatch(LOOPBACK_ORIGIN, origin)))

    def admits_token(self, headers: Sequence[str]) -> bool:
        """Whether the one Authorization header bears the token; the time this takes says nothing about the token."""
        if self.token is None:
            return True
        if len(headers) != 1:
            return False
        scheme, _, given = headers[0].partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(_digest(given.strip()), _digest(self.token))


def read_access(
    *,
    address: str,
    host: str,
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Access:
    """The rules for a server that listens on the IP address `address`, asked for as `host`.

    The token comes from COPYDESK_HTTP_TOKEN, or from the file that COPYDESK_HTTP_TOKEN_FILE names. Raises
    `ContentError` (token-required, weak-token, unreadable-secret, invalid-host, invalid-origin).
    """
    token = read_secret(TOKEN, environment)
    is_loopback = ip_address(address).is_loopback
    if token is not None:
        _check_token(token)
    elif not is_loopback:
        message = (
            f"Beyond this machine the server needs a token, and {TOKEN} is not set. {_HOW_TO_MAKE_ONE} and put it "
            f"into {TOKEN}, or into a file that {TOKEN}_FILE names; or listen on 127.0.0.1."
        )
        raise ContentError("token-required", message)
    names = {host.lower(), *(_checked_host(name) for name in allowed_hosts)}
    origins = frozenset(_checked_origin(origin) for origin in allowed_origins)
    return Access(token, LOOPBACK_NAMES | names, origins, any_address=not is_loopback)


def host_name(headers: Sequence[str]) -> str | None:
    """The name in the one Host header, in lower case and without its port, which a port forward may change."""
    if len(headers) != 1:
        return None
    try:
        parts = urlsplit(f"//{headers[0]}")
        is_whole = parts.netloc == headers[0] and parts.username is None and (parts.port or 0) >= 0
    except ValueError:  # brackets that do not match, a port that is no number
        return None
    return parts.hostname if is_whole else None


def is_address(name: str) -> bool:
    """Whether it is an IP address rather than a name."""
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _check_token(token: str) -> None:
    """Says nothing of the token itself."""
    if len(token) < _SHORTEST_TOKEN:
        message = f"The token in {TOKEN} is shorter than {_SHORTEST_TOKEN} characters. {_HOW_TO_MAKE_ONE}"
        raise ContentError("weak-token", message)
    if len(token) > _LONGEST_TOKEN or not _TOKEN.fullmatch(token):
        message = (
            f"The token in {TOKEN} is no bearer token: at most {_LONGEST_TOKEN} letters, digits and ._~+/=- "
            f"are allowed. {_HOW_TO_MAKE_ONE}"
        )
        raise ContentError("weak-token", message)


def _checked_host(name: str) -> str:
    bare = name.removeprefix("[").removesuffix("]")
    if not (_HOST.fullmatch(name) or is_address(bare)):
        message = (
            f"--allow-host {name!r} is no host name. Give it without scheme, port and path, for example example.org."
        )
        raise ContentError("invalid-host", message)
    return bare.lower()


def _checked_origin(origin: str) -> str:
    """An origin exactly as a browser sends it; `null` is that of any sandboxed page, and `*` of any page at all."""
    try:
        parts = urlsplit(origin)
        is_origin = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        bare = f"{parts.scheme}://{parts.netloc.lower()}"
    except ValueError:
        is_origin, bare = False, ""
    if not is_origin or origin.lower().removesuffix("/") != bare or "*" in origin:
        message = f"--allow-origin {origin!r} is no origin. Give scheme and host, for example https://app.example.org."
        raise ContentError("invalid-origin", message)
    return bare


def _digest(token: str) -> bytes:
    """Of one length, so that comparing tells not even the token's."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
