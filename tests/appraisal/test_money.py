import numpy as np
import pytest

from transitplan.appraisal.benefits import rule_of_half
from transitplan.appraisal.indicators import indicators
from transitplan.appraisal.money import (
    benefit_streams,
    cost_items,
    cost_streams,
    discount_factors,
    form_benefit_streams,
    rail_streams,
    streams,
)
from transitplan.errors import ValidationError
from transitplan.scenario.case import Form
from transitplan.scenario.presets import preset_rows

PLAIN = {
    **preset_rows("simple").set_index("parameter_id")["value"].to_dict(),
    "operation_years": 30,
    "plant_life_years": 20,
    "upkeep_scale": 1.0,
    "residual_share": 0.0,
    "plant_share": 0.25,
    "benefit_growth": 0.0,
    "benefit_hours_per_day": 10.0,
    "days_per_year": 300.0,
    "benefit_scale": 1.0,
    "discount_rate": 0.08,
}


def form(**changes):
    values = {
        "form": "bridge",
        "length_m": 5000,
        "lanes": 3,
        "free_speed_kph": 60,
        "lane_capacity_pceph": 1500,
        "allowed_uses": "all",
        "capital_cost_cny": 3e9,
        "capital_low_cny": 2e9,
        "capital_high_cny": 4e9,
        "upkeep_cny_per_year": 20e6,
        "build_years": 3,
        "open_year": 2028,
        "availability": 1.0,
        "embodied_co2_t": 0,
        "operation_co2_t_per_year": 0,
        "source": "test",
        "confidence": "assumed",
    }
    return Form(**{**values, **changes})


def appraise(changes=(), **values):
    return streams(
        form(**dict(changes)),
        {2025: 1e5, 2035: 1e5},
        {**PLAIN, **values},
        base_year=2025,
        capital_cny=3e9,
    )


def test_a_level_stream_is_worth_its_annuity():
    found = appraise()
    annuity = (1 - 1.08**-30) / 0.08 * 1.08**-2  # first benefit at the end of 2028, year 3
    assert found.pv_benefit_cny[0] == pytest.approx(1e5 * 3000 * annuity, rel=1e-12)


def test_capital_is_spent_evenly_before_opening():
    found = appraise()
    spent = dict(zip(found.years.tolist(), found.cost_cny[0], strict=True))
    assert [spent[year] for year in (2025, 2026, 2027, 2028)] == [1e9, 1e9, 1e9, 20e6]


def test_the_residual_value_comes_back_in_the_last_year():
    with_it, without = appraise(residual_share=0.5), appraise()
    returned = without.pv_cost_cny[0] - with_it.pv_cost_cny[0]
    assert returned == pytest.approx(1.5e9 * 1.08 ** -(2057 - 2025), rel=1e-12)


def test_a_tunnel_renews_its_plant_once_in_thirty_years():
    tunnel, bridge = appraise({"form": "tunnel"}), appraise()
    more = tunnel.pv_cost_cny[0] - bridge.pv_cost_cny[0]
    assert more == pytest.approx(0.25 * 3e9 * 1.08 ** -(2048 - 2025), rel=1e-12)


def test_growth_after_the_last_modelled_year_compounds():
    found = appraise(benefit_growth=0.02)
    by_year = dict(zip(found.years.tolist(), found.benefit_cny[0], strict=True))
    assert by_year[2035] == pytest.approx(3e8)
    assert by_year[2045] == pytest.approx(3e8 * 1.02**10)


def test_closed_hours_take_their_share_of_benefits():
    half = appraise({"availability": 0.5}).pv_benefit_cny[0]
    assert half == pytest.approx(0.5 * appraise().pv_benefit_cny[0], rel=1e-12)


def test_draws_and_the_central_case_go_through_the_same_lines():
    rates = np.array([0.04, 0.08])
    both = appraise(discount_rate=rates).npv_cny
    alone = [appraise(discount_rate=rate).npv_cny[0] for rate in rates]
    np.testing.assert_allclose(both, alone, rtol=1e-12)


def test_discounting_at_no_rate_changes_nothing():
    assert (discount_factors(0.0, np.arange(2025, 2030), 2025) == 1.0).all()


