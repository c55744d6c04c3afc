"""What is uncertain about the net value of each option, and that value for any of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from transitplan.appraisal.chance import SEED, Distribution, Normal, Sampled, Triangular
from transitplan.appraisal.emulator import TRAFFIC, Emulator
from transitplan.appraisal.money import streams
from transitplan.appraisal.risk import N_DRAWS, draw_risks, risk_allowance, risks_of
from transitplan.arrays import Floats
from transitplan.scenario.case import NONE, Case, Form, Site, option_id
from transitplan.scenario.checks import MONEY

PeakBenefits: TypeAlias = Mapping[str, Mapping[int, float]]  # CNY per peak hour, by option and year
Traffic: TypeAlias = "PeakBenefits | Emulator"
Changes: TypeAlias = Mapping[str, "Floats | float"]  # by the id of what is uncertain

# Rules of the appraisal are not drawn; no money hangs on how a peak hour becomes a day's vehicles.
RULES = (
    *("discount_rate", "discount_rate_drop", "discount_drop_after"),
    *("operation_years", "plant_life_years"),
)
WITHOUT_MONEY = ("peak_share_crossing",)
BENEFIT_SCALE = "benefit_scale"  # stands for trips and values of time where there is no emulator
CAPITAL = "capital_cost"
EMULATOR_ERROR = "emulator_error"
RISKS = "risks"
CAPITAL_ZH = {"tunnel": "隧道造价", "bridge": "桥梁造价"}
RISKS_ZH = {"tunnel": "隧道风险", "bridge": "桥梁风险"}


@dataclass(frozen=True)
class Uncertain:
    """One quantity that may be other than today's value.

    A *rule* is moved by itself in a tornado but never drawn.
    """

    id: str
    name: str
    name_zh: str
    unit: str
    today: float
    chance: Distribution
    option: str = ""  # whose it is, where it is not everybody's
    rule: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high: those of the tables, or what 5 % of draws lie below and above."""
        if isinstance(self.chance, Triangular):
            return self.chance.low, self.chance.high
        low, high = self.chance.at(np.array([0.05, 0.95]))
        return float(low), float(high)


@dataclass(frozen=True, eq=False)
class NetValues:
    """Net present value of every option, for any values of what is uncertain.

    Parameters
    ----------
    traffic
        What a peak hour of each option and year is worth: fixed numbers, scaled as a whole by
        ``benefit_scale``; or an emulator, which knows it for any scale of trips and of values of
        time, and then ``benefit_scale`` is no longer drawn.
    """

    case: Case
    traffic: Traffic

    @cached_property
    def inputs(self) -> tuple[Uncertain, ...]:
        """Everything uncertain: parameters; capital, risks and emulator's error of each option."""
        found = [*self._parameters()]
        for site in self.case.sites:
            found += [_capital(site, form) for form in site.forms]
        found += [
            self._risks(option)
            for option in self.case.option_ids
            if option != NONE and len(risks_of(self.case, option))
        ]
        if isinstance(self.traffic, Emulator):
            found += [
                Uncertain(
                    error_id(option),
                    "error of the traffic emulator",
                    "交通代理模型误差",
                    "ratio",
                    0.0,
                    Normal(0.0, 1.0),
                    option,
                )
                for option in self.case.option_ids
                if option != NONE and any(self.traffic.error(option).values())
            ]
        return tuple(each for each in found if np.ptp(each.chance.at(np.array([0.0, 1.0]))) > 0)

    @property
    def drawn(self) -> tuple[Uncertain, ...]:
        """What is uncertain without the rules."""
        return tuple(each for each in self.inputs if not each.rule)

    def of_site(self, site: Site) -> tuple[Uncertain, ...]:
        """What is uncertain about the options of one site."""
        own = {"", *options_of(site)}
        return tuple(each for each in self.inputs if each.option in own)

    def npv(self, option: str, changed: Changes) -> Floats:
        """Net present value of an option, all not named in ``changed`` as today, (n,) [CNY]."""
        if option == NONE:
            return np.zeros(1)
        _, form = self.case.find(option)
        values = {name: value for name, value in changed.items() if name in self.case.values}
        return streams(
            form,
            self._hourly(option, changed),
            {**self.case.values, **values},
            base_year=self.case.base_year,
            capital_cny=np.asarray(changed.get(capital_id(option), form.capital_cost_cny))
            + changed.get(risks_id(option), risk_allowance(self.case, option)),
        ).npv_cny

    def best_two(self, site: Site) -> tuple[str, str]:
        """Best and second best option of a site today, nothing built among them."""
        worth = {option: float(self.npv(option, {})[0]) for option in options_of(site)}
        first, second, *_ = sorted(worth, key=worth.__getitem__, reverse=True)
        return first, second

    def _hourly(self, option: str, changed: Changes) -> Mapping[int, Floats | float]:
        if not isinstance(self.traffic, Emulator):
            return self.traffic[option]
        worth = self.traffic.worth(option, changed)
        off = np.asarray(changed.get(error_id(option), 0.0))
        return {year: worth[year] + off * sd for year, sd in self.traffic.error(option).items()}

    def _risks(self, option: str) -> Uncertain:
        rows = risks_of(self.case, option)
        label = label_of(self.case.find(option)[0], option)
        drawn = draw_risks(rows, np.random.default_rng(SEED), N_DRAWS)
        return Uncertain(
            risks_id(option),
            f"risks of the {label.replace('_', ' ')}",
            RISKS_ZH.get(label, f"风险（{label}）"),
            "CNY",
            risk_allowance(self.case, option),
            Sampled(drawn),
            option,
        )

    def _parameters(self) -> list[Uncertain]:
        emulated = isinstance(self.traffic, Emulator)
        left_out = {*WITHOUT_MONEY, *((BENEFIT_SCALE,) if emulated else TRAFFIC)}
        rows = self.case.parameters
        rows = rows[rows["parameter_id"].isin(set(MONEY) - left_out)]
        return [
            Uncertain(
                str(row["parameter_id"]),
                str(row["name"]),
                str(row["name_zh"]),
                str(row["unit"]),
                row["value"],
                Triangular(row["low"], row["value"], row["high"]),
                rule=row["parameter_id"] in RULES,
            )
            for row in rows.to_dict("records")
        ]


def options_of(site: Site) -> list[str]:
    """Options of a site, building nothing first."""
    return [NONE, *(option_id(site, form) for form in site.forms)]


def label_of(site: Site, option: str) -> str:
    """What an option is called among those of its site."""
    return option if option == NONE else option.removeprefix(f"{site.site_id}-")


def capital_id(option: str) -> str:
    """Id of an option's capital cost among what is uncertain."""
    return f"{CAPITAL}:{option}"


def risks_id(option: str) -> str:
    """Id of what an option's risks cost among what is uncertain."""
    return f"{RISKS}:{option}"


def error_id(option: str) -> str:
    """Id of the emulator's error about an option."""
    return f"{EMULATOR_ERROR}:{option}"


def _capital(site: Site, form: Form) -> Uncertain:
    option = option_id(site, form)
    label = label_of(site, option)
    return Uncertain(
        capital_id(option),
        f"capital cost of the {label.replace('_', ' ')}",
        CAPITAL_ZH.get(label, f"造价（{label}）"),
        "CNY",
        form.capital_cost_cny,
        Triangular(form.capital_low_cny, form.capital_cost_cny, form.capital_high_cny),
        option,
    )
