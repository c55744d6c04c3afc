"""The text of TNTP files: metadata, lines, units."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import NotFoundError, ValidationError, no_file
from transitplan.model.demand import UserClass
from transitplan.units import LENGTH_TO_METRES, METRES_PER_KM, SECONDS_PER_HOUR, TIME_TO_SECONDS

NET_COLUMNS = (
    "init_node",
    "term_node",
    "capacity",
    "length",
    "free_flow_time",
    "b",
    "power",
    "speed",
    "toll",
    "link_type",
)
EXTRA = {"speed": "tntp_speed", "link_type": "tntp_link_type"}  # kept, not understood
_METADATA = re.compile(r"<([^>]*)>\s*([^~]*)")
_ROUNDED = 1e-6  # share by which stated and found trips may differ: totals in files are rounded


@dataclass(frozen=True)
class Units:
    """Seconds, metres and CNY of the units in a file."""

    time_s: float
    length_m: float
    toll_factor: float = 0.0
    distance_factor: float = 0.0

    def user_class(self) -> UserClass:
        """Travellers for whom one unit of time costs one CNY."""
        return UserClass(
            "vehicles",
            value_of_time_cny_per_h=SECONDS_PER_HOUR / self.time_s,
            distance_cost_cny_per_km=self.distance_factor * METRES_PER_KM / self.length_m,
        )


@dataclass(frozen=True)
class TntpText:
    """A file taken apart: metadata by name, and data lines by number."""

    path: Path
    metadata: dict[str, str]
    lines: list[tuple[int, str]]

    def count(self, name: str) -> int:
        """Number that the metadata must state."""
        text = self.metadata.get(name, "").split()
        if not text or not text[0].isdigit():
            raise ValidationError(
                f"{self.path}: <{name}> is missing or not a number. Write it into the head "
                "of the file."
            )
        return int(text[0])


def units_of(time_unit: str, length_unit: str, toll: float, distance: float) -> Units:
    """Return units by name, with the factors of tolls and distance."""
    for unit, known in ((time_unit, TIME_TO_SECONDS), (length_unit, LENGTH_TO_METRES)):
        if unit not in known:
            raise NotFoundError(f"unit {unit!r} is unknown. Use one of {', '.join(known)}.")
    return Units(TIME_TO_SECONDS[time_unit], float(LENGTH_TO_METRES[length_unit]), toll, distance)


def read_text(path: Path) -> TntpText:
    """Take a file apart."""
    if not path.is_file():
        raise no_file(path)
    metadata: dict[str, str] = {}
    lines: list[tuple[int, str]] = []
    in_data = False
    for number, raw in enumerate(path.read_text(encoding="latin-1").splitlines(), start=1):
        line = raw.partition("~")[0].strip()
        found = _METADATA.match(line)
        if found and not in_data:
            name = found.group(1).strip().upper()
            metadata[name] = found.group(2).strip()
            in_data = name == "END OF METADATA"
        elif line:
            lines.append((number, line))
    if not in_data:
        raise ValidationError(f"{path}: no <END OF METADATA>. Is this a TNTP file?")
    return TntpText(path, metadata, lines)


def net_rows(text: TntpText) -> pd.DataFrame:
    """Links of a network file, with the columns of the format."""
    rows = []
    for number, line in text.lines:
        words = line.replace(";", " ").split()
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = []
        if len(values) != len(NET_COLUMNS):
            raise ValidationError(
                f"{text.path}, line {number}: {line!r} is not a link. Write the "
                f"{len(NET_COLUMNS)} numbers {', '.join(NET_COLUMNS)}."
            )
        rows.append(values)
    stated = text.count("NUMBER OF LINKS")
    if stated != len(rows):
        raise ValidationError(
            f"{text.path}: <NUMBER OF LINKS> is {stated}, {len(rows)} were found. Correct one."
        )
    return pd.DataFrame(rows, columns=list(NET_COLUMNS))


def check_ends(text: TntpText, rows: pd.DataFrame, n_nodes: int) -> None:
    """Refuse links whose ends are no nodes."""
    for name in ("init_node", "term_node"):
        wrong = ~rows[name].isin(range(1, n_nodes + 1)).to_numpy()
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise ValidationError(
                f"{text.path}, line {text.lines[at][0]}: {name} {rows[name].iloc[at]:g} is not a "
                f"node; <NUMBER OF NODES> is {n_nodes}."
            )


def read_places(path: str | Path | None, n_nodes: int) -> Floats:
    """Coordinates of nodes 1 … n, (n_nodes, 2); on a line where there is no file."""
    if path is None:
        return np.stack([np.arange(n_nodes, dtype=np.float64), np.zeros(n_nodes)], axis=1)
    path = Path(path)
    if not path.is_file():
        raise no_file(path)
    places = np.full((n_nodes, 2), np.nan)
    for number, raw in enumerate(path.read_text(encoding="latin-1").splitlines(), start=1):
        words = raw.partition("~")[0].replace(";", " ").split()
        if not words or (number == 1 and not words[0].isdigit()):
            continue
        try:
            node, x, y = int(words[0]), float(words[1]), float(words[2])
        except (ValueError, IndexError):
            node, x, y = 0, 0.0, 0.0
        if not 1 <= node <= n_nodes:
            raise ValidationError(
                f"{path}, line {number}: {raw.strip()!r} is not a node, x and y. Write "
                "these three numbers."
            )
        places[node - 1] = x, y
    absent = np.flatnonzero(np.isnan(places[:, 0])) + 1
    if absent.size:
        raise ValidationError(
            f"{path}: {absent.size} nodes have no line (node {absent[0]}). Add them."
        )
    return places


def read_cells(text: TntpText, n_zones: int) -> Floats:
    """Trips of a trip file, (n_zones, n_zones)."""
    if text.count("NUMBER OF ZONES") != n_zones:
        raise ValidationError(
            f"{text.path}: <NUMBER OF ZONES> is {text.count('NUMBER OF ZONES')}; the network has "
            f"{n_zones}."
        )
    trips = np.zeros((n_zones, n_zones))
    for number, origin, destination, value in _cells(text):
        if not (1 <= origin <= n_zones and 1 <= destination <= n_zones and value >= 0):
            raise ValidationError(
                f"{text.path}, line {number}: {value:g} trips from {origin} to {destination}: "
                f"zones are 1 … {n_zones} and trips 0 or more."
            )
        trips[origin - 1, destination - 1] += value
    stated = text.metadata.get("TOTAL OD FLOW", "")
    try:
        total = float(stated) if stated else trips.sum()
    except ValueError:
        raise ValidationError(
            f"{text.path}: <TOTAL OD FLOW> {stated!r} is not a number. Correct it."
        ) from None
    if abs(total - trips.sum()) > max(_ROUNDED * total, 1.0):
        raise ValidationError(
            f"{text.path}: <TOTAL OD FLOW> is {total:g}, the trips add up to {trips.sum():g}. "
            "Correct one."
        )
    return trips


def _cells(text: TntpText) -> Iterator[tuple[int, int, int, float]]:
    """(line, origin, destination, trips) of each entry."""
    origin = 0
    for number, line in text.lines:
        try:
            if line.lower().startswith("origin"):
                origin = int(line.split()[1])
                continue
            for item in line.split(";"):
                if item.strip():
                    destination, value = item.split(":")
                    yield number, origin, int(destination), float(value)
        except (ValueError, IndexError):
            raise ValidationError(
                f"{text.path}, line {number}: {line!r} is neither 'Origin n' nor 'zone : "
                "trips;'. Correct the line."
            ) from None
