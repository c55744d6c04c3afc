"""Noise guard: benefits must be larger than what two equilibria leave open.

Each equilibrium's total cost may be off by ``cost_error_cny_per_h`` (``assignment.gap``); a benefit
is the difference of two. Where both together are more than a tenth of the benefit, the option and
its base are solved again with a tenth of the gap, at most twice; what is still open then is said.
Noise goes as the root of the gap, so that what one tenth cannot mend goes to a hundredth at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from transitplan.appraisal.worth import HourTotals, hour_totals, hour_worth
from transitplan.errors import ConvergenceError
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

TIGHTER = 0.1  # factor of the gap, each time
TIMES = 2
REACH = TIGHTER**-0.5  # noise goes as the root of the gap: what one time may bring to enough
ENOUGH = 0.1  # share of a benefit that may be noise
KNOWN, COARSE, UNKNOWN = "known", "known to its sign only", "sign not known"


@dataclass(frozen=True, eq=False)
class Guarded:
    """Totals of variants that the guard has let pass, or warned of.

    table
        variant, year, benefit_cny_per_h, noise_cny_per_h, noise_share, gap, tightened (times),
        verdict (known; known to its sign only; sign not known).
    """

    totals: Mapping[Variant, HourTotals]
    table: pd.DataFrame

    @property
    def warned(self) -> pd.DataFrame:
        """Rows whose benefit is still not known well enough."""
        return self.table[self.table["verdict"] != KNOWN]


def guard(runner: Runner, variants: Iterable[Variant]) -> Guarded:
    """Solve variants and their bases until the benefit stands out of the noise, or warn.

    Variants must have the trips of their base, or answer to it by elasticity.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = guard(runner, [Variant(2025, ("middle-bridge",))])
    >>> found.table["verdict"].tolist()
    ['known']
    """
    wanted = list(dict.fromkeys(variants))
    bases = list(dict.fromkeys(variant.base for variant in wanted))
    totals = dict(runner.take([*bases, *wanted], hour_totals))
    pairs = {variant: (totals[variant.base], totals[variant]) for variant in wanted}
    gaps, tightened = dict.fromkeys(wanted, runner.gap), dict.fromkeys(wanted, 0)
    for time in range(1, TIMES + 1):
        shares = {variant: _noise_share(*pairs[variant]) for variant in wanted}
        open_ones = [
            variant
            for variant, share in shares.items()
            if share > ENOUGH and (time == TIMES or share <= ENOUGH * REACH)
        ]
        if not open_ones:
            continue
        gap = runner.gap * TIGHTER**time
        again = _solved(runner, open_ones, gap)
        for variant in open_ones:
            if variant in again:
                pairs[variant] = (again[variant.base], again[variant])
                gaps[variant], tightened[variant] = gap, time
    rows = []
    for variant in wanted:
        base, option = pairs[variant]
        share = _noise_share(base, option)
        rows.append(
            {
                "variant": variant.name,
                "year": variant.year,
                "benefit_cny_per_h": hour_worth(base, option),
                "noise_cny_per_h": base.cost_error_cny_per_h + option.cost_error_cny_per_h,
                "noise_share": share,
                "gap": gaps[variant],
                "tightened": tightened[variant],
                "verdict": KNOWN if share <= ENOUGH else COARSE if share < 1.0 else UNKNOWN,
            }
        )
    return Guarded(_joined(totals, pairs), pd.DataFrame(rows))


def _joined(
    totals: Mapping[Variant, HourTotals], pairs: Mapping[Variant, tuple[HourTotals, HourTotals]]
) -> dict[Variant, HourTotals]:
    """Totals of all variants; those solved again in place of the first, bases by the tightest."""
    joined = dict(totals)
    for variant, (base, option) in pairs.items():
        joined[variant] = option
        if base.cost_error_cny_per_h < joined[variant.base].cost_error_cny_per_h:
            joined[variant.base] = base
    return joined


def _noise_share(base: HourTotals, option: HourTotals) -> float:
    """Noise as a share of the benefit; 0 where there is neither."""
    noise = base.cost_error_cny_per_h + option.cost_error_cny_per_h
    benefit = abs(hour_worth(base, option))
    return 0.0 if noise == 0.0 else noise / benefit if benefit > 0.0 else float("inf")


def _solved(runner: Runner, variants: list[Variant], gap: float) -> Mapping[Variant, HourTotals]:
    """Totals at a smaller gap; none where it cannot be reached."""
    bases = list(dict.fromkeys(variant.base for variant in variants))
    try:
        return runner.at_gap(gap).take([*bases, *variants], hour_totals)
    except ConvergenceError:
        return {}
