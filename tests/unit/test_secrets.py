from __future__ import annotations

import base64
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from copydesk.content.errors import ContentError
from copydesk.content.rendering import render_prompt
from copydesk.content.secrets import held_secret, read_secret, redact, refuse_secrets
from copydesk.content.settings import load_settings
from copydesk.server.secrecy import keep_secrets, print_traceback

KEY = "planted+/'\"\\key-ü-1234567890"


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", KEY)


@pytest.mark.parametrize(
    "form",
    [
        str,
        repr,
        json.dumps,
        lambda key: json.dumps(key, ensure_ascii=False),
        lambda key: json.dumps(json.dumps({"key": key})),
        quote,
        quote_plus,
        lambda key: quote(key, safe=""),
        lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
        lambda key: base64.b64encode(f"a:{key}:b".encode()).decode(),
        lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
        lambda key: f"{key[:7]}*******{key[-4:]}.",
        lambda key: f"{key[:4]}...{key[-4:]}",
        lambda key: f"{key[:17]}…",
    ],
)
def test_a_secret_is_taken_out_in_whatever_form_it_stands(form: Callable[[str], str]) -> None:
    told = redact(f"The provider says: {form(KEY)} is wrong.")
    assert "[PLANTED_API_KEY]" in told
    for part in ("planted", "7890", "MTIzNDU2Nzg5"):
        assert part not in told


@pytest.mark.parametrize(
    "text",
    [
        *("sk-proj-abcdefghijklmnop1234", "sk-ant-api03-abcdefghijklmnopqrstu", "AIzaSyA1234567890abcdefghijklmnopqrs"),
        *("Authorization: Bearer abcdef123456", "https://user:passw0rd@host/", "https://host/?key=abcdef1&x=y"),
        "gsk_abcdefghijklmnopqrstuvwxyz",
    ],
)
def test_what_looks_like_a_key_is_taken_out_though_nobody_told_of_it(text: str) -> None:
    assert redact(text) != text
    for part in ("abcdef", "passw0rd", "AIzaSy"):
        assert part not in redact(text)


@pytest.mark.parametrize(
    "text",
    ["A task-oriented page... and more.", "Ask-me-anything", "/home/user/site.yaml", "the bearer of news", "a@b.c: no"],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_variable_that_says_where_a_secret_is_may_be_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
    monkeypatch.setenv("SHORT_KEY", "open")
    assert redact(f"{tmp_path} is open") == f"{tmp_path} is open"


def test_a_secret_from_a_file_is_read_and_known(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\ufefffrom-a-file-1234567890\n", encoding="utf-8")
    assert read_secret("FILED", {"FILED_FILE": str(file)}) == "from-a-file-1234567890"
    assert redact("from-a-file-1234567890") == "[FILED]"


def test_the_variable_itself_wins_and_none_is_none(tmp_path: Path) -> None:
    assert read_secret("DIRECT", {"DIRECT": " direct-1234567890 ", "DIRECT_FILE": str(tmp_path)}) == "direct-1234567890"
    assert read_secret("DIRECT", {"DIRECT": ""}) is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00secret", b"one\ntwo-1234567890"])
def test_a_file_that_holds_no_key_is_refused_without_telling_what_it_holds(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "private-place"
    file.write_bytes(content)
    with pytest.raises(ContentError) as caught:
        read_secret("FILED", {"FILED_FILE": str(file)})
    assert caught.value.code == "unreadable-secret"
    assert caught.value.__cause__ is None
    for part in ("private-place", "secret\\x", "two"):
        assert part not in str(caught.value)


def test_a_missing_file_is_told_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="FILED_FILE names a file that cannot be read: No such file"):
        read_secret("FILED", {"FILED_FILE": str(tmp_path / "gone")})


def test_a_text_with_a_secret_in_it_is_refused_by_the_name_of_the_secret() -> None:
    assert held_secret("nothing here") is None
    with pytest.raises(ContentError, match="PLANTED_API_KEY"):
        refuse_secrets(json.dumps({"instructions": f"Use {KEY}"}))


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "my-own-secret-value"',
        '[writers.openai]\napi_key = "my-own-secret-value"',
        '[writers.openai]\nkey = "my-own-secret-value"',
        '[writers.openai]\nkey = "my0own0secret0value"',
        '[writers.openai]\nrate = "my-own-secret-value"',
        '[writers]\nopenai = "my-own-secret-value"',
        'writers = "my-own-secret-value"',
        '[writers.openai]\nkey = "my-own-secret-value',
    ],
)
def test_a_key_in_the_settings_is_refused_and_never_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "copydesk.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_settings(file, environment={})
    assert caught.value.code == "invalid-settings"
    printed = StringIO()
    print_traceback(caught.value, printed)
    assert "my-own" not in printed.getvalue()
    assert "my0own" not in printed.getvalue()


@pytest.mark.parametrize(
    "template",
    [
        "{{ environ }}",
        "{{ os.environ }}",
        "{{ site.__class__.__mro__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ ''.format.__globals__ }}",
        "{{ site | attr('__class__') }}",
        "{% include '/proc/self/environ' %}",
        "{% import 'os' as os %}{{ os }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
    ],
)
def test_a_template_cannot_read_the_environment(template: str) -> None:
    with pytest.raises(ContentError):
        render_prompt(template, site={"title": "Inn"})


@pytest.fixture
def secrecy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process says nothing secret, until the end of the test."""
    former = logging.getLogRecordFactory()
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, f"__{name}__"))
    monkeypatch.setattr(logging, "_logRecordFactory", former)
    keep_secrets()


@pytest.mark.usefixtures("secrecy")
def test_logs_are_clean_whoever_logs_and_however_it_is_formatted() -> None:
    written = StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("httpx.planted")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        logger.warning("GET %s %d", f"https://x/?q={KEY}", 401)
        logger.warning("%r", {"authorization": KEY})
        logger.warning(f"plain {KEY}")  # noqa: G004 - as others do it
        try:
            raise OSError(f"refused: {KEY}")  # noqa: TRY003, TRY301
        except OSError:
            logger.exception("It failed")
        logger.warning("100 % wrong", "argument")
    finally:
        logger.removeHandler(handler)
    text = written.getvalue()
    assert "planted" not in text
    assert text.count("[PLANTED_API_KEY]") == 4
    assert 'raise OSError(f"refused: {KEY}")' in text, "the traceback is there"


@pytest.mark.usefixtures("secrecy")
def test_records_without_secrets_are_left_as_they_are() -> None:
    record = logging.getLogRecordFactory()("x", 10, "f", 1, "%s of %d", ("one", 2), None)
    assert (record.msg, record.args) == ("%s of %d", ("one", 2))


@pytest.mark.usefixtures("secrecy")
def test_crashes_are_printed_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    def crash() -> None:
        local = KEY
        raise RuntimeError(local)

    thread = threading.Thread(target=crash)
    thread.start()
    thread.join()
    try:
        crash()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    told = capsys.readouterr().err
    assert told.count("RuntimeError: [PLANTED_API_KEY]") == 2
    assert "planted" not in told


def test_a_key_that_was_replaced_and_the_one_in_its_place_are_both_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("the-first-of-two-keys", "another-one-in-its-place"):
        monkeypatch.setenv("COPYDESK_KEY_REPLACED", key)
        read_secret("COPYDESK_KEY_REPLACED")
    monkeypatch.setenv("COPYDESK_KEY_REPLACED", "yet-another-never-read")
    for key in ("the-first-of-two-keys", "another-one-in-its-place", "yet-another-never-read"):
        assert key not in redact(f"The key {key} is wrong."), key
