"""The section on how to make the same files again."""

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell
from transitplan.report.parts import Section, Table
from transitplan.viz.text import Text, join

HASH_SHOWN = 12


def command_words(command: str, language: str = "en") -> Text:
    """Say which command makes the page again; without one, that a program made it."""
    if not command:
        return Text(
            "Made by a call from Python, not by the command line.",
            "由 Python 调用生成，而非命令行。",
        )
    whole = command if language == "en" else f"{command} --lang {language}"
    return Text(f"Run: {whole}", f"运行：{whole}")


def reproduce_section(assessment: Assessment, language: str = "en") -> Section:
    """Return the command, the versions and the hashes of everything that went in.

    language
        What the page shows first: the command asks for it too.
    """
    command = str(assessment.provenance.get("command", ""))
    body: list[list[Cell]] = [
        [".".join(path), _hash(str(value))]
        for path, value in _leaves(assessment.provenance, ())
        if path != ("command",)
    ]
    table = Table(
        Text("Inputs, parameters and versions", "输入、参数与版本"),
        [Text("What", "项目"), Text("Value or hash", "取值或哈希")],
        body,
        made=Text(
            "also in run.json; the same inputs give the same bytes",
            "同载于 run.json；相同输入得到逐字节相同的结果",
        ),
        words=frozenset({0, 1}),
        folded=True,
    )
    versions = assessment.provenance.get("versions")
    known = versions if isinstance(versions, Mapping) else {}
    said = [
        command_words(command, language),
        Text(
            f"Network {assessment.case.network.version}, base year {assessment.case.base_year}.",
            f"路网版本 {assessment.case.network.version}，基年 {assessment.case.base_year}。",
        ),
    ]
    if known:
        listed = join(f"{name} {value}" for name, value in known.items())
        said.append(Text(f"Software: {listed.en}.", f"软件：{listed.zh}。"))
    return Section(
        "reproduce",
        Text("How to reproduce", "如何重现"),
        Text("One command makes these files again.", "一条命令即可重新生成这些文件。"),
        [said, table],
    )


def _leaves(tree: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value of nested mappings and lists, with the way to it."""
    if isinstance(tree, Mapping):
        for key in sorted(tree, key=str):
            yield from _leaves(tree[key], (*path, str(key)))
    elif isinstance(tree, list | tuple):
        for place, value in enumerate(tree):
            yield from _leaves(value, (*path, str(place)))
    else:
        yield path, tree


def _hash(text: str) -> Cell:
    """Shorten a long hash; the whole one stands in the hover text."""
    if len(text) < 2 * HASH_SHOWN or " " in text:
        return text
    return Markup('<code title="{}">{}…</code>').format(text, text[:HASH_SHOWN])
