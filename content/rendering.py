"""Rendering templates: prompts of briefs, and fields as Markdown.

Template sources come with a site definition, which need not be its user's own: they run in `sandbox`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2

from copydesk.content.errors import ContentError
from copydesk.content.markdown import default_markdown
from copydesk.content.sandbox import MAX_RENDERED, refused_block, sandbox, with_paid_loops, within_budget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copydesk.content.definition.models import Fields, Template

__all__ = ["MAX_RENDERED", "render_markdown", "render_prompt", "template_problem"]


def template_problem(source: str) -> str | None:
    """What is wrong with a template's syntax, as a sentence with its line; `None` if nothing is."""
    try:
        _compiled(source, strict=True)
    except jinja2.TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    except (RecursionError, MemoryError):
        return "is nested too deeply"
    return None


def render_prompt(source: str, **variables: object) -> str:
    """The prompt with its variables filled in.

    A variable that does not exist is an error: a prompt with a hole would be paid for, and nobody would see it.
    Raises ContentError `render-failed`.
    """
    return _render(source, variables, strict=True, what="The prompt")


def render_markdown(template: Template, fields: Fields) -> str:
    """The fields as Markdown: by the template's `format`, or else by a default that shows everything.

    Fields that are absent render as nothing, since a schema may leave them optional. Raises ContentError
    `render-failed`.
    """
    if template.format is None:
        return default_markdown(fields)
    return _render(template.format, fields, strict=False, what=f"The format of template {template.name}")


def _render(source: str, variables: dict[str, Any], *, strict: bool, what: str) -> str:
    try:
        with within_budget():
            return _bounded(_compiled(source, strict=strict).generate(variables))
    except jinja2.TemplateSyntaxError as error:
        reason = f"line {error.lineno}: {error.message}"
    except jinja2.TemplateError as error:
        reason = str(error.message).rstrip(".")
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        # Whatever a template's expression can raise by itself: a division by zero, a filter on the wrong type.
        reason = f"{error}"
    message = f"{what} cannot be rendered: {reason}. Correct it in the site definition."
    raise ContentError("render-failed", message)


def _bounded(pieces: Iterable[str]) -> str:
    text: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_RENDERED:
            message = f"it produces more than {MAX_RENDERED} characters"
            raise ValueError(message)
        text.append(piece)
    return "".join(text)


@lru_cache(maxsize=1024)
def _compiled(source: str, *, strict: bool) -> jinja2.Template:
    environment = sandbox(strict=strict)
    tree = environment.parse(source)
    if refused := refused_block(tree):
        line, message = refused
        raise jinja2.TemplateSyntaxError(message, line)
    return environment.from_string(with_paid_loops(tree))
