from __future__ import annotations

import time

import pytest

from copydesk.content.definition.models import Template
from copydesk.content.errors import ContentError
from copydesk.content.rendering import render_markdown, render_prompt, template_problem


def _template(format_: str | None) -> Template:
    return Template("site:hero", "A hero", "Write.", {"type": "object"}, format_)


def test_a_prompt_gets_its_variables() -> None:
    assert render_prompt("Write for {{ page.title }}.", page={"title": "Home"}) == "Write for Home."


def test_an_unknown_variable_in_a_prompt_is_an_error() -> None:
    with pytest.raises(ContentError, match="'nothing' is undefined") as caught:
        render_prompt("{{ nothing }}")
    assert caught.value.code == "render-failed"


def test_a_missing_field_in_a_format_renders_as_nothing() -> None:
    assert render_markdown(_template("# {{ title }}{{ cta.label }}"), {"title": "Rye"}) == "# Rye"


def test_a_format_lays_out_fields() -> None:
    template = _template("{% for item in items %}- {{ item.name | upper }}\n{% endfor %}")
    assert render_markdown(template, {"items": [{"name": "rye"}, {"name": "oat"}]}) == "- RYE\n- OAT\n"


def test_texts_are_joined_by_operator_and_filter() -> None:
    assert render_markdown(_template("{{ a ~ '-' ~ 1 }} {{ tags | join(', ') }}"), {"a": "x", "tags": ["y", "z"]}) == (
        "x-1 y, z"
    )


def test_text_is_never_run_as_a_template() -> None:
    assert render_markdown(_template("{{ title }}"), {"title": "{{ 7 * 7 }}"}) == "{{ 7 * 7 }}"


@pytest.mark.parametrize("source", ["{{ open", "{% for %}", "{{ a | nofilter }}", "{% if a %}"])
def test_a_syntax_error_is_a_sentence_with_its_line(source: str) -> None:
    problem = template_problem(f"\n{source}")
    assert problem is not None
    assert problem.startswith("line 2: ")


def test_a_sound_template_has_no_problem() -> None:
    assert template_problem("{% if a %}{{ a }}{% endif %}") is None


@pytest.mark.parametrize(
    "source",
    [
        "{{ x.__class__ }}",
        "{{ x.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ x | attr('__class__') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ x.format(x) }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ lipsum.__globals__ }}",
        "{{ data.pop('a') }}",
        "{{ data.update({'b': 1}) }}",
        "{{ items.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_the_sandbox_holds(source: str) -> None:
    data = {"a": 1}
    items = [1]
    with pytest.raises(ContentError) as caught:
        render_prompt(source, x="text", data=data, items=items)
    assert caught.value.code == "render-failed"
    assert (data, items) == ({"a": 1}, [1])


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 'a'.center(999999999) }}",
        "{{ 'a' | center(999999999) }}",
        "{{ 'a'.ljust(999999999) }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in items %}{{ text }}{% endfor %}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ items | join(text) }}",
        "{% set a = text %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = text %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = text %}" + "{% set a = a | replace('a', 'aaaaaaaaaa') %}" * 60 + "{{ a }}",
        "{% set a = text %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60 + "{{ a }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_small_templates_make_no_huge_texts(source: str) -> None:
    with pytest.raises(ContentError) as caught:
        render_prompt(source, items=list(range(1000)), text="a" * 1000)
    assert caught.value.code == "render-failed"


def loops(depth: int) -> str:
    return "{% for each in [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] %}" * depth + "{% endfor %}" * depth


@pytest.mark.parametrize(
    "source",
    [
        loops(12),
        "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
        "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a | upper }}",
        "{% set a = [1] %}" + "{% set a = [a, a] | sum(start=[]) %}" * 40 + "{{ a | length }}",
        "{% set a = [0] %}{% set b = [0] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40 + "{{ a == b }}",
        "{% set a = (1, 1) %}" + "{% set a = (a, a) %}" * 40 + "{{ {a: 1} | length }}",
        "{% set a = 99 %}" + "{% set a = a * a %}" * 40 + "{{ a > 1 }}",
        "{{ 42 | round(1000000000, 'floor') }}",
        "{{ [42] | map('round', 1000000000, 'floor') | list }}",
        "{% for each in [[], []] recursive %}{{ loop([[], []]) }}{% endfor %}",
        "{% block a %}x{% endblock %}{% block b %}{{ self.a() }}{{ self.a() }}{% endblock %}",
    ],
)
def test_small_templates_take_no_time_worth_telling(source: str) -> None:
    started = time.process_time()
    with pytest.raises(ContentError) as caught:
        render_prompt(source)
    assert caught.value.code == "render-failed"
    assert time.process_time() - started < 20  # hours, if they were let


def test_long_pages_stay_well_within_the_budget() -> None:
    template = _template(
        "{% for row in rows %}{% if row.price == 4 %}{{ row.name | upper ~ '!' }}\n{% endif %}{% endfor %}"
    )
    rows = [{"name": f"Bread number {number}", "price": 4} for number in range(3_000)]
    assert render_markdown(template, {"rows": rows}).count("!") == len(rows)


def test_a_failing_expression_is_a_sentence_and_no_crash() -> None:
    with pytest.raises(ContentError, match="division by zero"):
        render_prompt("{{ 1 / 0 }}")


def test_without_a_format_everything_is_shown() -> None:
    fields = {
        "intro": "Baked at four.",
        "headline": "Rye & Shine",
        "open": True,
        "tags": ["warm", "plain"],
        "buttons": [{"label": "Order", "note": "today"}],
        "aside": {"title": "Opening hours", "text": "Daily"},
        "empty": "",
    }
    assert render_markdown(_template(None), fields) == (
        "# Rye & Shine\n\nBaked at four.\n\n**Open:** yes\n\n- warm\n- plain\n\n- Order\n  today\n\n"
        "## Opening hours\n\nDaily\n"
    )


def test_lists_in_lists_are_nested() -> None:
    column = {"heading": "Breads", "text": "Baked daily", "price": 4, "kinds": [{"name": "Rye"}, {"tags": ["dark"]}]}
    assert render_markdown(_template(None), {"columns": [column, [1, 2]]}) == (
        "- **Breads**: Baked daily\n  Price: 4\n  - **Rye**\n  - Tags\n    - dark\n-\n  - 1\n  - 2\n"
    )
