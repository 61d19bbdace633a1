"""Beginning a site from the terminal, and what makes the terminal comfortable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk.content.definition.loader import load_site
from copydesk.content.definition.starter import STARTER_PAGES
from copydesk.content.settings import load_settings
from copydesk.server.cli.commands import COMMANDS
from tests.interaction.cli_runner import Cli, cli_in

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return cli_in(tmp_path, monkeypatch)


def test_init_makes_a_site_that_loads_with_what_was_given(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "init", "bakery", "--title", 'Rye & "Shine"', "--description", "A bakery: six breads # daily",
        "--url", "https://rye.example", "--voice", "{warm}, plain", "--json",
    )  # fmt: skip
    assert done.code == 0, done.out
    site = load_site(tmp_path / "bakery" / "site.yaml").site
    assert (site.id, site.title, site.description) == ("rye-and-shine", 'Rye & "Shine"', "A bakery: six breads # daily")
    assert (site.url, site.voice) == ("https://rye.example", "{warm}, plain")
    assert done.answer["pages"] == ["home", "about", "services", "contact"]


def test_init_in_a_pipe_asks_nothing_and_names_the_site_after_its_folder(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", "corner-shop").code == 0
    site = load_site(tmp_path / "corner-shop" / "site.yaml").site
    assert site.title == "Corner Shop"
    assert load_settings(tmp_path / "corner-shop" / "copydesk.toml").origins.keys() <= {"flag"}


def test_site_of_init_is_written_whole_by_the_first_command(cli: Cli) -> None:
    cli("init", "shop", "--pages", ",".join([*STARTER_PAGES, "blog", "open_jobs"]))
    receipt = cli("generate", "--all", "--project", "shop", "--json")
    assert receipt.code == 0, receipt.out
    assert receipt.answer["outcome"] == "ok"
    assert cli("doctor", "--project", "shop").code == 0


def test_init_never_overwrites_a_site(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("mine", encoding="utf-8")
    done = cli("init", "--json")
    assert done.code == 2
    assert done.error == "site-exists"
    assert (tmp_path / "site.yaml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "copydesk.toml").exists()


@pytest.mark.parametrize(("pages", "shown"), [("about,home", "show home "), ("about,faq", "show about ")])
def test_init_suggests_to_look_at_a_page_that_is_there(cli: Cli, pages: str, shown: str) -> None:
    assert shown in cli("init", "shop", "--pages", pages).out


def test_init_tells_where_the_site_is_without_detours(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    made = cli("init", "here/../shop", "--json").answer
    assert made["siteFile"] == str(tmp_path.resolve() / "shop" / "site.yaml")


def test_init_keeps_settings_that_are_there(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("concurrency = 3\n", encoding="utf-8")
    cli("init")
    assert (tmp_path / "copydesk.toml").read_text(encoding="utf-8") == "concurrency = 3\n"


@pytest.mark.parametrize("pages", ["Über uns!", "home,a/b", ",", "home,con", "nul.x", "home."])
def test_page_names_that_cannot_be_are_refused_and_nothing_is_made(cli: Cli, tmp_path: Path, pages: str) -> None:
    done = cli("init", "shop", "--pages", pages, "--json")
    assert done.code == 2
    assert not (tmp_path / "shop").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_init_asks_where_somebody_can_answer(tmp_path: Path) -> None:
    import pty  # noqa: PLC0415 - not on Windows

    main, terminal = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    command = [sys.executable, "-m", "copydesk", "init", "shop"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment | {"TERM": "xterm"}, stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        os.write(main, b"Tern Bicycles\nA workshop by the sea\n\n\nhome,contact\n")
        assert process.wait(SECONDS) == 0
    said = os.read(main, 65536).decode()
    os.close(main)
    assert "What is the site called? [Shop]" in said
    site = load_site(tmp_path / "shop" / "site.yaml").site
    assert (site.title, site.description) == ("Tern Bicycles", "A workshop by the sea")
    assert [route.id for route in site.routes] == ["home", "contact"]


def completed(cli: Cli, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """What the TAB key offers behind these words, the last of which is being typed."""
    with monkeypatch.context() as shell:
        shell.setenv("_COPYDESK_COMPLETE", "bash_complete")
        shell.setenv("COMP_WORDS", " ".join(["copydesk", *words]))
        shell.setenv("COMP_CWORD", str(len(words)))
        return [line.partition(",")[2] for line in cli().out.splitlines() if line]


def test_tab_completes_commands_pages_sections_and_profiles(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("init")
    assert completed(cli, monkeypatch, "re") == [name for name in COMMANDS if name.startswith("re")]
    assert completed(cli, monkeypatch, "generate", "ho") == ["home"]
    assert completed(cli, monkeypatch, "promote", "/ab") == ["/about"]
    assert completed(cli, monkeypatch, "edit", "home/h") == ["home/hero"]
    assert completed(cli, monkeypatch, "diff", "--section", "about/s") == ["about/story", "about/seo"]
    assert completed(cli, monkeypatch, "export", "--profile", "h") == ["hugo"]


@pytest.mark.parametrize("site", [None, b"routes: [{id: 1", b"routes: 7", b"\xff\xfe", b"routes: [3, {sections: 4}]"])
def test_tab_never_complains_about_the_site(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: bytes | None
) -> None:
    if site is not None:
        (tmp_path / "site.yaml").write_bytes(site)
    assert completed(cli, monkeypatch, "generate", "ho") == []
    assert completed(cli, monkeypatch, "edit", "home/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_a_shell(cli: Cli, shell: str) -> None:
    script = cli("completion", shell).out
    assert f"_COPYDESK_COMPLETE={shell}_complete" in script
    assert cli("completion", shell, "--json").answer["script"].strip() == script.strip()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_script_is_good_for_bash(cli: Cli) -> None:
    checked = subprocess.run(
        ["bash", "-n"],  # noqa: S607 - whichever bash there is
        input=cli("completion", "bash").out, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_completion_takes_the_shell_in_use(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert cli("completion", "--json").answer["shell"] == "fish"
    monkeypatch.setenv("SHELL", "/bin/nosh")
    assert cli("completion", "--json").code == 2


def test_model_that_is_there_is_not_fetched_again(cli: Cli, with_local_model: Path) -> None:
    answer = cli("model", "fetch", "--json").answer
    assert answer["path"] == str(with_local_model)
    assert answer["fetched"] is False
