"""What an hour spends by pair and by link, and the levels that explain a benefit."""

from dataclasses import replace

import numpy as np
import pytest

import transitplan as tp
from transitplan.appraisal import accounts
from transitplan.appraisal.explanation import APART, LEVELS, REMAINDER, explained
from transitplan.appraisal.factors import apart_from_roads, hour_weights
from transitplan.appraisal.lines import LINES
from transitplan.appraisal.pairs import hour_pairs
from transitplan.appraisal.spent import AMOUNTS, hour_spent, pair_on_links
from transitplan.appraisal.tables import peak_benefits
from transitplan.appraisal.worth import CORE, hour_components, hour_totals
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.cases import two_routes
from transitplan.model.edits import set_columns
from transitplan.scenario.case import NONE
from transitplan.scenario.run import Runner, option_takes, solve_network, whole
from transitplan.scenario.variants import Variant

OPTION, GAP = "middle-tunnel", 1e-8
PLACES = {"cluster_pair": ["origin_cluster_id", "destination_cluster_id"], "link": ["link_id"]}


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def taken(case):
    """Runs, what they spend, totals over links and matrices, by option and year."""
    with Runner(case, processes=1, gap=GAP) as runner:
        whats = [whole, hour_spent, hour_totals, hour_pairs]
        return option_takes(runner, whats, [OPTION])


@pytest.fixture(scope="module")
def explain(case, taken):
    runs, spent, totals, _ = taken

    def of(year):
        if year is None:
            form = case.find(OPTION)[1]
            hours = {y: (totals[NONE, y], totals[OPTION, y]) for y in case.years}
            ledger = accounts.ledger(case, OPTION, hours, case.values)
            total = accounts.present_values(ledger).groupby("account")["pv_cny"].sum()
            burdens = apart_from_roads(case, OPTION)
            paid = ["users", "providers", "others"]
            assert form.rail_passengers_per_day == 0 == burdens["rail"]
            cny = float(total[paid].sum())
        else:
            parts = hour_components(totals[NONE, year], totals[OPTION, year])
            hours = case.values["benefit_hours_per_day"] * case.values["days_per_year"]
            cny = float(hours * sum(parts[n].sum() for n in ("time", "operating", "toll")))
        networks = {key: run.network for key, run in runs.items()}
        return explained(case, OPTION, year, spent=spent, networks=networks, total_cny=cny, gap=GAP)

    return of


@pytest.mark.parametrize("year", [2025, 2035])
@pytest.mark.parametrize("what", ["pairs", "links"])
def test_what_is_spent_less_is_what_the_appraisal_counts(taken, year, what):
    """Against sums over links and speeds, each component, and each class of its users."""
    _, spent, totals, _ = taken
    parts = hour_components(totals[NONE, year], totals[OPTION, year])
    saved = getattr(spent[NONE, year], what).sum() - getattr(spent[OPTION, year], what).sum()
    scale = abs(parts["time"]).sum()
    for name in AMOUNTS[1:]:
        assert saved[name] == pytest.approx(parts[name].sum(), rel=1e-9, abs=1e-9 * scale), name
    users = sum(parts[name][0] for name in ("time", "operating", "toll"))
    np.testing.assert_allclose(saved[[*spent[NONE, year].class_names]], users, rtol=1e-9)


