"""What a path on the command line is: a case, a network, cards or demand.

A file stands for what it belongs to, so that a git hook can pass the files that changed.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from transitplan.errors import NotFoundError, ValidationError, near
from transitplan.io import NETWORK_SUFFIXES
from transitplan.io.gmns import TRANSIT
from transitplan.io.text import read_text_table
from transitplan.io.toml import read_toml
from transitplan.model.tables import TABLES

Kind = Literal["case", "network", "cards", "demand"]
CASE, WAIVERS = "case.toml", "check.toml"
CARD_SUFFIXES = (".yml", ".yaml", ".json", ".toml")
_PROJECT = re.compile(r'^[\s{]*"?project"?\s*[:=]', re.MULTILINE)


class Target(NamedTuple):
    """One thing to check."""

    kind: Kind
    path: Path


def targets(paths: Iterable[Path], *, changed: bool = False) -> tuple[list[Target], list[Path]]:
    """What to check for these paths, each thing once, and the paths that are nothing of ours.

    Parameters
    ----------
    changed
        The paths are files that changed: those that belong to nothing of ours are fine.

    Raises
    ------
    NotFoundError
        If a path is not there.
    ValidationError
        If a path is nothing that can be checked, and not ``changed``.
    """
    found: dict[Target, None] = {}
    others = []
    for path in paths:
        if not path.exists():
            if changed:  # deleted: what it belonged to is checked by its neighbours
                others.append(path)
                continue
            raise NotFoundError(f"{path}: no such file or folder. {near(path)}".rstrip())
        target = _of_folder(path) if path.is_dir() else _of_file(path)
        if target is not None:
            found[target] = None
        elif changed:
            others.append(path)
        else:
            raise ValidationError(
                f"{path}: neither a case, a network, project cards nor demand. Name a folder with "
                "case.toml, a GMNS folder, cards (.yml, .json, .toml with a project) or a matrix."
            )
    return list(found), others


def case_above(path: Path) -> Path | None:
    """Return the nearest folder, itself included, that has a ``case.toml``."""
    for folder in (path.absolute(), *path.absolute().parents):
        if (folder / CASE).is_file():
            here = Path.cwd()
            return folder.relative_to(here) if folder.is_relative_to(here) else folder
    return None


def base_of(folder: Path) -> Path:
    """Network folder of a case, or a network itself."""
    if not (folder / CASE).is_file():
        return folder
    return folder / str(read_toml(folder / CASE).get("base", ""))


def is_card(path: Path) -> bool:
    """Whether a file looks like a project card."""
    if path.suffix not in CARD_SUFFIXES or path.name in {CASE, WAIVERS}:
        return False
    return bool(_PROJECT.search(path.read_text(encoding="utf-8-sig", errors="replace")))


def _of_folder(path: Path) -> Target | None:
    if (path / CASE).is_file():
        return Target("case", path)
    if any((path / f"{name}.csv").is_file() for name in ("config", "link", "node")):
        return Target("network", path)
    if path.name == TRANSIT and (path.parent / "link.csv").is_file():
        return Target("network", path.parent)
    if any(path.glob("*.shp")):
        return Target("network", path)
    if any(is_card(each) for each in sorted(path.iterdir()) if each.is_file()):
        return Target("cards", path)
    return None


def _of_file(path: Path) -> Target | None:
    folder, suffix = path.parent, path.suffix.lower()
    table = suffix == ".csv" and path.stem in {*TABLES, "config"}
    lines = suffix == ".txt" and folder.name == TRANSIT
    if path.name in {CASE, WAIVERS} or lines or (table and (folder / "link.csv").is_file()):
        return _of_folder(folder)
    if is_card(path):
        return _of_card(path)
    if suffix == ".omx":
        return Target("demand", path)
    case = case_above(folder) if suffix in {".csv", ".toml", ".geojson"} else None
    if case is not None:  # before demand: other tables of a case have columns from and to as well
        return Target("case", case)
    if suffix == ".csv" and _holds_trips(path):
        return Target("demand", path)
    return Target("network", path) if suffix in NETWORK_SUFFIXES else None


def _of_card(path: Path) -> Target:
    """Cards that a case names are checked with it: they may need each other."""
    case = case_above(path.parent)
    if case is None:
        return Target("cards", path)
    years = read_toml(case / CASE).get("years", {}).values()
    named = [(case / name).resolve() for year in years for name in year.get("cards", ())]
    mine = {path.resolve(), path.resolve().parent}
    return Target("case", case) if mine & set(named) else Target("cards", path.parent)


def _holds_trips(path: Path) -> bool:
    """Whether a CSV file is a table of trips by its header."""
    from transitplan.io.pairs import is_trip_table

    try:
        return is_trip_table(read_text_table(path))
    except ValidationError:
        return False
