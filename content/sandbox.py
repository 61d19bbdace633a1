"""The sandbox in which templates run: Jinja2's, without what makes huge values from small ones, and within a budget.

Jinja2's sandbox keeps a template from reaching anything; it bounds neither time nor memory. So each rendering has a
budget of work. Every turn of a loop, every list that is written out, every filter, test, comparison and call pays for
the size of what it works on, with lists counted as if written out: a list of a list of a list … twice each time is
small in memory and endless to look at.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, operators
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["MAX_RENDERED", "refused_block", "sandbox", "with_paid_loops", "within_budget"]

MAX_RENDERED: Final = 200_000
"""Characters that one template may produce, and that one value inside it may have."""

_MOST_WORK: Final = 2_000_000
"""Of one rendering: a second or two at most. A page of copy needs a few thousand."""
_CHARACTERS: Final = 50
"""Of a text that cost as much as one value."""
_MOST_DIGITS: Final = 1_000

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
_MAX_PRECISION: Final = 20
# Blocks that catch output in a variable could double it without any operator; blocks with a name can, by `self`.
_UNSAFE_BLOCKS: Final = (nodes.AssignBlock, nodes.Block, nodes.CallBlock, nodes.FilterBlock, nodes.Macro)


class _Budget:
    """What one rendering may still do."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = _MOST_WORK

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            message = "it works too long: its loops or lists are too large"
            raise SecurityError(message)


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def within_budget() -> Iterator[None]:
    """What is rendered inside shares one budget."""
    token = _budget.set(_Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def refused_block(tree: nodes.Template) -> tuple[int, str] | None:
    """The line of a block that is not available, and why."""
    for block in tree.find_all(_UNSAFE_BLOCKS):
        return block.lineno, "macros, named blocks, and blocks that catch output, are not available here"
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            return loop.lineno, "recursive loops are not available here"
    return None


@lru_cache
def sandbox(*, strict: bool) -> jinja2.Environment:
    """Autoescaping is off because neither prompts nor Markdown are HTML; HTML is sanitised where it is made."""
    undefined = jinja2.StrictUndefined if strict else jinja2.ChainableUndefined
    environment = _Sandbox(
        autoescape=False,
        loader=None,
        undefined=undefined,
        keep_trailing_newline=False,
        optimized=False,  # nothing is worked out while compiling: a budget belongs to a rendering
        finalize=_shown,
    )
    environment.globals.clear()  # `range`, `lipsum`: loops run over what is given, or not at all
    for name in _UNSAFE_FILTERS:
        del environment.filters[name]
    for name in _MULTIPLYING_FILTERS:
        environment.filters[name] = _with_short_arguments(environment.filters[name])
    environment.filters["round"] = _rounded
    for callables in (environment.filters, environment.tests):
        for name, original in list(callables.items()):
            callables[name] = _paid(original)
    return environment


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, where everything that takes time or room is paid for."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

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
        return _made(super().call_binop(context, operator, _used(left), _used(right)))

    def call(self, context: Any, function: Any, *arguments: Any, **named: Any) -> Any:
        for value in (getattr(function, "__self__", None), *arguments, *named.values()):
            _used(value)
        return _made(super().call(context, function, *arguments, **named))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(obj, _used(argument))

    def joined(self, operands: tuple[object, ...]) -> str:
        return str(_made("".join(str(_used(each)) for each in operands)))

    def used(self, value: Any) -> Any:
        return _used(value)

    def turns(self, values: Iterable[Any]) -> Iterator[Any]:
        return _turns(values)


class _PayingCode(CodeGenerator):
    """Sends through the environment what the sandbox does not: `~`, loops, comparisons, and lists written out."""

    def visit_Concat(self, node: nodes.Concat, frame: Any) -> None:  # noqa: N802  (Jinja2's name)
        self.write("environment.joined((")
        for operand in node.nodes:
            self.visit(operand, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Any) -> None:  # noqa: N802
        self.write("(")
        self._pay(node.expr, frame)
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Operand(self, node: nodes.Operand, frame: Any) -> None:  # noqa: N802
        self.write(f" {operators[node.op]} ")
        self._pay(node.expr, frame)

    def visit_List(self, node: nodes.List, frame: Any) -> None:  # noqa: N802
        self._pay_for(super().visit_List, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Any) -> None:  # noqa: N802
        if node.ctx == "load":
            self._pay_for(super().visit_Tuple, node, frame)
        else:  # names that are assigned to
            super().visit_Tuple(node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Any) -> None:  # noqa: N802
        self._pay_for(super().visit_Dict, node, frame)

    def _pay(self, node: nodes.Expr, frame: Any) -> None:
        self._pay_for(self.visit, node, frame)

    def _pay_for(self, visit: Callable[[Any, Any], None], node: nodes.Node, frame: Any) -> None:
        self.write("environment.used(")
        visit(node, frame)
        self.write(")")


_Sandbox.code_generator_class = _PayingCode


def with_paid_loops(tree: nodes.Template) -> nodes.Template:
    """The tree with every loop counting its turns."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Call(nodes.EnvironmentAttribute("turns"), [loop.iter], [], None, None)
    return tree


def _turns(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _spend(1)
        yield value


@jinja2.pass_context
def _shown(_context: Any, value: Any) -> Any:
    """What is about to become text."""
    return _used(value)


def _paid(original: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or test that pays for what it is given and for what it gives."""
    passes = _PassArg.from_obj(original)

    @jinja2.pass_context
    def paid(context: Any, *arguments: Any, **named: Any) -> Any:
        for value in (*arguments, *named.values()):
            _used(value)
        return _made(original(*_passed(passes, context), *arguments, **named))

    return paid


def _passed(passes: _PassArg | None, context: Any) -> tuple[Any, ...]:
    known: dict[_PassArg | None, tuple[Any, ...]] = {
        _PassArg.context: (context,),
        _PassArg.eval_context: (context.eval_ctx,),
        _PassArg.environment: (context.environment,),
    }
    return known.get(passes, ())


def _with_short_arguments(original: Callable[..., Any]) -> Callable[..., Any]:
    @jinja2.pass_eval_context
    def bounded(context: Any, value: Any, *arguments: Any, **named: Any) -> Any:
        for argument in (*arguments, *named.values()):
            if isinstance(argument, str) and len(argument) > _MAX_ARGUMENT:
                message = f"a filter's argument is longer than {_MAX_ARGUMENT} characters"
                raise SecurityError(message)
        return original(context, value, *arguments, **named)

    return bounded


def _rounded(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Jinja2's `round`, which would raise 10 to any power."""
    if abs(precision) > _MAX_PRECISION:
        message = f"`round` has a precision of {_MAX_PRECISION} digits at most"
        raise SecurityError(message)
    return jinja2.filters.do_round(value, precision, method)  # type: ignore[arg-type]  # it checks the method itself


def _made(value: Any) -> Any:
    """A new value, which must not be too large."""
    if isinstance(value, str | list | tuple) and len(value) > MAX_RENDERED:
        message = f"a value is longer than {MAX_RENDERED} characters"
        raise SecurityError(message)
    if isinstance(value, int) and value.bit_length() > 4 * _MOST_DIGITS:
        message = f"a number has more than {_MOST_DIGITS} digits"
        raise SecurityError(message)
    return _used(value)


def _used(value: Any) -> Any:
    """The value, once its size is paid for: that of its texts, and of lists as if they were written out."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        _spend(1 + (len(one) // _CHARACTERS if isinstance(one, str) else 0))
        if isinstance(one, dict):
            waiting.extend((*one.keys(), *one.values()))
        elif isinstance(one, list | tuple | set | frozenset):
            waiting.extend(one)
    return value


def _spend(amount: int) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.spend(amount)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
