"""The section on criteria: the tree with its weights, the scores, and where each form wins."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.scoring import Scores
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, ratio_cell
from transitplan.report.doubt import words_in_site
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette
from transitplan.viz.doubt_charts import Region, weight_triangle
from transitplan.viz.text import Text, finite, join, percent

DIGITS = 9  # of weights; what is left beyond them is nothing
INDENT = "\u2003"  # an em space a level


def criteria_section(assessment: Assessment, scores: Scores) -> Section:
    """Return the tree with its weights, the scores of each site, and its space of weights."""
    parts: list[Table | Figure | Text] = [_tree_table(scores)]
    for site in assessment.case.sites:
        parts += [
            _values_table(assessment, scores, site),
            _totals_table(assessment, scores, site),
            *_triangle(assessment, scores, site),
            _turn_words(scores, site),
        ]
    return Section(
        "criteria",
        Text("Beside money", "资金以外的准则"),
        Text(
            "Money stands among the criteria once. Weights are choices, not findings: read which "
            "weights make each form win. A preference of policy is one criterion with a weight of "
            "its own, and the result without it stands beside.",
            "资金在准则中只计一次。权重是选择而非结论，请看何种权重使哪种形式胜出。"
            "政策导向是一项单列权重的准则，不计该准则的结果并列于旁。",
        ),
        parts,
    )


def _tree_table(scores: Scores) -> Table:
    tree = scores.tree
    by_id = {row.criterion_id: row for row in names.records(tree)}
    ratios = [
        each.consistency_ratio for each in scores.criteria.hierarchy.values()
    ]  # of judgements, the top's too
    body: list[list[Cell]] = []
    for row in names.records(tree):
        depth = _depth(row, by_id)
        name = names.called(row)
        body.append(
            [
                Text(INDENT * depth + name.en, INDENT * depth + name.zh),
                percent(row.weight),
                _range(row),
                _ends(row),
                _marks(row),
            ]
        )
    judged = (
        Text(
            f"; weights from comparisons in pairs, consistency ratio {max(ratios):.2f} at most",
            f"；权重由两两比较得出，一致性比率不超过 {max(ratios):.2f}",
        )
        if ratios
        else Text("", "")
    )
    return Table(
        Text("What counts, and how much", "准则与权重"),
        [
            Text("Criterion", "准则"),
            Text("Weight", "权重"),
            Text("Range", "范围"),
            Text("Scores 0 → 1", "得分 0 → 1"),
            Text("Note", "备注"),
        ],
        body,
        made=Text("criteria.toml of the case", "案例的 criteria.toml") + judged,
        words=frozenset({3, 4}),
    )


def _depth(row: Any, by_id: dict[str, Any]) -> int:
    return 0 if not row.parent_id else 1 + _depth(by_id[row.parent_id], by_id)


def _range(row: Any) -> str:
    low, high = finite(row.low), finite(row.high)
    return "" if low is None or high is None else f"{low:g}–{high:g}"


def _ends(row: Any) -> Text | str:
    if not row.indicator:
        return ""
    worst, best = (names.quantity(end, row.unit) for end in (row.worst, row.best))
    return Text(f"{worst.en} → {best.en}", f"{worst.zh} → {best.zh}")


def _marks(row: Any) -> Text:
    marks = [
        words
        for words, marked in (
            (Text("money", "资金"), bool(row.monetised)),
            (Text("policy", "政策"), bool(row.policy)),
        )
        if marked
    ]
    return join([*marks, names.known(row.status)])


def _values_table(assessment: Assessment, scores: Scores, site: Site) -> Table:
    rows = scores.values[scores.values["site_id"] == site.site_id]
    options = list(dict.fromkeys(rows["option_id"]))
    cells = {(row.option_id, row.criterion_id): row for row in names.records(rows)}
    units = scores.tree.set_index("criterion_id")["unit"]
    body: list[list[Cell]] = []
    for leaf in scores.criteria.leaves:
        line: list[Cell] = [names.called(leaf)]
        for option in options:
            row = cells[option, leaf.criterion_id]
            shown = names.quantity(row.value, units[leaf.criterion_id] or "-")
            mark = "*" if row.beyond else ""
            line.append(shown + f" ({row.score:.2f}{mark})")
        body.append(line)
    return Table(
        Text(f"{site.name}: values and scores", f"{site.name_zh}：指标值与得分"),
        [Text("Criterion", "准则"), *(_option(assessment, option) for option in options)],
        body,
        made=Text(
            "score in brackets; * lies beyond an end of the scale and was cut",
            "括号内为得分；* 表示超出刻度端点，已截断",
        ),
    )


def _totals_table(assessment: Assessment, scores: Scores, site: Site) -> Table:
    rows = scores.totals[scores.totals["site_id"] == site.site_id]
    shares = scores.shares[scores.shares["site_id"] == site.site_id].set_index("option_id")
    body: list[list[Cell]] = []
    for row in names.records(rows):
        wins = shares.loc[row.option_id]
        body.append(
            [
                _option(assessment, row.option_id),
                _ranked(row.weighted_sum, row.weighted_sum_rank),
                _ranked(row.topsis, row.topsis_rank),
                _ranked(row.weighted_sum_without_policy, row.weighted_sum_rank_without_policy),
                _ranked(row.topsis_without_policy, row.topsis_rank_without_policy),
                percent(wins["within_ranges"]),
                percent(wins["of_all_weights"]),
            ]
        )
    return Table(
        Text(f"{site.name}: which form wins", f"{site.name_zh}：哪种形式胜出"),
        [
            Text("Option", "方案"),
            Text("Weighted sum", "加权和"),
            Text("TOPSIS", "TOPSIS"),
            Text("Sum without policy", "加权和（不计政策）"),
            Text("TOPSIS without policy", "TOPSIS（不计政策）"),
            Text("Wins within ranges", "在权重范围内胜出"),
            Text("Wins in all weights", "在全部权重中胜出"),
        ],
        body,
        made=Text(
            "rank in brackets; shares of the weights of the top branches with which the option has "
            "the highest sum",
            "括号内为名次；最后两列为该方案加权和最高的顶层权重组合所占比例",
        ),
    )


def _ranked(value: float, rank: int) -> Cell:
    return ratio_cell(value) + f" ({rank})"


def _triangle(assessment: Assessment, scores: Scores, site: Site) -> list[Figure]:
    rows = scores.regions[scores.regions["site_id"] == site.site_id]
    if rows.empty:
        return []
    three = [str(rows[f"criterion_{which}"].iloc[0]) for which in "abc"]
    tops = {each.criterion_id: each for each in scores.criteria.children()}
    named = {name: names.called(tops[name]) for name in three}
    weights = np.array([scores.criteria.weight(tops[name]) for name in three])
    regions = [
        _region(assessment, str(option), group) for option, group in rows.groupby("option_id")
    ]
    title = Text(f"{site.name}: where each form wins", f"{site.name_zh}：各形式胜出的权重区域")
    left = 1.0 - float(weights.sum())
    others = Text(
        f" The other criteria keep their {percent(left)}.",
        f"其余准则的权重 {percent(left)} 保持不变。",
    )
    return [
        Figure(
            title,
            weight_triangle(
                regions, [named[name] for name in three], weights / weights.sum(), title=title
            ),
            Text(
                "Each corner gives all weight to its criterion; small dots mark quarters along the "
                "sides; the black dot is today's weights.",
                "每个角表示全部权重给予该准则；边上小点为四分位；黑点为现用权重。",
            )
            + (others if round(left, DIGITS) else Text("", "")),
            half=True,
        )
    ]


def _region(assessment: Assessment, option: str, rows: pd.DataFrame) -> Region:
    corners = rows.sort_values("corner")[["weight_a", "weight_b", "weight_c"]].to_numpy(dtype=float)
    share = float(rows["share"].iloc[0])
    form = names.option_form(assessment, option)
    name = _option(assessment, option) + f" {percent(share)}"
    return Region(name, corners / corners.sum(axis=1, keepdims=True), palette.form_colour(form))


def _turn_words(scores: Scores, site: Site) -> Text:
    """Return the least shift of weight that turns the winner, and where the policy would."""
    called = {each.criterion_id: names.called(each) for each in scores.criteria.criteria}
    moves = scores.moves[scores.moves["site_id"] == site.site_id]
    said = Text(
        f"{site.name}: no weights of the top criteria turn the winner.",
        f"{site.name_zh}：任何顶层权重均不改变胜出方案。",
    )
    for row in names.records(moves):
        source, target = (_listed(ids, called) for ids in (row.from_id, row.to_id))
        then = names.form(str(row.winner_then))
        said = Text(
            f"{site.name}: moving {percent(row.share, 1)} of the weight from {source.en} to "
            f"{target.en} is the least that turns the winner, to {_named(then, row).en}.",
            f"{site.name_zh}：将 {percent(row.share, 1)} 的权重由{source.zh}移至{target.zh}"
            f"即可改变胜出方案（改为{_named(then, row).zh}），这是最小的变动。",
        )
    policies = {each.criterion_id for each in scores.criteria.leaves if each.policy}
    turns = scores.turns[scores.turns["site_id"] == site.site_id]
    for row in names.records(turns[turns["criterion_id"].isin(policies)]):
        then = names.form(str(row.winner_then))
        said += Text(
            f" With {percent(row.turns_at)} of the weight on “{called[row.criterion_id].en}” "
            f"(today {percent(row.weight)}) it would be {_named(then, row).en}.",
            f"“{called[row.criterion_id].zh}”权重为 {percent(row.turns_at)}"
            f"（现为 {percent(row.weight)}）时为{_named(then, row).zh}。",
        )
    return said


def _named(form: Text, row: Any) -> Text:
    return Text(form.en if row.winner_then == NONE else f"the {form.en}", form.zh)


def _listed(ids: str, called: dict[str, Text]) -> Text:
    return join([Text("“", "“") + called[name] + "”" for name in ids.split(", ")])


def _option(assessment: Assessment, option: str) -> Text:
    return names.capital(words_in_site(assessment, option))
