"""The pages of ``transitplan view``: the list of runs, and two of them side by side."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from transitplan.report.cells import Cell, minutes_cell, money_cell, people_cell, ratio_cell
from transitplan.report.frame import environment, framed
from transitplan.report.parts import Section, Table
from transitplan.report.runs import Moved, Run, inputs_between, moved_between
from transitplan.viz.text import NOTHING, Text, finite

TITLE = Text("Runs of transitplan", "transitplan 运行结果")
FOOTER = Text("Shown from this computer.", "由本机显示。")
FILES = "files/"  # where the server has the files of the folder
NONE = "none"
MOST = 20  # rows of a long table
SAME_SHARE = 1e-3  # as in results.diff, which takes seconds to import


def runs_page(runs: Sequence[Run], *, language: str = "en") -> str:
    """Return the page that lists the runs, the newest first."""
    head = (
        Text("Run", "运行"),
        Text("Written", "写入时间"),
        Text("Case", "案例"),
        Text("Years", "年份"),
        Text("Best of each site, net present value", "各桥位最优方案及净现值"),
        Text("Worst gap", "最差间隙"),
        Text("Files", "文件"),
    )
    rows = [
        (
            run.name,
            f"{run.written:%Y-%m-%d %H:%M}",
            _case(run),
            _years(run),
            _best(run),
            _gap(run),
            _links(run),
        )
        for run in runs
    ]
    table = Table(
        Text("Key numbers and files", "关键指标与文件"),
        head,
        rows,
        words=frozenset({1, 2, 3, 4, 6}),
    )
    problems = [f"{run.name}: {text}" for run in runs for text in run.problems]
    parts: list[Any] = [table]
    if problems:
        parts.append(Text("Records that cannot be read:", "无法读取的记录："))
        parts.append([Text(each, each) for each in problems])
    many = f"{len(runs)} runs, the newest first." if len(runs) > 1 else "One run."
    lead = Text(many, f"共 {len(runs)} 次运行，最新者在先。" if len(runs) > 1 else "一次运行。")
    return _page(
        [Section("runs", Text("All runs", "全部运行"), lead, parts)], runs, language, home=False
    )


def comparison_page(runs: Sequence[Run], before: Run, after: Run, *, language: str = "en") -> str:
    """Return the page that holds the numbers of one run against those of another."""
    sections = [
        Section(
            "both",
            Text(f"{before.name} and {after.name}", f"{before.name} 与 {after.name}"),
            Text("Change: the second less the first.", "变化：后者减前者。"),
            [_sides(before, after), *_inputs(before, after)],
        ),
        _options(before, after),
        _access(before, after),
    ]
    chosen = (before.name, after.name)
    return _page(sections, runs, language, home=True, chosen=chosen)


def _page(
    sections: Sequence[Section],
    runs: Sequence[Run],
    language: str,
    *,
    home: bool,
    chosen: tuple[str, str] | None = None,
) -> str:
    names = [run.name for run in runs]
    return framed(
        environment().get_template("runs.html.j2"),
        TITLE,
        language,
        footer=FOOTER,
        sections=sections,
        names=names,
        before=chosen[0] if chosen else names[-1],
        after=chosen[1] if chosen else names[0],
        home=home,
    )


def _case(run: Run) -> Text:
    name = str(run.fact("case", "name") or NOTHING)
    return Text(name, str(run.fact("case", "name_zh") or name))


def _years(run: Run) -> str:
    years = run.fact("case", "years")
    if isinstance(years, list):
        return ", ".join(str(year) for year in years)
    return str(run.fact("case", "base_year") or NOTHING)


def _best(run: Run) -> Cell:
    """Return the option of each site that is worth most, or the best plan of a programme."""
    best: dict[str, dict[str, Any]] = {}
    for row in run.rows("options"):
        value, site = finite(row.get("npv_cny")), str(row.get("site") or "")
        if site and value is not None and value > (finite(best.get(site, {}).get("npv_cny")) or 0):
            best[site] = row
    titles = _titles(run, "options")
    sites = dict.fromkeys(str(row.get("site")) for row in run.rows("options") if row.get("site"))
    told = [
        Markup("{}: {}").format(titles[str(best[site]["id"])], money_cell(best[site]["npv_cny"]))
        if site in best
        else Markup("{}: {}").format(site, Text("nothing", "不建"))
        for site in sites
    ]
    plan = run.fact("best_plan")
    if plan:
        told.append(Markup("{}: {}").format(Text("programme", "建设计划"), str(plan)))
    return Markup("<br>").join(told) if told else NOTHING


def _gap(run: Run) -> str:
    gaps = [finite(row.get("relative_gap")) for row in run.rows("gaps")]
    known = [gap for gap in gaps if gap is not None]
    return f"{max(known):.0e}" if known else NOTHING


def _links(run: Run) -> Markup:
    folder = "" if run.name == "." else f"{quote(run.name)}/"
    return Markup(", ").join(
        Markup('<a class="ours" href="{}">{}</a>').format(f"{FILES}{folder}{quote(name)}", name)
        for name in run.files
    )


def _sides(before: Run, after: Run) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (Text("Case", "案例"), _case(before), _case(after)),
        (Text("Years", "年份"), _years(before), _years(after)),
        (
            Text("Written", "写入时间"),
            *(f"{run.written:%Y-%m-%d %H:%M}" for run in (before, after)),
        ),
        (
            Text("Version of the network", "路网版本"),
            *(str(run.fact("case", "network_version") or NOTHING) for run in (before, after)),
        ),
        (Text("Best of each site", "各桥位最优方案"), _best(before), _best(after)),
        (Text("Worst gap", "最差间隙"), _gap(before), _gap(after)),
        (Text("Files", "文件"), _links(before), _links(after)),
    ]
    head = ("", before.name, after.name)
    return Table(Text("Both runs", "两次运行"), head, rows, words=frozenset({1, 2}))


def _inputs(before: Run, after: Run) -> list[Any]:
    found = inputs_between(before, after)
    told = [
        *(Text(f"{name}: differs", f"{name}：不同") for name in found.changed),
        *(
            Text(f"{name}: only {before.name}", f"{name}：仅 {before.name}")
            for name in found.only_before
        ),
        *(
            Text(f"{name}: only {after.name}", f"{name}：仅 {after.name}")
            for name in found.only_after
        ),
    ]
    if not told:
        return [Text("The inputs of both are the same.", "两次运行的输入相同。")]
    return [Text("Inputs that differ:", "不同的输入："), told]


def _options(before: Run, after: Run) -> Section:
    """Money once an option, traffic by year."""
    titles = _titles(before, "options") | _titles(after, "options")
    money: list[Sequence[Cell]] = [
        (titles[each.labels[0]], WORDS[name], *_numbers(each, write))
        for name, write in MONEY.items()
        for each in moved_between(before, after, "options", ("id",), name)
        if each.labels[0] != NONE
    ]
    traffic: list[Sequence[Cell]] = [
        (titles[each.labels[0]], each.labels[1], WORDS[name], *_numbers(each, write))
        for name, write in TRAFFIC.items()
        for each in moved_between(before, after, "options", ("id", "year"), name)
        if each.labels[0] != NONE
    ]
    sides = (before.name, after.name, Text("Change", "变化"))
    what, option = Text("What", "指标"), Text("Option", "方案")
    tables = [
        Table(
            Text("Money", "资金"),
            (option, what, *sides),
            sorted(money, key=_label),
            words=frozenset({1}),
        ),
        Table(
            Text("Traffic by year", "各年交通"),
            (option, Text("Year", "年份"), what, *sides),
            sorted(traffic, key=_label),
            words=frozenset({1, 2}),
        ),
    ]
    return Section(
        "options", Text("Options", "方案"), Text("", ""), [each for each in tables if each.rows]
    )


WORDS = {
    "npv_cny": Text("net present value", "净现值"),
    "capital_cost_cny": Text("capital cost", "建设投资"),
    "bcr": Text("benefit–cost ratio", "效益费用比"),
    "daily_vehicles": Text("vehicles a day, veh/day", "日交通量，辆/日"),
    "user_benefit_cny": Text("user benefit a year", "年用户效益"),
}
MONEY = {"npv_cny": money_cell, "capital_cost_cny": money_cell, "bcr": ratio_cell}
TRAFFIC = {
    "daily_vehicles": partial(people_cell, unit="veh/day"),
    "user_benefit_cny": partial(money_cell, unit="CNY/year"),
}


def _label(row: Sequence[Cell]) -> str:
    return row[0].en if isinstance(row[0], Text) else str(row[0])


def _access(before: Run, after: Run) -> Section:
    """Minutes of the peak between places, those that moved most first."""
    keys = ("option_id", "year", "origin_id", "destination_id")
    every = moved_between(before, after, "access", keys, "peak_min")
    moved = sorted((each for each in every if _moved(each)), key=_size, reverse=True)
    lead = Text(
        f"{len(moved)} of {len(every)} times moved by more than {SAME_SHARE:.1%}.",
        f"{len(every)} 个时间中有 {len(moved)} 个变动超过 {SAME_SHARE:.1%}。",
    )
    head = (
        Text("Option", "方案"),
        Text("Year", "年份"),
        Text("From", "起点"),
        Text("To", "终点"),
        before.name,
        after.name,
        Text("Change", "变化"),
    )
    places = _titles(before, "clusters") | _titles(after, "clusters")
    options = _titles(before, "options") | _titles(after, "options")
    rows = [
        (
            options.get(each.labels[0], each.labels[0]),
            each.labels[1],
            *(places.get(place, place) for place in each.labels[2:]),
            *_numbers(each, minutes_cell),
        )
        for each in moved[:MOST]
    ]
    title = Text("Minutes in the peak, the most moved first", "高峰时间（分钟），变动最大者在先")
    table = Table(title, head, rows, words=frozenset({1, 2, 3}))
    return Section("access", Text("Access", "可达性"), lead, [table] if rows else [])


def _titles(run: Run, table: str) -> dict[str, Text]:
    """Names that the record has for clusters and hubs, or for options, by id."""
    return {
        str(row.get("id")): Text(
            str(row.get("name") or row.get("id")),
            str(row.get("name_zh") or row.get("name") or row.get("id")),
        )
        for row in run.rows(table)
    }


def _moved(each: Moved) -> bool:
    if each.before is None or each.after is None:
        return each.before is not each.after
    return abs(each.after - each.before) > SAME_SHARE * max(abs(each.before), abs(each.after))


def _size(each: Moved) -> float:
    return float("inf") if each.change is None else abs(each.change)


def _numbers(each: Moved, write: Any) -> tuple[Cell, Cell, Cell]:
    shown = [NOTHING if value is None else write(value) for value in (each.before, each.after)]
    if each.change is None:
        return shown[0], shown[1], NOTHING
    return shown[0], shown[1], write(each.change) if _moved(each) else Text("same", "相同")
