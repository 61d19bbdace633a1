"""The errors of this room. Each is part of the interface: a code, and a sentence with the next step."""

from __future__ import annotations

__all__ = ["ContentError"]


class ContentError(Exception):
    """A request that cannot be met. Nothing was changed, unless the sentence says otherwise (a timeout).

    `code` is stable and in kebab-case (`unknown-page`); the sentence says what was wrong, where, the nearest right
    value and what to do next.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
