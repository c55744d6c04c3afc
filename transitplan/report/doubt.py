"""The section on doubt: how often each option is best, what that hangs on, what would turn it."""

import numpy as np
import pandas as pd
from markupsafe import Markup

from transitplan.appraisal.doubt import Doubt
from transitplan.appraisal.emulator import Emulator
from transitplan.appraisal.uncertain import label_of
from transitplan.report import names
from transitplan.report.answer import NO_TURN, turning_points
from transitplan.report.assessment import Assessment
from transitplan.report.catalog import SHEETS
from transitplan.report.cells import Cell, money_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, densities
from transitplan.viz.doubt_charts import Share, Swing, tornado, variance_shares
from transitplan.viz.text import (
    NOTHING,
    Text,
    amounts,
    as_text,
    finite,
    hover,
    percent,
    plain,
    sure,
)

BARS = 12  # of a tornado
LEAST_WIDTH = 0.01  # of the widest bar: narrower ones are not drawn


def doubt_section(assessment: Assessment, doubt: Doubt | None = None) -> Section:
    """How often each option is best, what that hangs on, and every value that would turn it.

    Parameters
    ----------
    doubt
        What was explored, as ``appraisal.doubt.explore_doubt`` found it; without it only the draws
        and the switching values of the assessment are shown.
    """
    lead = Text(
        "The chance that a form is best follows from the ranges in the assumptions; what is "
        "not in the table of assumptions was held fixed.",
        "最优概率取决于假设表中的取值范围；未列入假设表的因素保持不变。",
    )
    parts: list[Table | Figure | Text] = [_best_table(assessment)]
    if doubt is not None:
        parts.append(_summary_table(assessment, doubt))
        for site in assessment.case.sites:
            parts += _site_figures(assessment, doubt, site)
    parts.append(_switching_table(assessment))
    if doubt is not None and doubt.emulator is not None:
        lead = lead + _emulator_words(doubt.emulator)
        parts.append(_emulator_table(assessment, doubt.emulator))
    return Section("doubt", Text("Doubt", "不确定性"), lead, parts)


def _best_table(assessment: Assessment) -> Table:
    rows = assessment.appraisal
    body: list[list[Cell]] = []
    for site in assessment.case.sites:
        own = rows[rows["site_id"] == site.site_id].set_index("form")["probability_best"]
        own = own.groupby(level=0).sum()
        body.append(
            [
                names.called(site),
                *(_bar(form, own.get(form)) for form in (NONE, "bridge", "tunnel")),
            ]
        )
    return Table(
        Text(
            f"Share of {len(assessment.draws):,} draws in which each form is best at its site",
            f"{len(assessment.draws):,} 次抽样中各形式在本桥位最优的比例",
        ),
        [
            Text("Site", "桥位"),
            *(names.form_title(form) for form in (NONE, "bridge", "tunnel")),
        ],
        body,
        sheet="appraisal",
        made=SHEETS["draws"].made,
    )


def _switching_table(assessment: Assessment) -> Table:
    turns: list[list[Cell]] = [
        [names.called(site), words]
        for site in assessment.case.sites
        for words in turning_points(assessment, site.site_id) or [NO_TURN]
    ]
    return Table(
        Text("What would turn the answer, nearest first", "什么会改变结论（由近及远）"),
        [Text("Site", "桥位"), Text("One parameter moved alone", "单独变动一个参数")],
        turns,
        sheet="switching",
        words=frozenset({1}),
    )


