"""Cards of projects under way: one file each, in the folder of the year they are open by."""

from pathlib import Path
from typing import Any

import writing
import yaml
from roads import Road
from skeleton import Point
from tables import Row, read_table

FIRST_LINK = 90_001
NUMBERS = {
    "link_id",
    "from_node_id",
    "to_node_id",
    "length",
    "capacity",
    "free_speed",
    "lanes",
    "toll",
    "toll_truck",
    "vdf_alpha",
    "vdf_beta",
}
WIDTH = 100


def write_cards(folder: Path, nodes: dict[int, Point], roads: list[Road]) -> None:
    """Write the card of every row of ``projects.csv``; ``roads`` are those of committed_links.csv.

    Raises
    ------
    SystemExit
        If a committed link belongs to no project, or a project has no link.
    """
    links = _links(nodes, roads)
    projects = read_table("projects")
    if sorted(links) != sorted(row["links"] for row in projects):
        raise SystemExit(f"projects.csv and committed_links.csv disagree: {sorted(links)}")
    for row in projects:
        place = folder / row["year"]
        place.mkdir(parents=True, exist_ok=True)
        card = _card(row, links[row["links"]])
        text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False, width=WIDTH)
        (place / f"{row['card']}.yml").write_text(text, encoding="utf-8", newline="\n")


def _links(nodes: dict[int, Point], roads: list[Road]) -> dict[str, list[dict[str, Any]]]:
    """Two links a road, by the number of its missing link: L32a and L32b are of L32."""
    found: dict[str, list[dict[str, Any]]] = {}
    link_id = FIRST_LINK
    for source, road in zip(read_table("committed_links"), roads, strict=True):
        for way in (road, road.reversed()):
            row = writing.link_row(way, link_id) | {
                "open_year": source["open_year"],
                "geometry": writing.wkt(way.line(nodes)),
            }
            cells = {name: _value(name, text) for name, text in row.items() if text}
            found.setdefault(source["link_key"][:3], []).append(cells)
            link_id += 1
    return found


def _value(name: str, text: str) -> Any:
    if name in NUMBERS:
        return float(text) if "." in text else int(text)
    return text == "true" if name == "directed" else text


def _card(row: Row, links: list[dict[str, Any]]) -> dict[str, Any]:
    opens = max(int(link["open_year"]) for link in links)
    changes: list[dict[str, Any]] = [{"roadway_addition": {"links": links}}]
    if row["crossing_id"]:
        opened = {"crossing_id": row["crossing_id"], "status": "open", "open_year": opens}
        changes.append({"crossing": opened})
    return {
        "project": row["project"],
        "notes": row["notes"],
        "tags": ["committed", row["status"], f"opens {opens}"],
        "source": row["source"],
        "confidence": row["confidence"],
        "changes": changes,
    }
