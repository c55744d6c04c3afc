"""Traffic in other worlds: solved at a designed set of points, read off a surface between them.

A *world* scales all trips and all values of time. In each of a few worlds every option and nothing
built are assigned; what an option's peak hour is worth elsewhere comes from a smooth surface
through these points, and how far that surface is off is measured, never assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.interpolate import RBFInterpolator
from scipy.stats import qmc

from transitplan.appraisal.chance import Triangular
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth
from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.checks import MONEY
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

TRAFFIC = ("trips_scale", "value_of_time_scale")  # parameter rows: the two axes of the worlds
N_POINTS = 9  # centre, corners and middles of the sides of the ranges
N_HELD_OUT = 4  # further worlds that judge the surface
FEWEST = 7  # a quadratic in two directions has 6 terms; one more, so that one may be left out
SEED = 20251123  # any number will do; fixed so that the same inputs give the same bytes
QUADRATIC = 2
TODAY = 1.0  # the world that the demand files are of
DESIGN, HELD_OUT = "design", "held_out"
SLACK = 1e-9  # of what lies inside a range
Hours: TypeAlias = tuple[HourTotals, HourTotals]  # nothing built, and the option


@dataclass(frozen=True, eq=False)
class Surface:
    """Smooth surface that meets every point it was made from; exact where a quadratic is.

    Cubic radial functions on top of a full quadratic (``scipy.interpolate.RBFInterpolator``).
    """

    low: Floats
    high: Floats
    between: RBFInterpolator

    def shares(self, points: Floats) -> Floats:
        """What each known height counts at points (n, n_directions), (n, n_known)."""
        return np.asarray(self.between(_unit(points, self.low, self.high)))


def surface_through(known: Floats) -> Surface:
    """Lay a surface through points (n_known, n_directions), whatever their heights.

    Examples
    --------
    >>> known = np.array([[x, y] for x in (0.5, 1, 2) for y in (0.8, 1, 1.5)])
    >>> heights = known[:, 0] ** 2 - known.prod(axis=1)
    >>> float((surface_through(known).shares(np.array([[1.7, 1.2]])) @ heights)[0].round(6))
    0.85
    """
    low, high = known.min(axis=0), known.max(axis=0)
    one_each = np.eye(len(known))
    there = _unit(known, low, high)
    return Surface(low, high, RBFInterpolator(there, one_each, kernel="cubic", degree=QUADRATIC))


def leave_one_out(known: Floats, heights: Floats) -> Floats:
    """What the surface through all other points misses each point by, (n_known,)."""
    kept = ~np.eye(len(known), dtype=bool)
    found = [
        surface_through(known[keep]).shares(known[~keep]) @ heights[keep] - heights[~keep]
        for keep in kept
    ]
    return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Emulator:
    """What a peak hour of each option is worth in any world within the ranges, at any prices.

    points
        option_id, year, trips_scale, value_of_time_scale, role (``design`` or ``held_out``),
        worth_cny_per_h (solved), emulated_cny_per_h (by the surface without the held-out points),
        noise_cny_per_h (what the gaps of the two equilibria may have made of it, at most)
    errors
        option_id, year, worth_cny_per_h (today), error_cny_per_h (root mean square over the
        held-out points, which lie as the draws do: what the draws take), error_max_cny_per_h (the
        largest of them), error_cny_per_year, error_share (of the mean worth over the worlds),
        left_out_cny_per_h (root mean square with each point left out in turn: at the corners the
        surface then has to reach beyond its points), noise_cny_per_h (the largest)
    n_equilibria
        Equilibria behind the points.
    prices
        Parameters that a peak hour's worth hangs on without another equilibrium.
    totals
        Hours with nothing built and with the option, at each point in the order of ``design``, by
        option and year.
    """

    points: pd.DataFrame
    errors: pd.DataFrame
    n_equilibria: int
    values: Mapping[str, float]  # parameters of the case
    prices: frozenset[str]
    ranges: Mapping[str, Triangular]
    surface: Surface
    totals: Mapping[tuple[str, int], Sequence[Hours]]

    def worth(self, option: str, changed: Mapping[str, Floats | float]) -> dict[int, Floats]:
        """Worth of a peak hour by year, each (n,) [CNY/h].

        Parameters
        ----------
        changed
            Scales of the world and parameters that differ from the case's, numbers or (n,).

        Raises
        ------
        ValidationError
            If a world lies outside the ranges: the surface says nothing there.
        """
        scales = [np.atleast_1d(changed.get(name, TODAY)) for name in TRAFFIC]
        there = np.column_stack(np.broadcast_arrays(*scales))
        self._check(there)
        shares = self.surface.shares(there).T
        used = np.abs(shares).max(axis=1) > SLACK  # in today's world only its own point counts
        prices = {name: at for name, at in changed.items() if name in self.prices}
        return {
            year: sum(
                (
                    share * self._worth(hours, prices)
                    for share, hours, use in zip(shares, known, used, strict=True)
                    if use
                ),
                np.zeros(1),
            )
            for (name, year), known in self.totals.items()
            if name == option
        }

    def _worth(self, hours: Hours, prices: Mapping[str, Floats | float]) -> Floats:
        return hour_worth(*hours, {**self.values, **prices})

    def _check(self, there: Floats) -> None:
        outside = [
            f"{name} {values.min():g} to {values.max():g} is outside {each.low:g} to {each.high:g}"
            for (name, each), values in zip(self.ranges.items(), there.T, strict=True)
            if values.min() < each.low - SLACK or values.max() > each.high + SLACK
        ]
        if outside:
            raise ValidationError(
                f"emulator: traffic was not solved there: {'; '.join(outside)}. Ask within the "
                "ranges, or widen them in the parameter table and solve again."
            )

    def error(self, option: str) -> dict[int, float]:
        """Typical error of the worth by year [CNY/h]."""
        rows = self.errors[self.errors["option_id"] == option]
        return {
            int(year): float(error)
            for year, error in zip(rows["year"], rows["error_cny_per_h"], strict=True)
        }


def emulate(
    case: Case, runner: Runner, *, n_points: int = N_POINTS, n_held_out: int = N_HELD_OUT
) -> Emulator:
    """Solve every option in a designed set of worlds and lay surfaces through what it is worth.

    Needs (n_points + n_held_out) × years × (options + 1) equilibria; those of today's world the
    runner may have already.

    Parameters
    ----------
    n_points
        Worlds that the surface is first made from: centre, corners, middles of the sides, then
        Sobol points.
    n_held_out
        Worlds, as likely as the draws are, at which that surface is judged; they then join it.

    Raises
    ------
    ValidationError
        If a range of the worlds is missing, has no width, or is not around 1; if there are too few
        points.
    """
    ranges = world_ranges(case)
    if n_points < FEWEST or n_held_out < 1:
        raise ValidationError(
            f"emulate: {n_points} points and {n_held_out} held out; give at least {FEWEST} and 1."
        )
    worlds = design(ranges, n_points, n_held_out)
    totals = _solved(case, runner, worlds)
    points, errors = [], []
    for (option, year), hours in totals.items():
        judged, error = _judged(worlds, hours)
        judged.insert(0, "option_id", option)
        judged.insert(1, "year", year)
        points.append(judged)
        errors.append({"option_id": option, "year": year, **error})
    table = pd.DataFrame(errors)
    factor = float(np.asarray(annual_factor(case.values)))
    table.insert(5, "error_cny_per_year", table["error_cny_per_h"] * factor)
    return Emulator(
        points=pd.concat(points, ignore_index=True),
        errors=table,
        n_equilibria=len(worlds) * len(case.years) * len(case.option_ids),
        values=case.values,
        prices=_prices(case, next(iter(totals.values()))[0]),
        ranges=ranges,
        surface=surface_through(worlds[list(TRAFFIC)].to_numpy()),
        totals=totals,
    )


def _prices(case: Case, hours: Hours) -> frozenset[str]:
    """Parameters whose low or high changes what an hour is worth."""
    today = hour_worth(*hours)
    rows = case.parameters[case.parameters["parameter_id"].isin(MONEY)]
    return frozenset(
        str(row["parameter_id"])
        for row in rows.to_dict("records")
        for ends in [np.array([row["low"], row["high"]])]
        if (hour_worth(*hours, {**case.values, row["parameter_id"]: ends}) != today).any()
    )


def world_ranges(case: Case) -> dict[str, Triangular]:
    """Ranges of the two scales, from the case's parameter table.

    Raises
    ------
    ValidationError
        If a row is missing, has no width, or has another value than 1.
    """
    rows = case.parameters.set_index("parameter_id")
    found, wrong = {}, []
    for name in TRAFFIC:
        if name not in rows.index:
            wrong.append(
                f"{case.folder}: parameter table: no row {name}. Add it with value 1, low and high."
            )
            continue
        low, mode, high = (float(rows[column][name]) for column in ("low", "value", "high"))
        if mode != TODAY or not low < mode < high or low <= 0:
            wrong.append(
                f"{case.folder}: parameter table: {name} is {mode:g} ({low:g} to {high:g}). It is "
                "1 in today's world; give it a low above 0 and below 1 and a high above 1."
            )
            continue
        found[name] = Triangular(low, mode, high)
    if wrong:
        raise ValidationError(wrong)
    return found


def design(ranges: Mapping[str, Triangular], n_points: int, n_held_out: int) -> pd.DataFrame:
    """Worlds to solve: the two scales and the role of each, today's world first."""
    axes = [(each.mode, each.low, each.high) for each in ranges.values()]
    order = [(0, 0), (1, 1), (1, 2), (2, 1), (2, 2), (1, 0), (2, 0), (0, 1), (0, 2)]
    grid = [(axes[0][one], axes[1][two]) for one, two in order][:n_points]
    n_more = n_points - len(grid) + n_held_out
    shares = qmc.Sobol(len(axes), rng=SEED).random_base2(int(np.ceil(np.log2(max(n_more, 2)))))
    more = np.column_stack(
        [each.at(share) for each, share in zip(ranges.values(), shares.T, strict=True)]
    )
    # Three decimals name a world well enough, and keep its name short.
    points = np.vstack([np.array(grid), more[:n_more].round(3)])
    table = pd.DataFrame(points, columns=list(ranges))
    table["role"] = [DESIGN] * n_points + [HELD_OUT] * n_held_out
    return table


