"""Rendering templates: prompts of briefs, and fields as Markdown.

Template sources come with a site definition, which need not be its user's own: they run in Jinja2's immutable sandbox,
without a loader (nothing can be included), without the functions that make endless text, and within bounds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from copydesk.content.errors import ContentError
from copydesk.content.markdown import default_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from copydesk.content.definition.models import Fields, Template

__all__ = ["MAX_RENDERED", "render_markdown", "render_prompt", "template_problem"]

MAX_RENDERED: Final = 200_000
"""Characters that one template may produce, and that one value inside it may have."""

_STRING_METHODS: Final = frozenset(
    [
        "capitalize",
        "endswith",
        "isdigit",
        "isupper",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "upper",
    ]
)
# These build a text of any width from a few characters, or reach for attributes behind the sandbox's back.
_UNSAFE_FILTERS: Final = (
    *("attr", "batch", "center", "filesizeformat", "format", "indent", "pprint", "random", "slice", "tojson"),
    *("urlize", "wordwrap", "xmlattr"),
)
# Repeated, these multiply their value by their argument: the argument stays short, and the result bounded.
_MULTIPLYING_FILTERS: Final = ("join", "replace")
_MAX_ARGUMENT: Final = 100
# Blocks that catch output in a variable could double it without any operator.
_UNSAFE_BLOCKS: Final = (nodes.AssignBlock, nodes.CallBlock, nodes.FilterBlock, nodes.Macro)


class _BoundedConcatenation(CodeGenerator):
    """Sends `~` through the environment, as the sandbox does with the other operators."""

    def visit_Concat(self, node: nodes.Concat, frame: Any) -> None:  # noqa: N802  (Jinja2's name)
        self.write("environment.joined((")
        for operand in node.nodes:
            self.visit(operand, frame)
            self.write(", ")
        self.write("))")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, without what makes huge values from small ones."""

    intercepted_binops = frozenset(("*", "**", "%", "+"))
    code_generator_class = _BoundedConcatenation

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _STRING_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """`str.format` is refused like other methods: safe attributes do not keep it from making huge widths."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator != "+" and not (_is_number(left) and _is_number(right))):
            message = f"`{operator}` is not available here"
            raise SecurityError(message)
        return _within_bounds(super().call_binop(context, operator, left, right))

    def joined(self, operands: tuple[object, ...]) -> str:
        return str(_within_bounds("".join(map(str, operands))))


def _within_bounds(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > MAX_RENDERED:
        message = f"a value is longer than {MAX_RENDERED} characters"
        raise SecurityError(message)
    return value


def _bounded_filter(original: Callable[..., Any]) -> Callable[..., Any]:
    @jinja2.pass_eval_context
    def bounded(context: Any, value: Any, *arguments: Any, **named: Any) -> Any:
        for argument in (*arguments, *named.values()):
            if isinstance(argument, str) and len(argument) > _MAX_ARGUMENT:
                message = f"a filter's argument is longer than {_MAX_ARGUMENT} characters"
                raise SecurityError(message)
        return _within_bounds(original(context, value, *arguments, **named))

    return bounded


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


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
        return _bounded(_compiled(source, strict=strict).generate(variables))
    except jinja2.TemplateSyntaxError as error:
        reason = f"line {error.lineno}: {error.message}"
    except jinja2.TemplateError as error:
        reason = str(error.message)
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
    environment = _environment(strict=strict)
    tree = environment.parse(source)
    for block in tree.find_all(_UNSAFE_BLOCKS):
        message = "macros, and blocks that catch output, are not available here"
        raise jinja2.TemplateSyntaxError(message, block.lineno)
    return environment.from_string(tree)


@lru_cache
def _environment(*, strict: bool) -> _Sandbox:
    """Autoescaping is off because neither prompts nor Markdown are HTML; HTML is sanitised where it is made."""
    undefined = jinja2.StrictUndefined if strict else jinja2.ChainableUndefined
    environment = _Sandbox(autoescape=False, loader=None, undefined=undefined, keep_trailing_newline=False)
    environment.globals.clear()  # `range`, `lipsum`: loops run over what is given, or not at all
    for name in _UNSAFE_FILTERS:
        del environment.filters[name]
    for name in _MULTIPLYING_FILTERS:
        environment.filters[name] = _bounded_filter(environment.filters[name])
    return environment
