"""Rules of travel fitted to what is known of it: shares of modes and mean length of trips."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from transitplan.arrays import Floats
from transitplan.demand.choice import Nest
from transitplan.demand.generation import TripEnds
from transitplan.demand.travel import CAR, Rule, Travel, travel, travel_for
from transitplan.errors import ConvergenceError, ValidationError
from transitplan.units import SECONDS_PER_MINUTE

TOLERANCE = 1e-6  # of shares, and of the mean length as a share of itself
LIMIT = 1000
SLACK = 1e-6
TINY = 1e-300  # share of a mode that nobody can have
MOST = 5.0  # that a constant moves in a round
FAR = 20.0  # from the constant of the mode with most trips, where targets cannot be met


@dataclass(frozen=True)
class Known:
    """What is known of the trips of a purpose.

    shares
        Of every mode, adding up to 1; a mode of share 0 is not used.
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
    with_car: Collection[str] = (CAR,),
    k_factors: Mapping[str, Floats] | None = None,
) -> tuple[list[Rule], Travel]:
    """Fit constants of modes and the deterrence of each purpose, at given costs.

    Constants move by the log of wanted over found shares; deterrence by found over wanted length,
    the first step of Hyman (1969). Purposes that nothing is known of stay.

    Parameters
    ----------
    ends, cost_s, rules, tree, with_car, k_factors
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
    fitted = list(rules)
    for k, purpose in enumerate(ends.purposes):
        if purpose in known:
            costs = {mode: cost_s[mode][k] for mode in tree.alternatives}
            own = (ends, k, costs, tree, with_car, (k_factors or {}).get(purpose))
            fitted[k], off = fit_rule(own, rules[k], known[purpose], km=km)
            if fitted[k].deterrence_per_s >= rules[k].scale_per_s and off > TOLERANCE:
                raise ConvergenceError(_too_short(fitted[k], off, known[purpose]))
            if off > TOLERANCE:
                raise ConvergenceError(
                    f"fit_rules: {LIMIT} rounds left a miss of {off:.2g} for purpose {purpose}. "
                    "Where few trips can have a mode, ask for less of it."
                )
    made = travel(ends, cost_s, fitted, tree, with_car=with_car, k_factors=k_factors)
    return fitted, made


Chooser = tuple[TripEnds, int, Mapping[str, Floats], Nest, Collection[str], Floats | None]


def fit_rule(
    purpose: Chooser, rule: Rule, known: Known, *, km: Floats, rounds: int = LIMIT
) -> tuple[Rule, float]:
    """Fit the rule of one purpose, as far as so many rounds lead.

    Parameters
    ----------
    purpose
        Trip ends, the purpose's position among them, its costs by mode, modes, those of them that
        need a car at hand, and its K-factor of each pair.

    Returns
    -------
    rule, miss
        The rule, its deterrence at most the scale of its modes, and the largest miss left: of a
        share, or of the mean length as a share of itself.
    """
    ends, k, cost_s, tree, with_car, k_factor = purpose
    pairs = np.outer(ends.productions[k] > 0, ends.attractions[k] > 0)
    had = {mode: bool(np.isfinite(cost[pairs]).any()) for mode, cost in cost_s.items()}
    for _ in range(rounds):
        trips = travel_for(ends, k, cost_s, rule, tree, with_car, k_factor)[0]
        moved, off = _moved(rule, known, trips, had, km, tree)
        if moved is rule:
            break
        rule = moved
    return rule, off


def _moved(
    rule: Rule,
    known: Known,
    trips: Mapping[str, Floats],
    had: Mapping[str, bool],
    km: Floats,
    tree: Nest,
) -> tuple[Rule, float]:
    """A rule nearer to what is known, and how far off it was; itself where it is near enough.

    had
        Whether any trip can have a mode; one that none can is left as if it were not wanted.
    """
    total = np.asarray(sum(trips.values()))
    all_trips = float(total.sum())
    got = {mode: float(each.sum()) / all_trips for mode, each in trips.items()}
    off = max(abs(got[mode] - known.shares[mode]) for mode in trips)
    deterrence = rule.deterrence_per_s
    if known.mean_km is not None:
        made = total > 0
        mean = float((total[made] * km[made]).sum()) / all_trips
        off = max(off, abs(mean / known.mean_km - 1.0))
        deterrence = min(deterrence * mean / known.mean_km, rule.scale_per_s)
    wanted = {mode: share if had[mode] else 0.0 for mode, share in known.shares.items()}
    steps = _steps(tree, wanted, got)
    constants = _constants(rule, wanted, steps)
    moves = [abs(constants[m] - rule.constants.get(m, 0.0)) for m in steps]
    if off <= TOLERANCE or (max(moves) <= TOLERANCE and deterrence == rule.deterrence_per_s):
        return rule, off
    return replace(rule, constants=constants, deterrence_per_s=deterrence), off


def _constants(
    rule: Rule, wanted: Mapping[str, float], steps: Mapping[str, float]
) -> dict[str, float]:
    """Constants moved by steps, none far from that of the mode with most trips; the first is 0."""
    used = {mode: rule.constants.get(mode, 0.0) + step for mode, step in steps.items()}
    middle = used[max(used, key=lambda mode: wanted[mode])]
    held = {m: float(np.clip(c, middle - FAR, middle + FAR)) for m, c in used.items()}
    first = next(iter(held.values()))
    return {mode: held[mode] - first if mode in held else -np.inf for mode in wanted}


def _steps(
    nest: Nest, wanted: Mapping[str, float], got: Mapping[str, float], above: float = 1.0
) -> dict[str, float]:
    """What to add to the constants: ln of wanted over found shares at each nest, by its scale."""
    scale = above * nest.dissimilarity
    found: dict[str, float] = {}
    totals = [sum(each[name] for name in nest.alternatives) for each in (wanted, got)]
    for member in nest.members:
        names = member.alternatives if isinstance(member, Nest) else (member,)
        shares = [sum(each[name] for name in names) for each in (wanted, got)]
        if not shares[0] > 0:
            continue
        within = [max(share / total, TINY) for share, total in zip(shares, totals, strict=True)]
        step = float(np.clip(scale * np.log(within[0] / within[1]), -MOST, MOST))
        inner = _steps(member, wanted, got, scale) if isinstance(member, Nest) else {names[0]: 0.0}
        found |= {name: step + more for name, more in inner.items()}
    return found


def _too_short(rule: Rule, off: float, known: Known) -> str:
    most = SECONDS_PER_MINUTE * rule.scale_per_s
    return (
        f"fit_rules: mean trips of purpose {rule.purpose} are {off:.0%} longer than "
        f"{known.mean_km:g} km; to make them so short the deterrence would pass the scale of the "
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
        elif min(each.shares.values()) < 0 or abs(sum(each.shares.values()) - 1.0) > SLACK:
            found.append(
                f"fit_rules: shares of purpose {purpose} add up to "
                f"{sum(each.shares.values()):.6g}; all must be 0 or more and add up to 1."
            )
        if each.mean_km is not None and not each.mean_km > 0:
            found.append(
                f"fit_rules: mean length of purpose {purpose} is {each.mean_km:g} km. Give "
                "one above 0."
            )
    if found:
        raise ValidationError(found)
