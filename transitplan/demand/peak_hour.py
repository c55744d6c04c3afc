"""The first demand model: a morning peak hour of cars and trucks from zones, jobs and distances.

Commuting is doubly constrained; business and other trips follow with shorter or longer reach;
airport, stations, port, freight centre and external stations send and receive what their zone rows
say, part of it through traffic from border to border. It knows cars and trucks only and takes the
share of driving as given: it is a stand-in until zones are surveyed.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.deterrence import Exponential
from transitplan.demand.distribution import fit_gravity, spread, within_zones
from transitplan.errors import AccountingError, ConvergenceError, ValidationError
from transitplan.model.demand import Demand, UserClass

PURPOSES = ("commute", "business", "other")
PARAMETERS = (  # rows of the parameter table that this model reads
    "trips_per_person_day",
    "car_driver_share",
    "peak_hour_share",
    *(f"peak_share_{purpose}" for purpose in PURPOSES),
    *(f"mean_km_{purpose}" for purpose in PURPOSES),
    *(f"occupancy_{purpose}" for purpose in PURPOSES),
    *(f"value_of_time_{purpose}" for purpose in PURPOSES),
    "mean_km_truck",
    "value_of_time_truck",
    "distance_cost_car",
    "distance_cost_truck",
    "pce_truck",
    "special_business_share",
    "peak_hour_share_special",
    "through_share",
    "through_min_km",
    "deterrence_special",
    "trucks_per_job_day",
)
ROUNDING = 1e-6  # share of trips that balancing to a tolerance may move


def user_classes(parameters: Mapping[str, float]) -> tuple[UserClass, ...]:
    """The four classes of the peak hour, with values of time and costs from the parameter table."""
    cars = tuple(
        UserClass(
            f"car_{purpose}",
            use="car",
            purpose=purpose,
            persons_per_vehicle=parameters[f"occupancy_{purpose}"],
            value_of_time_cny_per_h=parameters[f"value_of_time_{purpose}"]
            * parameters[f"occupancy_{purpose}"],
            distance_cost_cny_per_km=parameters["distance_cost_car"],
        )
        for purpose in PURPOSES
    )
    truck = UserClass(
        "truck",
        use="truck",
        purpose="freight",
        pce=parameters["pce_truck"],
        value_of_time_cny_per_h=parameters["value_of_time_truck"],
        distance_cost_cny_per_km=parameters["distance_cost_truck"],
    )
    return (*cars, truck)


def peak_hour_demand(
    zones: pd.DataFrame,
    distance_km: Mapping[str, Floats],
    parameters: Mapping[str, float],
    *,
    name: str,
) -> Demand:
    """Build the demand of one morning peak hour.

    Parameters
    ----------
    zones
        Zone table: population, jobs and the extra trips of generators and external stations.
    distance_km
        Distance between zones by use, ``car`` and ``truck``, (n_zones, n_zones) [km]; infinite
        where there is no way.
    parameters
        Values by parameter id; the ids used are those of this module's code and of
        ``networks/jinan/parameters.csv``.

    Raises
    ------
    ValidationError
        If no zone has people or jobs.
    AccountingError
        If the matrices do not add up to the trip ends that went in.
    """
    zones = zones.reset_index(drop=True)
    people = zones["population"].to_numpy(dtype=float)
    jobs = zones["jobs"].to_numpy(dtype=float)
    if people.sum() <= 0 or jobs.sum() <= 0:
        raise ValidationError(
            "zone.csv, columns population and jobs: all are 0, so there are no trips to model."
        )
    residents_vph = (
        people.sum()
        * parameters["trips_per_person_day"]
        * parameters["car_driver_share"]
        * parameters["peak_hour_share"]
    )
    km = {use: within_zones(matrix) for use, matrix in distance_km.items()}
    matrices = {
        purpose: residents_vph
        * parameters[f"peak_share_{purpose}"]
        * _resident_trips(purpose, people, jobs, km["car"], parameters)
        for purpose in PURPOSES
    }
    special_cars = _special_trips(zones, "extra_cars_per_day", km["car"], parameters)
    business = parameters["special_business_share"]
    matrices["business"] = matrices["business"] + business * special_cars
    matrices["other"] = matrices["other"] + (1 - business) * special_cars
    trucks = _special_trips(zones, "extra_trucks_per_day", km["truck"], parameters)
    trucks += _local_trucks(jobs, km["truck"], parameters)
    trips = np.stack([*(matrices[purpose] for purpose in PURPOSES), trucks])
    _account(trips, residents_vph, zones, parameters)
    return Demand(pd.Index(zones["zone_id"], name="zone_id"), user_classes(parameters), trips, name)


def grown_zones(zones: pd.DataFrame, growth: pd.DataFrame, year: int) -> pd.DataFrame:
    """Zones of a later year: people, jobs and extra trips times the factors of their group.

    A zone's group is its ``super_zone`` where the growth table has it, else its ``zone_kind``,
    else ``rest``.
    """
    rows = growth[growth["year"] == year].set_index("group")
    if rows.empty:
        known = sorted(set(growth["year"]))
        raise ValidationError(f"growth table: no rows for {year}; it has {known}. Add them.")
    if "rest" not in rows.index:
        raise ValidationError(f"growth table: year {year} has no row of the group 'rest'. Add one.")
    group = zones["super_zone"].where(zones["super_zone"].isin(rows.index), zones["zone_kind"])
    group = group.where(group.isin(rows.index), "rest")
    factors = rows.loc[group].reset_index(drop=True)
    grown = zones.reset_index(drop=True).copy()
    for column, factor in (
        ("population", "population_factor"),
        ("jobs", "jobs_factor"),
        ("extra_cars_per_day", "extra_factor"),
        ("extra_trucks_per_day", "extra_factor"),
    ):
        grown[column] = grown[column] * factors[factor]
    return grown


def _resident_trips(
    purpose: str, people: Floats, jobs: Floats, km: Floats, parameters: Mapping[str, float]
) -> Floats:
    """Share of each pair in the trips of a purpose, (n, n), summing to one."""
    home, work = people / people.sum(), jobs / jobs.sum()
    mixed = 0.5 * home + 0.5 * work
    origins, destinations = {
        "commute": (home, work),
        "business": (work, work),
        "other": (home, mixed),
    }[purpose]
    return _fitted(origins, destinations, km, f"mean_km_{purpose}", parameters)


def _fitted(
    origins: Floats, destinations: Floats, km: Floats, row: str, parameters: Mapping[str, float]
) -> Floats:
    """Share of each pair, (n, n), with the mean length that a row of the parameters says."""
    try:
        return fit_gravity(origins, destinations, km, means=[parameters[row]]).trips
    except ConvergenceError as error:
        raise ValidationError(
            f"parameter {row}: {str(error).removeprefix('fit_gravity: ').rstrip('.')} km. Correct "
            "the row: the zones lie too near to each other, or too far apart, for such trips."
        ) from None


def _special_trips(
    zones: pd.DataFrame, column: str, km: Floats, parameters: Mapping[str, float]
) -> Floats:
    """Peak-hour trips of generators and external stations, in and out, (n, n) [veh/h]."""
    ends = zones[column].to_numpy(dtype=float) * parameters["peak_hour_share_special"] / 2
    external = (zones["zone_kind"] == "external").to_numpy() & (ends > 0)
    far = external[:, None] & external[None, :] & (km > parameters["through_min_km"])
    far &= np.isfinite(km)
    through = np.where(far.any(axis=1), parameters["through_share"], 0.0) * ends
    inward = ends - through
    weights = (zones["population"] + zones["jobs"]).to_numpy(dtype=float)
    near = Exponential(parameters["deterrence_special"])
    outbound = spread(inward, weights, km, near)
    inbound = spread(inward, weights, km.T, near).T
    # Border to border: to each far station by its size; the mean of both directions is balanced.
    passing = spread(through, through, np.where(far, 0.0, np.inf), near)
    return np.asarray(outbound + inbound + 0.5 * (passing + passing.T))


def _local_trucks(jobs: Floats, km: Floats, parameters: Mapping[str, float]) -> Floats:
    share = jobs / jobs.sum()
    total = jobs.sum() * parameters["trucks_per_job_day"] * parameters["peak_hour_share_special"]
    return np.asarray(total * _fitted(share, share, km, "mean_km_truck", parameters))


def _account(
    trips: Floats, residents_vph: float, zones: pd.DataFrame, parameters: Mapping[str, float]
) -> None:
    """Hold the matrices against the trips that went in; each special trip has one end in the table.

    A through trip has two, so through traffic counts half.
    """
    special = parameters["peak_hour_share_special"]
    wanted = residents_vph * sum(parameters[f"peak_share_{purpose}"] for purpose in PURPOSES)
    wanted += zones["jobs"].sum() * parameters["trucks_per_job_day"] * special
    ends = zones[["extra_cars_per_day", "extra_trucks_per_day"]].to_numpy(dtype=float) * special
    external = (zones["zone_kind"] == "external").to_numpy()
    most = wanted + ends.sum()
    least = most - 0.5 * parameters["through_share"] * ends[external].sum()
    got = float(trips.sum())
    if not least * (1 - ROUNDING) <= got <= most * (1 + ROUNDING):
        raise AccountingError(
            f"peak_hour_demand: {least:,.1f} to {most:,.1f} veh/h went in and {got:,.1f} came out. "
            "A zone with trips reaches no other zone; check its connectors."
        )
