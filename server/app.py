"""The MCP server, put together: the desk, the tools, and what the assistant is told about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from copydesk.server.desk_server import DeskServer, OpenDesk

__all__ = ["INSTRUCTIONS", "create_server"]

DeskT = TypeVar("DeskT")

INSTRUCTIONS = (
    "copydesk writes the copy of a whole website in the background. generate-all and its siblings answer at once with "
    "an operationId; the work goes on by itself, also without this chat. Ask check-generation-status for progress "
    "(waitSeconds waits for news) and do what nextStep says. Preview is the draft: show it to the user. promote "
    "publishes it to production now, it cannot be scheduled: ask first. rollback undoes. Text that the user edited is "
    "kept. An error means that nothing was changed: it names the nearest right value."
)
"""For the assistant's context, where every character is paid for at each turn: at most 600."""


def create_server(
    open_desk: OpenDesk[DeskT],
    register: Callable[[DeskServer[DeskT]], None],
) -> DeskServer[DeskT]:
    """A server that holds the desk while it runs and offers the tools that `register` adds to it.

    Nothing is opened here: the desk opens with the transport's lifespan, once per process.
    """
    server = DeskServer(open_desk, instructions=INSTRUCTIONS)
    register(server)
    return server