def _solved(case: Case, runner: Runner, worlds: pd.DataFrame) -> dict[tuple[str, int], list[Hours]]:
    """Peak hours of each option and year in every world, beside those with nothing built."""
    scales = worlds[list(TRAFFIC)].to_numpy().tolist()
    bases = {
        year: [Variant(year, trips=trips, value_of_time=time) for trips, time in scales]
        for year in case.years
    }
    built = {
        (option, year): [replace(base, built=(option,)) for base in bases[year]]
        for option in case.option_ids
        if option != NONE
        for year in case.years
    }
    wanted = [each for group in (*bases.values(), *built.values()) for each in group]
    found = runner.take(wanted, hour_totals)
    return {
        key: [(found[each.base], found[each]) for each in group] for key, group in built.items()
    }


def _judged(worlds: pd.DataFrame, hours: Sequence[Hours]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Points of one option and year, and how far the surface through them is off."""
    there = worlds[list(TRAFFIC)].to_numpy()
    worth = np.array([hour_worth(*pair) for pair in hours])
    held = (worlds["role"] == HELD_OUT).to_numpy()
    emulated = surface_through(there[~held]).shares(there) @ worth[~held]
    missed = emulated[held] - worth[held]
    noise = [sum(each.cost_error_cny_per_h for each in pair) for pair in hours]
    points = worlds.assign(
        worth_cny_per_h=worth, emulated_cny_per_h=emulated, noise_cny_per_h=noise
    )
    return points, {
        "worth_cny_per_h": float(worth[0]),
        "error_cny_per_h": _rms(missed),
        "error_max_cny_per_h": float(np.abs(missed).max()),
        "error_share": _rms(missed) / float(np.abs(worth).mean()) if worth.any() else np.nan,
        "left_out_cny_per_h": _rms(leave_one_out(there, worth)),
        "noise_cny_per_h": max(noise),
    }


def _unit(points: Floats, low: Floats, high: Floats) -> Floats:
    """Points with every direction running from -1 to 1."""
    return np.asarray(2.0 * (points - low) / (high - low) - 1.0)


def _rms(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))
