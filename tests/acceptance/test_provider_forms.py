"""How an answer is held to a schema at the providers themselves, as it goes over the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from copydesk.content.briefs import Brief, build_brief
from copydesk.content.definition.loader import examine
from copydesk.content.settings import Settings
from copydesk.content.writers.base import Permanent, Transient, Written
from copydesk.content.writers.providers.access import access_to
from copydesk.content.writers.providers.writer import ProviderWriter
from tests.providers_server import (
    TOKENS_IN,
    Copy,
    Failure,
    ProviderServer,
    Received,
    Refusal,
    Script,
    Text,
    in_turn,
    serving,
)

PLAIN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 80}, "note": {"type": "string"}},
}
MAP: dict[str, Any] = {
    "type": "object",
    "required": ["links"],
    "properties": {"links": {"type": "object", "additionalProperties": {"type": "string"}}},
}
pytestmark = pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")

FIELDS = {"text": "Fresh bread."}
MODELS = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-5-5", "google": "gemini-2.5-flash"}


def brief_for(folder: Path, schema: dict[str, Any]) -> Brief:
    template = {"description": "A card", "prompt": "Write a card.", "schema": schema}
    home = {"id": "home", "path": "/", "title": "Home", "sections": [{"id": "card", "template": "card"}]}
    document = {"site": {"id": "bakery", "title": "Bakery"}, "templates": {"card": template}, "routes": [home]}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    snapshot = examine(path).snapshot
    assert snapshot is not None
    return build_brief(snapshot.site, "home", "card")


@asynccontextmanager
async def provider(
    api: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[ProviderWriter, ProviderServer]]:
    """A writer that takes the server for the provider itself."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, "sk-planted-3f9a1c77e2")
    async with serving(script) as server:
        official = access_to(api, MODELS[api], Settings())
        url = server.openai_url if api == "openai" else server.url
        writer = ProviderWriter(replace(official, base_url=url), Settings())
        try:
            yield writer, server
        finally:
            await writer.aclose()


