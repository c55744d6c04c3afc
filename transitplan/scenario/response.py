"""Files that say how car trips of a case answer to cost.

Beside the demand of a year, ``2025_am.omx``, stand ``2025_am_response.omx`` with the car's share of
each class that answers (``share_<class>``), and ``record/response.csv`` with the scale and the
deterrence of each.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from transitplan.demand.columns import Columns
from transitplan.demand.response import Response
from transitplan.errors import NotFoundError, ValidationError
from transitplan.io import read_demand
from transitplan.io.text import read_text_table
from transitplan.scenario.case import Case
from transitplan.units import SECONDS_PER_MINUTE

COLUMNS = ("class_name", "scale_per_min", "deterrence_per_min")
SHARE = "share_"  # before the name of a class


@dataclass(frozen=True)
class ResponsePaths:
    """Where the response of a demand stands: shares of its year, rules of all years."""

    shares: Path
    rules: Path


def response_paths(demand: Path) -> ResponsePaths:
    """Files beside a demand file.

    Examples
    --------
    >>> response_paths(Path("od_matrices/two_banks/2025_am.omx")).shares.name
    '2025_am_response.omx'
    """
    return ResponsePaths(
        demand.with_name(f"{demand.stem}_response.omx"), demand.parent / "record" / "response.csv"
    )


def has_response(case: Case) -> bool:
    """Whether every year of a case says how its trips answer."""
    paths = [response_paths(case.demand_path(year)) for year in case.years]
    return all(each.shares.is_file() and each.rules.is_file() for each in paths)


def read_response(case: Case, year: int) -> Response:
    """How car trips of a modelled year answer to cost.

    Raises
    ------
    NotFoundError
        If the case has no such files.
    ValidationError
        If they are wrong, or do not fit the demand of the year.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> found = read_response(read_case("networks/two_banks"), 2025)
    >>> sorted(found.shares)
    ['car_business', 'car_commute', 'car_other']
    """
    path = case.demand_path(year)
    paths = response_paths(path)
    absent = [each for each in (paths.shares, paths.rules) if not each.is_file()]
    if absent:
        raise NotFoundError(
            f"{' and '.join(map(str, absent))}: no such file, so that trips of {year} cannot "
            f"answer by mode or destination. Run `transitplan demand {case.folder}` (which writes "
            "it where case.toml names a demand_model), or write it as docs/demand.md says."
        )
    demand, table = case.demand(year), read_demand(paths.shares)
    found = [
        f"{paths.shares}: matrix {each.name} is no {SHARE}<class>. Rename it."
        for each in table.classes
        if not each.name.startswith(SHARE)
    ]
    if table.made_from and demand.made_from and table.made_from != demand.made_from:
        found.append(
            f"{paths.shares}: made from other inputs than {path}. Run `transitplan demand "
            f"{case.folder}`."
        )
    if found:
        raise ValidationError(found)
    scale, deterrence = _read_rules(paths.rules)
    shares = {
        each.name.removeprefix(SHARE): matrix
        for each, matrix in zip(table.classes, table.trips_vph, strict=True)
    }
    try:
        made = Response(table.zone_ids, shares, scale, deterrence)
        made.in_order(demand)
    except ValidationError as error:
        raise ValidationError(f"{paths.shares}: {text}" for text in error.problems) from None
    return made


def response_version(case: Case, year: int) -> str:
    """Hash of how trips of a year answer."""
    found = read_response(case, year)
    parts = [found.zone_ids.astype(str).tolist(), found.scale_per_s, found.deterrence_per_s]
    digest = hashlib.sha256(repr(parts).encode())
    for name, share in sorted(found.shares.items()):
        digest.update(name.encode() + share.tobytes())
    return digest.hexdigest()


def _read_rules(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Scale and deterrence by class, per second."""
    table = read_text_table(path)
    table.attrs["path"] = path
    rows = Columns(table, "response", COLUMNS)
    names = rows.unique("class_name")
    scale, deterrence = (rows.numbers(name, filled=True) for name in COLUMNS[1:])
    rows.refuse()
    return (
        dict(zip(names, (scale / SECONDS_PER_MINUTE).tolist(), strict=True)),
        dict(zip(names, (deterrence / SECONDS_PER_MINUTE).tolist(), strict=True)),
    )
