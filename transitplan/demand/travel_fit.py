"""Rules of travel fitted to what is known of it: shares of modes and mean length of trips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from transitplan.arrays import Floats
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.travel import Rule, Travel, travel
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.units import SECONDS_PER_MINUTE

TOLERANCE = 1e-6  # of shares, and of the mean length as a share of itself
LIMIT = 1000
SLACK = 1e-6


@dataclass(frozen=True)
class Known:
    """What is known of the trips of a purpose.

    shares
        Of every mode, above 0, adding up to 1.
    mean_km
        Mean length over all modes; not fitted where it is None.
    """

    shares: Mapping[str, float]
    mean_km: float | None = None


def fit_rules(
    ends: TripEnds,
    cost_s: Mapping[str, Floats],
    rules: Sequence[Rule],
    tree: Nest,
    known: Mapping[str, Known],
    *,
    km: Floats,
) -> tuple[list[Rule], Travel]:
    """Fit constants of modes and the deterrence of each purpose, at given costs.

    Constants move by the log of wanted over found shares; deterrence by found over wanted length,
    the first step of Hyman (1969). Purposes that nothing is known of stay.

    Parameters
    ----------
    ends, cost_s, rules, tree
        As for ``travel``.
    known
        By purpose.
    km
        Length of each trip, (n, n), within zones too.

    Returns
    -------
    rules, travel
        The fitted rules, the first mode of the tree having the constant 0, and their trips.

    Raises
    ------
    ValidationError
        If shares do not add up to 1, or a purpose or mode is unknown.
    ConvergenceError
        If no deterrence up to the scale of the modes gives the mean length.
    """
    _check(ends, tree, known)
    modes = tree.alternatives
    fitted = list(rules)
    for _ in range(LIMIT):
        made = travel(ends, cost_s, fitted, tree)
        off = 0.0
        for k, purpose in enumerate(ends.purposes):
            if purpose in known:
                trips = {mode: made.trips[mode][k] for mode in modes}
                fitted[k], miss = _moved(fitted[k], known[purpose], trips, km)
                off = max(off, miss)
        if off <= TOLERANCE:
            return fitted, made
    raise ConvergenceError(
        f"fit_rules: {LIMIT} rounds left a miss of {off:.2g}. Where few trips can have a mode, ask "
        "for less of it."
    )


def _moved(rule: Rule, known: Known, trips: Mapping[str, Floats], km: Floats) -> tuple[Rule, float]:
    """A rule nearer to what is known, and how far off it was; itself where it is near enough."""
    total = np.asarray(sum(trips.values()))
    modes = list(trips)
    got = np.array([trips[mode].sum() for mode in modes]) / total.sum()
    wanted = np.array([known.shares[mode] for mode in modes])
    miss = float(np.abs(got - wanted).max())
    steps = np.log(wanted / np.maximum(got, np.finfo(float).tiny))
    deterrence = rule.deterrence_per_s
    if known.mean_km is not None:
        made = total > 0
        mean = float((total[made] * km[made]).sum() / total.sum())
        miss = max(miss, abs(mean / known.mean_km - 1.0))
        deterrence *= mean / known.mean_km
        if miss > TOLERANCE and deterrence > rule.scale_per_s:
            raise ConvergenceError(_too_short(rule, mean, known.mean_km))
    if miss <= TOLERANCE:
        return rule, miss
    moved = np.array([rule.constants.get(mode, 0.0) for mode in modes]) + steps
    constants = dict(zip(modes, (moved - moved[0]).tolist(), strict=True))
    return replace(rule, constants=constants, deterrence_per_s=deterrence), miss


def _too_short(rule: Rule, mean_km: float, wanted_km: float) -> str:
    now, most = (SECONDS_PER_MINUTE * each for each in (rule.deterrence_per_s, rule.scale_per_s))
    return (
        f"fit_rules: trips of purpose {rule.purpose} are {mean_km:.3g} km long with a deterrence "
        f"of {now:.3g} a minute; to make them {wanted_km:g} km it would pass the scale of the "
        f"modes, {most:.3g}. Raise the scale, or look at the lengths within zones."
    )


def _check(ends: TripEnds, tree: Nest, known: Mapping[str, Known]) -> None:
    modes = set(tree.alternatives)
    found = [
        f"fit_rules: purpose {purpose} has no trips." for purpose in set(known) - set(ends.purposes)
    ]
    for purpose, each in known.items():
        if set(each.shares) != modes:
            found.append(
                f"fit_rules: shares of purpose {purpose} are for "
                f"{', '.join(sorted(each.shares))}; give {', '.join(sorted(modes))}."
            )
        elif min(each.shares.values()) <= 0 or abs(sum(each.shares.values()) - 1.0) > SLACK:
            found.append(
                f"fit_rules: shares of purpose {purpose} add up to "
                f"{sum(each.shares.values()):.6g}; all must be above 0 and add up to 1."
            )
        if each.mean_km is not None and not each.mean_km > 0:
            found.append(
                f"fit_rules: mean length of purpose {purpose} is {each.mean_km:g} km. Give "
                "one above 0."
            )
    if found:
        raise ValidationError(found)
