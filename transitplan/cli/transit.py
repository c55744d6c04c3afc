"""``transitplan transit``: what runs, who rides it, and how one gets from here to there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from transitplan.cli import complete
from transitplan.cli.console import OUT, checked_language, csv_target, examples, write_csv, written
from transitplan.cli.ground import ground_around, ground_of
from transitplan.errors import NoPathError, NotFoundError, ValidationError

if TYPE_CHECKING:  # help and usage errors need no tables
    import pandas as pd

    from transitplan.graph import FrequencyGraph, TimetableGraph
    from transitplan.model.network import Network
    from transitplan.transit import Journey, TransitAssignment

EXAMPLES = examples(
    ("transit networks/jinan/2025", "the lines of the morning peak"),
    ("transit networks/jinan/2025 --demand persons.omx", "who rides them"),
    ("transit networks/jinan/2025 --from 1 --to 60 --at 08:00", "one way through town"),
)
SHOWN = 4  # journeys
WITHIN_H = 0.5  # of which one leaves


def command(
    network: Path = typer.Argument(..., help="GMNS folder with transit/ in it."),
    *,
    demand: Path | None = typer.Option(None, help="Persons an hour between zones (.omx, .csv)."),
    skim: Path | None = typer.Option(None, help="CSV for times and fares between all zones."),
    loads: Path | None = typer.Option(None, help="With --demand: CSV for loads by segment."),
    start: str = typer.Option("", "--from", help="Zone or stop where a journey begins."),
    end: str = typer.Option("", "--to", help="Zone or stop where it ends."),
    at: str = typer.Option("08:00", help="When it begins; 25:30 is half past one in the night."),
    date: str = typer.Option("", help="Day, as 2025-03-05; the busiest working day if absent."),
    period: str = typer.Option("7-9", help="Hours over which lines are counted."),
    crowding: bool = typer.Option(False, "--crowding", help="Vehicles can be full."),
    streets: bool = typer.Option(False, "--streets", help="Walk along the streets, not straight."),
    lang: str = typer.Option(
        "en", help="Language of journeys and names: en or zh.", autocompletion=complete.languages
    ),
    html: Path | None = typer.Option(None, "--map", help="Map of the journeys: an .html file."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Print the lines that run, the loads of a demand on them, or journeys by timetable.

    Loads and skims are those of best strategies by headway; journeys those of the timetable.
    """
    import transitplan as tp

    checked_language(lang)
    _fitting(start, end, html, demand=demand, of_trips=bool(loads or crowding))
    for path in (skim, loads):
        if path is not None:
            csv_target(path)
    found = tp.read_network(network)
    if found.transit is None:
        raise ValidationError(
            f"{network}: no transit/ in it. Put a GTFS feed there, or make one of lines: "
            "transitplan import lines lines.toml --out …/transit."
        )
    day = date or str(found.transit.busiest("weekday"))
    walking = tp.Walking(on_streets=streets)
    if start:
        table = tp.compile_timetable(found.transit, day, network=found, walking=walking)
        journeys = _journeys(table, start, end, _hours(at), lang=lang, as_json=as_json)
        if html is not None:
            ground = ground_of(ground_around(network))
            drawing = tp.journeys_map(journeys[:SHOWN], found, ground=ground)
            drawing.save(html, language=lang)
            written([html])
        return
    hours = _period(period)
    lines = tp.compile_frequency(found.transit, day, hours, network=found, walking=walking)
    told: dict[str, Any] = {"network": found.name, "date": day, "period_h": list(hours)}
    if demand is None:
        _runs(lines, told, lang=lang, as_json=as_json)
    else:
        room = tp.Crowding() if crowding else None
        ridden = tp.assign_transit(lines, tp.read_demand(demand), crowding=room)
        _rides(ridden, found, told, lang=lang, as_json=as_json)
        if loads is not None:
            write_csv(ridden.to_frame(), loads)
    if skim is not None:
        every = tp.skim_transit(lines) if demand is None else ridden.skim
        write_csv(every.to_frame(), skim)


def _fitting(
    start: str, end: str, html: Path | None, *, demand: Path | None, of_trips: bool
) -> None:
    """Refuse options that miss each other."""
    found = []
    if bool(start) != bool(end):
        found.append("transit: --from and --to go together. Give both or none.")
    if html is not None and not start:
        found.append("transit: --map draws journeys. Give --from and --to.")
    if of_trips and demand is None:
        found.append("transit: --loads and --crowding are about trips. Give --demand.")
    if found:
        raise ValidationError(found)


def _hours(text: str) -> float:
    """Hours after midnight of a time as 08:00 or 8."""
    try:
        hour, _, minute = text.partition(":")
        found = int(hour) + int(minute or 0) / 60
    except ValueError:
        raise ValidationError(f"--at: {text!r} is no time. Give it as 08:00.") from None
    return found


def _period(text: str) -> tuple[float, float]:
    parts = text.split("-")
    if len(parts) != 2:  # noqa: PLR2004  from and to
        raise ValidationError(f"--period: {text!r} is no period. Give it as 7-9 or 07:30-09:00.")
    begin, end = (_hours(part.strip()) for part in parts)
    return begin, end


def _named(timetable: "TimetableGraph", text: str) -> Any:
    """Zone or stop with this id; ids of zones may be numbers."""
    for ids in (timetable.places.zone_ids, timetable.places.stop_ids):
        same = ids[ids.astype(str) == text]
        if len(same):
            return same[0]
    raise NotFoundError(
        f"transit: {text!r} is no zone, and no stop that is called at. Zones: "
        f"{', '.join(map(str, timetable.places.zone_ids[:3]))} …; stops: "
        f"{', '.join(map(str, timetable.places.stop_ids[:3]))} …."
    )


