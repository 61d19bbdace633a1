"""The writer `local` with the real model: whatever the schema asks for comes out valid."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import anyio
import pytest

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.definition.models import Route, Section, Site, Template
from copydesk.content.desk import open_desk
from copydesk.content.errors import ContentError
from copydesk.content.operations.values import WHOLE_SITE, Generate
from copydesk.content.schema.checks import check_copy
from copydesk.content.schema.violations import Violation
from copydesk.content.writers.base import Correction, Permanent, Written
from copydesk.content.writers.local.fetching import fetch_model, installer
from copydesk.content.writers.local.model_files import BUNDLED, cache_directory
from copydesk.content.writers.local.prompting import short_messages
from copydesk.content.writers.local.writer import FULL, LocalWriter
from copydesk.content.writers.registry import Writers
from copydesk.store.database import Topic
from tests.workshop import write_site

SECONDS = 60

HERO: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["headline", "text", "link", "tags"],
    "properties": {
        "headline": {"type": "string", "minLength": 8, "maxLength": 40},
        "text": {"type": "string", "maxLength": 120},
        "link": {"type": "string", "format": "uri"},
        "tone": {"enum": ["warm", "plain"]},
        "tags": {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "string", "maxLength": 24}},
    },
}


def brief_of(schema: dict[str, Any], **wishes: Any) -> Brief:
    site = Site(
        id="rye",
        title="Rye & Shine",
        description="A bakery in the old mill.",
        url="https://rye.example",
        voice=None,
        sources=("facts.md",),
        templates={"rye:hero": Template("rye:hero", "The first thing a visitor sees", "Write the hero.", schema)},
        routes=(Route("home", "/", "Home", "Bread worth rising for.", (Section("hero", "rye:hero"),)),),
        source_texts={"facts.md": "# Facts\n\nThe oven is blue."},
    )
    return build_brief(site, "home", "hero", **wishes)


@asynccontextmanager
async def opened(model: Path, **options: Any) -> AsyncIterator[LocalWriter]:
    writer = LocalWriter("local", model, **options)
    try:
        with anyio.fail_after(SECONDS):
            yield writer
    finally:
        await writer.aclose()


async def test_copy_is_valid_counted_and_marked_as_a_draft(local_model: Path) -> None:
    brief = brief_of(HERO | {"required": ["headline", "text", "link"]})
    async with opened(local_model) as writer:
        answer = await writer.write(brief)
        assert writer.is_draft
    assert isinstance(answer, Written)
    assert set(answer.fields) == set(HERO["properties"])
    assert [one for one in check_copy(brief.schema, answer.fields) if "tags" not in one.path] == []
    assert answer.model == "SmolLM2-135M-Instruct.Q4_1"
    assert answer.usage.cost == 0
    assert answer.usage.input_tokens is not None
    assert answer.usage.output_tokens is not None
    assert 100 < answer.usage.input_tokens < 600
    assert 20 < answer.usage.output_tokens < 600


async def test_asked_again_it_puts_right_what_a_grammar_cannot_know(local_model: Path) -> None:
    brief = brief_of(HERO | {"not": {"properties": {"tone": {"const": "warm"}}, "required": ["tone"]}})
    wrong = Correction({}, (Violation("$.tone", "must not be warm"),))
    async with opened(local_model) as writer:
        answer = await writer.write(brief, wrong)
    assert isinstance(answer, Written)
    assert check_copy(brief.schema, answer.fields) == ()


async def test_texts_to_keep_survive_and_the_current_copy_is_read(local_model: Path) -> None:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 200}}}
    brief = brief_of(schema, keep=("The oven is blue",), current={"text": "We bake."}, instructions="Be brief.")
    async with opened(local_model) as writer:
        answer = await writer.write(brief)
    assert isinstance(answer, Written)
    assert check_copy(brief.schema, answer.fields, brief.keep) == ()


async def test_larger_model_gets_the_whole_brief_and_its_own_lengths(local_model: Path) -> None:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 60}}}
    brief = brief_of(schema)
    async with opened(local_model, recipe=replace(FULL, context=2048)) as writer:
        assert not writer.is_draft
        answer = await writer.write(brief, Correction({"text": 1}, (Violation("$.text", "must be a text"),)))
    assert isinstance(answer, Written)
    assert check_copy(brief.schema, answer.fields) == ()
    assert (answer.usage.input_tokens or 0) > 300


def test_small_model_is_told_little_however_much_there_is_to_tell() -> None:
    much = "パンは毎朝焼きます。" * 500
    brief = brief_of(HERO, current={"text": much}, instructions=much)
    site = replace(brief.site, description=much, source_texts={"facts.md": much})
    messages = short_messages(replace(brief, site=site), {"properties": HERO["properties"]})
    assert sum(len(message["content"].encode()) for message in messages) < 3_000


async def test_schema_that_nothing_satisfies_is_refused_before_the_model_starts(local_model: Path) -> None:
    async with opened(local_model) as writer:
        answer = await writer.write(brief_of(HERO | {"not": {}}))
        assert writer.process.pid is None
    assert isinstance(answer, Permanent)
    assert answer.code == "unsatisfiable-schema"


async def test_damaged_model_fails_for_good_with_the_reason(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + bytes(range(256)) * 64)
    async with opened(damaged) as writer:
        answer = await writer.write(brief_of(HERO))
        assert writer.process.pid is None
    assert isinstance(answer, Permanent)
    assert answer.code == "model-unusable"
    assert "damaged" in answer.message


async def test_desk_writes_by_the_model_and_leaves_no_process(tmp_path: Path, with_local_model: Path) -> None:
    write_site(tmp_path, {"home": ["hero", "why"]})
    with anyio.fail_after(SECONDS):
        async with open_desk(tmp_path, settings={"writer": "local"}, worker=True) as desk:
            handle = await desk.submit(Generate(scope=WHOLE_SITE))
            assert handle.operation_id is not None
            receipt = await desk.wait(handle.operation_id, seconds=SECONDS)
            writer = desk.writers.resolve("local")
            assert isinstance(writer, LocalWriter)
            pid = writer.process.pid
            assert pid is not None
    assert (receipt.status, receipt.counts.completed) == ("completed", 2)
    assert receipt.warnings, "drafts are not for publishing"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_worker_takes_jobs_of_a_model_file_that_another_process_named(tmp_path: Path, local_model: Path) -> None:
    write_site(tmp_path, {"home": ["hero"]})
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.gguf").hardlink_to(local_model)
    with anyio.fail_after(SECONDS):
        async with open_desk(tmp_path, worker=False) as asking:
            handle = await asking.submit(Generate(scope=WHOLE_SITE, writer="local:models/mine.gguf"))
        assert handle.operation_id is not None
        async with open_desk(tmp_path, worker=True) as working:
            with working.store.signals.watch(Topic.PROGRESS) as watch:
                while (await working.wait(handle.operation_id, seconds=0)).status != "completed":
                    await watch.wait()


def refusal_of(name: str, root: Path) -> str:
    with pytest.raises(ContentError) as refused:
        Writers(root=root).resolve(name)
    return f"[{refused.value.code}] {refused.value}"


def test_model_files_that_cannot_be_used_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("flour", encoding="utf-8")
    (tmp_path / "large.gguf").write_bytes(b"GGUF")
    assert "[model-not-found] There is no model file" in refusal_of("local:larg.gguf", tmp_path)
    assert 'did you mean "local:large.gguf"?' in refusal_of("local:larg.gguf", tmp_path)
    assert "[not-a-model]" in refusal_of("local:notes.txt", tmp_path)
    assert "names a folder" in refusal_of("local:.", tmp_path)
    assert "names no file" in refusal_of("local:", tmp_path)
    assert Writers(root=tmp_path).resolve("local:large.gguf").name == "local:large.gguf"
    assert Writers().resolve(f"local:{tmp_path / 'large.gguf'}").name == f"local:{tmp_path / 'large.gguf'}"


@pytest.mark.parametrize(
    "named", ["/etc/passwd", "../beside.gguf", "models/../../beside.gguf", "~/large.gguf", "link.gguf"]
)
def test_names_that_lead_out_of_the_project_are_told_apart(tmp_path: Path, named: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "beside.gguf").write_bytes(b"GGUF")
    (root / "link.gguf").symlink_to(tmp_path / "beside.gguf")
    with pytest.raises(ContentError) as refused:
        Writers(root=root).refuse_outside(f"local:{named}")
    assert refused.value.code == "outside-project"


@pytest.mark.parametrize("name", ["outline", "local", "local:large.gguf", "local:models/large.gguf", "unknown:/etc"])
def test_names_inside_the_project_are_not_refused(tmp_path: Path, name: str) -> None:
    Writers(root=tmp_path).refuse_outside(name)


def test_misspelt_local_is_suggested() -> None:
    with pytest.raises(ContentError, match='did you mean "local"'):
        Writers().resolve("locl")


def test_local_runs_only_where_its_model_is(tmp_path: Path, local_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_CACHE", str(tmp_path))
    assert "local" not in Writers().runnable()
    assert "copydesk model fetch" in refusal_of("local", tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / BUNDLED.file).hardlink_to(local_model)
    assert "local" in Writers().runnable()
    assert Writers().can_run("local")
    assert "xllamacpp" not in sys.modules, "only the model's own process loads the library"


class Without:
    """Finds every module but some: an environment in which they are not installed."""

    def __init__(self, finder: Any, *missing: str) -> None:
        self._finder = finder
        self._missing = missing

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        found: ModuleSpec | None = None if name in self._missing else self._finder.find_spec(name, path, target)
        return found


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the extra nor an installer."""
    for name in ("pip", "xllamacpp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Without(finder, "pip", "xllamacpp") for finder in sys.meta_path])
    monkeypatch.setenv("PATH", "")


@pytest.mark.usefixtures("bare_environment", "with_local_model")
def test_missing_extra_is_named_with_the_commands_that_bring_it(tmp_path: Path) -> None:
    assert "local" not in Writers().runnable()
    refusal = refusal_of("local", tmp_path)
    assert "[writer-not-installed]" in refusal
    assert "Run `pip install 'copydesk[local]'`, then `copydesk model fetch`." in refusal


@pytest.mark.usefixtures("bare_environment")
def test_environment_without_an_installer_is_told_what_to_do() -> None:
    with pytest.raises(ContentError, match="-m ensurepip"):
        installer()


def test_fetched_model_is_left_as_it_is(local_model: Path) -> None:
    before = local_model.stat().st_mtime_ns
    assert fetch_model(local_model).stat().st_mtime_ns == before


def test_failed_fetch_says_why_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(variable, "1")
    target = tmp_path / "models" / BUNDLED.file
    target.parent.mkdir()
    target.write_bytes(b"GGUF of yesterday")
    with pytest.raises(ContentError, match="could not be fetched") as failed:
        fetch_model(target)
    assert failed.value.code == "fetch-failed"
    assert [path.name for path in target.parent.iterdir()] == [BUNDLED.file]
    assert target.read_bytes() == b"GGUF of yesterday"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG directories are those of Linux")
def test_cache_is_where_the_system_keeps_what_can_be_fetched_again(tmp_path: Path) -> None:
    assert cache_directory({"COPYDESK_CACHE": str(tmp_path)}) == tmp_path
    assert cache_directory({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "copydesk"
    assert cache_directory({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "copydesk"
    assert cache_directory({}) == Path.home() / ".cache" / "copydesk"