def _summary_table(assessment: Assessment, doubt: Doubt) -> Table:
    body: list[list[Cell]] = []
    for row in names.records(doubt.summary):
        site = next(site for site in assessment.case.sites if site.site_id == row.site_id)
        error = max(row.probability_best_error, 0.5 / len(doubt.draws))
        name = names.option(assessment.case, row.option_id)
        if row.option_id == NONE:
            name = Text(
                f"{site.name}: {names.FORMS[NONE].en}", f"{site.name_zh}：{names.FORMS[NONE].zh}"
            )
        body.append(
            [
                name,
                money_cell(row.mean_cny),
                amounts([row.p05_cny, row.p95_cny]),
                money_cell(row.p50_cny),
                hover(
                    f"{sure(row.probability_best)} ± {plain(error * 100, 1)}",
                    row.probability_best,
                ),
                money_cell(row.expected_regret_cny),
            ]
        )
    return Table(
        Text(
            "Net value over all draws, and what a wrong choice would cost",
            "抽样净现值与决策失误代价",
        ),
        [
            Text("Option", "方案"),
            Text("Mean", "均值"),
            Text("5–95 %", "5–95 %"),
            Text("Median", "中位数"),
            Text("Best in [%]", "最优概率 [%]"),
            Text("Expected regret", "期望后悔值"),
        ],
        body,
        made=Text(
            "common draws in independent batches; ± is the standard error by the scatter of the "
            "batches; regret is what the best option of a draw is worth more, mean over draws",
            "各方案共用分批独立抽样；± 为各批结果离散度给出的标准误；"
            "后悔值为每次抽样中与最优方案净现值之差的均值",
        ),
    )


def _site_figures(assessment: Assessment, doubt: Doubt, site: Site) -> list[Table | Figure | Text]:
    """Return a site's difference of its two best options: hill, tornado and shares of variance."""
    rows = doubt.tornado[doubt.tornado["site_id"] == site.site_id]
    if rows.empty:
        return []
    best, second = str(rows["option_id"].iloc[0]), str(rows["against_id"].iloc[0])
    ahead = _ahead(assessment, best, second)
    pair = rows[(rows["option_id"] == best) & (rows["against_id"] == second)]
    figures: list[Table | Figure | Text] = [
        _hill(assessment, doubt, site, (best, second), ahead),
        _tornado(site, pair, ahead),
    ]
    shares = doubt.sobol[doubt.sobol["site_id"] == site.site_id]
    return figures if shares.empty else [*figures, _variance(site, shares, ahead)]


def _ahead(assessment: Assessment, best: str, second: str) -> Text:
    """Name what the best option is worth more than the second best, or than nothing."""
    one, other = (words_in_site(assessment, option) for option in (best, second))
    return Text(f"Net value of {one.en} less that of {other.en}", f"{one.zh}与{other.zh}净现值之差")


def words_in_site(assessment: Assessment, option: str) -> Text:
    """Name an option among those of its site: by its form, or its label if two have that form."""
    site, form = names.site_of(assessment, option), names.option_form(assessment, option)
    label = form if site is None else label_of(site, option)
    return names.form(form) if label == form else as_text(label.replace("_", " "))


def _hill(
    assessment: Assessment, doubt: Doubt, site: Site, pair: tuple[str, str], ahead: Text
) -> Figure:
    gap = (doubt.draws[pair[0]] - doubt.draws[pair[1]]).to_numpy(dtype=float)
    form = names.option_form(assessment, pair[0])
    first = float(np.mean(gap > 0))
    return Figure(
        Text(f"{site.name}: the two best options", f"{site.name_zh}：最优的两个方案"),
        densities(
            [
                Series(
                    names.capital(words_in_site(assessment, pair[0])),
                    gap,
                    palette.form_colour(form),
                    dashed=form == "tunnel",
                    note=Text(f"ahead in {sure(first)}", f"{sure(first)} 领先"),
                )
            ],
            unit=MONEY,
            axis=ahead,
            zero=Text("equal", "相等"),
        ),
        Text(
            "Bar: 5–95 %; upright: median. Tables: tables.xlsx, sheet draws.",
            "横条：5–95 %；竖线：中位数。数据：tables.xlsx，draws 表。",
        ),
        half=True,
    )