def test_the_rule_of_half_is_exact_for_a_linear_demand_curve():
    # Trips fall by 2 for each unit of cost; the surplus is the area under the line.
    cost = np.linspace(3.0, 5.0, 2001)
    area = np.trapezoid(20 - 2 * cost, cost)
    found = rule_of_half(np.array([10.0]), np.array([14.0]), np.array([5.0]), np.array([3.0]))
    assert found[0] == pytest.approx(area, rel=1e-12)


def test_fixed_trips_give_the_plain_saving_and_unused_pairs_nothing():
    trips = np.array([7.0, 0.0])
    found = rule_of_half(trips, trips, np.array([10.0, np.inf]), np.array([8.0, 5.0]))
    assert found.tolist() == [14.0, 0.0]


def test_a_severed_pair_with_trips_is_refused():
    with pytest.raises(ValidationError, match="1 pairs have trips but no way"):
        rule_of_half(np.ones(1), np.ones(1), np.array([np.inf]), np.array([5.0]))


def test_costs_and_benefits_apart_are_those_of_the_streams():
    whole = appraise()
    built = form()
    cost = cost_streams(built, PLAIN, whole.years, 2025, 3e9)
    np.testing.assert_allclose(cost, whole.cost_cny, rtol=1e-12)
    benefit = benefit_streams(whole.years, {2025: 1e5, 2035: 1e5}, PLAIN)
    np.testing.assert_allclose(benefit * (whole.years >= 2028), whole.benefit_cny, rtol=1e-12)


def test_benefits_of_draws_are_those_of_each_draw():
    years = np.arange(2025, 2050)
    hourly = {2025: np.array([1.0, 2.0]), 2030: 4.0, 2035: np.array([3.0, 8.0])}
    both = benefit_streams(years, hourly, PLAIN)
    for draw in (0, 1):
        alone = {year: float(np.broadcast_to(at, 2)[draw]) for year, at in hourly.items()}
        expected = np.interp(years, list(alone), list(alone.values())) * 3000
        np.testing.assert_allclose(both[draw], expected, rtol=1e-12)


def items(form_changes=(), **values):
    """Costs by item and year of a form that opens in 2028."""
    built = form(**dict(form_changes))
    years = np.arange(2025, 2058)
    found = cost_items(built, {**PLAIN, **values}, years, 2025, built.capital_cost_cny)
    return {name: dict(zip(years.tolist(), item[0], strict=True)) for name, item in found.items()}


def test_spending_follows_its_profile_and_carbon_with_it():
    found = items({"spend_profile": (0.5, 0.2, 0.3), "embodied_co2_t": 1e5}, carbon_price=200.0)
    assert [found["capital"][year] for year in range(2025, 2029)] == [1.5e9, 0.6e9, 0.9e9, 0.0]
    assert [found["embodied_co2"][year] for year in (2025, 2027)] == pytest.approx([1e7, 0.6e7])
    assert sum(found["embodied_co2"].values()) == pytest.approx(2e7)


@pytest.mark.parametrize(("stage", "uplift"), [(1, 0.66), (2, 0.23), (3, 0.06)])
def test_optimism_bias_is_that_of_the_stage(stage, uplift):
    rows = preset_rows("uk_tag").set_index("parameter_id")["value"].to_dict()
    bias = {name: value for name, value in rows.items() if name.startswith("optimism_bias")}
    found = items({"stage": stage}, **bias)
    assert sum(found["capital"].values()) == pytest.approx(3e9 * (1 + uplift))


def test_elements_are_renewed_after_their_lives_and_not_at_the_end():
    parts = [
        {"element_id": "plant", "cny": 1e9, "life_years": 10, "renewal_share": 0.8},
        {"element_id": "surface", "cny": 0.5e9, "life_years": 12.5, "renewal_share": 1.0},
        {"element_id": "structure", "cny": 1.5e9, "life_years": 100, "renewal_share": 0.0},
    ]
    whole = [{**p, "name": "", "name_zh": "", "low_cny": 0, "high_cny": 9e9} for p in parts]
    found = items({"elements": whole, "form": "tunnel"})["renewals"]
    spent = {year: cost for year, cost in found.items() if cost}
    # Opened 2028, 30 years: plant after 10 and 20, surface after 12.5 and 25 (in the 13th, 25th).
    assert spent == pytest.approx({2038: 8e8, 2048: 8e8, 2041: 5e8, 2053: 5e8})