async def test_openai_is_held_to_the_schema_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Copy({**FIELDS, "note": None})
    async with provider("openai", in_turn(answer), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(written, Written)
        assert written.fields == FIELDS
        form = server.requests[0].body["response_format"]
        assert form["type"] == "json_schema"
        assert form["json_schema"]["strict"] is True
        assert form["json_schema"]["schema"]["required"] == ["text", "note"]
        assert server.requests[0].body["prompt_cache_key"]


async def test_anthropic_is_held_to_the_schema_natively(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with provider("anthropic", in_turn(Copy(FIELDS)), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(written, Written)
        assert written.fields == FIELDS
        schema = server.requests[0].body["output_config"]["format"]["schema"]
        assert schema["required"] == ["text"]
        assert schema["additionalProperties"] is False
        assert server.requests[0].body["stream"] is False
        assert "maxLength" not in schema["properties"]["text"]


async def test_google_is_held_to_the_schema_natively(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with provider("google", in_turn(Copy(FIELDS)), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(written, Written)
        assert written.fields == FIELDS
        config = server.requests[0].body["generationConfig"]
        assert config["responseMimeType"] == "application/json"
        assert "text" in str(config)


@pytest.mark.parametrize("api", ["openai", "anthropic", "google"])
async def test_schemas_that_strict_modes_do_not_take_become_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    fields = {"links": {"home": "/"}}
    async with provider(api, in_turn(Copy(fields)), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, MAP))
        assert isinstance(written, Written)
        assert written.fields == fields
        assert "additionalProperties" in str(server.requests[0].body["tools"])
        assert server.requests[0].schema == MAP


async def test_a_server_of_ones_own_that_knows_no_form_at_all_is_asked_by_the_prompt_alone(tmp_path: Path) -> None:
    def script(request: Received) -> Text | Failure:
        knows_it = not {"response_format", "tools"} & request.body.keys()
        return Text(json.dumps(FIELDS)) if knows_it else Failure(400, "response_format and tools are not supported.")

    async with serving(script) as server:
        settings = Settings.model_validate({"writers": {"small": {"base_url": server.openai_url}}})
        writer = ProviderWriter(access_to("small", "some-model", settings), settings)
        try:
            written = await writer.write(brief_for(tmp_path, PLAIN))
        finally:
            await writer.aclose()
    assert isinstance(written, Written)
    assert written.fields == FIELDS
    assert len(server.requests) == 4


@pytest.mark.parametrize("api", ["openai", "anthropic", "google"])
async def test_a_form_that_is_refused_is_not_tried_again_for_that_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    def script(request: Received) -> Copy | Failure:
        return Copy(FIELDS) if request.body.get("tools") else Failure(400, "The schema is too complex.")

    brief = brief_for(tmp_path, PLAIN)
    async with provider(api, script, monkeypatch) as (writer, server):
        assert isinstance(await writer.write(brief), Written)
        assert len(server.requests) == 2
        assert isinstance(await writer.write(brief), Written)
        assert len(server.requests) == 3


@pytest.mark.parametrize("api", ["openai", "anthropic", "google"])
async def test_a_request_that_no_form_can_mend_is_not_repeated_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    refused = Failure(400, "Your JSON schema is bad, sk-planted-3f9a1c77e2.")
    async with provider(api, in_turn(refused), monkeypatch) as (writer, server):
        answer = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(answer, Permanent)
        assert answer.code == "bad-request"
        assert "Your JSON schema is bad" in answer.message
        assert "planted" not in answer.message
        assert len(server.requests) == 3


async def test_without_its_key_a_writer_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    writer = ProviderWriter(access_to("openai", "gpt-5-mini", Settings()), Settings())
    answer = await writer.write(brief_for(tmp_path, PLAIN))
    assert isinstance(answer, Permanent)
    assert (answer.code, answer.stops) == ("no-key", "key")
    assert "OPENAI_API_KEY" in answer.message


async def test_what_anthropic_says_of_its_limits_is_a_wait_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": (datetime.now(UTC) + timedelta(seconds=30)).isoformat(),
        "anthropic-ratelimit-tokens-remaining": "5000",
        "anthropic-ratelimit-tokens-reset": (datetime.now(UTC) + timedelta(seconds=300)).isoformat(),
    }
    async with provider("anthropic", in_turn(Failure(429, headers=limits)), monkeypatch) as (writer, _):
        answer = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(answer, Transient)
        assert answer.code == "rate-limited"
        assert answer.retry_after is not None
        assert 20 < answer.retry_after <= 30


async def test_fractions_of_seconds_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Failure(429, headers={"retry-after": "0.25"})
    async with provider("openai", in_turn(limited), monkeypatch) as (writer, _):
        answer = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(answer, Transient)
        assert answer.retry_after == 0.25


async def test_the_reason_of_a_refusal_is_told_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Refusal("I will not repeat sk-planted-3f9a1c77e2.")
    async with provider("openai", in_turn(refusal), monkeypatch) as (writer, _):
        answer = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(answer, Permanent)
        assert "I will not repeat [OPENAI_API_KEY]." in answer.message


@pytest.mark.parametrize(
    "text", ['```json\n{"text": "Fresh bread."}\n```', 'Here you are:\n{"text": "Fresh bread."}\nEnjoy!']
)
async def test_an_object_between_words_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    async with provider("google", in_turn(Text(text)), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(written, Written)
        assert written.fields == FIELDS
        assert len(server.requests) == 1


async def test_prose_is_shown_to_the_model_once_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with provider("openai", in_turn(Text("Certainly!"), Copy(FIELDS)), monkeypatch) as (writer, server):
        written = await writer.write(brief_for(tmp_path, PLAIN))
        assert isinstance(written, Written)
        assert written.usage.input_tokens == 2 * TOKENS_IN
        assert "Certainly!" in server.requests[1].text
        assert "no JSON object" in server.requests[1].last
