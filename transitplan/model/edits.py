"""Edits: a network in, a new network out, whose history says what was done."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from transitplan.arrays import positions
from transitplan.errors import NotFoundError, ValidationError, likely, listed
from transitplan.model.network import Network, build_network


def close_links(network: Network, link_ids: Iterable[Any], *, reason: str) -> Network:
    """Take links out of the network, and the turns from and to them.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> len(close_links(network, [3], reason="bridge works").links)
    5
    """
    ids = list(link_ids)
    links = network.links
    gone = positions(pd.Index(links["link_id"]), ids, what="close_links")
    text = f"closed links {listed(ids)}: {reason}"
    tables = {"link": links.drop(index=links.index[gone])}
    if "movement" in network.table_names:
        turns = network.table("movement")
        lost = turns["ib_link_id"].isin(ids) | turns["ob_link_id"].isin(ids)
        tables["movement"] = turns[~lost]
    return _replaced(network, tables, text)


def close_crossing(network: Network, crossing_id: str, *, reason: str) -> Network:
    """Take every link of a river crossing out of the network.

    Raises
    ------
    NotFoundError
        If no link belongs to the crossing.
    """
    links = network.links
    ids = links.loc[links["crossing_id"] == crossing_id, "link_id"].tolist()
    if not ids:
        known = sorted(set(links["crossing_id"]) - {""})
        raise NotFoundError(
            f"close_crossing: no link belongs to {crossing_id!r}; crossings with links: "
            f"{', '.join(known)}.{likely(crossing_id, known)}"
        )
    return close_links(network, ids, reason=f"crossing {crossing_id}: {reason}")


def add_links(
    network: Network,
    rows: Sequence[Mapping[str, Any]],
    *,
    reason: str,
    shapes: Mapping[Any, str] | None = None,
) -> Network:
    """Add links between nodes that exist.

    Parameters
    ----------
    rows
        One mapping a link, with the column names of the link table.
    shapes
        Lines as WKT in the network's projection, by the ``geometry_id`` that rows refer to.

    Raises
    ------
    ValidationError
        If an id is taken already, or a row breaks a rule of the table.
    """
    links = network.links
    added = pd.DataFrame(list(rows))
    if "link_id" not in added:
        raise ValidationError("add_links: no link with a link_id was given. Give each row one.")
    taken = added["link_id"][added["link_id"].isin(links["link_id"])].tolist()
    if taken:
        raise ValidationError(f"add_links: link ids {listed(taken)} are taken. Choose new ones.")
    tables = {"link": pd.concat([links, added], ignore_index=True)}
    if shapes:
        drawn = pd.DataFrame({"geometry_id": list(shapes), "geometry": list(shapes.values())})
        tables["geometry"] = pd.concat([network.table("geometry"), drawn], ignore_index=True)
    return _replaced(network, tables, f"added links {listed(added['link_id'].tolist())}: {reason}")


def add_rows(
    network: Network, tables: Mapping[str, Sequence[Mapping[str, Any]]], *, reason: str
) -> Network:
    """Add rows to several tables at once, each row with the column names of its table.

    Raises
    ------
    ValidationError
        If an id is taken already, or a row breaks a rule of its table.
    """
    grown = {
        name: pd.concat([network.table(name), pd.DataFrame(list(rows))], ignore_index=True)
        for name, rows in tables.items()
        if rows
    }
    return _replaced(network, grown, reason)


def set_columns(
    network: Network, columns: "Mapping[str, pd.Series[Any]]", *, reason: str
) -> Network:
    """Replace columns of the link table, rows in the same order.

    Raises
    ------
    ValidationError
        If a value breaks a rule of the table.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> tolled = set_columns(network, {"toll_cny": network.links["toll_cny"] + 5}, reason="test")
    >>> tolled.links["toll_cny"].unique().tolist()
    [5.0]
    """
    return _replaced(network, {"link": network.links.assign(**columns)}, reason)


def add_crossing(network: Network, row: Mapping[str, Any], *, reason: str) -> Network:
    """Add a row to the crossing table, with the column names of that table.

    Raises
    ------
    ValidationError
        If the id is taken already, or the row breaks a rule of the table.
    """
    crossings = network.crossings
    if row.get("crossing_id") in set(crossings["crossing_id"]):
        raise ValidationError(
            f"add_crossing: {row['crossing_id']} is in the table already. Choose another id."
        )
    tables = {"crossing": pd.DataFrame([*crossings.to_dict("records"), dict(row)])}
    return _replaced(network, tables, f"added crossing {row.get('crossing_id')}: {reason}")


def _replaced(network: Network, tables: Mapping[str, pd.DataFrame], text: str) -> Network:
    kept = {name: network.table(name) for name in network.table_names}
    return build_network(
        {**kept, **tables},
        name=network.name,
        crs=network.crs,
        history=(*network.history, text),
        transit=network.transit,
    )
