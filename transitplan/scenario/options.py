"""From an option to a network: committed schemes and the site's structure added to the base."""

from typing import Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.edits import add_links
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.chain import add_structure


def option_network(case: Case, option: str, year: int) -> Network:
    """Return the network of an option in a year: base, schemes committed by then, the structure."""
    network = committed_network(case, year)
    return network if option == NONE else add_option(case, network, option)


def add_option(case: Case, network: Network, option: str) -> Network:
    """Return the network with an option built."""
    site, form = case.find(option)
    try:
        return add_structure(network, site, form)
    except ValidationError as error:
        raise ValidationError(
            f"{case.folder}, option {option}, seen as two links: {text}" for text in error.problems
        ) from None


def option_problems(case: Case) -> list[str]:
    """Problems that show when each option is built in each year."""
    found: list[str] = []
    for year in case.years:
        for option in case.option_ids:
            try:
                option_network(case, option, year)
            except ValidationError as error:
                found += [text for text in error.problems if text not in found]
    return found


def committed_network(case: Case, year: int) -> Network:
    """Return the base network with every scheme that is committed and open by the year."""
    network = case.network
    for name in case.years[year].committed:
        rows = case.committed[name]
        network = _add_rows(network, rows, reason=f"{name}: committed by {year}")
    return network


def _add_rows(network: Network, rows: pd.DataFrame, *, reason: str) -> Network:
    """Add link rows read from a file, their lines included."""
    rows = rows.reset_index(drop=True)
    shapes: dict[Any, str] = {}
    if "geometry" in rows:
        drawn = rows["geometry"] != ""
        free = _free_ids(network, "geometry", "geometry_id", int(drawn.sum()))
        lines = [_projected(network, text) for text in rows.loc[drawn, "geometry"]]
        shapes = dict(zip(free, lines, strict=True))
        rows["geometry_id"] = pd.Series([None] * len(rows), dtype=object)
        rows.loc[drawn, "geometry_id"] = free
        rows = rows.drop(columns="geometry")
        rows["dir_flag"] = 1
    records = [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]
    return add_links(network, records, shapes=shapes, reason=reason)


def _free_ids(network: Network, table: str, column: str, count: int) -> list[int]:
    taken = network.table(table)[column]
    start = int(taken.max()) + 1 if len(taken) else 1
    return list(range(start, start + count))


def _projected(network: Network, wkt: str) -> str:
    import shapely

    line = shapely.transform(shapely.from_wkt(wkt), network.to_metres, interleaved=False)
    return str(shapely.to_wkt(line, rounding_precision=6))
