"""Tables of a comparison as text that a planner can read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.results.state import ALL, State, same_trips

if TYPE_CHECKING:
    from transitplan.results.diff import ResultDiff

TOLD_REACH = 45  # minutes
MILLION = 1e6
SMALL, LARGE = 5e-4, 9.995  # relative changes between which per cent say something
CLOSE_MIN = 0.05  # access that moves by less is not told


def told(found: "ResultDiff", most: int) -> str:
    """What moved, section by section."""
    before, after = found.before, found.after
    head = [_versions(before, after)]
    if found.same:
        return "\n".join([*head, "", "The results are the same."])
    sections = [
        _totals(found.tables["totals"]),
        _benefits(found.tables["benefits"], found),
        _crossings(found.tables["crossings"], most),
        _access(found.tables["access"], most),
        _reach(found.tables["reach"], most),
        _trips(found.tables["trips"]),
        _links(found.tables["links"], found.geh, most),
    ]
    return "\n\n".join(["\n".join(head), *(text for text in sections if text), *_notes(found)])


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Columns of text: the first ones to the left, numbers to the right."""
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [heads, *rows]
    ]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def number(value: Any, digits: int = 0, *, sign: bool = False) -> str:
    """Return a number with thousands set off; a dash where there is none."""
    value = float(value)
    if not np.isfinite(value):
        return "–"
    if round(abs(value), digits) == 0:
        return "0"
    return f"{value:{'+' if sign else ''},.{digits}f}"


def share(value: Any) -> str:
    """Return a relative change in per cent."""
    value = float(value)
    if not np.isfinite(value):
        return "–"
    if value > LARGE:
        return "> +999 %"
    return "0 %" if abs(value) < SMALL else f"{100 * value:+.1f} %"


def _versions(before: State, after: State) -> str:
    one, two = before.network, after.network
    text = f"{one.name} ({one.version}) → {two.name} ({two.version})"
    trips = [f"{each.demand.name}, {each.demand.total_vph:,.0f} veh/h" for each in (before, after)]
    same = same_trips(before, after)
    return f"{text}\ntrips: {trips[0]}" + ("" if same else f" → {trips[1]}")


def _four(row: Any, name: str, unit: str, digits: int = 0) -> list[str]:
    end = f"_{unit}" if unit else ""
    return [
        number(row[f"{name}_before{end}"], digits),
        number(row[f"{name}_after{end}"], digits),
        number(row[f"{name}_change{end}"], digits, sign=True),
        share(row[f"{name}_relative"]),
    ]


def _totals(table: pd.DataFrame) -> str:
    own = table[table["class_name"] == ALL]
    small = {"speed", "trip_min", "trip_km"}
    rows = [
        [row["label"], *_four(row, "value", "", 2 if row["indicator"] in small else 0), row["unit"]]
        for row in own.to_dict("records")
        if row["value_before"] or row["value_after"]
    ]
    return "Peak hour\n" + aligned(["", "before", "after", "change", "", ""], rows)


def _benefits(table: pd.DataFrame, found: "ResultDiff") -> str:
    own = table[table["class_name"] == ALL]
    yearly = found.after.case is not None
    rows = [
        [
            row["label"],
            number(row["benefit_cny_per_h"], sign=True),
            *([number(row["benefit_cny_per_year"] / MILLION, 1, sign=True)] if yearly else []),
        ]
        for row in own.to_dict("records")
        if row["benefit_cny_per_h"]
    ]
    if not rows:
        return ""
    whole = own[["benefit_cny_per_h", "benefit_cny_per_year"]].sum(min_count=1)
    rows.append(
        [
            "together" if (own["gains"] != "users").any() else "users together",
            number(whole["benefit_cny_per_h"], sign=True),
            *([number(whole["benefit_cny_per_year"] / MILLION, 1, sign=True)] if yearly else []),
        ]
    )
    heads = ["", "CNY/h", *(["m CNY/year"] if yearly else [])]
    return "What the change is worth (rule of a half; + is a gain)\n" + aligned(heads, rows)


def _crossings(table: pd.DataFrame, most: int) -> str:
    if table.empty:
        return ""
    whole = table["crossing_id"] == ALL
    order = table.loc[~whole, "geh"].sort_values(ascending=False, kind="stable").index
    shown = pd.concat([table.loc[order].head(most), table[whole]])
    rows = [
        [
            "" if row["crossing_id"] == ALL else row["crossing_id"],
            _short(row["name"]),
            row["direction"].removeprefix("to_"),
            *_four(row, "flow", "vph"),
            number(row["geh"], 1),
        ]
        for row in shown.to_dict("records")
    ]
    heads = ["", "", "to", "before", "after", "change", "", "GEH"]
    left = len(order) - most
    title = "Crossings, veh/h" + (f" (the {most} that move most, {left} more)" if left > 0 else "")
    return f"{title}\n" + aligned(heads, rows, texts=3)


