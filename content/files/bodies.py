"""The Markdown body of a file: the rendered copy, for a generator's page to show.

Only the front matter is data. A body cannot in general be turned back into fields, so its hash stands in the front
matter and an edited body is noticed. The one exception is a template whose format is nothing but one field
(`{{ text }}`): there the body *is* the field.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from copydesk.content.files.profiles import Syntax

if TYPE_CHECKING:
    from copydesk.content.definition.models import Template

__all__ = ["body_field", "body_hash", "escape_body", "tidy_body"]

_ENTITIES: Final = {"{": "&#123;", "}": "&#125;", "<": "&lt;", "i": "&#105;", "e": "&#101;"}
_ONE_FIELD: Final = re.compile(r"\s*\{\{-?\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}\s*")
_BRACE_OF_TEMPLATE: Final = re.compile(r"\{(?=[{%#])")
# An odd number of backslashes already escapes the character; the last of them goes with it.
_MDX_SIGN: Final = re.compile(r"(?P<before>(?<!\\)(?:\\\\)*)\\?(?P<sign>[{}<])")
_ESM: Final = re.compile(r"^(?=import|export)(?P<first>.)", re.MULTILINE)


def tidy_body(text: str) -> str:
    """The body with "\\n" line ends, without empty lines around it, its last line ended; empty if there is nothing."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return f"{text}\n" if text.strip() else ""


def body_hash(body: str) -> str:
    """Equal for bodies that say the same; line ends do not count, version control changes them."""
    return hashlib.blake2b(tidy_body(body).encode(errors="replace"), digest_size=16).hexdigest()


def body_field(template: Template) -> str | None:
    """The one string field that makes up the whole body, if the template's format is just that."""
    found = _ONE_FIELD.fullmatch(template.format) if template.format else None
    properties = template.schema.get("properties", {})
    if found is None or not isinstance(properties.get(found["name"]), dict):
        return None
    return found["name"] if properties[found["name"]].get("type") == "string" else None


def escape_body(body: str, syntax: Syntax) -> str:
    """The body without anything that the generator would run: copy is text, whoever wrote it.

    Character references are used because they work where a backslash might itself be escaped. In code, where nothing
    is escaped, they show as they are written. That is the price for not guessing where a parser, with whatever
    extensions it has, sees code: a wrong guess would run what somebody put into the copy.
    """
    if syntax is Syntax.TEMPLATE:
        return _BRACE_OF_TEMPLATE.sub(_ENTITIES["{"], body)
    return _escape_mdx(body) if syntax is Syntax.MDX else body


def _escape_mdx(body: str) -> str:
    body = _MDX_SIGN.sub(lambda found: found["before"] + _ENTITIES[found["sign"]], body)
    return _ESM.sub(lambda found: _ENTITIES[found["first"]], body)
