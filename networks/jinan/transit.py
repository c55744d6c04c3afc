"""The timetable of Jinan (folder 2025/transit) and the cards of lines to come (cards/transit).

Both come from the hand tables ``transit_*.csv``: a line that is open joins the feed, one that has a
card goes there. What is assumed says so in its row.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from tables import Row, plain, read_table

from transitplan.io.gtfs import write_service
from transitplan.model.line_plan import Feed, plan_lines, seconds
from transitplan.model.line_tables import ROUTE_TYPES
from transitplan.model.lines import build_service

TABLES = {"stop": "stops", "line": "lines", "call": "calls", "headway": "headways"}
FEED = Feed(
    name="Jinan 2025, metro and assumed buses",
    url="https://www.openstreetmap.org/copyright",
    first_day="20251230",  # the day on which the tram opened
    last_day="20301231",
    transfer_m=800.0,
    transfer_min_s=120.0,
)
KEY = ("line_id", "pattern")
WIDTH = 100


def write_transit(folder: Path) -> None:
    """Write the feed of 2025 and the cards of later years into a folder of products."""
    tables = {name: read_table(f"transit_{table}") for name, table in TABLES.items()}
    _write_feed(folder / "2025" / "transit", tables)
    projects = read_table("transit_projects")
    carded = {row["card"] for row in tables["line"] if row["card"]}
    if carded != {row["card"] for row in projects}:
        raise SystemExit(f"transit_projects.csv and transit_lines.csv disagree: {sorted(carded)}")
    for project in projects:
        place = folder / "cards" / "transit" / project["year"]
        place.mkdir(parents=True, exist_ok=True)
        card = _card(project, tables)
        text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False, width=WIDTH)
        (place / f"{project['card']}.yml").write_text(text, encoding="utf-8", newline="\n")


def _write_feed(folder: Path, tables: dict[str, list[Row]]) -> None:
    open_lines = [row for row in tables["line"] if not row["card"]]
    keys = {_key(row) for row in open_lines}
    calls = [row for row in tables["call"] if _key(row) in keys]
    called = {row["stop_id"] for row in calls}
    rows = {
        "stop": [row for row in tables["stop"] if row["stop_id"] in called],
        "line": [{name: row[name] for name in row if name != "card"} for row in open_lines],
        "call": calls,
        "headway": [row for row in tables["headway"] if _key(row) in keys],
    }
    frames = {name: pd.DataFrame(each) for name, each in rows.items()}
    write_service(build_service(plan_lines(frames, FEED)), folder)


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def _card(project: Row, tables: dict[str, list[Row]]) -> dict[str, Any]:
    """One project: its lines as additions of routes, with the stops that no open line has."""
    lines = [row for row in tables["line"] if row["card"] == project["card"]]
    keys = {_key(row) for row in lines}
    calls = [row for row in tables["call"] if _key(row) in keys]
    open_keys = {_key(row) for row in tables["line"] if not row["card"]}
    there = {row["stop_id"] for row in tables["call"] if _key(row) in open_keys}
    named = {row["stop_id"] for row in calls} - there
    stops = [_stop(row) for row in tables["stop"] if row["stop_id"] in named]
    addition = {
        "transfer_m": FEED.transfer_m,
        "transfer_min_secs": FEED.transfer_min_s,
        "stops": stops,
        "routes": [_route(line, tables) for line in lines],
    }
    changes: list[dict[str, Any]] = [{"transit_route_addition": addition}]
    if project["crossing_id"]:  # the place that the crossing holds for rails is taken
        taken = {"rail_deck": project["rail_deck"]}
        changes.append({"crossing": {"crossing_id": project["crossing_id"], "columns": taken}})
    return {
        "project": project["project"],
        "notes": project["notes"],
        "tags": ["transit", *_committed(project), project["status"], f"opens {project['opens']}"],
        "source": project["source"],
        "confidence": project["confidence"],
        "changes": changes,
    }


def _committed(project: Row) -> list[str]:
    return ["committed"] if project["status"] == "under construction" else ["candidate"]


def _stop(row: Row) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "stop_id": row["stop_id"],
        "stop_name": row["name"],
        "stop_name_zh": row["name_zh"],
        "stop_lat": float(row["lat"]),
        "stop_lon": float(row["lon"]),
    }
    opened = {"status": "open", "source": row["source"], "confidence": row["confidence"]}
    return cells | opened


def _route(line: Row, tables: dict[str, list[Row]]) -> dict[str, Any]:
    calls = [row for row in tables["call"] if _key(row) == _key(line)]
    course: dict[str, Any] = {"both_directions": line["both_directions"] == "true"}
    if line["pattern"]:
        course["pattern"] = line["pattern"]
    course |= {
        name: float(plain(float(line[name]), 3))
        for name in ("speed_kph", "end_to_end_min", "detour")
        if line[name]
    }
    course |= {
        "dwell_secs": float(line["dwell_s"]),
        "headway_secs": [_departures(row) for row in tables["headway"] if _key(row) == _key(line)],
        "routing": [
            row["stop_id"] or {"lon": float(row["lon"]), "lat": float(row["lat"])} for row in calls
        ],
    }
    return {
        "route_id": line["line_id"],
        "route_type": ROUTE_TYPES[line["mode"]],
        "route_short_name": line["short_name"],
        "route_long_name": line["name"],
        "route_long_name_zh": line["name_zh"],
        "route_color": line["color"],
        "status": "open",  # in the network that the card makes
        "open_year": int(line["open_year"]),
        "source": f"{line['source']}; {line['note']}",
        "confidence": line["confidence"],
        "trips": [course],
    }


def _departures(row: Row) -> dict[str, Any]:
    if seconds(row["start"]) is None:
        raise SystemExit(f"transit_headways.csv: {row['start']!r} is no time")
    span = [row["start"], row["end"]]
    secs = round(60 * float(row["headway_min"]))
    return {"timespan": span, "headway_secs": secs, "days": row["days"]}
