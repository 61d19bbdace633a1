"""Where a writer's model is, by which key, and which names are writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.content.errors import ContentError
from copydesk.content.settings import Settings, WriterSettings
from copydesk.content.writers.providers import family
from copydesk.content.writers.providers.access import access_to
from copydesk.content.writers.registry import Writers

KEY = "sk-planted-3f9a1c77e2"
VARIABLES = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "GOOGLE_GEMINI_BASE_URL",
    "OLLAMA_BASE_URL",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def settings(**writers: WriterSettings) -> Settings:
    return Settings(writers=writers)


@pytest.mark.parametrize(
    ("name", "variable"),
    [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY"), ("google", "GOOGLE_API_KEY")],
)
def test_providers_need_the_key_in_their_variable(
    name: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers = Writers(settings=Settings())
    assert writers.missing_key(f"{name}:a-model") == variable
    assert not writers.can_run(f"{name}:a-model")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "key"))
    assert writers.missing_key(f"{name}:a-model") is None
    assert f"{name}:a-model" in writers.runnable()


def test_a_key_file_that_is_not_there_is_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "/nowhere/at/all")
    assert Writers().missing_key("openai:a-model") == "OPENAI_API_KEY"


def test_the_second_name_of_googles_key_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert Writers().can_run("google:gemini-2.5-flash")


def test_a_key_in_the_environment_selects_no_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert [name for name in Writers().runnable() if name.startswith("openai")] == []


def test_ollama_is_on_this_machine_and_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Writers().can_run("ollama:llama3.2")
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://gpu.example:11434")
    access = access_to("ollama", "llama3.2", Settings())
    assert access.base_url == "http://gpu.example:11434/v1"


def test_a_server_of_the_projects_own_gets_no_key_but_the_one_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("COPYDESK_KEY_STUDIO", "studio-12345")
    studio = WriterSettings(base_url="http://127.0.0.1:1234/v1")
    assert access_to("lmstudio", "qwen3-8b", settings(lmstudio=studio)).key() is None
    assert access_to("openai", "gpt", settings(openai=studio)).key() is None
    named = studio.model_copy(update={"key": "COPYDESK_KEY_STUDIO"})
    assert access_to("lmstudio", "qwen3-8b", settings(lmstudio=named)).key() == "studio-12345"


def test_the_providers_own_url_with_a_slash_is_still_the_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    official = settings(openai=WriterSettings(base_url="https://api.openai.com/v1/"))
    assert Writers(settings=official).missing_key("openai:gpt-5-mini") == "OPENAI_API_KEY"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1/")
    assert Writers().missing_key("openai:gpt-5-mini") == "OPENAI_API_KEY"


def test_a_key_that_is_named_is_needed() -> None:
    named = settings(studio=WriterSettings(api="openai", base_url="http://127.0.0.1:1/v1", key="COPYDESK_KEY_STUDIO"))
    assert Writers(settings=named).missing_key("studio:any") == "COPYDESK_KEY_STUDIO"


def test_no_secret_that_was_set_for_something_else_goes_to_a_server_that_the_project_names() -> None:
    theirs = settings(gifts=WriterSettings(base_url="https://gifts.example/v1", key="AWS_SECRET_ACCESS_KEY"))
    with pytest.raises(ContentError, match="COPYDESK_KEY_") as refused:
        access_to("gifts", "any", theirs)
    assert refused.value.code == "invalid-settings"


def test_another_url_in_the_environment_goes_with_the_key_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    assert Writers().can_run("openai:gpt-5-mini")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    access = access_to("openai", "gpt-5-mini", Settings())
    assert (access.base_url, access.key(), access.is_own) == ("https://gateway.example/v1", KEY, True)


def test_a_family_speaks_as_its_settings_say() -> None:
    own = settings(claude=WriterSettings(api="anthropic", base_url="https://proxy.example"))
    assert access_to("claude", "sonnet", own).api == "anthropic"


def test_what_is_set_for_one_model_wins_over_its_family() -> None:
    own = Settings(
        writers={
            "gpu": WriterSettings(base_url="http://one.example/v1"),
            "gpu:large": WriterSettings(base_url="http://two.example/v1"),
        }
    )
    assert access_to("gpu", "small", own).base_url == "http://one.example/v1"
    assert access_to("gpu", "large", own).base_url == "http://two.example/v1"


def test_a_url_that_is_none_is_refused_when_the_writer_is_named() -> None:
    own = settings(gpu=WriterSettings(api="openai", base_url="gpu.example:8000"))
    with pytest.raises(ContentError, match="http") as caught:
        Writers(settings=own).resolve("gpu:any")
    assert caught.value.code == "invalid-settings"


def test_secrets_in_a_url_are_not_shown() -> None:
    own = settings(gpu=WriterSettings(api="openai", base_url="http://user:password@gpu.example/v1?key=1"))
    assert access_to("gpu", "any", own).shown_url == "http://gpu.example/v1"


@pytest.mark.parametrize("name", ["openai", "openai:"])
def test_a_family_alone_is_no_writer(name: str) -> None:
    with pytest.raises(ContentError, match="openai:MODEL") as caught:
        Writers().resolve(name)
    assert caught.value.code == "unknown-writer"


def test_what_is_set_without_a_server_makes_no_family() -> None:
    with pytest.raises(ContentError) as caught:
        Writers(settings=settings(studio=WriterSettings(rate=60))).resolve("studio:any")
    assert caught.value.code == "unknown-writer"


def test_a_misspelt_family_gets_the_right_one_suggested() -> None:
    with pytest.raises(ContentError, match="anthropic"):
        Writers().resolve("antropic:sonnet")


def test_without_the_library_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(family._LIBRARIES, "openai", "no_such_library_is_installed")  # noqa: SLF001
    with pytest.raises(ContentError, match=r'pip install "copydesk\[providers\]"') as caught:
        Writers().resolve("openai:gpt-5-mini")
    assert caught.value.code == "writer-not-installed"
    assert not Writers().can_run("openai:gpt-5-mini")


def test_the_writer_that_is_set_is_known_before_anybody_asks() -> None:
    assert "ollama:llama3.2" in Writers(settings=Settings(writer="ollama:llama3.2")).runnable()
