"""The MCP server, put together: the desk, the tools, and what the assistant is told about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from copydesk.server.desk_server import DeskServer, OpenDesk

__all__ = ["INSTRUCTIONS", "create_server"]

DeskT = TypeVar("DeskT")

INSTRUCTIONS = (
    "copydesk writes the copy of a whole website in the background. Preview is the draft, production is live. "
    "generate and generate-all answer at once with an operationId; the work goes on by itself. "
    "check-generation-status shows progress (waitSeconds waits). Then review: compare-content shows what publishing "
    "would change; show the user and ask; promote with its reviewId publishes exactly that, now. rollback undoes. "
    "edit-content is for the user's own words, which later writing keeps. Do what nextStep says. An error means that "
    "nothing was changed, and names the nearest right value."
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