def _access(table: pd.DataFrame, most: int) -> str:
    if table.empty:
        return ""
    change = table["time_change_min"]
    moved = table[(change.abs() >= CLOSE_MIN) | change.isna()]
    moved = moved.loc[moved["time_change_min"].abs().sort_values(ascending=False).index]
    mean = [table[f"time_{side}_min"].mean() for side in ("before", "after")]
    faster, slower = int((change <= -1.0).sum()), int((change >= 1.0).sum())
    title = (
        f"Access: {len(table)} ways between clusters and hubs by car, {mean[0]:.1f} → "
        f"{mean[1]:.1f} min on average; {faster} faster by a minute or more, {slower} slower"
    )
    rows = [
        [f"{row['origin_id']} → {row['destination_id']}", *_four(row, "time", "min", 1)]
        for row in moved.head(most).to_dict("records")
    ]
    return f"{title}\n" + aligned(["min", "before", "after", "change", ""], rows) if rows else title


def _reach(table: pd.DataFrame, most: int) -> str:
    own = table[(table["kind"] == "cluster") & (table["within_min"] == TOLD_REACH)]
    if own.empty:
        return ""
    rows = [
        [row["place_id"], _short(row["name"]), *_four(row, "people", ""), *_four(row, "jobs", "")]
        for row in own.head(most).to_dict("records")
    ]
    heads = ["", "", "people", "after", "change", "", "jobs", "after", "change", ""]
    return f"Within {TOLD_REACH} min by car\n" + aligned(heads, rows, texts=2)


def _trips(table: pd.DataFrame) -> str:
    rows = [
        [
            str(row["class_name"]),
            *_four(row, "time", "min", 2),
            *_four(row, "cost", "cny", 2),
            *(_pair(row, word) for word in ("best", "worst")),
            f"{row['gained_pairs']}/{row['lost_pairs']}",
        ]
        for row in table.to_dict("records")
    ]
    heads = ["", "min", "after", "change", "", "CNY", "after", "change", "", "best", "worst"]
    return "Mean trip by class, best and worst pair of zones, pairs gained/lost\n" + aligned(
        [*heads, "new/lost"], rows
    )


def _pair(row: Any, word: str) -> str:
    change = row[f"{word}_change_cny"]
    if not np.isfinite(change):
        return "–"
    told = number(change, 1, sign=True)
    return f"{row[f'{word}_o_zone_id']}→{row[f'{word}_d_zone_id']} {told} CNY"


def _links(table: pd.DataFrame, least: float, most: int) -> str:
    moved = table[(table["geh"] > least) & (table["facility_type"] != "connector")]
    moved = moved.loc[moved["geh"].sort_values(ascending=False, kind="stable").index]
    rows = [
        [
            _ids(row),
            _short(row["name"]) or str(row["facility_type"]),
            "" if row["how"] == "same" else str(row["how"]),
            *_four(row, "flow", "vph"),
            number(row["geh"], 1),
            number(row["veh_h_per_km_change"], 1, sign=True),
        ]
        for row in moved.head(most).to_dict("records")
    ]
    title = f"Roads: flow moved (GEH > {least:g}) on {len(moved)} of {len(table)} links"
    heads = ["link", "", "", "before", "after", "change", "", "GEH", "veh·h/km"]
    return f"{title}\n" + aligned(heads, rows, texts=3) if rows else title


def _ids(row: Any) -> str:
    ids = [str(row[f"link_id_{side}"]) for side in ("before", "after") if not _none(row, side)]
    return " → ".join(dict.fromkeys(ids))


def _none(row: Any, side: str) -> bool:
    return row[f"link_id_{side}"] is None or bool(pd.isna(row[f"link_id_{side}"]))


def _short(name: Any, width: int = 34) -> str:
    text = "" if name is None or pd.isna(name) else str(name)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _notes(found: "ResultDiff") -> list[str]:
    """What a reader must know to take the numbers for no more than they are."""
    notes = []
    if not same_trips(found.before, found.after):
        notes.append(
            "The trips differ. User benefits take that for an answer to the cost (rule of a half); "
            "to see what the network does, compare both under the trips of one of them."
        )
    notes += [
        f"{each.network.name}: crossings are left out, as the river's banks are not apart."
        for each in (found.before, found.after)
        if each.crossings.empty and (each.network.links["crossing_id"] != "").any()
    ]
    lost = found.tables["trips"]["gained_pairs"] + found.tables["trips"]["lost_pairs"]
    if lost.any() and found.after.case is None:
        notes.append("Pairs that gained or lost their only way are not valued: give --case.")
    error = max(each.run.cost_error_cny_per_h for each in (found.before, found.after))
    if np.isfinite(error):
        notes.append(f"Total cost is within {error:,.0f} CNY/h of equilibrium in both.")
    return ["\n".join(notes)] if notes else []
