"""The tools that change a site by hand: its copy, its pages and its facts. What is refused changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp.client.client import ConnectMode

ERAS: list[ConnectMode] = ["legacy", "2026-07-28"]

CARD = """\
site: {id: tern, title: Tern}  # the workshop
templates:
  card:
    description: A card
    prompt: Write a card.
    schema:
      type: object
      additionalProperties: false
      required: [title]
      properties:
        title: {type: string, minLength: 3}
        price: {type: integer}
        tags: {type: array, items: {type: string}}
        links: {type: object}
routes:
  - id: home
    path: /
    title: Home
    sections:
      - {id: card, template: card}
      - {id: legal, template: card, content: Fixed.}
"""
COPY = {"title": "Tyres", "price": 9, "tags": ["a", "b"], "links": {"book": "/book", "call": "/call"}}


@pytest.fixture
def card(project: Any) -> Any:
    project.site_file.write_text(CARD, encoding="utf-8")
    return project


def files(project: Any) -> dict[str, bytes]:
    """What the project's folder holds, besides the database."""
    found = [path for path in project.root.rglob("*") if path.is_file() and ".copydesk" not in path.parts]
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.usefixtures("card")
async def test_edit_merges_fields_and_null_removes_one(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        await talk.call("edit-content", page="home", section="card", fields=COPY)
        patch = {"price": None, "tags": ["c"], "links": {"call": None, "mail": "/mail"}}
        edited = await talk.call("edit-content", page="/", section="card", fields=json.dumps(patch))
        reading = await talk.call("read-content", section="home/card")
    assert reading["sections"][0]["fields"] == {
        "title": "Tyres",
        "tags": ["c"],
        "links": {"book": "/book", "mail": "/mail"},
    }
    assert edited["edited"] == [
        {
            "page": "home",
            "section": "card",
            "entityId": "site-content-preview:home:card",
            "entityType": "site-content-preview",
            "revision": reading["sections"][0]["revision"],
            "jobId": None,
        }
    ]


async def test_edit_is_protected_and_voids_the_queued_job_of_its_section(connect: Any) -> None:
    async with connect(worker=False) as talk:
        queued = await talk.call("generate", page="home")
        await talk.call("edit-content", section="home/why", fields={"headline": "Our words"})
        status = await talk.call("check-generation-status", operationId=queued["operationId"])
        again = await talk.call("regenerate-content", section="home/why", dryRun=True)
    assert (status["cancelled"], status["pending"]) == (1, 1)
    assert [one["code"] for one in again["skipped"]] == ["edited"]


@pytest.mark.parametrize("era", ERAS)
async def test_edit_of_a_revision_that_is_gone_is_refused(connect: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        first = await talk.call("edit-content", section="home/why", fields={"headline": "First words"})
        revision = first["edited"][0]["revision"]
        second = await talk.call("edit-content", section="home/why", fields={"headline": "Mine"}, ifRevision=revision)
        before = await talk.stored()
        error = await talk.error("edit-content", section="home/why", fields={"headline": "Late"}, ifRevision=revision)
        assert await talk.stored() == before
    assert error.startswith(f"[outdated] home/why is at revision {second['edited'][0]['revision']}, not at revision ")


@pytest.mark.usefixtures("card")
async def test_edit_that_misses_the_schema_names_every_violation(connect: Any) -> None:
    async with connect() as talk:
        await talk.call("edit-content", section="home/card", fields=COPY)
        before = await talk.stored()
        wrong = {"title": "x", "price": "nine", "tags": "a", "prize": 3}
        error = await talk.error("edit-content", section="home/card", fields=wrong)
        assert await talk.stored() == before
    assert error.startswith("[invalid-fields] The fields of home/card do not fit tern:card: ")
    assert all(name in error for name in ("$.title", "$.price", "$.tags", '"prize": did you mean "price"? Nothing was'))


@pytest.mark.usefixtures("card")
async def test_violations_of_an_edit_end_as_a_sentence_does(connect: Any) -> None:
    async with connect() as talk:
        await talk.call("edit-content", section="home/card", fields=COPY)
        error = await talk.error("edit-content", section="home/card", fields={"price": "nine"})
    assert error.endswith(": $.price is a string, not an integer. Nothing was changed.")


WRONG_EDITS = [
    ({"section": "home/whyy", "fields": {"headline": "Long"}}, 'did you mean "why"?'),
    ({"page": "hom", "section": "why", "fields": {"headline": "Long"}}, 'did you mean "home"?'),
    ({"page": "home", "fields": {"headline": "Long"}}, "[empty-scope] "),
    ({"section": "home/why"}, "[invalid-argument] edit-content: fields is missing"),
    ({"section": "home/why", "fields": {}}, "[no-fields] "),
    ({"section": "home/why", "fields": ""}, "[no-fields] "),
    ({"section": "home/why", "fields": "Long"}, "fields: should be an object of fields, not 'Long'"),
    ({"section": "home/why", "fields": '{"headline": '}, "fields: should be valid JSON"),
    ({"section": "home/why", "fields": '{"a":' * 100_000}, "fields: should be valid JSON"),
    ({"section": "home/why", "fields": '{"a":' * 900 + "1" + "}" * 900}, "nested deeper than 32 levels"),
    ({"section": "home/why", "fields": '{"headline": NaN}'}, "fields: holds a number that is not finite"),
    ({"section": "home/why", "fields": '{"headline": "\\ud800"}'}, "fields: holds half a character"),
    ({"section": "home/why", "fields": ["Long"]}, "fields: should be an object of fields"),
    ({"section": "home/legal", "fields": {"headline": "Long"}}, "[static-section] "),
    ({"section": "home/why", "fields": {"headline": None}}, "[invalid-fields] "),
    ({"section": "home/why", "fields": {"headline": "Long"}, "ifRevision": "latest"}, "edit-content: ifRevision: "),
    ({"section": "home/why", "fields": {"headline": "Long"}, "ifRevision": 7}, "[outdated] home/why has no copy"),
]


@pytest.mark.parametrize(("arguments", "expected"), WRONG_EDITS, ids=lambda each: str(each)[:80])
async def test_wrong_edit_is_explained_and_changes_nothing(
    connect: Any, arguments: dict[str, Any], expected: str
) -> None:
    async with connect() as talk:
        before = await talk.stored()
        error = await talk.error("edit-content", **arguments)
        assert await talk.stored() == before
    assert expected in error
    assert error.startswith("[")


@pytest.mark.parametrize("era", ERAS)
async def test_page_is_added_and_written(connect: Any, card: Any, era: ConnectMode) -> None:
    sections = [{"id": "card", "template": "card", "prompt": "Say when."}, {"id": "legal", "template": "card"}]
    async with connect(era) as talk:
        plan = await talk.call("add-page", page="hours", title="Hours", sections=sections, dryRun=True)
        assert card.site_file.read_text(encoding="utf-8") == CARD
        added = await talk.call("add-page", page="hours", title="Hours", sections=json.dumps(sections))
        written = await talk.call(added["nextStep"]["tool"], **added["nextStep"]["arguments"], waitSeconds=20)
        lone = await talk.call("add-page", page="more", path="/m", title="More", sections=sections[0])
    text = card.site_file.read_text(encoding="utf-8")
    assert text.startswith(CARD)
    assert (plan["dryRun"], plan["nextStep"], plan["added"]) == (True, None, added["added"])
    assert "path: /hours" in added["added"]
    assert (written["outcome"], written["counts"]["completed"]) == ("ok", 2)
    assert (lone["sections"], "path: /m\n" in text) == (1, True)


WRONG_PAGES = [
    ({"page": "home", "title": "Home"}, "[invalid-page] "),
    ({"page": "new", "path": "/", "title": "New"}, "[invalid-page] "),
    ({"page": "Not an id", "title": "New"}, "[invalid-page] "),
    ({"page": "../up", "title": "New"}, "[invalid-page] "),
    ({"page": "new", "title": "New", "sections": [{"id": "a", "template": "heroo"}]}, "hero"),
    (
        {"page": "new", "title": "New", "sections": [{"id": "a", "template": "hero"}, {"id": "a", "template": "hero"}]},
        "[invalid-page] ",
    ),
    ({"page": "new", "title": "New", "sections": "hero"}, "sections: should be a list of sections"),
    ({"page": "new", "title": "New", "sections": [{"id": "a"}]}, "sections.0.template is missing"),
    (
        {"page": "new", "title": "New", "sections": [{"id": "a", "template": "hero", "promt": "p"}]},
        "[invalid-argument] add-page: sections.0.promt: ",
    ),
    ({"page": "new"}, "[invalid-argument] add-page: title is missing"),
    ({"page": "new", "title": "\ud800"}, "[invalid-argument] add-page: title holds half a character"),
]


@pytest.mark.parametrize(("arguments", "expected"), WRONG_PAGES, ids=str)
async def test_wrong_page_is_explained_and_changes_nothing(
    connect: Any, project: Any, arguments: dict[str, Any], expected: str
) -> None:
    before = files(project)
    async with connect() as talk:
        error = await talk.error("add-page", **arguments)
    assert expected in error
    assert error.startswith("[")
    assert files(project) == before


@pytest.mark.parametrize("era", ERAS)
async def test_facts_are_saved_and_corrected_only_on_request(connect: Any, project: Any, era: ConnectMode) -> None:
    async with connect(era) as talk:
        saved = await talk.call("save-source", name="prices", text="A puncture costs 9.")
        error = await talk.error("save-source", name="prices", text="A puncture costs 10.")
        corrected = await talk.call("save-source", name="prices", text="A puncture costs 10.", overwrite=True)
        some = await talk.call("save-source", name="facts/hours.txt", text="Open at 9.", pages="/repairs")
    assert (saved["name"], saved["created"], saved["sections"]) == ("facts/prices.md", True, 4)
    assert error.startswith("[source-exists] ")
    assert (corrected["created"], corrected["changed"]) == (False, True)
    assert (some["sections"], some["siteFileChanged"]) == (2, True)
    assert files(project)["facts/prices.md"] == b"A puncture costs 10.\n"


WRONG_SOURCES = [
    ({"name": "../secret", "text": "x"}, "[invalid-name] "),
    ({"name": "facts/../../secret.md", "text": "x"}, "[invalid-name] "),
    ({"name": "/etc/passwd", "text": "x"}, "[invalid-name] "),
    ({"name": "facts\\..\\secret.md", "text": "x"}, "[invalid-name] "),
    ({"name": "C:/secret.md", "text": "x"}, "[invalid-name] "),
    ({"name": "facts/con.md", "text": "x"}, "[invalid-name] "),
    ({"name": "content/site.yaml", "text": "x"}, "[invalid-name] "),
    ({"name": ".copydesk/x.md", "text": "x"}, "[invalid-name] "),
    ({"name": "prices", "text": "  "}, "[invalid-text] "),
    ({"name": "prices", "text": "x", "pages": ["repair"]}, 'did you mean "repairs"?'),
    ({"name": "prices"}, "[invalid-argument] save-source: text is missing"),
]


@pytest.mark.parametrize(("arguments", "expected"), WRONG_SOURCES, ids=str)
async def test_wrong_source_is_explained_and_writes_nothing_anywhere(
    connect: Any, project: Any, arguments: dict[str, Any], expected: str
) -> None:
    before, beside = files(project), set(project.root.parent.iterdir())
    async with connect() as talk:
        error = await talk.error("save-source", **arguments)
    assert expected in error
    assert error.startswith("[")
    assert (files(project), set(project.root.parent.iterdir())) == (before, beside)


async def test_source_that_is_a_link_out_of_the_project_is_left_alone(
    connect: Any, project: Any, tmp_path_factory: Any
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "theirs.md"
    outside.write_text("Theirs.", encoding="utf-8")
    (project.root / "facts").mkdir()
    (project.root / "facts" / "prices.md").symlink_to(outside)
    async with connect() as talk:
        error = await talk.error("save-source", name="prices", text="Ours.", overwrite=True)
    assert error.startswith("[invalid-name] ")
    assert outside.read_text(encoding="utf-8") == "Theirs."
