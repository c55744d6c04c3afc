"""What a trip costs by each mode, in minutes and money, ready for the choice between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import NotFoundError, ValidationError
from transitplan.paths.skim import Skim
from transitplan.transit.search_net import TransitWeights
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

ON_FOOT = "walk"
PARTS = ("walk_min", "wait_min", "vehicle_min", "transfers", "money_cny", "cost_min")


@dataclass(frozen=True)
class ModeTerms:
    """What a mode costs beyond its skim.

    Parameters
    ----------
    money_cny
        Of each trip: half of a day's parking, say.
    cny_per_km
        Of the way ``length_m``: fuel and wear.
    persons
        Who share the money of a vehicle.
    vehicle_weight
        What a minute in the vehicle or on the cycle counts.
    constant_min
        What the mode is disliked beyond all that [min].
    """

    money_cny: float = 0.0
    cny_per_km: float = 0.0
    persons: float = 1.0
    vehicle_weight: float = 1.0
    constant_min: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a vehicle without persons."""
        if not self.persons > 0:
            raise ValidationError(f"ModeTerms.persons: {self.persons} was given; give one above 0.")


@dataclass(frozen=True, eq=False)
class ModeCosts:
    """Costs between all zones by mode; inf where a mode has no way, 0 within a zone.

    Attributes
    ----------
    values
        Of each mode, of each of ``PARTS``: (n_zones, n_zones).
    """

    zone_ids: "pd.Index[Any]"
    values: Mapping[str, Mapping[str, Floats]] = field(repr=False)

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes."""
        return tuple(self.values)

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of zones and mode that has a way, pairs within zones left out.

        Columns o_zone_id, d_zone_id, mode, and ``PARTS``.
        """
        frames = []
        for mode, parts in self.values.items():
            i, j = np.nonzero(
                np.isfinite(parts["cost_min"]) & ~np.eye(len(self.zone_ids), dtype=bool)
            )
            columns = {name: parts[name][i, j] for name in PARTS}
            ends = {"o_zone_id": self.zone_ids[i], "d_zone_id": self.zone_ids[j]}
            frames.append(pd.DataFrame({**ends, "mode": mode, **columns}))
        found = pd.concat(frames, ignore_index=True)
        return found.sort_values(["o_zone_id", "d_zone_id"], kind="stable", ignore_index=True)

    def utilities(
        self, per_min: float, constants: Mapping[str, float] | None = None
    ) -> dict[str, Floats]:
        """Utilities of the modes, as ``demand.choice.choose`` takes them; −inf without a way.

        Trips within a zone cost nothing by any mode here: leave them out, or give them costs.

        Parameters
        ----------
        per_min
            Utility of a minute, below 0.
        constants
            Added to the utilities, by mode, as ``fit_constants`` gives them.
        """
        if not per_min < 0:
            raise ValidationError(f"per_min: {per_min} was given; a minute more is worse: below 0.")
        own = dict(constants or {})
        unknown = [mode for mode in own if mode not in self.values]
        if unknown:
            raise NotFoundError(
                f"constants: no mode {unknown[0]!r}. Modes: {', '.join(self.modes)}."
            )
        return {
            mode: per_min * parts["cost_min"] + own.get(mode, 0.0)
            for mode, parts in self.values.items()
        }


def mode_costs(
    skims: Mapping[str, Skim],
    *,
    weights: TransitWeights | None = None,
    terms: Mapping[str, ModeTerms] | None = None,
) -> ModeCosts:
    """Bring the skims of several modes to one generalised cost.

    cost = vehicle minutes + walk and wait by their weights + changes + money by the value of time
    + the mode's constant. What is neither walk nor wait counts as time in the vehicle; all time
    of a skim of walkers is walk. Money is ``fare_cny`` and ``money_cny`` of the skim (``toll_cny``
    where there is no ``money_cny``) and that of the terms.

    Parameters
    ----------
    skims
        By the name of the mode, all with ``time_s``: from ``skim`` (car, walk, cycle),
        ``skim_transit``, ``skim_timetable``, ``skim_park_and_ride(…).skim``.
    weights
        The same for all modes, so that they can be compared.
    terms
        By mode, where it costs more than its skim says.

    Raises
    ------
    ValidationError
        If the zones differ, or a skim has no times (or no lengths where kilometres cost).

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.io import read_network
    >>> from transitplan.paths import skim
    >>> roads = compile_road(read_network("networks/two_banks/2025"))
    >>> found = mode_costs({use: skim(roads, use=use) for use in ("car", "cycle")})
    >>> found.to_frame().set_index(["o_zone_id", "d_zone_id", "mode"])["cost_min"].loc[1, 4].round()
    mode
    car      24.0
    cycle    71.0
    Name: cost_min, dtype: float64
    """
    weights, terms = weights or TransitWeights(), terms or {}
    unknown = [mode for mode in terms if mode not in skims]
    if unknown:
        raise NotFoundError(f"terms: no mode {unknown[0]!r}. Modes: {', '.join(skims)}.")
    _check(skims, terms)
    zone_ids = next(iter(skims.values())).zone_ids
    return ModeCosts(
        zone_ids,
        {mode: _parts(each, terms.get(mode, ModeTerms()), weights) for mode, each in skims.items()},
    )


def _parts(skim: Skim, terms: ModeTerms, weights: TransitWeights) -> dict[str, Floats]:
    def part(name: str) -> Floats:
        zero = np.zeros((len(skim.zone_ids),) * 2)
        return np.where(skim.reachable, skim.array(name), 0.0) if name in skim.fields else zero

    time, wait = part("time_s"), part("wait_s")
    walk = time if skim.use == ON_FOOT else part("walk_s")
    money = part("money_cny") if "money_cny" in skim.fields else part("toll_cny")
    money = money + terms.money_cny
    if terms.cny_per_km:
        money = money + terms.cny_per_km * part("length_m") / 1000
    money = money / terms.persons + part("fare_cny")
    vehicle = time - walk - wait
    seconds = (
        terms.vehicle_weight * vehicle
        + weights.walk * walk
        + weights.wait * wait
        + weights.transfer_s * part("transfers")
        + money * SECONDS_PER_HOUR / weights.value_of_time_cny_per_h
    )
    found = {
        "walk_min": walk / SECONDS_PER_MINUTE,
        "wait_min": wait / SECONDS_PER_MINUTE,
        "vehicle_min": vehicle / SECONDS_PER_MINUTE,
        "transfers": part("transfers"),
        "money_cny": money,
        "cost_min": seconds / SECONDS_PER_MINUTE + terms.constant_min,
    }
    for values in found.values():
        values[~skim.reachable] = np.inf
        np.fill_diagonal(values, 0.0)
    return found


def _check(skims: Mapping[str, Skim], terms: Mapping[str, ModeTerms]) -> None:
    if not skims:
        raise ValidationError("mode_costs: no skim was given. Give one a mode.")
    first = next(iter(skims))
    found = [
        f"mode_costs: the zones of {mode} are not those of {first}."
        for mode, each in skims.items()
        if not each.zone_ids.equals(skims[first].zone_ids)
    ]
    found += [
        f"mode_costs: the skim of {mode} has no time_s; it has {', '.join(each.fields)}."
        for mode, each in skims.items()
        if "time_s" not in each.fields
    ]
    found += [
        f"mode_costs: kilometres of {mode} cost, and its skim has no length_m."
        for mode, each in skims.items()
        if terms.get(mode, ModeTerms()).cny_per_km and "length_m" not in each.fields
    ]
    if found:
        raise ValidationError(found)
