"""What a baseline keeps of the inputs, so that a failure can say which of them changed."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from transitplan.io.gmns import read_gmns, write_gmns
from transitplan.io.text import read_text_table
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.model.tables import TABLES, Column
from transitplan.versions.apply import Applied

LEFT_OUT = (
    "name_zh",
    "source",
    "confidence",
    "note",
    "geometry_id",
    "dir_flag",
    "corridor_id",
    "description",
    "special_conditions",
    "district",
    "directed",
    "rail_deck",
    "observed_daily_vehicles_low",
    "observed_daily_vehicles_high",
    "observed_year",
)
TABLES_LEFT_OUT = ("geometry",)
TIMETABLES_LEFT_OUT = ("translations",)
OF_TRIPS = ("trips", "frequencies", "stop_times")  # what cards write of these is told of the line
NETWORK, DEMAND, CARDS = "network", "demand.csv", "cards.csv"
WRITES = ["table", "id", "property", "project", "file"]
ENDS_DECIMALS = 2


@dataclass(frozen=True, eq=False)
class Inputs:
    """A network without what moves no result, trip ends of the demand, and what cards wrote.

    demand
        zone_id, class_name, from_vph, to_vph, as text
    cards
        ``WRITES``: which card wrote which property of which row
    """

    network: Network | None = None
    demand: pd.DataFrame | None = None
    cards: pd.DataFrame | None = None

    def write(self, folder: Path) -> None:
        """Write as a network folder and two tables."""
        if self.network is not None:
            write_gmns(self.network, folder / NETWORK)
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in ((DEMAND, self.demand), (CARDS, self.cards)):
            if frame is not None:
                frame.to_csv(folder / name, index=False, lineterminator="\n")


def read_inputs(folder: Path) -> Inputs:
    """Read what ``Inputs.write`` wrote; what is not there is None.

    Raises
    ------
    ValidationError
        If a file cannot be read.
    """
    network = read_gmns(folder / NETWORK) if (folder / NETWORK).is_dir() else None
    demand, cards = (
        read_text_table(folder / name) if (folder / name).is_file() else None
        for name in (DEMAND, CARDS)
    )
    return Inputs(network, demand, cards)


def slim(network: Network) -> Network:
    """Return the network without names in Chinese, sources, lines: what moves no result."""
    tables = {
        name: _emptied(network.table(name), TABLES[name])
        for name in network.table_names
        if name not in TABLES_LEFT_OUT
    }
    transit = network.transit
    if transit is not None:
        kept = [name for name in transit.table_names if name not in TIMETABLES_LEFT_OUT]
        transit = TransitService({name: transit.table(name) for name in kept}, transit.name)
    return Network(tables, name=network.name, crs=network.crs, transit=transit)


def _emptied(frame: pd.DataFrame, rules: tuple[Column, ...]) -> pd.DataFrame:
    """Put defaults into columns that are left out, and drop those that no table must have."""
    known = {rule.name: rule.default for rule in rules if rule.name in LEFT_OUT}
    for name, default in known.items():
        frame[name] = pd.Series(default, index=frame.index, dtype=frame[name].dtype)
    extra = [name for name in LEFT_OUT if name in frame and name not in known]
    return frame.drop(columns=extra)


def trip_ends(demand: Demand) -> pd.DataFrame:
    """Trips that start and end in each zone by class, as text: what ``Inputs.demand`` holds."""
    parts = [
        pd.DataFrame(
            {
                "zone_id": demand.zone_ids,
                "class_name": each.name,
                "from_vph": trips.sum(axis=1),
                "to_vph": trips.sum(axis=0),
            }
        )
        for each, trips in zip(demand.classes, demand.trips_vph, strict=True)
    ]
    ends = pd.concat(parts, ignore_index=True)
    ends = ends[(ends["from_vph"] > 0) | (ends["to_vph"] > 0)]
    for name in ("from_vph", "to_vph"):
        ends[name] = [f"{value:.{ENDS_DECIMALS}f}" for value in ends[name]]
    return ends.astype(str)


def written_by(applied: Applied, root: Path) -> pd.DataFrame:
    """Which card wrote which property of which row, as text: what ``Inputs.cards`` holds.

    The property is empty where the card added the row, and for transit, where it is that of a line
    or a stop. Files are told relative to the root.
    """
    rows = applied.touched()[WRITES]
    left_out = (*TABLES_LEFT_OUT, *TIMETABLES_LEFT_OUT)
    rows = rows[~rows["table"].isin(left_out) & ~rows["property"].isin(LEFT_OUT)]
    files = {each: _within(each, root) for each in rows["file"].unique()}
    rows = rows.assign(file=rows["file"].map(files).astype(object)).astype(str)
    if applied.network.transit is not None:
        trips = applied.network.transit.trips
        of_trip = rows["table"].isin(OF_TRIPS)
        lines = rows.loc[of_trip, "id"].map(trips.set_index("trip_id")["route_id"])
        rows.loc[of_trip, "id"] = lines.fillna("")  # empty: trips that are no more
        rows.loc[of_trip, "table"] = "routes"
        rows = rows[rows["id"] != ""]
        rows.loc[rows["table"].isin(("routes", "stops")), "property"] = ""
    return rows.drop_duplicates(ignore_index=True)


def _within(file: str, root: Path) -> str:
    path = Path(file).resolve()
    return path.relative_to(root).as_posix() if file and path.is_relative_to(root) else file
