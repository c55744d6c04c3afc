"""Names of properties in cards: columns of our files, of the model, or of network_wrangler."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from difflib import get_close_matches
from numbers import Real
from typing import Any, NamedTuple

from transitplan.errors import ValidationError, listed
from transitplan.model.tables import FACILITY_TYPES, TABLES, Column
from transitplan.units import METRES_PER_KM

METRES_PER_MILE = 1609.344
ELSEWHERE = {rule.on_disk for rules in TABLES.values() for rule in rules}
ALIASES = {  # network_wrangler's names
    "link": {
        "model_link_id": "link_id",
        "A": "from_node_id",
        "B": "to_node_id",
        "roadway": "facility_type",
        "price": "toll_cny",
    },
    "node": {"model_node_id": "node_id", "X": "lon", "Y": "lat", "longitude": "lon"}
    | {"latitude": "lat"},
}
ROADWAY = {  # OpenStreetMap's classes of road
    "motorway": "expressway",
    "primary": "arterial",
    "secondary": "arterial",
    "tertiary": "collector",
    "unclassified": "local",
    "residential": "local",
    "living_street": "local",
    "service": "local",
}
ACCESS = {  # flags of network_wrangler and the uses that they speak of
    "drive_access": ("car", "truck", "bus"),
    "truck_access": ("truck",),
    "bike_access": ("cycle",),
    "walk_access": ("walk",),
}
MODES = {"drive": "car", "truck": "truck", "bike": "cycle", "walk": "walk", "transit": "bus"}


class Property(NamedTuple):
    """A column, and what a number of the card is multiplied by to stand in it."""

    column: str
    factor: float


def find(table: str, name: str, extra: list[str]) -> Property:
    """Return the column that a card calls so.

    Raises
    ------
    ValidationError
        If there is none; the message proposes one.
    """
    if name in extra:  # a column of the user may have a name that the dialect uses otherwise
        return Property(name, 1.0)
    rules = {rule.name: rule for rule in TABLES[table]}
    on_disk = {rule.on_disk: rule for rule in TABLES[table]}
    if name == "distance" and table == "link":
        return Property("length_m", METRES_PER_MILE)
    name = ALIASES.get(table, {}).get(name, name)
    if name in rules or (table == "node" and name in {"lon", "lat"}):
        return Property(name, 1.0)
    if name in on_disk:
        return Property(on_disk[name].name, _disk_factor(on_disk[name]))
    known = sorted({*rules, *on_disk, *extra, *ALIASES.get(table, {})})
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(on_disk)}."
    raise ValidationError(f"{table}.csv has no column {name!r}. {hint}")


def cell(table: str, column: str, value: Any) -> Any:
    """Return a value of a card as it stands in a column."""
    if table == "link" and column == "facility_type" and value not in FACILITY_TYPES:
        text = str(value)
        return "ramp" if text.endswith("_link") else ROADWAY.get(text, text)
    return value


def typed(table: str, column: str, value: Any) -> Any:
    """Return one value of a card, a text for a column of texts and a number for one of numbers.

    Raises
    ------
    ValidationError
        If it is a list or a table, or no number where the column holds numbers.
    """
    where = f"{table}.csv, column {column}"
    one_value(where, value)
    rule = next((rule for rule in TABLES[table] if rule.name == column), None)
    if rule is None or value is None or value != value:  # noqa: PLR0124  not a number: empty
        return value
    if rule.kind == "text":
        return str(value)
    return number(where, value) if rule.kind in {"int", "float"} else value


def one_value(where: str, value: Any) -> None:
    """Refuse what is several values where one stands."""
    if isinstance(value, list | tuple | set | dict):
        raise ValidationError(f"{where}: {value!r} is not one value. Write a text or a number.")


def number(where: str, value: Any) -> Any:
    """Return a number, also one in quotes.

    Raises
    ------
    ValidationError
        If it is none; True and False are none.
    """
    if _is_number(value):
        return value
    try:
        return float(str(value))
    except ValueError:
        raise ValidationError(f"{where}: {value!r} is no number. Write one.") from None


def added_row(
    table: str, row: Mapping[str, Any], extra: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return a new row by the names of the model, and the keys that became columns of the user."""
    cells: dict[str, Any] = {}
    own: list[str] = []
    uses: set[str] | None = None
    rules = {rule.name for rule in TABLES[table]}
    for name, value in row.items():
        if table == "link" and name in ACCESS and name not in extra:
            uses = uses if uses is not None else {use for every in ACCESS.values() for use in every}
            if not value:
                uses -= set(ACCESS[name])
            continue
        try:
            column, factor = find(table, name, extra)
        except ValidationError:
            column, factor = name, 1.0
            if name not in ELSEWHERE:  # a link's year of opening is no slip of the pen
                own.append(name)
        scaled = cell(table, column, times(value, factor))
        cells[column] = typed(table, column, scaled) if column in rules else scaled
    if uses is not None and "allowed_uses" not in cells:
        cells["allowed_uses"] = ",".join(sorted(uses)) or "none"
    return cells, own


def only_own(file: str, names: Collection[str], ruled: Collection[str]) -> None:
    """Refuse new columns that the table has by its rules.

    Raises
    ------
    ValidationError
        If there is one: adding it would empty its cells.
    """
    wrong = [name for name in names if name in ruled]
    if wrong:
        raise ValidationError(
            f"{file} has {listed(wrong)} by its rules. Name only columns of your own in "
            "new_columns."
        )


def times(value: Any, factor: float) -> Any:
    """Return a number times the factor, as decimal text is; anything else as it is."""
    if factor == 1.0 or not _is_number(value):
        return value
    return float(Decimal(repr(float(value))) * Decimal(repr(factor)))


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _disk_factor(rule: Column) -> float:
    return METRES_PER_KM if rule.name == "length_m" else 1.0
