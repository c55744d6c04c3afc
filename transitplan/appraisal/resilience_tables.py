"""The tables of ``appraisal.resilience``, one function each; ``Resilience`` lists their columns."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from transitplan.appraisal.dangerous_goods import COLUMNS as ENDS
from transitplan.appraisal.expected import expected_loss
from transitplan.appraisal.option_states import OptionStates
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.closure_states import Cut, closing, hours_of, peak_hours_of
from transitplan.scenario.closures import (
    ADDED_MIN,
    availability_check,
    hours_by_month,
    no_closures,
)

MONTHS = [f"h{month:02d}" for month in range(1, 13)]
MINUTES_PER_HOUR = 60.0


def state_name(cut: Cut) -> str:
    """Write a state: ``X05,X09@0.5``.

    Examples
    --------
    >>> state_name((("X05", 0.0), ("X09", 0.5)))
    'X05,X09@0.5'
    """
    return ",".join(name if left == 0.0 else f"{name}@{left:g}" for name, left in cut)


def calendar(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Closures of each crossing by cause and month; of an option its own crossing only."""
    pieces = []
    for part in parts:
        own = part.closures
        if part.option_id != NONE:
            own = own[own["crossing_id"] == case.find(part.option_id)[0].crossing_id]
        months = [hours_by_month(row) for row in own.to_dict("records")]
        table = own.rename(columns={"name": "cause", "name_zh": "cause_zh"}).assign(
            option_id=part.option_id
        )
        table[MONTHS] = np.array(months).reshape(-1, 12)
        pieces.append(table)
    table = pd.concat(pieces, ignore_index=True).merge(
        crossing_names(case), on="crossing_id", how="left"
    )
    first = ["option_id", "crossing_id", "name", "name_zh", "kind", "cause_id", "cause", "cause_zh"]
    facts = ["capacity_left", "share_of_years", "years_seen", "hours", "hours_low", "hours_high"]
    return table[[*first, *facts, *MONTHS, "source", "status"]]


def crossing_names(case: Case) -> pd.DataFrame:
    """crossing_id, name, name_zh of crossings and of the sites that are not among them."""
    known = case.network.crossings[["crossing_id", "name", "name_zh"]]
    sites = pd.DataFrame(
        [(site.crossing_id, site.name, site.name_zh) for site in case.sites], columns=known.columns
    )
    return pd.concat([known, sites]).drop_duplicates("crossing_id")


