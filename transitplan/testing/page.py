"""The page of a run: what moved against which baseline, and why; both languages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transitplan.io.text import write_whole
from transitplan.report.frame import environment, framed
from transitplan.report.parts import Section, Table
from transitplan.viz.text import Text, join

TITLE = Text("Regression tests of networks", "路网回归检验")
FOOTER = Text(
    "Baselines are regression baselines: what the program found before, not what is true.",
    "基准为回归基准：是程序此前的结果，不代表真实值。",
)
STATUSES = {
    "moved": Text("moved", "有变动"),
    "missing": Text("no baseline", "缺少基准"),
    "broken": Text("baseline cannot be read", "基准无法读取"),
    "written": Text("baseline written", "已写入基准"),
    "changed": Text("baseline written anew", "已更新基准"),
    "same": Text("the same", "无变动"),
}
TEMPLATE = """\
{% extends "frame.html.j2" %}
{% from "parts.html.j2" import whole with context %}
{% block main %}
{% for section in sections %}
{{ whole(section) }}
{% endfor %}
{% endblock %}
"""


def write_page(records: Sequence[Mapping[str, Any]], orphans: Sequence[str], path: Path) -> Path:
    """Write the page; the same bytes for the same records."""
    listed = [(number, each) for number, each in enumerate(records, 1) if each["status"] != "same"]
    sections = [_overview(records, orphans), *(_test(number, each) for number, each in listed)]
    html = framed(
        environment().from_string(TEMPLATE), TITLE, "en", sections=sections, footer=FOOTER
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda part: part.write_text(html, encoding="utf-8"))


def _overview(records: Sequence[Mapping[str, Any]], orphans: Sequence[str]) -> Section:
    counts = Counter(each["status"] for each in records)
    lead = join(
        Text(f"{status.en}: {counts[name]}", f"{status.zh}：{counts[name]}")
        for name, status in STATUSES.items()
        if counts[name]
    )
    rows = [
        (
            each["test"],
            STATUSES[each["status"]],
            f"{sum(each['moved'].values()):,}",
            f"{sum(each['checked'].values()):,}",
            f"{each['changed']:,}",
            each["folder"],
        )
        for each in records
    ]
    head = (
        Text("Test", "检验"),
        Text("Result", "结果"),
        Text("Moved", "变动数"),
        Text("Rows checked", "检查行数"),
        Text("Inputs changed", "输入变更数"),
        Text("Baseline", "基准"),
    )
    table = Table(Text("Tests", "检验"), head, rows, words=frozenset({1, 5}))
    parts: list[Any] = [table]
    if orphans:
        parts.append(Text("Baselines that no test uses:", "没有检验使用的基准："))
        parts.append([Text(each, each) for each in orphans])
    return Section("overview", Text("Overview", "总览"), lead, parts)


def _test(number: int, record: Mapping[str, Any]) -> Section:
    parts: list[Any] = []
    if record["notes"]:
        parts.append([Text(each, each) for each in record["notes"]])
    if record["changes"]:
        parts.append(_changes(record))
    if record["moves"]:
        parts.append(_moves(record))
    test = str(record["test"])
    return Section(f"test-{number}", Text(test, test), STATUSES[record["status"]], parts)


def _changes(record: Mapping[str, Any]) -> Table:
    head = (Text("Input", "输入"), Text("Card", "变更卡"))
    rows = [(each["what"], each["card"] or "–") for each in record["changes"]]
    return Table(
        Text("Inputs that changed since the baseline", "自基准以来变更的输入"),
        head,
        rows,
        made=Text("those nearest to what moved first", "离变动最近者在先"),
        words=frozenset({1}),
    )


def _moves(record: Mapping[str, Any]) -> Table:
    head = (
        Text("Table", "表"),
        Text("Row", "行"),
        Text("Column", "列"),
        Text("Baseline", "基准"),
        Text("Now", "现在"),
        Text("Change", "变化"),
        Text("Allowed", "容差"),
    )
    names = ("table", "what", "column", "old", "new", "change", "allowed")
    rows = [[str(each[name]) for name in names] for each in record["moves"]]
    total = sum(record["moved"].values())
    left = Text(f", the first {len(rows)} of {total}", f"，共 {total} 项，列出 {len(rows)} 项")
    return Table(
        Text("What moved", "变动"),
        head,
        rows,
        made=Text("furthest beyond its tolerance first", "超出容差最多者在先")
        + (left if total > len(rows) else ""),
        words=frozenset({1, 2}),
    )
