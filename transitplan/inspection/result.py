"""Audit: what rules found, as a value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from transitplan.inspection.rules import SEVERITIES, Severity
from transitplan.viz.plain import plain_data

COLUMNS = (
    "severity",
    "rule",
    "table",
    "id",
    "lon",
    "lat",
    "text",
    "next_step",
    "title_zh",
    "next_step_zh",
)


class Finding(NamedTuple):
    """One thing that breaks a rule; ``lon`` and ``lat`` [deg] where it has a place."""

    severity: Severity
    rule: str
    table: str
    id: Any
    lon: float | None
    lat: float | None
    text: str
    next_step: str
    title_zh: str
    next_step_zh: str


@dataclass(frozen=True)
class Audit:
    """All findings about one thing, the worst first.

    ``waived`` counts those that ``check.toml`` lets stand; ``rules`` are those that ran.
    """

    name: str
    version: str
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    waived: int = 0

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes may be."""
        return not self.count("error")

    def count(self, severity: Severity) -> int:
        """Number of findings of a severity."""
        return sum(each.severity == severity for each in self.findings)

    def beyond(self, other: "Audit") -> "Audit":
        """Return the findings that another audit does not have, by rule and id."""
        known = {(each.rule, str(each.id)) for each in other.findings}
        fresh = [each for each in self.findings if (each.rule, str(each.id)) not in known]
        return replace(self, findings=tuple(fresh))

    def to_frame(self) -> pd.DataFrame:
        """Findings as a table: severity, rule, table, id, lon, lat [deg], text, next_step, …."""
        frame = pd.DataFrame(list(self.findings), columns=list(COLUMNS))
        return frame.astype({"lon": "float64", "lat": "float64"})

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "ok": self.ok,
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "waived": self.waived,
            "rules": list(self.rules),
            "findings": [each._asdict() for each in self.findings],
        }

    def to_json(self) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, default=plain_data)

    def to_text(self, *, most: int = 5, notes: bool = True) -> str:
        """Findings by rule, the first few of each, with the next step.

        Parameters
        ----------
        most
            Findings of a rule before "and n more".
        notes
            Notes too, not only errors and warnings.
        """
        by_rule: dict[str, list[Finding]] = {}
        for each in self.findings:
            if not notes and each.severity == "note":
                continue
            by_rule.setdefault(each.rule, []).append(each)
        return "\n".join(_group(found, most) for found in by_rule.values())

    def __repr__(self) -> str:
        """Return one line: what was checked and how much was found."""
        counts = ", ".join(f"{self.count(name)} {name}s" for name in SEVERITIES)
        return f"Audit({self.name!r}: {counts}, {self.waived} waived)"


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort findings: errors first, else as the rules stand."""
    return tuple(sorted(findings, key=lambda each: SEVERITIES.index(each.severity)))


def _group(found: Sequence[Finding], most: int) -> str:
    first = found[0]
    lines = [f"{first.severity} {first.rule}: {len(found)}. {first.next_step}"]
    for each in found[:most]:
        place = "" if each.lon is None else f" (at {each.lat:.5f}, {each.lon:.5f})"
        thing = f"{each.table} {each.id}".strip() if each.table != "table" else str(each.id)
        lines.append(f"  {thing}: {each.text}{place}")
    if len(found) > most:
        lines.append(f"  … and {len(found) - most} more")
    return "\n".join(lines)
