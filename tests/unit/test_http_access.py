"""Who may talk to the server over HTTP: the rules are read strictly, and say how to mend what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copydesk.content.errors import ContentError
from copydesk.server.http.access import Access, read_access

TOKEN = "kingfisher-over-the-weir"  # noqa: S105
ELSEWHERE = {"address": "192.0.2.7", "host": "0.0.0.0"}  # noqa: S104
HERE = {"address": "127.0.0.1", "host": "127.0.0.1"}


def refused(environment: dict[str, str], **asked: Any) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read_access(environment=environment, **asked)
    return caught.value


@pytest.mark.parametrize("address", ["192.0.2.7", "0.0.0.0", "::", "2001:db8::7"])  # noqa: S104
def test_beyond_this_machine_a_token_is_needed_and_the_refusal_says_how_to_make_one(address: str) -> None:
    error = refused({}, address=address, host=address)
    assert error.code == "token-required"
    assert "secrets.token_urlsafe(32)" in str(error)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_on_this_machine_everybody_may_without_a_token(address: str) -> None:
    access = read_access(address=address, host=address, environment={})
    assert access.admits_token([])
    assert not access.any_address


@pytest.mark.parametrize("token", ["tiny-token", "x" * 15, "x" * 1_001, "with two spaces in it", "wörterbuchwörter"])
def test_token_that_protects_nothing_or_is_none_is_refused_and_not_repeated(token: str) -> None:
    error = refused({"COPYDESK_HTTP_TOKEN": token}, **HERE)
    assert error.code == "weak-token"
    assert token not in str(error)
    assert "secrets.token_urlsafe(32)" in str(error)


def test_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    access = read_access(environment={"COPYDESK_HTTP_TOKEN_FILE": str(tmp_path / "token")}, **ELSEWHERE)
    assert access.admits_token([f"Bearer {TOKEN}"])


def test_token_that_is_set_is_needed_on_this_machine_too() -> None:
    access = read_access(environment={"COPYDESK_HTTP_TOKEN": TOKEN}, **HERE)
    assert not access.admits_token([])
    assert TOKEN not in repr(access)


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ([f"Bearer {TOKEN}"], True),
        ([f"bearer  {TOKEN} "], True),
        ([], False),
        (["Bearer"], False),
        (["Bearer "], False),
        ([TOKEN], False),
        ([f"Basic {TOKEN}"], False),
        ([f"Bearer {TOKEN}x"], False),
        ([f"Bearer {TOKEN[:-1]}"], False),
        ([f"Bearer {TOKEN.upper()}"], False),
        ([f"Bearer {TOKEN}", f"Bearer {TOKEN}"], False),
        (["Bearer " + "x" * 30_000], False),
        (["Bearer \udcff\xff"], False),
    ],
)
def test_only_the_whole_token_in_one_header_is_admitted(headers: list[str], admitted: bool) -> None:
    assert Access(token=TOKEN).admits_token(headers) is admitted


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        ("127.0.0.1:8765", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8765", True),
        ("desk.example.org", True),
        ("desk.example.org:443", True),
        ("evil.example.org", False),
        ("desk.example.org.evil.test", False),
        ("localhost.evil.test:8765", False),
        ("192.0.2.9:8765", False),
        ("evil.test@localhost", False),
        ("localhost/evil.test", False),
        ("localhost:8765:evil", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_server_answers_to_its_own_names_only(host: str, admitted: bool) -> None:
    access = read_access(environment={}, **HERE, allowed_hosts=["Desk.example.org"])
    assert access.admits_host([host]) is admitted


def test_two_host_headers_and_none_name_nothing() -> None:
    assert not Access().admits_host(["localhost", "localhost"])
    assert not Access().admits_host([])


def test_server_that_listens_everywhere_answers_to_addresses_but_not_to_unknown_names() -> None:
    access = read_access(environment={"COPYDESK_HTTP_TOKEN": TOKEN}, **ELSEWHERE)
    assert access.admits_host(["192.0.2.9:8765"])
    assert access.admits_host(["[2001:db8::7]:8765"])
    assert not access.admits_host(["desk.example.org"])


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        ("http://localhost:6274", True),
        ("http://127.0.0.1", True),
        ("https://[::1]:3000", True),
        ("https://app.example.org", True),
        ("http://app.example.org", False),
        ("https://app.example.org:444", False),
        ("https://evil.test", False),
        ("http://localhost.evil.test", False),
        ("http://localhost:6274/evil.test", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_pages_of_this_machine_and_allowed_ones_may_ask(origin: str, admitted: bool) -> None:
    access = read_access(environment={}, **HERE, allowed_origins=["https://app.example.org"])
    assert access.admits_origin([origin]) is admitted


def test_what_is_no_page_sends_no_origin_and_may_ask() -> None:
    assert Access().admits_origin([])
    assert not Access().admits_origin(["http://localhost", "http://localhost"])


@pytest.mark.parametrize("name", ["https://desk.example.org", "desk.example.org/mcp", "*", "a b", "", "x:80", "-x"])
def test_allowed_host_that_is_no_name_is_refused(name: str) -> None:
    assert refused({}, **HERE, allowed_hosts=[name]).code == "invalid-host"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "https://*.example.org",
        "example.org",
        "https://x.org/path",
        "file:///x",
        "https://u@x.org",
        "https://[",
    ],
)
def test_allowed_origin_that_is_none_is_refused(origin: str) -> None:
    assert refused({}, **HERE, allowed_origins=[origin]).code == "invalid-origin"


def test_allowed_ipv6_address_may_be_written_with_its_brackets() -> None:
    access = read_access(environment={}, **HERE, allowed_hosts=["[2001:db8::7]"])
    assert access.admits_host(["[2001:db8::7]:8765"])
