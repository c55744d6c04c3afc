"""How good the model is at one site: the last lines of its page."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.demand_counts import counts_line
from transitplan.report.limits import left_out
from transitplan.report.noise import noise_notices
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.scenario.case import Site
from transitplan.viz.text import (
    Text,
    money,
    people_range,
)

NEIGHBOURS = 2


def site_quality(assessment: Assessment, site: Site, studies: Studies = NO_STUDIES) -> list[Text]:
    """Neighbouring counts, what the equilibria leave open, the weakest input, what is left out."""
    said = [*_neighbours(assessment, site), *_all_counts(assessment)]
    gaps = assessment.convergence
    gap = float(gaps["cost_error_cny"].max())
    last = assessment.options[assessment.options["year"] == names.horizon_year(assessment)]
    own = last[last["option_id"].isin(names.site_options(assessment, site.site_id))]
    benefit = float(own["user_benefit_cny"].max())
    worth = money(gap)
    shown = money(benefit)
    said.append(
        Text(
            f"The gap of an equilibrium leaves at most {worth.en} a year of travel cost unsettled, "
            f"against a yearly benefit of {shown.en}.",
            f"均衡求解的残余误差每年至多相当于 {worth.zh}，而年效益为 {shown.zh}。",
        )
    )
    mine = set(names.site_options(assessment, site.site_id))
    said += noise_notices(assessment, mine)
    weak = _weakest(assessment, site)
    return [*said, *([weak] if weak else []), left_out(studies)]


def _neighbours(assessment: Assessment, site: Site) -> list[Text]:
    """Modelled against published volumes of the counted crossings nearest along the river."""
    counts = assessment.counts
    if counts.empty:
        return [
            Text(
                "No published volumes of crossings are in this case to compare with.",
                "本案例没有可供对比的公布过河流量。",
            )
        ]
    at = assessment.case.network.crossings.set_index("crossing_id")["river_km"]
    where = counts["crossing_id"].map(at)
    here = site.river_km if site.river_km is not None else at.get(site.crossing_id, float("nan"))
    near = (
        counts.assign(away=(where - here).abs())
        .sort_values(["away", "observed_year"], ascending=[True, False], kind="stable")
        .drop_duplicates("crossing_id")  # the newest count of each
        .head(NEIGHBOURS)
    )
    return [
        Text(
            f"{name.en}: modelled {modelled.en}, published {published.en} vehicles a day "
            f"({row.observed_year}).",
            f"{name.zh}：模型 {modelled.zh}辆/日，公布 {published.zh}辆/日"
            f"（{row.observed_year}）。",
        )
        for row in names.records(near)
        for name, modelled, published in [
            (
                names.short(names.called(row)),
                people_range([row.modelled]),
                people_range([row.observed_low, row.observed_high]),
            )
        ]
    ]


def _all_counts(assessment: Assessment) -> list[Text]:
    """How well the demand model meets all counts, where it was fitted to some."""
    record = assessment.record
    line = None if record is None else counts_line(record, assessment.case.base_year)
    return [] if line is None else [line]


def _weakest(assessment: Assessment, site: Site) -> Text | None:
    """Name the uncertain input whose range moves net value most."""
    rows = assessment.tornado
    if rows.empty:
        return None
    rows = rows[(rows["site_id"] == site.site_id) & ~rows["rule"].astype(bool)]
    if rows.empty:
        return None
    row = rows.iloc[int(rows["width_cny"].to_numpy().argmax())]
    called = Text(str(row["name"]), str(row["name_zh"]))
    low, high = (names.quantity(row[end], row["unit"]) for end in ("low", "high"))
    moved = money(float(row["width_cny"]))
    return Text(
        f"Weakest input: {called.en}. Between {low.en} and {high.en} it moves the net value by "
        f"{moved.en}, more than any other.",
        f"最薄弱的输入：{called.zh}。取值在 {low.zh} 至 {high.zh} 之间时，"
        f"净现值变动 {moved.zh}，居各项之首。",
    )
