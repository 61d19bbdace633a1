"""The MCP server, put together: the desk, the tools, and what the assistant is told about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from copydesk.server.desk_server import DeskServer, OpenDesk
from copydesk.tools.board.extension import board_extension, offer_board
from copydesk.tools.caching import CACHE_HINTS
from copydesk.tools.completions.asking import completing
from copydesk.tools.resources.listing import list_resources
from copydesk.tools.resources.notices import ChangeNotices
from copydesk.tools.resources.subscribing import Subscribing
from copydesk.tools.tasks.extension import TasksExtension
from copydesk.tools.tasks.listening import TaskListening

__all__ = ["INSTRUCTIONS", "create_server"]

DeskT = TypeVar("DeskT")

INSTRUCTIONS = (
    "copydesk writes a website's copy in the background. Preview is the draft, production is live. generate and "
    "generate-all answer at once; the work goes on by itself. check-generation-status waits (waitSeconds) and says "
    "what failed. Blocked by assistant: you are the writer; take-brief, then submit-content until no brief is left. "
    "Then compare-content shows what publishing would change: show the user and ask; promote with its reviewId "
    "publishes just that. rollback undoes. edit-content is for the user's own words. Do what nextStep says. An error "
    "means that nothing was changed."
)
"""For the assistant's context, where every character is paid for at each turn: at most 600."""


def create_server(
    open_desk: OpenDesk[DeskT],
    register: Callable[[DeskServer[DeskT]], None],
    *,
    tasks: TasksExtension | None = None,
) -> DeskServer[DeskT]:
    """A server that holds the desk while it runs and offers the tools that `register` adds to it.

    Clients that know tasks get `tasks` for what they begin: the operations themselves, unless told otherwise.
    Nothing is opened here: the desk opens with the transport's lifespan, once per process.
    """
    tasks = tasks or TasksExtension()
    notices = ChangeNotices()
    server = DeskServer(
        open_desk,
        instructions=INSTRUCTIONS,
        extensions=(tasks, board_extension()),
        subscriptions=notices.bus,
        cache_hints=CACHE_HINTS,
        beside=(notices.follow,),
    )
    server.middleware.append(TaskListening(tasks.tasks))
    server.middleware.extend((Subscribing(notices), list_resources, completing, offer_board))
    register(server)
    return server
