"""Ending the process under threads and connections that nothing can interrupt."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from copydesk.content.errors import ContentError
from copydesk.content.secrets import redact
from copydesk.server.desk_server import DeskServer
from copydesk.server.secrecy import print_traceback
from copydesk.store.errors import StoreError

__all__ = ["leave"]


def leave(server: DeskServer[Any]) -> NoReturn:
    """End the process at once: with 0, or with 1 and the reason on standard error when the desk failed."""
    if server.failure is not None:
        _explain(server.failure)
    sys.stderr.flush()
    os._exit(0 if server.failure is None else 1)


def _explain(failure: Exception) -> None:
    if isinstance(failure, ContentError | StoreError):
        sys.stderr.write(f"copydesk: {redact(str(failure))}\n")
    else:
        print_traceback(failure)
