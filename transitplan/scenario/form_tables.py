"""Forms as tables for the report: what each option is, costs by element, notes, assumptions."""

import pandas as pd

from transitplan.scenario.case import Case, Form, option_id
from transitplan.scenario.chain import truck_speed_kph
from transitplan.scenario.form import Assumption
from transitplan.units import METRES_PER_KM


def form_table(case: Case) -> pd.DataFrame:
    """One row an option.

    Returns
    -------
    DataFrame
        option_id, site_id, form, kind, length_km, approach_km, ramp_km, level_km, gradient,
        free_speed_kph, truck_climb_kph, lanes (each way), lane_capacity_pceph, allowed_uses,
        banned_uses, toll_cny, toll_truck_cny, availability, build_years, open_year,
        capital_cost_cny, capital_low_cny, capital_high_cny, upkeep_cny_per_year,
        energy_gwh_per_year, land_ha, embodied_co2_t, operation_co2_t_per_year, stage,
        rail_passengers_per_day, rail_minutes_saved (each with _low and _high), source, confidence.
        Lengths of parts and the gradient are empty where the option file does not tell them apart.
    """
    plain = (
        "form",
        "kind",
        "free_speed_kph",
        "lanes",
        "lane_capacity_pceph",
        "allowed_uses",
        "toll_cny",
        "toll_truck_cny",
        "availability",
        "build_years",
        "open_year",
        "capital_cost_cny",
        "capital_low_cny",
        "capital_high_cny",
        "upkeep_cny_per_year",
        "energy_gwh_per_year",
        "land_ha",
        "embodied_co2_t",
        "operation_co2_t_per_year",
        "stage",
        "rail_passengers_per_day",
        "rail_passengers_low",
        "rail_passengers_high",
        "rail_minutes_saved",
        "rail_minutes_low",
        "rail_minutes_high",
        "source",
        "confidence",
    )
    rows = []
    for option, site_id, form in _options(case):
        climb = max((abs(part.gradient) for part in form.parts), default=float("nan"))
        rows.append(
            {
                "option_id": option,
                "site_id": site_id,
                "length_km": form.length_m / METRES_PER_KM,
                **{f"{word}_km": _km(form, part) for word, part in _PARTS},
                "gradient": climb,
                "truck_climb_kph": truck_speed_kph(form, climb) if form.parts else None,
                "banned_uses": banned_uses(case, form),
                **{name: getattr(form, name) for name in plain},
            }
        )
    return pd.DataFrame(rows)


def form_elements(case: Case) -> pd.DataFrame:
    """Capital cost by element, one row an option and element.

    Returns
    -------
    DataFrame
        option_id, element_id, name, name_zh, cny, low_cny, high_cny, life_years, renewal_share.
    """
    columns = ["option_id", "element_id", "name", "name_zh", "cny", "low_cny", "high_cny"]
    rows = [
        {"option_id": option, **element.model_dump()}
        for option, _, form in _options(case)
        for element in form.elements
    ]
    return pd.DataFrame(rows, columns=[*columns, "life_years", "renewal_share"])


def form_notes(case: Case) -> pd.DataFrame:
    """Notes on floods, nature, ground and approach roads: option_id, topic, en, zh."""
    rows = [
        {"option_id": option, **note.model_dump()}
        for option, _, form in _options(case)
        for note in form.notes
    ]
    return pd.DataFrame(rows, columns=["option_id", "topic", "en", "zh"])


def form_assumptions(case: Case) -> pd.DataFrame:
    """Every value that the forms were made from, once, with the options that it was taken for.

    Returns
    -------
    DataFrame
        parameter_id, name, name_zh, value, unit, low, high, source, status, overridden, options.
        ``value`` holds numbers and, for who may use a form, words.
    """
    options: dict[tuple[object, ...], list[str]] = {}
    for option, _, form in _options(case):
        for row in form.assumptions:
            options.setdefault(tuple(row.model_dump().values()), []).append(option)
    rows = [(*cells, ", ".join(users)) for cells, users in options.items()]
    return pd.DataFrame(rows, columns=[*Assumption.model_fields, "options"])


def banned_uses(case: Case, form: Form) -> str:
    """Uses that a form keeps out, by comma."""
    groups = case.network.table("use_group").set_index("use_group")["uses"].to_dict()
    named = [name.strip() for name in form.allowed_uses.split(",")]
    let_in = {use.strip() for name in named for use in str(groups.get(name, name)).split(",")}
    uses = case.network.table("use_definition")["use"]
    return "" if "all" in named else ", ".join(use for use in uses if use not in let_in)


_PARTS = (("approach", "approach"), ("ramp", "ramp"), ("level", "structure"))


def _options(case: Case) -> list[tuple[str, str, Form]]:
    return [
        (option_id(site, form), site.site_id, form) for site in case.sites for form in site.forms
    ]


def _km(form: Form, part: str) -> float:
    """Length of all pieces of one kind; empty where the form has no pieces."""
    found = sum(each.length_m for each in form.parts if each.part == part)
    return found / METRES_PER_KM if form.parts else float("nan")
