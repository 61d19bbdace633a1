"""What a model may write is always something that the template allows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copydesk.content.definition.loader import examine
from copydesk.content.schema.compiled import compile_schema
from copydesk.content.writers.drafting import PlainWords
from copydesk.content.writers.instances import InstanceBuilder
from copydesk.content.writers.local.narrowing import Limits, narrowed, tidied
from copydesk.content.writers.local.writer import FULL, SMALL

ROOT = Path(__file__).resolve().parents[2]
SITES = [ROOT / "examples" / "rye-and-shine" / "site.yaml", ROOT.parent / "shared" / "sites" / "tina-io.yaml"]


def shape_of(schema: dict[str, Any], limits: Limits = SMALL.limits) -> dict[str, Any]:
    compiled = compile_schema(schema)
    return narrowed(compiled, InstanceBuilder(compiled).build(PlainWords()), limits)


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def part(schema: dict[str, Any], limits: Limits = SMALL.limits) -> dict[str, Any]:
    """The narrowed form of one field."""
    found: dict[str, Any] = shape_of(fields(it=schema), limits)["properties"]["it"]
    return found


@pytest.mark.parametrize("limits", [SMALL.limits, FULL.limits])
@pytest.mark.parametrize("site_file", SITES, ids=lambda path: path.stem)
def test_whatever_fits_the_narrowed_schema_fits_the_template(site_file: Path, limits: Limits) -> None:
    if not site_file.exists():
        pytest.skip(f"{site_file.name} is not here")
    snapshot = examine(site_file).snapshot
    assert snapshot is not None
    for template in snapshot.site.templates.values():
        shape = shape_of(template.schema, limits)
        for number in range(3):
            written = InstanceBuilder(compile_schema(shape)).build(PlainWords(), number)
            broken = [keyword for keyword, _ in compile_schema(template.schema).broken(written)]
            assert set(broken) <= {"uniqueItems"}, template.name


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "uri"},
        {"type": "string", "pattern": r"^\d{4}-[a-z]+$"},
        {"type": "number", "minimum": 0.5, "maximum": 0.75},
        {"type": "integer", "multipleOf": 7},
        {"type": "null"},
        {"type": "array", "prefixItems": [{"const": 1}], "items": False},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    ],
)
def test_what_no_grammar_can_hold_a_model_to_is_drafted(schema: dict[str, Any]) -> None:
    shape = shape_of(fields(it=schema))
    written = InstanceBuilder(compile_schema(shape)).build(PlainWords())
    assert compile_schema(fields(it=schema)).violations(written) == ()
    assert not {"pattern", "format", "minimum"} & set(part(schema))


def test_enums_and_plain_ranges_are_the_models_choice() -> None:
    assert part({"enum": ["left", "right"]}) == {"enum": ["left", "right"]}
    assert part({"type": "boolean"}) == {"type": "boolean"}
    year = {"type": "integer", "minimum": 1887, "maximum": 2030}
    assert part(year) == year


def test_optional_fields_are_written_too() -> None:
    shape = shape_of({"type": "object", "properties": {"title": {"type": "string"}}})
    assert shape["required"] == ["title"]


def test_one_branch_of_a_choice_is_written() -> None:
    one = fields(kind={"const": "image"}, caption={"type": "string"})
    other = fields(kind={"const": "video"}, title={"type": "string"})
    shape = part({"oneOf": [one, other]})
    assert shape["properties"]["kind"] == {"enum": ["image"]}
    assert shape["required"] == ["kind", "caption"]


@pytest.mark.parametrize(("least", "most"), [(0, 1), (0, 2), (3, 3), (0, 30), (400, 500), (400, None)])
def test_lengths_never_contradict_each_other(least: int, most: int | None) -> None:
    bounds = {"minLength": least} | ({} if most is None else {"maxLength": most})
    shape = part({"type": "string", **bounds})
    if "pattern" in shape:
        low, high = (int(number) + 1 for number in re.findall(r"\d+", shape["pattern"]))
        assert least <= low <= high <= (most or high)
    else:
        assert len(shape["const"]) <= 1


def test_a_large_schema_gets_shorter_texts_rather_than_none() -> None:
    rows = {"type": "array", "minItems": 12, "items": fields(**{f"f{n}": {"type": "string"} for n in range(8)})}
    shape = part(rows)
    assert (shape["minItems"], shape["maxItems"]) == (12, 12)
    assert part(rows, replace(SMALL.limits, total=100_000)) != shape


def test_text_that_ran_against_its_end_is_cut_at_the_last_sentence() -> None:
    shape = part({"type": "string", "maxLength": 40})
    assert tidied(shape, "The bread is done by now. It is on the s") == "The bread is done by now."
    assert tidied(shape, "Bread that is worth getting up for on an") == "Bread that is worth getting up for on"
    assert tidied(shape, "Bread  worth rising for") == "Bread worth rising for"
    assert tidied(shape, "Good bread ,") == "Good bread ,", "shorter it would be too short"


def test_repeated_items_go_as_far_as_the_list_may_be_shorter() -> None:
    shape = part({"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string"}})
    same = "Butter and honey"
    assert tidied(shape, [same, same, "Honey and butter"]) == [same, "Honey and butter"]
    assert tidied(shape, [same, same, same]) == [same, same]
