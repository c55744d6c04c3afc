import numpy as np
import pytest

from transitplan.appraisal.benefits import rule_of_half
from transitplan.appraisal.money import (
    benefit_streams,
    cost_streams,
    discount_factors,
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
