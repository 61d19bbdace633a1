"""Fields as YAML that every reader of it takes for the same values.

Readers differ in what an unquoted word means: `no`, `1_000`, `2024-01-01` or `12:30` is text to one, a truth value, a
number or a date to the other. So text is always quoted, or a literal block where that is safe; only keys that no reader
mistakes stand bare.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

__all__ = ["dump_yaml"]

_BARE_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OTHER_MEANING: Final = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"))
# Lines that end in spaces, tabs, or anything a reader might take for a line break need escapes, hence quotes.
_BLOCK_LINE: Final = re.compile(r"(?:[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*\S)?)?")
_ENDLESS: Final = 2**30


def dump_yaml(data: dict[str, Any]) -> str:
    """JSON-like data as YAML text: keys in their order, "\\n" line ends, the last line ended. It has no `---`."""
    text: str = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_ENDLESS, line_break="\n")
    return text


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Equal lists are written out each time: an anchor would confuse who edits the file."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if _is_block(text) else '"')


def _is_block(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return len(lines) > 1 and bool(lines[0] and lines[-1]) and all(map(_BLOCK_LINE.fullmatch, lines))


def _mapping(dumper: _Dumper, mapping: dict[str, Any]) -> yaml.MappingNode:
    pairs = [(_key(key), dumper.represent_data(value)) for key, value in mapping.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)


def _key(key: str) -> yaml.ScalarNode:
    bare = _BARE_KEY.fullmatch(key) and key.lower() not in _OTHER_MEANING
    return yaml.ScalarNode("tag:yaml.org,2002:str", key, style=None if bare else '"')


def _list(dumper: _Dumper, values: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=not values)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)
