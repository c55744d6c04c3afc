"""Problems between the files of a case, and between a case and its demand, as text."""

from transitplan.demand.peak_hour import PARAMETERS
from transitplan.errors import likely, listed
from transitplan.io.gmns import MAX_LATITUDE, MAX_LONGITUDE
from transitplan.model.network import Network
from transitplan.scenario.case import Case, Place, Site

# What enters costs and benefits: the rows that an appraisal cannot do without.
MONEY = (
    "discount_rate",
    "operation_years",
    "benefit_hours_per_day",
    "days_per_year",
    "benefit_scale",
    "benefit_growth",
    "upkeep_scale",
    "residual_share",
    "plant_share",
    "plant_life_years",
    "peak_share_crossing",
    # Rows of the presets; a case that is read has them all.
    "discount_rate_drop",
    "discount_drop_after",
    "optimism_bias_1",
    "optimism_bias_2",
    "optimism_bias_3",
    "upkeep_growth",
    "electricity_price",
    "electricity_price_in_upkeep",
    "disruption_share",
    "operating_cost_car_petrol",
    "operating_cost_car_electric",
    "operating_cost_truck",
    "operating_best_speed",
    "operating_rise_at_20",
    "operating_rise_at_110",
    "co2_car_petrol",
    "co2_truck_diesel",
    "power_car_electric",
    "power_truck_electric",
    "grid_co2",
    "carbon_price",
    "nox_car_petrol",
    "nox_truck_diesel",
    "pm_car_petrol",
    "pm_truck_diesel",
    "nox_cost",
    "pm_cost",
    "accident_cost_expressway",
    "accident_cost_urban_expressway",
    "accident_cost_arterial",
    "accident_cost_other",
    "reliability_ratio",
    "reliability_sd_share",
    "demand_elasticity",
    "new_pair_scale",
    "rail_value_of_time",
    "rail_days_per_year",
    "trips_scale",
    "value_of_time_scale",
)
_AT_MOST = {
    "discount_rate": 0.5,
    "operation_years": 100.0,
    "benefit_hours_per_day": 24.0,
    "days_per_year": 366.0,
    "residual_share": 1.0,
    "plant_share": 1.0,
    "peak_share_crossing": 1.0,
}


def _parameter_problems(case: Case) -> list[str]:
    rows = case.parameters
    found = []
    for wrong, what in (
        (rows["parameter_id"].duplicated(), "stands twice. Keep one row"),
        (rows["low"] > rows["value"], "has a low above its value"),
        (rows["high"] < rows["value"], "has a high below its value"),
        (rows["value"] < rows["low"].clip(upper=0), "is negative"),
    ):
        found += [
            f"{case.folder}: parameter table: {name} {what}."
            for name in rows.loc[wrong, "parameter_id"]
        ]
    found += [
        f"{case.folder}: parameter table: {name} is {case.values[name]:g}, more than {most:g}."
        for name, most in _AT_MOST.items()
        if name in set(rows["parameter_id"]) and case.values[name] > most
    ]
    absent = [name for name in (*PARAMETERS, *MONEY) if name not in set(rows["parameter_id"])]
    return found + [
        f"{case.folder}: parameter table: no row {name}. Add it with value, unit, low, high, "
        'source and status, or take what is absent from Jinan: trips_preset = "jinan" in case.toml.'
        for name in absent
    ]


def _growth_problems(case: Case) -> list[str]:
    later = [year for year in case.years if year != case.base_year]
    known = set(case.growth.loc[case.growth["group"] == "rest", "year"])
    found = [
        f"{case.folder}: growth table: year {year} has no row of the group 'rest'."
        for year in later
        if year not in known
    ]
    twice = case.growth[case.growth.duplicated(["group", "year"])]
    return found + [
        f"{case.folder}: growth table: {row['group']} {row['year']} stands twice."
        for row in twice.to_dict("records")
    ]


def _risk_problems(case: Case) -> list[str]:
    """Risks that stand twice, belong to no option or have numbers out of order."""
    if case.risks.empty:
        return []
    rows = case.risks
    known = set(case.option_ids) | {form.form for site in case.sites for form in site.forms} | {""}
    found = []
    for wrong, what in (
        (rows.duplicated(["option_id", "risk_id"]), "stands twice. Keep one row"),
        (~rows["option_id"].fillna("").isin(known), "belongs to no option or form of the case"),
        (~rows["probability"].between(0, 1), "has a probability outside 0 to 1"),
        (
            ~((rows["low_cny"] <= rows["likely_cny"]) & (rows["likely_cny"] <= rows["high_cny"])),
            "has costs out of order: low, likely, high",
        ),
    ):
        found += [
            f"{case.folder}: risk register: {name} {what}." for name in rows.loc[wrong, "risk_id"]
        ]
    return found


def place_problems(place: Place, network: Network) -> list[str]:
    """Ends of a site that are not in the network, and points that are no places."""
    nodes = set(network.nodes["node_id"])
    found = [
        f"{end} {getattr(place, end)} is not in node.csv. Correct the id or add the node"
        for end in ("from_node_id", "to_node_id")
        if getattr(place, end) not in nodes
    ]
    return found + [
        f"via: ({lon:g}, {lat:g}) is no place. Write longitude, then latitude"
        for lon, lat in place.via
        if abs(lat) > MAX_LATITUDE or abs(lon) > MAX_LONGITUDE
    ]


def _site_problems(case: Case, site: Site) -> list[str]:
    """Forms that contradict the network or the years of the case."""
    where = f"{case.folder}, site {site.site_id}"
    has_links = (case.network.links["crossing_id"] == site.crossing_id).any()
    widens = [form.form == "widening" for form in site.forms]
    found = []
    if has_links and not all(widens):
        found.append(
            f"{where}: crossing_id {site.crossing_id} has links already, so their traffic would be "
            "counted with the option's. Give the site an id of its own."
        )
    if any(widens) and not has_links:
        found.append(
            f"{where}: crossing_id {site.crossing_id} has no links to widen. Name a crossing that "
            "is there."
        )
    return found + [
        f"{where}, {form.label}: building for {form.build_years} years to open in "
        f"{form.open_year} would begin before the base year {case.base_year}. Open later."
        for form in site.forms
        if form.open_year - form.build_years < case.base_year
    ]


def case_problems(case: Case) -> list[str]:
    """Problems between files: unknown nodes, options that stand twice, years without demand."""
    found = [text for site in case.sites for text in _site_problems(case, site)]
    found += _parameter_problems(case) + _growth_problems(case) + _risk_problems(case)
    repeated = {option for option in case.option_ids if case.option_ids.count(option) > 1}
    found += [
        f"{case.folder}: the option {option} stands twice. Give one of the forms a label."
        for option in sorted(repeated)
    ]
    if case.isochrones_from not in set(case.network.clusters["cluster_id"]):
        found.append(
            f"{case.folder}/case.toml, isochrones_from: {case.isochrones_from!r} is not in "
            f"cluster.csv.{likely(case.isochrones_from, case.network.clusters['cluster_id'])}"
        )
    for end in ("from_node_id", "to_node_id"):
        wrong = ~case.drives[end].isin(case.network.nodes["node_id"])
        if wrong.any():
            ids = case.drives.loc[wrong, end].tolist()
            found.append(
                f"{case.folder}: drives, column {end}: {listed(ids)} are not in node.csv. Correct "
                "them."
            )
    if case.base_year not in case.years:
        found.append(
            f"{case.folder}/case.toml: base_year {case.base_year} is not among the years. "
            f"Add [years.{case.base_year}]."
        )
    return found
