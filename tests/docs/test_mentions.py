"""Every command, option and public name that a page mentions is there."""

import re
from pathlib import Path

import pytest
import typer

import transitplan as tp
from transitplan.cli.main import app

PAGES = [Path("README.md"), Path("CHANGELOG.md"), *sorted(Path("docs").glob("*.md"))]
COMMAND = re.compile(r"(?:`|^ {4,}|&& )transitplan ([a-z]+)([^`\n#]*)", re.MULTILINE)  # in code
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
NAME = re.compile(r"\btp\.([A-Za-z_]\w*)")


@pytest.fixture(scope="module")
def verbs():
    """Options by verb."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend("docs/generators")
        from command_line import verbs

        return {
            name: {"--help", *(text for each in command.params for text in each.opts)}
            for name, command in verbs(typer.main.get_command(app), "")
        }


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_and_options_are_there(page, verbs):
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for verb, rest in COMMAND.findall(text):
        longer = f"{verb} {rest.split()[0]}" if rest.split() else verb
        name = longer if longer in verbs else verb
        assert name in verbs or any(each.startswith(f"{verb} ") for each in verbs), (page, name)
        for option in OPTION.findall(rest.partition("&&")[0]):
            assert option in verbs.get(name, ()), f"{page}: transitplan {name} {option}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_public_names_are_there(page):
    named = set(NAME.findall(page.read_text(encoding="utf-8")))
    assert named <= set(tp.__all__), page
