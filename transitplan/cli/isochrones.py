"""``transitplan access --isochrones``: areas reached from a place, on the screen and as GeoJSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from transitplan.cli.console import OUT, writable_folder, written
from transitplan.errors import NotFoundError, ValidationError, likely, listed, no_file

MODES = ("car", "transit", "walk", "cycle")
PLACES = 6  # decimals of a degree: 0.1 m
WGS84 = "EPSG:4326"
M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class Question:
    """What is asked, as it stands on the command line."""

    place: str
    mode: str
    minutes: str
    window: str
    percentile: float
    barrier: Path | None


def show_isochrones(
    network_path: Path, question: Question, *, out: Path | None, as_json: bool
) -> None:
    """Print how much and how many people are within each time; write the areas."""
    if question.mode not in MODES:
        raise typer.BadParameter(f"use {', '.join(MODES)}", param_hint="--mode")
    minutes = numbers(question.minutes, ",", "--minutes", like="15,30")
    window = numbers(question.window, "-", "--window", like="7-9")
    if out is not None:
        if out.suffix not in {".geojson", ".json"}:
            raise ValidationError(f"{out}: areas are written as GeoJSON. Name a .geojson file.")
        writable_folder(out.parent)
    import transitplan as tp

    network = tp.read_network(network_path)
    place = _place(network, question.place)
    found = _areas(network, place, question, minutes, window)
    found.insert(0, "place", question.place)
    found.insert(1, "mode", question.mode)
    found.insert(3, "area_km2", found.area / M2_PER_KM2)
    if "population" in network.zones:
        found.insert(4, "people", _people(network, found))
    table = found.drop(columns="geometry")
    if as_json:
        OUT.print_json(json.dumps(table.to_dict("records")))
    else:
        when = {"car": ", empty roads", "transit": f", leaving {question.window} h"}
        how = question.mode + when.get(question.mode, "")
        OUT.print(f"Within reach of {question.place} by {how}:", markup=False)
        OUT.print(_table(table))
    if out is not None:
        _write(found, out)


def numbers(text: str, between: str, option: str, *, like: str) -> list[float]:
    """Numbers with a sign between them, as 15,30 or 7-9."""
    try:
        return [float(part) for part in text.split(between)]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not like {like}", param_hint=option) from None


def _areas(
    network: Any, place: Any, question: Question, minutes: list[float], window: list[float]
) -> Any:
    """Isochrones by the mode that is asked for."""
    import transitplan as tp
    from transitplan.access.transit_isochrones import nearest_node, place_m

    if question.mode == "car":
        node, _ = nearest_node(network, place_m(network, place), "car")
        return tp.isochrones(network, tp.compile_road(network), node, minutes=minutes)
    if question.mode in {"walk", "cycle"}:
        return tp.street_isochrones(network, place, mode=question.mode, minutes=minutes)
    if network.transit is None:
        raise NotFoundError(
            f"{network.name}: no folder transit/, so that nothing runs. Put a GTFS feed there "
            "(docs/transit.md), or take --mode car, walk or cycle."
        )
    if len(window) != 2:  # noqa: PLR2004  from and to
        raise typer.BadParameter("give from and to in hours, as 7-9", param_hint="--window")
    day = tp.compile_timetable(network.transit, network.transit.busiest("weekday"), network=network)
    return tp.transit_isochrones(
        network,
        day,
        place,
        (window[0], window[1]),
        minutes=minutes,
        percentile=question.percentile,
        barrier=None if question.barrier is None else _barrier(network, question.barrier),
    )


def _place(network: Any, text: str) -> Any:
    """A cluster's zone, the id of a zone, stop or node, or longitude and latitude."""
    lon, comma, lat = text.partition(",")
    if comma:
        try:
            return float(lon), float(lat)
        except ValueError:
            raise typer.BadParameter(
                f"{text!r} is not like 117.05,36.69 (longitude, latitude)",
                param_hint="--isochrones",
            ) from None
    clusters = network.clusters
    known = clusters.loc[clusters["cluster_id"] == text, "zone_id"]
    if len(known):
        return known.iloc[0]
    ids = [network.zones["zone_id"], network.nodes["node_id"]]
    ids += [network.transit.stops["stop_id"]] if network.transit is not None else []
    named = clusters["cluster_id"].astype(str).tolist()
    if text not in {*named, *(str(each) for column in ids for each in column)}:
        raise NotFoundError(
            f"--isochrones: {text!r} is no cluster, zone, stop or node. Name one of "
            f"{listed(named)}, an id, or lon,lat.{likely(text, named)}"
        )
    return int(text) if text.isdecimal() else text


def _barrier(network: Any, path: Path) -> Any:
    """Lines and areas of a file; of ours, whose features have a kind, only the river."""
    import shapely
    from shapely.geometry import shape

    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        shapes = [
            shape(each["geometry"])
            for each in features
            if (each.get("properties") or {}).get("kind", "river") == "river"
        ]
    except OSError:
        raise no_file(path) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValidationError(
            f"{path}: no GeoJSON with features. Save the river's lines or areas as GeoJSON."
        ) from None
    if not shapes:
        raise ValidationError(f"{path}: no feature of the kind river. Leave kind out to use all.")
    return shapely.transform(shapely.union_all(shapes), network.to_metres, interleaved=False)


def _people(network: Any, areas: Any) -> list[int]:
    """People inside each area, as ``people_points`` spreads them."""
    import shapely

    from transitplan.access.people import people_points

    people = people_points(network)
    at = shapely.points(people[["x_m", "y_m"]].to_numpy(dtype=float))
    return [round(people["people"][shapely.intersects(area, at)].sum()) for area in areas.geometry]


def _table(table: Any) -> Table:
    shown = Table()
    names = {"within_min": "minutes", "area_km2": "km²", "people": "people"}
    columns = [name for name in names if name in table]
    for name in columns:
        shown.add_column(names[name], justify="right")
    digits = {"within_min": "{:g}", "area_km2": "{:,.1f}", "people": "{:,.0f}"}
    for row in table[columns].iloc[::-1].itertuples(index=False):
        shown.add_row(*(digits[name].format(cell) for name, cell in zip(columns, row, strict=True)))
    return shown


def _write(found: Any, out: Path) -> None:
    """Write areas in longitude and latitude, whole or not at all."""
    import shapely

    from transitplan.io.text import write_whole

    if found.crs is None:
        raise ValidationError(
            f"{out}: the network has no projection, and GeoJSON needs degrees. Give crs in its "
            "config.csv."
        )
    degrees = found.to_crs(WGS84)
    degrees = degrees.set_geometry(shapely.set_precision(degrees.geometry.array, 10.0**-PLACES))
    text = degrees.to_json(drop_id=True, ensure_ascii=False)
    write_whole(out, lambda part: part.write_text(text + "\n", encoding="utf-8"))
    written([out])
