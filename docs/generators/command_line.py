"""The page of the command line, made of the commands themselves."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from transitplan.cli.main import app

_OPENING = """# Command line

Made from the commands themselves; `transitplan VERB --help` says the same. Tables go to standard output, progress and
what was written to standard error, so that `--json` can be piped. In a checkout that `make plan` has set up, the
command is `.venv/bin/transitplan`.

| exit code | meaning |
| --- | --- |
| 0 | done; of `diff`: the same |
| 1 | a check failed, versions differ, or an equilibrium did not converge |
| 2 | wrong input or usage: the message says what, where and what next |
| 70 | a fault of the program, with a traceback: please report it |
| 130 | ended by Ctrl-C; `view` ends with 0 |
"""


def page() -> str:
    """Return the page as Markdown, in the groups and the order of ``transitplan --help``."""
    root: Any = typer.main.get_command(app)
    by_group: dict[str, list[str]] = {}
    for name, verb in verbs(root, ""):
        group = root.commands[name.split()[0]].rich_help_panel
        by_group.setdefault(str(group or "Verbs"), []).append(_section(name, verb))
    groups = ("\n".join([f"## {group}\n", *texts]) for group, texts in by_group.items())
    return "\n".join([_OPENING, *groups])


def verbs(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Every command with its full name; groups stand for their commands."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, f"{before}{name} ")
        elif not command.hidden:
            yield f"{before}{name}", command


def _section(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join(_usage(each) for each in arguments)
    parts = [
        f"### {name}",
        _escaped(command.help),
        f"    transitplan {name} {usage}".rstrip() + (" [OPTIONS]" if options else ""),
        _table("argument", arguments),
        _table("option", options),
        _examples(command.epilog or ""),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _usage(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _table(what: str, parameters: list[Any]) -> str:
    rows = [
        f"| {_name(each)} | {_escaped(each.help or '')} | {_default(each)} |"
        for each in parameters
        if not each.hidden
    ]
    if not rows:
        return ""
    return "\n".join([f"| {what} | meaning | default |", "| --- | --- | --- |", *rows])


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return " ".join(f"`{text}`" for text in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    default = parameter.default() if callable(parameter.default) else parameter.default
    if parameter.required:
        return "required"
    if default is None or default is False or default in ("", [], ()):
        return ""
    return f"`{default}`"


def _examples(text: str) -> str:
    """Examples of a command as they stand in its help, and what is said after them."""
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    examples = [f"* {part.rstrip(';.')}" for part in parts if part.startswith("`")]
    said = [part for part in parts if not part.startswith(("`", "Example"))]
    return "\n\n".join(["\n".join(["**Examples**", "", *examples]) if examples else "", *said])


def _escaped(text: str) -> str:
    """Text for a cell: on one line, and no bar or tag in it."""
    line = " ".join(str(text).replace("\f", " ").split())
    return re.sub(r"([|<*_\[\]])", r"\\\1", line)


if __name__ == "__main__":
    print(page())
