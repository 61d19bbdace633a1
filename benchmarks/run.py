"""`python benchmarks/run.py` from a checkout: the whole table. `--help` says what else."""

from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are no part of the installed package: they are found beside this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.main import main  # noqa: E402

if __name__ == "__main__":
    main()
