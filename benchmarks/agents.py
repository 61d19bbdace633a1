"""`python benchmarks/agents.py` from a checkout: measure what the tools take of an agent, and write docs/agents.md."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

# The benchmarks and the tests are no part of the installed package: they are found beside this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import anyio  # noqa: E402

from tests.agents.document import DOCUMENT, measure, render  # noqa: E402


def main() -> None:
    """Write the document; settings of one's own are left out of it."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="copydesk-agents-") as folder:
        text = render(anyio.run(measure, Path(folder)))
    DOCUMENT.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT} is written.\n")


if __name__ == "__main__":
    main()
