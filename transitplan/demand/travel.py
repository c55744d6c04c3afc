"""Where trips of a day go and by what mode: gravity on the logsum of a nested logit, in one step.

Travellers with and without a car at hand compete for the same attractions. Distribution stands
above mode choice, so its sensitivity may not exceed that of the modes (Williams 1977; UK Department
for Transport, TAG unit M2.1, *Variable demand modelling*).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.demand.balancing import balance
from transitplan.demand.choice import Nest, choose
from transitplan.demand.columns import Columns
from transitplan.demand.generation import TripEnds
from transitplan.errors import AccountingError, ValidationError, likely, listed
from transitplan.units import SECONDS_PER_MINUTE

CAR = "car"
COLUMNS = (
    "purpose",
    "scale_per_min",
    "deterrence_per_min",
    "occupancy",
    "value_of_time_cny_per_h",
)
BALANCED = 1e-8  # largest relative miss of a trip end
ROUNDING = 1e-6  # share of trips that balancing may move


@dataclass(frozen=True)
class Rule:
    """How trips of a purpose choose.

    scale_per_s
        Utility of a second of generalised cost, above 0.
    deterrence_per_s
        Of the composite cost −logsum / scale, above 0 and at most the scale.
    constants
        Added to the utility of each mode; 0 where a mode is not named, −inf where it is not used.
    """

    purpose: str
    scale_per_s: float
    deterrence_per_s: float
    occupancy: float
    value_of_time_cny_per_h: float  # of a person
    constants: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Travel:
    """Person trips of a day, from productions to attractions.

    trips
        By mode, (n_purposes, n, n); ``total`` is their sum.
    of_owners
        Those of travellers with a car at hand, alike.
    composite_s
        Cost of all modes together for those with a car and those without, (2, n_purposes, n, n);
        inf where nothing goes.
    """

    purposes: tuple[str, ...]
    trips: Mapping[str, Floats]
    of_owners: Mapping[str, Floats]
    composite_s: Floats

    @property
    def total(self) -> Floats:
        """Trips by all modes, (n_purposes, n, n)."""
        return np.asarray(sum(self.trips.values()))

    def shares(self) -> pd.DataFrame:
        """Share of each mode, one row a purpose."""
        sums = {mode: trips.sum(axis=(1, 2)) for mode, trips in self.trips.items()}
        frame = pd.DataFrame(sums, index=pd.Index(self.purposes, name="purpose"))
        return frame.div(frame.sum(axis=1), axis=0)


def read_rules(table: pd.DataFrame, purposes: Sequence[str], modes: Sequence[str]) -> list[Rule]:
    """Check the table of how each purpose chooses.

    Parameters
    ----------
    table
        One row a purpose: purpose, scale_per_min, deterrence_per_min, occupancy,
        value_of_time_cny_per_h, and ``constant_<mode>`` as far as modes have one.

    Raises
    ------
    ValidationError
        With every problem of the table.
    """
    rows = Columns(table, "rules", COLUMNS)
    names = rows.unique("purpose")
    scale, deterrence = (rows.numbers(name, filled=True) for name in COLUMNS[1:3])
    occupancy = rows.numbers("occupancy", least=1.0, filled=True)
    worth = rows.numbers("value_of_time_cny_per_h", filled=True)
    for name, values in (("scale_per_min", scale), ("value_of_time_cny_per_h", worth)):
        rows.note(values == 0, name, "is 0")
    with np.errstate(invalid="ignore"):
        wrong = (deterrence <= 0) | (deterrence > scale)
    rows.note(
        wrong,
        "deterrence_per_min",
        "is 0 or above scale_per_min, with which better modes could "
        "take trips away from a destination",
        "Lower it, or raise scale_per_min.",
    )
    constants = {mode: rows.numbers(f"constant_{mode}", least=-np.inf) for mode in modes}
    strange = [
        name
        for name in rows.table.columns
        if str(name).startswith("constant_") and str(name)[9:] not in modes
    ]
    rows.found += [
        f"{rows.what}, column {name}: no such mode."
        + (likely(name, [f"constant_{mode}" for mode in modes]) or " Take it out.")
        for name in strange
    ]
    absent = sorted(set(purposes) - set(names))
    if absent:
        rows.found.append(f"{rows.what}: no row of {', '.join(absent)}. Add one.")
    rows.refuse()
    place = [list(names).index(purpose) for purpose in purposes]
    return [
        Rule(
            purposes[k],
            scale[i] / SECONDS_PER_MINUTE,
            deterrence[i] / SECONDS_PER_MINUTE,
            occupancy[i],
            worth[i],
            {m: float(c[i]) for m, c in constants.items() if np.isfinite(c[i])},
        )
        for k, i in enumerate(place)
    ]


def travel(
    ends: TripEnds,
    cost_s: Mapping[str, Floats],
    rules: Sequence[Rule],
    tree: Nest,
    *,
    with_car: Collection[str] = (CAR,),
    k_factors: Mapping[str, Floats] | None = None,
) -> Travel:
    """Distribute the trips of a day and choose their modes.

    Parameters
    ----------
    ends
        Productions and attractions of each purpose.
    cost_s
        Generalised cost of each mode and purpose, (n_purposes, n, n), of a person; inf where a mode
        does not go. Trips within a zone need a cost, too.
    rules
        One a purpose, in the order of ``ends.purposes``.
    tree
        Modes.
    with_car
        Modes that are only for those who have a car at hand.
    k_factors
        By purpose, (n, n), above 0: times the pull of a pair, as ``read_k_factors`` makes them;
        1 where a purpose has none. Costs stay what they are.

    Raises
    ------
    ValidationError
        If modes, purposes or trip ends do not fit.
    AccountingError
        If trips were lost.
    """
    if [rule.purpose for rule in rules] != list(ends.purposes):
        raise ValidationError("travel: give one rule a purpose, in the order of the trip ends.")
    modes = tree.alternatives
    if set(modes) != set(cost_s):
        raise ValidationError(
            f"travel: costs of {', '.join(sorted(cost_s))}, rules for "
            f"{', '.join(sorted(modes))}. Give the same modes to both."
        )
    known = k_factors or {}
    found = [
        travel_for(
            ends,
            k,
            {mode: cost_s[mode][k] for mode in modes},
            rule,
            tree,
            with_car,
            known.get(rule.purpose),
        )
        for k, rule in enumerate(rules)
    ]
    trips = {mode: np.stack([each[0][mode] for each in found]) for mode in modes}
    of_owners = {mode: np.stack([each[1][mode] for each in found]) for mode in modes}
    composite_s = np.stack([each[2] for each in found], axis=1)
    made = Travel(ends.purposes, trips, of_owners, composite_s)
    went, came = float(ends.productions.sum()), float(made.total.sum())
    if not abs(came - went) <= ROUNDING * went:
        raise AccountingError(
            f"travel: {went:,.2f} trips were produced and {came:,.2f} made. Please report this."
        )
    return made


def _check_reach(ends: TripEnds, k: int, purpose: str, reached: Bools) -> None:
    """Refuse trips of zones from which no mode leads to one that draws any.

    reached
        Whether any mode leads from zone to zone, of those with a car and those without,
        (2, n, n).
    """
    drawn = reached & (ends.attractions[k] > 0)
    share = np.stack([ends.car_share, 1.0 - ends.car_share])
    makes = share * ends.productions[k] > 0
    lost = makes & ~drawn.any(axis=2)
    found = [
        f"travel: purpose {purpose}: people {whose} car at hand in zones "
        f"{listed(ends.zone_ids[alone].tolist())} reach no zone that draws such trips by any mode. "
        "Join these zones to roads or walks, or take their trips out."
        for whose, alone in zip(("with a", "without a"), lost, strict=True)
        if alone.any()
    ]
    unmet = (ends.attractions[k] > 0) & ~(reached & makes[:, :, None]).any(axis=(0, 1))
    if unmet.any():
        found.append(
            f"travel: purpose {purpose}: zones {listed(ends.zone_ids[unmet].tolist())} draw trips, "
            "and nobody who makes such trips reaches them by any mode. Join them to roads or "
            "walks, or take what they draw out."
        )
    if found:
        raise ValidationError(found)


def travel_for(
    ends: TripEnds,
    k: int,
    cost_s: Mapping[str, Floats],
    rule: Rule,
    tree: Nest,
    with_car: Collection[str],
    k_factor: Floats | None = None,
) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
    """Trips by mode, of all and of those with a car at hand, and composite costs of one purpose.

    Parameters
    ----------
    k
        Position of the purpose among those of the trip ends.
    cost_s
        Of each mode, (n, n).
    k_factor
        Times the pull of each pair, (n, n).
    """
    utilities = {
        mode: rule.constants.get(mode, 0.0) - rule.scale_per_s * cost
        for mode, cost in cost_s.items()
    }
    without = {m: np.full_like(u, -np.inf) if m in with_car else u for m, u in utilities.items()}
    choices = [choose(tree, each) for each in (utilities, without)]
    composite = np.stack([-each.logsum / rule.scale_per_s for each in choices])
    share = np.stack([ends.car_share, 1.0 - ends.car_share])
    n = len(ends.zone_ids)
    if not np.isfinite(composite).any():
        raise ValidationError(
            f"travel: no mode leads anywhere for purpose {rule.purpose}. Check its costs: "
            "all are infinite."
        )
    _check_reach(ends, k, rule.purpose, np.isfinite(composite))
    least = composite[np.isfinite(composite)].min()
    pull = np.exp(-rule.deterrence_per_s * (composite.reshape(2 * n, n) - least))
    if k_factor is not None:
        pull *= np.concatenate([k_factor, k_factor])
    origins = (share * ends.productions[k]).ravel()
    # One thread: a round is too short to be worth handing over.
    met = balance(pull, origins, ends.attractions[k], rtol=BALANCED, threads=1)
    both = met.reshape(2, n, n)
    of_owners = {mode: np.asarray(both[0] * choices[0].shares[mode]) for mode in cost_s}
    trips = {mode: of_owners[mode] + both[1] * choices[1].shares[mode] for mode in cost_s}
    return trips, of_owners, composite
