"""``transitplan closures``: which closures, or tolls, cost the trips of today most."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from transitplan.cli import complete
from transitplan.cli.console import (
    OUT,
    examples,
    print_record,
    progress,
    writable_folder,
    write_csv,
    written,
)
from transitplan.cli.ground import ground_around, ground_of
from transitplan.errors import NotFoundError, ValidationError, likely, listed, no_file

if TYPE_CHECKING:  # help and usage errors need no tables
    import pandas as pd

    from transitplan.model.network import Network

EXAMPLES = examples(
    (
        "closures networks/jinan/2025 od_matrices/jinan/2025_am.omx --each-crossing",
        "each crossing shut, at the times of empty roads",
    ),
    (
        "closures networks/jinan/2025 od_matrices/jinan/2025_am.omx --times flows.csv -o all.csv",
        "every link that is used, at the times that `assign --out flows.csv` wrote",
    ),
    (
        "closures networks/jinan/2025 od_matrices/jinan/2025_am.omx --crossings X09,X10+X12",
        "one crossing, and two others at once",
    ),
    (
        "closures networks/jinan/2025 od_matrices/jinan/2025_am.omx --each-crossing --toll 10",
        "10 CNY more at each crossing instead",
    ),
    after="Times stay as they are: for the queues that follow a closure, assign again without it.",
)
SUFFIXES = (".csv", ".gpkg")
LAYER = "closures"


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    demand: Path = typer.Argument(..., help="Demand, .omx or .csv."),
    *,
    links: str = typer.Option("", help="Links to shut, by comma; with + at once."),
    crossings: str = typer.Option(
        "", help="Crossings, by comma; with + at once.", autocompletion=complete.crossings
    ),
    each_crossing: bool = typer.Option(False, help="Each crossing alone."),
    both_ways: bool = typer.Option(
        False, help="With a link also those between the same two nodes, either way."
    ),
    toll: float | None = typer.Option(
        None, help="Nothing is shut, but each link of it asks so many CNY more."
    ),
    times: Path | None = typer.Option(
        None, help="CSV with link_id and time_s, as assign --out writes; empty roads if absent."
    ),
    top: int = typer.Option(20, min=1, help="Rows to print; files have all."),
    out: Path | None = typer.Option(None, "--out", "-o", help="File of the table, .csv or .gpkg."),
    map_: Path | None = typer.Option(None, "--map", help="Page with links by hours added, .html."),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Rank closures by trips cut off and hours added: all links that are used, or those named."""
    import transitplan as tp

    _check_targets(out, map_)
    roads = tp.compile_road(tp.read_network(network))
    trips = tp.read_demand(demand)
    asked = _asked(
        roads.network, links, crossings, each_crossing=each_crossing, both_ways=both_ways
    )
    times_s = None if times is None else _times(roads.network, times)
    with progress("closures") as tell:
        found = tp.rank_closures(
            roads,
            trips,
            asked,
            times_s=times_s,
            toll_rise_cny=toll,
            threads=threads,
            progress=lambda done, total: tell(done, total, ""),
        )
    if not (each_crossing or links or crossings):
        found = found[found["trips_vph"] > 0]
    table = _named(roads.network, found, asked)
    if out is not None:
        _write(roads.network, table, out)
    if map_ is not None:
        _draw(roads.network, table, map_, toll, ground_of(ground_around(network)))
    if as_json:
        print_record({"closures": len(table), "ranked": _flat(table)[:top].to_dict("records")})
    else:
        OUT.print(_shown(table, top, toll))


def _check_targets(out: Path | None, page: Path | None) -> None:
    """Refuse files that could not be written, before the work."""
    if out is not None and out.suffix not in SUFFIXES:
        raise ValidationError(f"{out}: name a file that ends in {' or '.join(SUFFIXES)}.")
    if page is not None and page.suffix != ".html":
        raise ValidationError(f"{page}: a map is a page. Name a file that ends in .html.")
    for path in (out, page):
        if path is not None:
            writable_folder(path.parent)


def _asked(
    network: "Network", links: str, crossings: str, *, each_crossing: bool, both_ways: bool
) -> dict[tuple[Any, ...], str]:
    """What the user calls each closure, by its links; all roads alone where none is named."""
    from transitplan.graph.street_walks import CONNECTOR

    table = network.links
    over = table[table["crossing_id"].fillna("") != ""]
    of_crossing = {str(name): tuple(ids) for name, ids in over.groupby("crossing_id")["link_id"]}
    if each_crossing and not of_crossing:
        raise ValidationError(
            "--each-crossing: no link has a crossing_id. Name links with --links."
        )
    of_link = _both_ways(table) if both_ways else {str(each): (each,) for each in table["link_id"]}
    named = dict(of_crossing) if each_crossing else {}
    named |= _named_closures(links, of_link, "--links", "link_id")
    named |= _named_closures(crossings, of_crossing, "--crossings", "crossing_id")
    if not (each_crossing or links or crossings):
        roads = table.loc[table["facility_type"] != CONNECTOR, "link_id"]
        named = {str(each): of_link[str(each)] for each in roads}
    asked: dict[tuple[Any, ...], str] = {}
    for name, ids in named.items():  # of links that are named twice, the first name
        asked.setdefault(ids, name)
    return asked