def test_energy_is_part_of_upkeep_and_a_dearer_price_adds_to_it():
    tunnel = {"energy_gwh_per_year": 10.0, "upkeep_cny_per_year": 60e6}
    usual, dear = items(tunnel), items(tunnel, electricity_price=0.85)
    assert usual["energy"][2030] == pytest.approx(6.5e6)
    assert usual["upkeep"][2030] + usual["energy"][2030] == pytest.approx(60e6)
    assert dear["upkeep"][2030] + dear["energy"][2030] == pytest.approx(62e6)
    assert usual["energy"][2027] == 0.0


def test_upkeep_grows_from_the_base_year():
    found = items(upkeep_growth=0.03)["upkeep"]
    assert found[2030] == pytest.approx(20e6 * 1.03**5)


def test_disruption_is_a_share_of_capital_and_others_bear_it():
    built, years = form(), np.arange(2025, 2058)
    values = {**PLAIN, "disruption_share": 0.02}
    found = streams(built, {2025: 1e5}, values, base_year=2025, capital_cny=3e9)
    plain = streams(built, {2025: 1e5}, PLAIN, base_year=2025, capital_cny=3e9)
    np.testing.assert_array_equal(found.cost_cny, plain.cost_cny)
    lost = plain.benefit_cny - found.benefit_cny
    assert lost.sum() == pytest.approx(0.02 * 3e9)
    everything = cost_streams(built, values, years, 2025, 3e9)
    np.testing.assert_allclose(everything, found.cost_cny + lost, rtol=1e-12)


def test_rail_passengers_are_worth_their_minutes():
    rail = {"rail_passengers_per_day": 60_000, "rail_passengers_high": 1e5,
            "rail_minutes_saved": 15, "rail_minutes_high": 20}  # fmt: skip
    values = {**PLAIN, "rail_value_of_time": 20.0, "rail_days_per_year": 340.0}
    found = rail_streams(form(**rail), values, np.arange(2026, 2031))
    assert found[0].tolist() == [0.0, 0.0, *[60_000 * 0.25 * 20 * 340] * 3]


def test_a_lower_rate_later_discounts_as_two_closed_forms():
    years = np.arange(2025, 2086)
    found = discount_factors(0.035, years, 2025, drop=0.005, drop_after=30)[0]
    assert found[30] == pytest.approx(1.035**-30)
    assert found[60] == pytest.approx(1.035**-30 * 1.03**-30)
    early = (1 - 1.035**-30) / 0.035
    late = 1.035**-30 * (1 - 1.03**-30) / 0.03
    assert found[1:].sum() == pytest.approx(early + late, rel=1e-12)
    np.testing.assert_array_equal(
        discount_factors(0.08, years, 2025), discount_factors(0.08, years, 2025, drop=0.0)
    )


def test_always_open_is_no_closure_at_all():
    """Availability of one leaves exactly the benefit of the hours."""
    years = np.arange(2028, 2058)
    whole = benefit_streams(years, {2025: 1e5, 2035: 2e5}, PLAIN)
    always = form_benefit_streams(form(availability=1.0), years, {2025: 1e5, 2035: 2e5}, PLAIN)
    np.testing.assert_array_equal(whole, always)


def test_prices_in_another_currency_change_no_rate_and_no_ratio():
    ours = appraise()
    theirs = streams(
        form(upkeep_cny_per_year=140e6),
        {2025: 7e5, 2035: 7e5},
        PLAIN,
        base_year=2025,
        capital_cny=21e9,
    )
    ours, theirs = (indicators("a", each, 2028) for each in (ours, theirs))
    for name in ("bcr", "eirr", "payback_years", "first_year_return"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-9)
    assert theirs["npv_cny"] == pytest.approx(7 * ours["npv_cny"], rel=1e-12)