def _journeys(
    timetable: "TimetableGraph", start: str, end: str, hour: float, *, lang: str, as_json: bool
) -> "list[Journey]":
    """Print the journeys of the next half hour, or else the first one after it."""
    import transitplan as tp

    origin, destination = _named(timetable, start), _named(timetable, end)
    found = tp.find_journeys(timetable, origin, destination, (hour, hour + WITHIN_H))
    if not found:
        try:
            found = [tp.earliest_arrival(timetable, origin, destination, hour)]
        except NoPathError as error:
            raise NotFoundError(str(error)) from None
    if as_json:
        OUT.print_json(json.dumps([_record(each) for each in found], ensure_ascii=False))
        return found
    texts = [each.to_text(lang) for each in found[:SHOWN]]
    OUT.print("\n\n".join(texts), markup=False, highlight=False, soft_wrap=True)
    if len(found) > SHOWN:
        OUT.print(f"… and {len(found) - SHOWN} more; --json gives all.")
    return found


def _record(journey: "Journey") -> dict[str, Any]:
    from transitplan.viz.plain import plain_data

    legs = [plain_data(vars(leg)) for leg in journey.legs]
    return {
        "depart_s": int(journey.depart_s),
        "arrive_s": int(journey.arrive_s),
        "rides": journey.rides,
        "walk_s": int(journey.walk_s),
        "legs": legs,
    }


def _runs(lines: "FrequencyGraph", told: dict[str, Any], *, lang: str, as_json: bool) -> None:
    """Print what runs in the period."""
    from transitplan.transit.vehicles import route_modes
    from transitplan.viz.plain import records

    calls = lines.calls
    course = calls.groupby("course", sort=False).agg(
        route_id=("route_id", "first"),
        direction_id=("direction_id", "first"),
        often=("vehicles_per_hour", "max"),
    )
    each_way = course.groupby(["route_id", "direction_id"], sort=False)["often"].sum()
    rows = calls.groupby("route_id", sort=False).agg(stops=("stop", "nunique")).reset_index()
    hourly = each_way.groupby("route_id").max()
    rows["vehicles_per_hour"] = rows["route_id"].map(hourly)  # in the direction that has more
    rows.insert(1, "name", rows["route_id"].map(_names(lines, lang)))
    rows.insert(2, "mode", rows["route_id"].map(route_modes(lines.service)))
    places = lines.places
    reached = len(set(places.access.origin.tolist()))
    told |= {"zones": places.n_zones, "zones_with_a_stop": reached, "lines": records(rows)}
    if as_json:
        OUT.print_json(json.dumps(told, ensure_ascii=False))
        return
    OUT.print(_table(rows, _title("Lines", told)))
    OUT.print(f"{reached} of {places.n_zones} zones have a stop in walking distance.")


def _rides(
    ridden: "TransitAssignment",
    network: "Network",
    told: dict[str, Any],
    *,
    lang: str,
    as_json: bool,
) -> None:
    """Print who rides what, and who crosses the river on what."""
    from transitplan.viz.plain import records

    names = _names(ridden.lines, lang)
    rows, over = ridden.lines_frame(), _over(ridden, network)
    rows.insert(1, "name", rows["route_id"].map(names))
    if over is not None:
        over.insert(2, "name", over["route_id"].map(names))
    told |= {
        "accounts_pph": ridden.accounts,
        "lines": records(rows),
        "river": None if over is None else records(over),
    }
    if ridden.crowded is not None:
        crowded, full = ridden.crowded, ridden.over_capacity()
        told["crowding"] = {
            "relative_gap": crowded.relative_gap,
            "iterations": crowded.iterations,
            "converged": crowded.converged,
            "segments_over_capacity": len(full),
        }
    if as_json:
        OUT.print_json(json.dumps(told, ensure_ascii=False))
        return
    OUT.print(_table(rows, _title("Passengers", told)))
    if over is None:
        OUT.print("The network's crossings do not tell two banks apart: nobody is counted there.")
    else:
        OUT.print(_table(over, "Passengers over the river, persons an hour"))
    parts = (f"{name.replace('_', ' ')} {value:,.0f}" for name, value in ridden.accounts.items())
    OUT.print("Persons an hour: " + ", ".join(parts) + ".")
    if ridden.crowded is not None:
        _say_crowding(told["crowding"])


def _say_crowding(found: dict[str, Any]) -> None:
    how = "" if found["converged"] else "not converged: "
    OUT.print(
        f"{how}gap {found['relative_gap']:.2g} after {found['iterations']} iterations; "
        f"{found['segments_over_capacity']} segments carry more than their vehicles take."
    )


def _over(ridden: "TransitAssignment", network: "Network") -> "pd.DataFrame | None":
    """Passengers by crossing, line and direction; None where there are no two banks."""
    from transitplan.transit import river_passengers

    try:
        rows = river_passengers(ridden, network)
    except ValidationError:
        return None
    return rows.rename(columns={"to_bank": "to"}).sort_values("crossing_id", kind="stable")


def _names(lines: "FrequencyGraph", lang: str) -> "pd.Series[Any]":
    """Name of each route in a language, the short one where it has no other."""
    routes = lines.service.routes.set_index("route_id")
    long = lines.service.names("routes", "route_long_name", lang).reindex(routes.index).fillna("")
    return long.where(long != "", routes["route_short_name"])


def _title(what: str, told: dict[str, Any]) -> str:
    begin, end = told["period_h"]
    return f"{what}, {told['network']}, {told['date']}, {begin:g} to {end:g} h"


def _table(frame: "pd.DataFrame", title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        words = str(name).replace("_pph", "").replace("_", " ")
        numbers = frame[name].dtype.kind in "if"
        table.add_column(words, justify="right" if numbers else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