def availability(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Closed hours by the calendar against those of the stated availability."""
    pieces = []
    for part in parts:
        own = {}
        if part.option_id != NONE:
            site, form = case.find(part.option_id)
            own = {site.crossing_id: form.availability}
        table = availability_check(part.open_.run.network, part.closures, own)
        if own:
            table = table[table["crossing_id"].isin(list(own))]
        table.insert(0, "option_id", part.option_id)
        pieces.append(table)
    return pd.concat(pieces, ignore_index=True)


def disagreements(table: pd.DataFrame) -> list[str]:
    """One sentence for each crossing whose availability the calendar does not bear out."""
    return [
        f"{row.crossing_id} ({row.option_id}): its availability of {row.availability:g} is "
        f"{row.stated_hours:,.0f} h a year shut; the calendar says {row.calendar_hours:,.0f} h "
        f"({row.calendar_low:,.0f} to {row.calendar_high:,.0f}). Correct one of them."
        for row in table[~table["agrees"].astype(bool)].itertuples(index=False)
    ]


def states(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Every state of the calendar, with its hours and what they cost."""
    rows = []
    for part in parts:
        for event in part.events:
            for level in event.levels:
                loss = part.losses[level.cut]
                peak = peak_hours_of(level.share, case.values)
                rows.append(
                    {
                        "option_id": part.option_id,
                        "cause_id": event.cause_id,
                        "state": state_name(level.cut),
                        "hours_per_year": hours_of(level.share),
                        "peak_hours_per_year": peak,
                        "loss_cny_per_h": loss.cny_per_h,
                        "noise_cny_per_h": loss.noise_cny_per_h,
                        "unreachable_vph": loss.unreachable_vph,
                        "loss_cny_per_year": peak * loss.cny_per_h,
                        "unreachable_per_year": peak * loss.unreachable_vph,
                        "solved": level.cut in part.hours,
                    }
                )
    return pd.DataFrame(rows, columns=STATE_COLUMNS)


STATE_COLUMNS = [
    "option_id",
    "cause_id",
    "state",
    "hours_per_year",
    "peak_hours_per_year",
    "loss_cny_per_h",
    "noise_cny_per_h",
    "unreachable_vph",
    "loss_cny_per_year",
    "unreachable_per_year",
    "solved",
]


def singles(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Each crossing shut alone, and the pair of places that it sets farthest apart."""
    rows = []
    for part in parts:
        for crossing in part.kinds:
            cut = closing([crossing])
            loss = part.losses[cut]
            added = _added(case, part, cut).dropna(subset="added_min")
            worst = added.iloc[int(added["added_min"].argmax())] if len(added) else None
            rows.append(
                {
                    "option_id": part.option_id,
                    "crossing_id": crossing,
                    "loss_cny_per_h": loss.cny_per_h,
                    "noise_cny_per_h": loss.noise_cny_per_h,
                    "unreachable_vph": loss.unreachable_vph,
                    "worst_origin": "" if worst is None else worst["origin_id"],
                    "worst_destination": "" if worst is None else worst["destination_id"],
                    "worst_added_min": np.nan if worst is None else worst["added_min"],
                }
            )
    return pd.DataFrame(rows)


def pairs(parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Two crossings shut at once, against the sum of both alone."""
    columns = [
        "option_id",
        "first",
        "second",
        "loss_cny_per_h",
        "unreachable_vph",
        "more_than_both_cny_per_h",
    ]
    rows = []
    for part in parts:
        for first, second in combinations(part.kinds, 2):
            loss = part.losses.get(closing([first, second]))
            if loss is None:
                continue
            alone = sum(part.losses[closing([each])].cny_per_h for each in (first, second))
            more = loss.cny_per_h - alone
            rows.append((part.option_id, first, second, loss.cny_per_h, loss.unreachable_vph, more))
    return pd.DataFrame(rows, columns=columns)


def annual(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Expected loss of a year, its range, and what each option takes off it."""
    rows = []
    for part in parts:
        middle, low, high = (
            expected_loss(part.events, part.losses, case.values, end=end)
            for end in ("", "low", "high")
        )
        rows.append(
            {
                "option_id": part.option_id,
                "loss_cny_per_year": middle.cny,
                "loss_low_cny": low.cny,
                "loss_high_cny": high.cny,
                "of_overlaps_cny": middle.overlaps_cny,
                "own_loss_cny": _own_loss(case, part),
                "unreachable_per_year": middle.unreachable,
            }
        )
    table = pd.DataFrame(rows)
    base = float(table.loc[table["option_id"] == NONE, "loss_cny_per_year"].iloc[0])
    return table.assign(saved_cny_per_year=base - table["loss_cny_per_year"])


def _own_loss(case: Case, part: OptionStates) -> float:
    """What closures of the option's own crossing alone cost a year."""
    if part.option_id == NONE:
        return 0.0
    own = case.find(part.option_id)[0].crossing_id
    levels = (level for event in part.events for level in event.levels)
    return float(
        sum(
            peak_hours_of(level.share, case.values) * part.losses[level.cut].cny_per_h
            for level in levels
            if [crossing for crossing, _ in level.cut] == [own]
        )
    )


def causes(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Expected loss of a year by cause; overlaps go half to each of the two causes."""
    calendar = no_closures() if case.closures.empty else case.closures
    names = calendar.drop_duplicates("cause_id").set_index("cause_id")
    rows = []
    for part in parts:
        found = expected_loss(part.events, part.losses, case.values)
        rows += [
            (
                part.option_id,
                cause,
                names.loc[cause, "name"],
                names.loc[cause, "name_zh"],
                cny,
                found.unreachable_by_cause[cause],
            )
            for cause, cny in found.by_cause_cny.items()
        ]
    return pd.DataFrame(
        rows,
        columns=[
            "option_id",
            "cause_id",
            "name",
            "name_zh",
            "loss_cny_per_year",
            "unreachable_per_year",
        ],
    )


def minutes(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Minutes between clusters, and to and from the centres, under each single and each state."""
    pieces = []
    for part in parts:
        levels = [level.cut for event in part.events for level in event.levels]
        wanted = [*(closing([crossing]) for crossing in part.kinds), *levels]
        for cut in (each for each in dict.fromkeys(wanted) if each in part.hours):
            table = _added(case, part, cut)
            table.insert(0, "option_id", part.option_id)
            table.insert(1, "state", state_name(cut))
            pieces.append(table)
    return pd.concat(pieces, ignore_index=True)


def _added(case: Case, part: OptionStates, cut: Cut) -> pd.DataFrame:
    """origin_id, destination_id, open_min, closed_min, added_min of the pairs that are shown."""
    ends = centres(case)
    kinds = case.network.clusters.set_index("cluster_id")["kind"]
    own = list(kinds.index[kinds == "cluster"])
    keys = [(a, b) for a in own for b in own if a != b]
    keys += [(a, b) for a in own for b in ends if b not in own]
    keys += [(b, a) for a in own for b in ends if b not in own]
    before, after = part.open_.hour.minutes, part.hours[cut].minutes
    table = pd.DataFrame(keys, columns=ENDS)
    table["open_min"] = [float(before.loc[key]) for key in keys]
    table["closed_min"] = [float(after.loc[key]) for key in keys]
    with np.errstate(invalid="ignore"):  # no way before, no way after: nothing is added
        added = table["closed_min"].to_numpy() - table["open_min"].to_numpy()
    return table.assign(added_min=added)


def centres(case: Case) -> list[str]:
    """Places that closures are measured to: ``stress_to`` of the case, or all hubs."""
    clusters = case.network.clusters
    hubs = clusters.loc[clusters["kind"] == "hub", "cluster_id"]
    return list(case.stress_to) or hubs.tolist()


def policy(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """The most that a single closure adds between each cluster and the centre."""
    columns = ["option_id", "cluster_id", "centre_id", "worst_closed", "added_min", "target_min"]
    target = case.values[ADDED_MIN] if not case.closures.empty else np.nan
    centre = next(iter(centres(case)), "")
    rows = []
    for part in parts:
        shut = pd.concat(
            [_added(case, part, closing([each])).assign(state=each) for each in part.kinds],
            ignore_index=True,
        )
        to_it, from_it = shut["destination_id"] == centre, shut["origin_id"] == centre
        shut = shut[to_it | from_it].assign(
            cluster_id=shut["origin_id"].where(to_it, shut["destination_id"])
        )
        for cluster, own in shut.dropna(subset="added_min").groupby("cluster_id", sort=False):
            worst = own.iloc[int(own["added_min"].argmax())]
            rows.append(
                (part.option_id, cluster, centre, worst["state"], worst["added_min"], target)
            )
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(met=table["added_min"] < table["target_min"])


def dangerous_goods(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Ways of dangerous goods, open and under each single closure."""
    base = parts[0].open_.hour.goods.set_index(ENDS)["peak_min"]
    pieces = []
    for part in parts:
        before = part.open_.hour.goods.set_index(ENDS)["peak_min"]
        wanted = {"": part.open_.hour}
        wanted |= {crossing: part.hours[closing([crossing])] for crossing in part.kinds}
        for state, hour in wanted.items():
            table = hour.goods.copy()
            keys = pd.MultiIndex.from_frame(table[ENDS])
            peak = table["peak_min"].to_numpy()
            with np.errstate(invalid="ignore"):
                table["detour_min"] = peak - table["car_peak_min"].to_numpy()
                table["detour_km"] = table["peak_km"].to_numpy() - table["car_peak_km"].to_numpy()
                table["added_min"] = peak - before.loc[keys].to_numpy()
                table["saved_min"] = base.loc[keys].to_numpy() - peak
            table["detour_cny"] = (
                table["detour_min"] / MINUTES_PER_HOUR * case.values["value_of_time_truck"]
                + table["detour_km"] * case.values["distance_cost_truck"]
            )
            table.insert(0, "option_id", part.option_id)
            table.insert(1, "state", state)
            pieces.append(table)
    return pd.concat(pieces, ignore_index=True)