def test_a_pair_spends_its_trips_times_its_mean_costs(taken):
    """Against skims and means over routes, which are put together apart from this."""
    _, spent, _, pairs = taken
    matrix, hour = pairs[OPTION, 2035], spent[OPTION, 2035]
    for (o, d), row in hour.pairs.iterrows():
        at = matrix.zone_ids.get_indexer([o, d])
        cells = (slice(None), at[0], at[1])
        trips = matrix.trips_vph[cells]
        used = trips > 0
        assert row["trips_vph"] == pytest.approx(trips.sum(), rel=1e-9)
        for name in ("time", "operating", "toll"):
            cost = getattr(matrix, f"{name}_cny")[cells]
            assert row[name] == pytest.approx((trips[used] * cost[used]).sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("year", [2025, 2035, None])
def test_every_level_adds_up_to_the_one_above(explain, year):
    found = explain(year)
    total = f"total_{found.unit}"
    components = found.to_frame("component").set_index("component")[f"amount_{found.unit}"]
    assert components.sum() == pytest.approx(found.total_cny, rel=1e-12)
    assert abs(components[REMAINDER]) < 1e-9 * abs(found.total_cny)
    for level in LEVELS[2:]:
        frame = found.to_frame(level)
        assert frame[total].sum() == pytest.approx(found.total_cny, rel=1e-9)
        rest = frame[frame["row"] == REMAINDER].iloc[0]
        assert abs(rest[total]) < 1e-9 * abs(found.total_cny)
        for name in components.index.intersection(CORE):
            whole_of = frame[f"{name}_{found.unit}"].sum()
            assert whole_of == pytest.approx(components.get(name), rel=1e-9, abs=1e-6)
        assert frame["share"].sum() == pytest.approx(1.0)
    pairs, above = found.to_frame("pair"), found.to_frame("cluster_pair")
    sums = pairs[pairs["row"] == "pair"].groupby(PLACES["cluster_pair"])[total].sum()
    mine = above[above["row"] == "cluster_pair"].set_index(PLACES["cluster_pair"])[total]
    np.testing.assert_allclose(sums.reindex(mine.index), mine, rtol=1e-9)
    assert mine.abs().is_monotonic_decreasing


def test_components_of_the_present_value_are_those_of_the_ledger(explain, case, taken):
    _, _, totals, _ = taken
    hours = {year: (totals[NONE, year], totals[OPTION, year]) for year in case.years}
    ledger = accounts.present_values(accounts.ledger(case, OPTION, hours, case.values))
    of_item = ledger.groupby("item")["pv_cny"].sum()
    found = explain(None)
    for name in [*CORE, "embodied_co2", "operation_co2", "disruption"]:
        assert found.components[name] == pytest.approx(of_item[name], rel=1e-9), name
    frame = found.to_frame("pair")
    apart = frame.loc[frame["row"] == APART, "total_pv_cny"].iloc[0]
    burdens = of_item[["embodied_co2", "operation_co2", "disruption"]].sum()
    assert apart == pytest.approx(burdens, rel=1e-9)


def test_the_total_is_that_of_the_appraisal(explain, case, taken):
    runs = taken[0]
    worth = peak_benefits(case, runs)[OPTION]
    weights = hour_weights(case, OPTION, None)
    road = sum(worth[year] * weights[year] for year in case.years)
    off = sum(apart_from_roads(case, OPTION).values())
    assert explain(None).total_cny == pytest.approx(road + off, rel=1e-9)


@pytest.fixture(scope="module")
def line_of(case, taken):
    runs, spent, *_ = taken
    networks = {key: run.network for key, run in runs.items()}

    def of(line, other=case):
        return explained(
            other, OPTION, None, spent=spent, networks=networks, total_cny=None, gap=GAP, line=line
        )

    return of


@pytest.fixture(scope="module")
def hours(case, taken):
    totals = taken[2]
    return {year: (totals[NONE, year], totals[OPTION, year]) for year in case.years}


def tables_of(case, hours, values):
    """Each line as the tables of the economy have it, made apart from the explanation."""
    ledger = accounts.ledger(case, OPTION, hours, values)
    summary = accounts.monetised_summary(ledger).iloc[0]
    paid = accounts.public_accounts(ledger).set_index("item")["pv_cny"]
    return {
        line: float(summary[f"{line}_cny"] if f"{line}_cny" in summary else paid[line])
        for line in LINES
    }


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_the_number_of_the_table_at_every_level(line_of, case, hours, line):
    """Against the ledger, which is made from totals by class and speed, not by road."""
    wanted = tables_of(case, hours, case.values)[line]
    found = line_of(line)
    scale = max(abs(wanted), 1.0)
    assert found.total_cny == pytest.approx(wanted, rel=1e-9, abs=1.0)
    components = found.to_frame("component")["amount_pv_cny"]
    assert components.sum() == pytest.approx(wanted, rel=1e-9, abs=1.0)
    for level in LEVELS[2:]:
        frame = found.to_frame(level)
        assert frame["total_pv_cny"].sum() == pytest.approx(wanted, rel=1e-9, abs=1.0)
        rest = frame.loc[frame["row"] == REMAINDER, "total_pv_cny"].iloc[0]
        assert abs(rest) < 1e-9 * max(scale, abs(found.components).sum())
    years = found.by_year()
    assert years["pv_cny"].sum() == pytest.approx(wanted, rel=1e-9, abs=1.0)
    roads = found.links.to_numpy().sum()
    assert found.by_class()["total_pv_cny"].sum() == pytest.approx(roads, rel=1e-9, abs=1.0)


def test_classes_are_those_of_the_ledger(line_of, case, hours):
    ledger = accounts.present_values(accounts.ledger(case, OPTION, hours, case.values))
    for line, items in LINES.items():
        own = ledger[ledger["item"].isin(items)].groupby("class_name")["pv_cny"].sum()
        found = line_of(line).by_class().set_index("class_name")["total_pv_cny"]
        if line not in ("npv", "pvb"):
            for name, amount in found.items():
                assert own.get(name, 0.0) == pytest.approx(amount, rel=1e-9, abs=1e-3)


def test_no_row_that_a_line_leaves_out_would_move_it(line_of, case, hours):
    """By brute force: every parameter of the case is moved, one at a time."""
    today = tables_of(case, hours, case.values)
    known = set(case.parameters["parameter_id"])
    told = {line: set(line_of(line).rows["parameter_id"]) & known for line in LINES}
    moved = {line: set() for line in LINES}
    for name in sorted(known):
        value = case.values[name]
        other = {**case.values, name: value * 1.1 if value else 0.1}
        if name in ("operation_years", "plant_life_years"):
            other[name] = value + 1
        then = tables_of(case, hours, other)
        for line, number in then.items():
            if abs(number - today[line]) > 1e-9 * max(abs(today[line]), 1.0):
                moved[line].add(name)
    for line in LINES:
        assert moved[line] <= told[line], line
    assert "carbon_price" in moved["co2_traffic"]
    assert "accident_cost_trunk" not in told["air"]


def test_rows_say_value_unit_and_source(line_of, case):
    rows = line_of("energy").rows.set_index("parameter_id")
    given = case.parameters.set_index("parameter_id").loc["electricity_price"]
    assert rows.loc["electricity_price", ["value", "unit", "source"]].tolist() == [
        given["value"], given["unit"], given["source"]
    ]  # fmt: skip
    form = case.find(OPTION)[1]
    assert rows.loc["energy_gwh_per_year", "value"] == form.energy_gwh_per_year
    assert rows.loc["energy_gwh_per_year", "source"] == form.source


def test_roads_that_were_kept_are_those_of_the_pair(explain):
    found = explain(2035)
    pairs = found.to_frame("pair")
    pairs = pairs[pairs["row"] == "pair"].head(3)
    for pair in pairs.itertuples():
        kept = found.told_links(pair.o_zone_id, pair.d_zone_id)
        for name in ("total_cny_per_year", "vehicle_h_saved_per_year"):
            assert kept[name].sum() == pytest.approx(getattr(pair, name), rel=1e-9)
    again = found.pair_links(pair.o_zone_id, pair.d_zone_id).set_index("link_id")
    own = kept.set_index("link_id")["total_cny_per_year"]
    assert own.to_dict() == pytest.approx(again["total_cny_per_year"].to_dict(), rel=1e-9, abs=1e-3)
    assert found.told_links(1, 99) is None


def test_links_of_one_pair_add_up_to_the_pair(explain):
    found = explain(2035)
    pair = found.to_frame("pair").iloc[0]
    links = found.pair_links(pair["o_zone_id"], pair["d_zone_id"])
    for name in ("time_cny_per_year", "total_cny_per_year", "vehicle_h_saved_per_year"):
        assert links[name].sum() == pytest.approx(pair[name], rel=1e-9)
    assert 0 < len(links) < len(found.links)
    with pytest.raises(NotFoundError, match="no trips from zone 1 to zone 99"):
        found.pair_links(1, 99)


def test_two_routes_as_solved_on_paper(case):
    """Link 1 gets twice its capacity: 600 + 0.3 v₁ = 900 + 0.6 v₂, v₁ + v₂ = 3,000.

    Before, v = (1,750, 1,250) at 1,650 s; after, v = (7,000/3, 2,000/3) at 1,300 s. The pair saves
    3,000 × 350 s. Link 1 takes 7,000/3 × 1,300 − 1,750 × 1,650 s more, link 2 saves the rest.
    """
    network, demand = two_routes()
    capacity = network.links["lane_capacity_pceph"].where(network.links["link_id"] != 1, 2000.0)
    wider = set_columns(network, {"lane_capacity_pceph": capacity}, reason="wider")
    before, after = (
        solve_network(each, demand, Variant(2025), gap=1e-12)[0] for each in (network, wider)
    )
    saved = [hour_spent(case, before), hour_spent(case, after)]
    pairs = saved[0].pairs["vehicle_h"] - saved[1].pairs["vehicle_h"]
    links = (saved[0].links["vehicle_h"] - saved[1].links["vehicle_h"]) * 3600
    assert pairs.to_dict() == {(1, 2): pytest.approx(3000 * 350 / 3600, rel=1e-6)}
    taken_1 = 7000 / 3 * 1300 - 1750 * 1650
    assert links[1] == pytest.approx(-taken_1, rel=1e-5)
    assert links[2] == pytest.approx(1250 * 1650 - 2000 / 3 * 1300, rel=1e-5)
    assert links[3] == 0.0
    on_links = pair_on_links(case, after, 1, 2)
    assert on_links["flow_vph"].to_dict() == pytest.approx({1: 7000 / 3, 2: 2000 / 3}, rel=1e-5)


def test_what_cannot_be_explained_says_why(case, taken, explain):
    with pytest.raises(NotFoundError, match="levels are total, .* Did you mean link?"):
        explain(2035).to_frame("links")
    with pytest.raises(ValidationError, match="did not keep what none 2025 spends"):
        explained(case, OPTION, 2025, spent={}, networks={}, total_cny=1.0, gap=GAP)
    with pytest.raises(ValueError, match="take it from a Runner"):
        hour_spent(case, replace(taken[0][NONE, 2025], found=None))


def test_it_says_what_it_is(explain):
    text = explain(2035).summary()
    assert text.startswith(f"{OPTION}: user benefit in 2035: ")
    assert "by component" in text
    assert "by cluster pair" in text
    assert "by link" in text
    html = explain(None)._repr_html_()
    assert "present value of benefits" in html
    assert "operation_years = 30" in explain(None).factors["parameters"].iloc[-1]