def _tornado(site: Site, rows: pd.DataFrame, ahead: Text) -> Figure:
    shown = rows[rows["width_cny"] >= LEAST_WIDTH * rows["width_cny"].max()].head(BARS)
    swings = [
        Swing(
            names.capital(names.called(row))
            + (Text(" (a rule)", "（规则）") if row.rule else Text("", "")),
            names.quantity(row.low, row.unit),
            names.quantity(row.high, row.unit),
            row.at_low_cny,
            row.at_high_cny,
        )
        for row in names.records(shown)
    ]
    return Figure(
        Text(f"{site.name}: which assumption matters", f"{site.name_zh}：哪些假设最关键"),
        tornado(
            swings,
            float(rows["at_today_cny"].iloc[0]),
            unit=MONEY,
            axis=ahead,
            zero=Text("equal", "相等"),
        ),
        Text(
            "Each assumption alone from its low (light) to its high (dark), all others as today "
            f"(upright); {len(rows) - len(shown)} narrower ones are left out. Rules are moved here "
            "but not drawn.",
            "每次单独将一个假设由下限（浅色）变到上限（深色），其余不变（竖线）；"
            f"另有 {len(rows) - len(shown)} 个影响较小者未列。规则类参数只在此变动，不参与抽样。",
        ),
    )


def _variance(site: Site, rows: pd.DataFrame, ahead: Text) -> Figure:
    shares = [
        Share(names.capital(names.called(row)), row.first, row.total, row.total_error)
        for row in names.records(rows)
    ]
    return Figure(
        Text(f"{site.name}: where the doubt comes from", f"{site.name_zh}：不确定性从何而来"),
        variance_shares(shares, axis=Text("Share of the variance", "方差占比")),
        Text(
            f"{ahead.en}: Sobol indices. Dark: alone; light: with all that it does together with "
            "others; line: 95 % interval of the whole.",
            f"{ahead.zh}的 Sobol 指数。深色：单独作用；浅色：含与其他因素的交互；"
            "横线：总指数的 95 % 区间。",
        ),
    )


def _emulator_words(emulator: Emulator) -> Text:
    worst = finite(emulator.errors["error_share"].max())
    shown = percent(worst) if worst is not None else NOTHING
    return Text(
        f" Traffic was assigned in a designed set of worlds ({emulator.n_equilibria:,} equilibria) "
        "that scale trips and values of time; between them it is read off a surface, whose "
        f"measured error, at most {shown} of an option's benefit, is drawn too.",
        f"交通量在一组设计好的情景下分配（{emulator.n_equilibria:,} 次均衡，"
        "出行总量与时间价值各有缩放），"
        f"其间由曲面内插；实测误差（至多为方案效益的 {shown}）也参与抽样。",
    )


def _emulator_table(assessment: Assessment, emulator: Emulator) -> Table:
    body: list[list[Cell]] = [
        [
            names.option(assessment.case, row.option_id) + f", {row.year}",
            money_cell(row.worth_cny_per_h, "CNY/h"),
            money_cell(row.error_cny_per_h, "CNY/h"),
            money_cell(row.error_max_cny_per_h, "CNY/h"),
            percent(row.error_share),
            money_cell(row.error_cny_per_year, "CNY/year"),
            money_cell(row.noise_cny_per_h, "CNY/h"),
        ]
        for row in names.records(emulator.errors)
    ]
    held_out = int((emulator.points["role"] == "held_out").sum() / max(len(emulator.errors), 1))
    return Table(
        Text("How far traffic between the solved worlds may be off", "内插交通效益的实测误差"),
        [
            Text("Option and year", "方案与年份"),
            Text("Peak hour's worth", "高峰小时效益"),
            Text("Typical error", "典型误差"),
            Text("Largest", "最大误差"),
            Text("Of the worth", "占效益"),
            Text("Typical, a year", "典型误差/年"),
            Text("Gaps' noise, at most", "求解间隙误差上限"),
        ],
        body,
        made=Text(
            f"surface through the solved worlds against {held_out} more that it had not seen, "
            "which then joined it",
            f"曲面与 {held_out} 个未参与拟合的求解情景对比（之后并入曲面）",
        ),
        folded=True,
    )


def _bar(form: str, share: object) -> Cell:
    known = finite(share)
    if known is None:
        return NOTHING
    colour = palette.FORM_COLOURS.get(form, palette.NOTHING_BUILT)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10" fill="#ececea"/>'
        '<rect width="{:.1f}" height="10" fill="{}"/></svg> '
    ).format(known * 100, colour) + hover(sure(known), known)
