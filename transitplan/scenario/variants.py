"""Variants: one equilibrium to be solved, said in few words, and the network and demand of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from transitplan.demand.response import RESPONSES
from transitplan.model.demand import Demand
from transitplan.model.edits import close_crossing, close_links, set_columns
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.options import add_option, committed_network
from transitplan.scenario.toll_rules import ALL
from transitplan.scenario.tolls import Toll, present_tolls, split_by_plate, told, with_tolls

__all__ = ["Toll", "Variant", "variant_demand", "variant_network"]


@dataclass(frozen=True, order=True)
class Variant:
    """What one equilibrium is of: the year, what is built, shut and charged, and the world.

    Equal variants have equal answers, so that each is solved once.

    Parameters
    ----------
    year
        A modelled year of the case, committed schemes included.
    built
        Options built, as ``case.option_ids`` names them, at most one a site.
    closed
        Crossings without traffic.
    narrowed
        Crossings and the share of their capacity that is left, each above 0 and below 1.
    shut_links
        Links without traffic, whatever they belong to.
    tolls
        Tolls that differ from those of the network.
    trips, value_of_time
        Scales of all trips and of all values of time.
    elasticity
        Own-cost elasticity of all trips against the same world with nothing built (``base``); 0:
        trips are fixed.
    plates
        Cars of other cities are classes of their own and pay what the toll rules ask of them;
        without, every car is one of the city.
    response
        How car trips answer against ``base``, beside elasticity: nothing (trips are fixed),
        ``modes`` (persons of a pair stay, the car's share answers) or ``destinations`` (modes and
        destinations answer). The case needs response files: see ``scenario.response``.
    """

    year: int
    built: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    tolls: tuple[Toll, ...] = ()
    trips: float = 1.0
    value_of_time: float = 1.0
    elasticity: float = 0.0
    plates: bool = False
    response: str = ""
    narrowed: tuple[tuple[str, float], ...] = ()
    shut_links: tuple[int | str, ...] = ()

    def __post_init__(self) -> None:
        """Sort what has no order, so that equal variants are equal."""
        for name in ("built", "closed", "tolls", "narrowed", "shut_links"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        if not self.plates and any(toll.plate != ALL for toll in self.tolls):
            raise ValueError("tolls by plate need plates=True")
        if self.response not in ("", *RESPONSES):
            raise ValueError(f"response {self.response!r} is none of {', '.join(RESPONSES)}")
        if any(not 0.0 < left < 1.0 for _, left in self.narrowed):
            raise ValueError("narrowed: the share that is left is above 0 and below 1")
        if self.response and (self.elasticity or self.plates):
            raise ValueError("response stands alone: without elasticity and without plates")

    @property
    def base(self) -> "Variant":
        """The same world with nothing built, shut or charged anew."""
        return Variant(
            self.year, trips=self.trips, value_of_time=self.value_of_time, plates=self.plates
        )

    @property
    def start(self) -> "Variant | None":
        """Whose routes it begins with, the same whatever was solved before it."""
        central = Variant(self.year)
        if self == central:
            return None
        answers = self.elasticity or self.response  # against the base, which it starts from
        if self.narrowed and not answers:  # the same with all of every crossing is near
            return replace(self, closed=(), narrowed=())
        return central if self == self.base else self.base

    @property
    def depth(self) -> int:
        """How many variants are solved one after the other before it."""
        return 0 if self.start is None else 1 + self.start.depth

    @property
    def name(self) -> str:
        """What is built and in which year, and what else differs."""
        words = ["+".join(self.built) or "none", str(self.year)]
        words += [f"without {crossing}" for crossing in self.closed]
        words += [f"{crossing} at {left:.0%}" for crossing, left in self.narrowed]
        words += [f"without links {','.join(map(str, self.shut_links))}"] if self.shut_links else []
        words += map(told, self.tolls)
        scales = {"trips": self.trips, "value of time": self.value_of_time}
        words += [f"{label} × {value:g}" for label, value in scales.items() if value != 1.0]
        words += [f"elasticity {self.elasticity:g}"] if self.elasticity else []
        words += ["plates apart"] if self.plates else []
        words += [f"{self.response} answer"] if self.response else []
        return ", ".join([" ".join(words[:2]), *words[2:]])


def variant_network(case: Case, variant: Variant) -> Network:
    """Return the network of a variant: base, committed schemes, what is built, shut and charged.

    Raises
    ------
    NotFoundError
        If the case has no such option, or the network no such crossing.
    """
    network = committed_network(case, variant.year)
    for option in variant.built:
        network = add_option(case, network, option)
    for crossing in variant.closed:
        network = close_crossing(network, crossing, reason="closed in this variant")
    if variant.narrowed:
        network = _narrow(network, dict(variant.narrowed))
    if variant.shut_links:
        network = close_links(network, variant.shut_links, reason="shut in this variant")
    present = present_tolls(case, network, variant.year, plates=variant.plates)
    return with_tolls(with_tolls(network, present), variant.tolls)


def _narrow(network: Network, left: Mapping[str, float]) -> Network:
    """Leave crossings a share of their capacity."""
    links = network.links
    capacity = links["lane_capacity_pceph"] * links["crossing_id"].map(dict(left)).fillna(1.0)
    return set_columns(
        network, {"lane_capacity_pceph": capacity}, reason=f"narrowed {', '.join(left)}"
    )


def variant_demand(case: Case, variant: Variant) -> Demand:
    """Return the demand of a variant's world, before it answers to cost."""
    demand = case.demand(variant.year)
    if variant.plates:
        demand = split_by_plate(case, demand)
    if variant.value_of_time != 1.0:
        classes = tuple(
            replace(
                each,
                value_of_time_cny_per_h=each.value_of_time_cny_per_h * variant.value_of_time,
            )
            for each in demand.classes
        )
        demand = replace(demand, classes=classes)
    return demand if variant.trips == 1.0 else demand.scaled(variant.trips)
