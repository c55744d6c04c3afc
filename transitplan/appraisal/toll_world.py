"""What does not change within a toll study: the world, its targets, its hours as things are."""

from collections.abc import Iterable, Mapping, Sequence

from transitplan.appraisal.toll_hour import TollHour, toll_hour
from transitplan.appraisal.toll_tables import ELASTIC, Setting, Target
from transitplan.model.demand import CAR, TRUCK
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.run import Runner
from transitplan.scenario.tolls import Toll
from transitplan.scenario.variants import Variant

CITY = "city"  # all crossings that are not on expressways
EXPRESSWAY = "expressway"


def built_year(case: Case, built: Sequence[str]) -> int:
    """The base year, and the last modelled one where something is built."""
    return max(case.years) if built else case.base_year


class World:
    """What does not change within a study, and the hours under the present rules."""

    def __init__(
        self,
        case: Case,
        runner: Runner,
        year: int,
        built: tuple[str, ...],
        demands: Sequence[str],
    ) -> None:
        """Solve the present rules."""
        self.case, self.runner, self.year, self.built = case, runner, year, built
        self.demands = tuple(demands)
        self.plates = not case.tolls.empty
        elastic = ELASTIC in demands
        self.elasticity = case.parameter("toll_trip_elasticity") if elastic else 0.0
        self.truck_factor = case.parameter("toll_truck_factor")
        present = {demand: self.variant((), demand) for demand in self.demands}
        found = runner.take(present.values(), toll_hour)
        self.bases = {demand: found[variant] for demand, variant in present.items()}

    def variant(self, tolls: Iterable[Toll], demand: str) -> Variant:
        """What is to be solved for tolls in place of the present ones."""
        return Variant(
            self.year,
            built=self.built,
            tolls=tuple(tolls),
            elasticity=self.elasticity if demand == ELASTIC else 0.0,
            plates=self.plates,
        )

    def hours(self, wanted: Mapping[object, Variant]) -> dict[object, TollHour]:
        """Solve variants, all that are due at once."""
        found = self.runner.take(wanted.values(), toll_hour)
        return {key: found[variant] for key, variant in wanted.items()}

    def settings(self, wanted: Iterable[tuple[Target, str, float]]) -> list[Setting]:
        """Solve targets at tolls."""
        asked = list(dict.fromkeys(wanted))
        hours = self.hours(
            {
                key: self.variant(uniform(key[0].crossing_ids, key[2], self.truck_factor), key[1])
                for key in asked
            }
        )
        return [Setting(*key, base=self.bases[key[1]], hour=hours[key]) for key in asked]


def uniform(crossing_ids: Iterable[str], car_cny: float, truck_factor: float) -> list[Toll]:
    """One toll for cars of all plates, and that of trucks, at each crossing."""
    return [
        Toll(crossing, use, car_cny * factor)
        for crossing in crossing_ids
        for use, factor in ((CAR, 1.0), (TRUCK, truck_factor))
    ]


def default_targets(
    case: Case, network: Network, hour: TollHour, built: Sequence[str]
) -> tuple[Target, ...]:
    """All crossings off the expressways, then what is built, or else the busiest of them."""
    links = network.links[network.links["crossing_id"] != ""]
    off = links.loc[links["facility_type"] != EXPRESSWAY, "crossing_id"]
    city = tuple(sorted(set(off)))
    if built:
        single = [case.find(option)[0].crossing_id for option in built]
    else:
        single = [str(hour.passages_vph.loc[list(city)].sum(axis=1).idxmax())] if city else []
    alone = [Target(name, (name,)) for name in dict.fromkeys(single)]
    return (Target(CITY, city), *alone) if len(city) > 1 else tuple(alone)
