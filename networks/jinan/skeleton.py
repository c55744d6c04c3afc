"""The road skeleton: the world highway graph of scgraph_data, derived from OpenStreetMap."""

import importlib.util
import json
from pathlib import Path

PACKAGE = "scgraph_data==2.0.0"

Point = tuple[float, float]


def read_skeleton(numbers: set[int]) -> dict[int, Point]:
    """Longitude and latitude of the numbered nodes of the world highway graph [degrees].

    The module keeps each table on one line, ``nodes=[[lat, lon], ...]``. Reading that line as text
    takes a tenth of the memory of importing the module, and needs no routing library. Coordinates
    carry 3 decimals (about 100 m).

    Raises
    ------
    SystemExit
        If the package is not installed.
    """
    lines = _module_path().read_text(encoding="utf-8").splitlines()
    table = next(line for line in lines if line.startswith("nodes="))
    nodes = json.loads(table.removeprefix("nodes="))
    return {number: (nodes[number][1], nodes[number][0]) for number in sorted(numbers)}


def _module_path() -> Path:
    spec = importlib.util.find_spec("scgraph_data")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"build.py needs the package {PACKAGE}: pip install {PACKAGE}")
    return Path(spec.submodule_search_locations[0]) / "world_highways.py"
