"""`python -m copydesk`: the command line."""

from __future__ import annotations

from copydesk.server.cli import main

if __name__ == "__main__":
    main()
