"""Answers of bounded size: a server that never stops talking is hung up on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["LONGEST_ANSWER", "AnswerTooLong", "bound_answer"]

LONGEST_ANSWER: Final = 4_000_000
"""Bytes. Copy of one section is a thousandth of it."""


class AnswerTooLong(httpx2.ReadError):
    """The answer is longer than any copy."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LONGEST_ANSWER
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                message = f"more than {LONGEST_ANSWER} bytes"
                raise AnswerTooLong(message)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound_answer(response: httpx2.Response) -> None:
    """For a client's hook on responses: it runs before the body is read."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)