def _named_closures(
    text: str, known: dict[str, tuple[Any, ...]], option: str, column: str
) -> dict[str, tuple[Any, ...]]:
    """Take ``a,b+c`` apart: a alone, b and c at once."""
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    parts = {name: [each.strip() for each in name.split("+")] for name in wanted}
    unknown = [each for names in parts.values() for each in names if each not in known]
    if unknown:
        raise NotFoundError(
            f"{option}: no link has the {column} {listed(unknown)}; those known look like "
            f"{listed(list(known))}.{likely(unknown[0], known)}"
        )
    return {
        name: tuple(dict.fromkeys(link for each in names for link in known[each]))
        for name, names in parts.items()
    }


def _both_ways(table: "pd.DataFrame") -> dict[str, tuple[Any, ...]]:
    """Links between the same two nodes, either way, by each of them."""
    ends = table[["from_node_id", "to_node_id"]].astype(str)
    street = ends.min(axis=1) + " " + ends.max(axis=1)
    groups = table["link_id"].groupby(street.to_numpy()).agg(tuple)
    return dict(zip(table["link_id"].astype(str), groups.loc[street].tolist(), strict=True))


def _times(network: "Network", path: Path) -> Any:
    """Times in the order of the link table; all links without one are told."""
    import pandas as pd

    if not path.is_file():
        raise no_file(path)
    table = pd.read_csv(path, dtype={"link_id": str}, encoding="utf-8-sig")
    missing = [name for name in ("link_id", "time_s") if name not in table]
    if missing:
        raise ValidationError(
            f"{path}: no column {', '.join(missing)}. Write it with `transitplan assign … --out`."
        )
    found = table.drop_duplicates("link_id").set_index("link_id")["time_s"]
    values = found.reindex(network.links["link_id"].astype(str))
    empty = values[values.isna()].index.tolist()
    if empty:
        raise ValidationError(
            f"{path}: no time_s for {len(empty)} of {len(values)} links ({listed(empty)}). It must "
            "be of this network."
        )
    return values.to_numpy(dtype=float)


def _named(
    network: "Network", found: "pd.DataFrame", asked: dict[tuple[Any, ...], str]
) -> "pd.DataFrame":
    """The ranking with what each closure is called and the roads that it is on."""
    links = network.links
    road = dict(zip(links["link_id"], links["name"], strict=True)) if "name" in links else {}
    streets = [[road.get(link) for link in each] for each in found["link_ids"]]
    told = ["; ".join(dict.fromkeys(str(name) for name in each if name)) for each in streets]
    names = [asked[each] for each in found["link_ids"]]
    columns = ["closure", "road", *found.columns]
    return found.assign(closure=names, road=told)[columns]


def _flat(table: "pd.DataFrame") -> "pd.DataFrame":
    """The same with link ids as one text."""
    return table.assign(link_ids=[" ".join(map(str, each)) for each in table["link_ids"]])


def _write(network: "Network", table: "pd.DataFrame", out: Path) -> None:
    """Write the whole table; with lines where the file holds them."""
    if out.suffix == ".csv":
        write_csv(_flat(table), out)
        return
    import geopandas as gpd
    import pandas as pd
    import shapely

    from transitplan.io.geopackage import no_clock
    from transitplan.io.text import write_whole

    line = pd.Series(network.link_lines(), index=network.links["link_id"])
    drawn = [shapely.multilinestrings(line.loc[list(each)].tolist()) for each in table["link_ids"]]
    frame = gpd.GeoDataFrame(_flat(table), geometry=drawn, crs=network.crs)
    with no_clock():
        write_whole(
            out, lambda part: frame.to_file(part, layer=LAYER, driver="GPKG", engine="pyogrio")
        )
    written([out])


def _draw(
    network: "Network",
    table: "pd.DataFrame",
    page: Path,
    toll: float | None,
    ground: dict[str, Any],
) -> None:
    """Colour each link by the most that a closure with it adds; cut-off trips are in the table."""
    from transitplan.model.network_map import network_map
    from transitplan.viz.text import Text

    each = table.explode("link_ids").groupby("link_ids")["added_h"].max().round(1)
    name = Text("Hours added when it is shut [veh·h/h]", "关闭时增加的车时 [车时/小时]")
    if toll is not None:
        name = Text(
            f"Hours added by {toll:g} CNY [veh·h/h]", f"加收 {toll:g} 元增加的车时 [车时/小时]"
        )
    network_map(network, name, values=each.astype(float), ground=ground).save(page)
    written([page])


def _shown(table: "pd.DataFrame", top: int, toll: float | None) -> Table:
    what = "closures" if toll is None else f"tolls, {toll:g} CNY more"
    title = f"{len(table):,} {what}; times stay as they are"
    if len(table) > top:
        title += f"; the first {top}"
    shown = Table(title=title, title_justify="left")
    shown.add_column("closure" if toll is None else "toll")
    shown.add_column("road")
    for name in ("trips over it/h", "of these longer", "cut off", "hours added"):
        shown.add_column(name, justify="right")
    numbers = ["trips_vph", "longer_vph", "cut_off_vph"]
    for row in table.head(top).to_dict("records"):
        figures = [f"{row[name]:,.0f}" for name in numbers]
        shown.add_row(row["closure"], row["road"], *figures, f"{row['added_h']:,.1f}")
    return shown
