"""``audit``: run every rule on a network."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from transitplan.errors import ValidationError, no_file
from transitplan.inspection import connectivity, doubles, lengths, river, roads, transit, values
from transitplan.inspection.result import Audit, Finding, in_order
from transitplan.inspection.rules import Found, Rule, Subject
from transitplan.inspection.waivers import ALL, Waiver, unknown_rules
from transitplan.model.network import Network

UNUSED = Rule(
    "waiver-unused", "warning", "check.toml",
    "a waiver that matches no finding any more",
    "不再对应任何问题的豁免",
    "Take it out of check.toml.",
    "从 check.toml 中删除。",
    lambda _: (),
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    *connectivity.RULES,
    *values.RULES,
    *lengths.RULES,
    *doubles.RULES,
    *river.RULES,
    *roads.RULES,
    *transit.RULES,
    UNUSED,
)
RULE_NAMES = tuple(rule.name for rule in RULES)
BY_RIVER = frozenset({"river-no-crossing", "crossing-dry"})  # find nothing without its geometry

GeoJSON = Mapping[str, Any]


def audit(
    network: Network,
    river: str | Path | GeoJSON | None = None,
    *,
    year: int | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    waivers: Sequence[Waiver] = (),
) -> Audit:
    """Hold a network against every rule of ``docs/check.md``.

    Parameters
    ----------
    river
        GeoJSON of the river in longitude and latitude, or its file; of several features those
        whose ``kind`` is ``river``. Without it links that cross the river are not looked for.
    year
        Year that the network is of, for the status of crossings.
    only, skip
        Names of rules to run, or not to run.
    waivers
        Findings that may stand (``read_waivers``).

    Returns
    -------
    Audit
        ``ok`` where there is no error.

    Raises
    ------
    ValidationError
        If a rule is not known or the river cannot be read.

    Examples
    --------
    >>> from transitplan.model.cases import grid
    >>> network, _ = grid(3, 3)
    >>> audit(network).ok
    True
    """
    wrong = unknown_rules([*only, *skip], RULE_NAMES)
    if wrong:
        raise ValidationError(wrong)
    subject = Subject(network, None if river is None else _river(river, network), year)
    rules = [rule for rule in RULES if (not only or rule.name in only) and rule.name not in skip]
    raised = [(rule, found) for rule in rules for found in rule.find(subject)]
    kept, used = _waived(raised, waivers)
    waived = len(raised) - len(kept)
    if UNUSED in rules:
        blind = BY_RIVER if subject.river is None else frozenset()
        ran = {rule.name for rule in rules} - blind
        kept += [(UNUSED, found) for found in _unused(waivers, used, ran)]
    findings = in_order(_placed(network, kept))
    names = tuple(rule.name for rule in rules)
    return Audit(network.name, network.version, findings, names, waived)


def _waived(
    raised: Sequence[tuple[Rule, Found]], waivers: Sequence[Waiver]
) -> tuple[list[tuple[Rule, Found]], set[tuple[Waiver, str]]]:
    """Findings that no waiver holds for, and which ids of which waivers were of use."""
    held: dict[tuple[str, str], list[Waiver]] = {}
    for waiver in waivers:
        for item in waiver.items:
            held.setdefault((waiver.rule, item), []).append(waiver)
    kept, used = [], set()
    for rule, found in raised:
        hits = {
            (waiver, item)
            for item in (str(found.id), ALL)
            for waiver in held.get((rule.name, item), ())
            if waiver.says in found.text
        }
        used |= hits
        if not hits:
            kept.append((rule, found))
    return kept, used


def _unused(
    waivers: Sequence[Waiver], used: set[tuple[Waiver, str]], ran: set[str]
) -> Iterable[Found]:
    for waiver in waivers:
        idle = [item for item in waiver.items if (waiver, item) not in used]
        if idle and waiver.rule in ran:
            yield Found(waiver.rule, f"nothing is found for {', '.join(idle)} ({waiver.reason})")


def _placed(network: Network, raised: Sequence[tuple[Rule, Found]]) -> list[Finding]:
    """Findings with longitude and latitude, where the network is projected."""
    at = np.array([found.at or (np.nan, np.nan) for _, found in raised]).reshape(-1, 2)
    places: list[tuple[float | None, float | None]] = [(None, None)] * len(raised)
    if network.crs is not None and len(raised):
        import pyproj  # slow to import, and a sound network needs no place

        back = pyproj.Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
        lon, lat = back.transform(at[:, 0], at[:, 1])
        places = [
            (round(float(x), 6), round(float(y), 6)) if np.isfinite(x) else (None, None)
            for x, y in zip(lon, lat, strict=True)
        ]
    return [
        Finding(
            rule.severity,
            rule.name,
            rule.table,
            found.id,
            *place,
            found.text,
            rule.next_step,
            rule.title_zh,
            rule.next_step_zh,
        )
        for (rule, found), place in zip(raised, places, strict=True)
    ]


def _river(given: str | Path | GeoJSON, network: Network) -> Any:
    """Geometry of the river in the network's projection."""
    content: Any = given
    where = "river"
    if isinstance(given, str | Path):
        where = str(given)
        path = Path(given)
        if not path.is_file():
            raise no_file(path, "Name a GeoJSON of the river.")
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValidationError(f"{path}: not JSON: {error}.") from None
    features = content.get("features", [content]) if isinstance(content, Mapping) else []
    kinds = [(each.get("properties") or {}).get("kind", "") for each in features]
    shapes = [
        each.get("geometry", each)
        for each, kind in zip(features, kinds, strict=True)
        if kind == "river" or "river" not in kinds
    ]
    try:
        made = [shapely.from_geojson(json.dumps(each)) for each in shapes]
    except shapely.errors.ShapelyError as error:
        raise ValidationError(f"{where}: not GeoJSON: {error}.") from None
    lines = [each for each in made if each is not None and each.length > 0]
    if not lines:
        raise ValidationError(
            f"{where}: no line and no area of a river (kind: river) in the GeoJSON. Add one."
        )
    return shapely.transform(shapely.union_all(lines), network.to_metres, interleaved=False)


def rules_table(rules: Sequence[Rule] = RULES) -> str:
    """Rules as a table in Markdown: name, severity, what each finds, what to do."""
    rows = [
        f"| `{rule.name}` | {rule.severity} | {rule.table} | {rule.title} | {rule.next_step} |"
        for rule in rules
    ]
    return "\n".join(
        [
            "| rule | severity | ids of | finds | next step |",
            "| --- | --- | --- | --- | --- |",
            *rows,
        ]
    )
