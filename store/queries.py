"""The SQL files: each query has a name and a description, and is read once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: *(?P<name>[a-z_]+) *$", re.MULTILINE)


@cache
def load_queries(file: str) -> Mapping[str, str]:
    """All queries of `sql/<file>.sql` by name. A query begins at its `-- name:` line and ends at the next."""
    text = files("copydesk.store.sql").joinpath(f"{file}.sql").read_text(encoding="utf-8")
    starts = list(_NAME.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return MappingProxyType(
        {start["name"]: text[start.end() : end].strip() for start, end in zip(starts, ends, strict=True)}
    )
