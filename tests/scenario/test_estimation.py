"""A demand adjusted to counts: a known matrix found again, laws, and tables that are refused."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.arrays import geh
from transitplan.assignment.passes import passes
from transitplan.demand.count_check import contradictions
from transitplan.demand.counts import compile_counts
from transitplan.model.cases import braess, two_routes
from transitplan.model.network import build_network

HELD = 8
COUNT_SIGMA = 0.015  # share of the volume: ±3 % at 95 %


@pytest.fixture(scope="module")
def sioux_falls():
    network = tp.read_network("networks/sioux_falls")
    demand = tp.read_demand("od_matrices/sioux_falls/demand.csv")
    found = tp.assign(tp.compile_road(network), demand, tp.PathBased(), gap=1e-7)
    return network, demand, found


def table(links, volumes, sigma, **more):
    rows = {"count_id": [f"c{i}" for i in links], "kind": "link", "links": [str(i) for i in links]}
    return pd.DataFrame({**rows, "volume_vph": volumes, "sigma_vph": sigma, **more})


def ends(demand):
    return np.concatenate([demand.trips_vph.sum(axis=axis).ravel() for axis in (1, 2)])


def test_a_known_matrix_is_found_again(sioux_falls):
    """Seed: each cell off by 15 %, all 7 % too low. Counts: 68 of 76 links, noisy; 8 held out."""
    network, truth, found = sioux_falls
    real, links = found.flow_vph, network.links["link_id"]
    good, good_before = [], []
    for luck in range(2):
        rng = np.random.default_rng(luck)
        wrong = 0.93 * truth.trips_vph * rng.lognormal(0, 0.15, truth.trips_vph.shape)
        seed = tp.Demand(truth.zone_ids, truth.classes, wrong)
        use = np.where(rng.permutation(76) < 76 - HELD, "fit", "holdout")
        noisy = real * (1 + COUNT_SIGMA * rng.standard_normal(76))
        counts = table(links, noisy, COUNT_SIGMA * real, use=use)
        trust = tp.SeedTrust(cells_sigma=0.15)
        made = tp.estimate_matrix(network, seed, counts, seed_trust=trust, threads=1)
        assert made.status == "settled"
        good.append(geh(real, made.assignment.flow_vph) < 5)
        before = tp.assign(found.roads, seed, gap=1e-5, threads=1).flow_vph
        good_before.append(geh(real, before) < 5)
        off_before, off = (np.abs(ends(d) / ends(truth) - 1).mean() for d in (seed, made.demand))
        assert off < 0.7 * off_before  # trip ends come nearer to the truth, too
        assert abs(made.demand.total_vph / truth.total_vph - 1) < 0.02
        assert made.lengths["mean_km_after"][0] == pytest.approx(
            made.lengths["mean_km_before"][0], rel=0.03
        )
    assert np.mean(good_before) < 0.5
    assert np.mean(good) >= 0.95


def test_bounds_hold_and_empty_cells_stay_empty(sioux_falls):
    network, truth, found = sioux_falls
    counts = table([1, 3], found.flow_vph[[0, 2]] * 3, 1.0)
    trust = tp.SeedTrust(ends_factor=1.2, cell_factor=2.0)
    given = truth.version
    made = tp.estimate_matrix(network, truth, counts, seed_trust=trust, rounds=3)
    ratio = ends(made.demand) / ends(truth)
    assert ratio.max() <= 1.2 * (1 + 1e-6)
    assert ratio.max() >= 1.19
    assert (made.demand.trips_vph <= 2.0 * truth.trips_vph * (1 + 1e-9)).all()
    assert truth.version == given
    assert any("standard deviations off" in text for text in made.warnings)
    assert made.cells["change_vph"].abs().is_monotonic_decreasing
    again = tp.estimate_matrix(network, truth, counts, seed_trust=trust, rounds=3)
    assert again.demand.version == made.demand.version


def test_cells_may_be_free_where_some_are_empty(sioux_falls):
    network, truth, found = sioux_falls
    counts = table([1, 3], found.flow_vph[[0, 2]] * 1.1, 50.0)
    trust = tp.SeedTrust(cell_factor=np.inf)
    made = tp.estimate_matrix(network, truth, counts, seed_trust=trust, rounds=2)
    assert (truth.trips_vph == 0).any()
    assert (made.demand.trips_vph[truth.trips_vph == 0] == 0).all()
    assert made.demand.total_vph > truth.total_vph


def test_counts_that_agree_with_the_seed_move_nothing(sioux_falls):
    network, truth, found = sioux_falls
    counts = table(network.links["link_id"], found.flow_vph, 10.0)
    made = tp.estimate_matrix(network, truth, counts, gap=1e-7)
    np.testing.assert_allclose(ends(made.demand), ends(truth), rtol=2e-3)
    assert made.warnings == ()


def test_trucks_take_the_time_of_their_climb():
    """With link 2 closed to them: cars 600 (1 + 1.75) s on both links, trucks 600 s more."""
    network, _ = two_routes()
    climbing = network.links.assign(
        truck_speed_kph=[30.0, np.nan, np.nan], allowed_uses=["all", "car", "all"]
    )
    classes = (tp.UserClass("car"), tp.UserClass("truck", use="truck"))
    cells = np.array([[[0, 2500.0], [0, 0]], [[0, 500.0], [0, 0]]])
    demand = tp.Demand(pd.Index([1, 2]), classes, cells)
    tables = {name: network.table(name) for name in network.table_names} | {"link": climbing}
    counts = table([1], [1750.0], 10.0)
    made = tp.estimate_matrix(build_network(tables), demand, counts, gap=1e-9)
    for when in ("before", "after"):
        minutes = made.lengths[f"mean_min_{when}"]
        np.testing.assert_allclose(minutes, [1650 / 60, 2250 / 60], rtol=1e-5)


def test_passes_equal_link_and_turn_flows(sioux_falls):
    """Trips that turn into a link, and those that start there, make up its flow."""
    network, _, found = sioux_falls
    links = network.links
    sets = [(0,), (0, 5, 9)] + [(a, 0) for a in np.flatnonzero(links["to_node_id"] == 1)]
    turning = np.array([False, False] + [True] * (len(sets) - 2))
    flows = passes(found.routes, sets, turning) @ found.routes.flow_vph
    np.testing.assert_allclose(flows[0], found.flow_vph[0])
    np.testing.assert_allclose(flows[1], found.flow_vph[[0, 5, 9]].sum())
    routes = found.routes
    begins = routes.links[routes.first_link[:-1]] == 0
    np.testing.assert_allclose(flows[2:].sum() + routes.flow_vph[begins].sum(), flows[0])
    assert flows[2:].sum() > 0


def braess_counts(rows):
    network, _ = braess()
    frame = pd.DataFrame(rows, columns=["count_id", "kind", "links", "volume_vph"])
    frame["sigma_vph"] = 10.0
    return contradictions(compile_counts(frame, network, ["vehicles"]), network)


def test_contradicting_counts_are_named():
    """Node 4 of Braess's network has no zone: links 2 and 5 lead in, link 4 alone leads out."""
    network, _ = braess()
    ends_of = dict(
        zip(
            network.links["link_id"],
            zip(network.links["from_node_id"], network.links["to_node_id"], strict=True),
            strict=True,
        )
    )
    assert {ends_of[2][1], ends_of[5][1], ends_of[4][0]} == {4}
    agree = [("a", "link", "2", 400), ("b", "link", "5", 300), ("c", "link", "4", 700)]
    assert braess_counts(agree) == []
    assert braess_counts([*agree[:2], ("c", "link", "4", 650)]) == []  # within 2 σ of each
    (text,) = braess_counts([*agree[:2], ("c", "link", "4", 200)])
    assert "standard" not in text
    assert "Look at this count and its neighbours" in text
    assert braess_counts([*agree, ("s", "screenline", "2 5", 1200)]) != []
    assert braess_counts([*agree, ("t", "turn", "5 4", 500)]) != []
    assert braess_counts([*agree, ("t", "turn", "5 4", 250)]) == []


def test_nobody_turns_back_between_counts():
    """Node 24 of the two banks has no zone and joins two roads, each of two directions."""
    network = tp.read_network("networks/two_banks/2025")

    def off(out):
        frame = table([13, 15], [2900.0, out], [100.0, 100.0])
        return contradictions(compile_counts(frame, network, ["car"]), network)

    assert off(3250.0) == []
    assert len(off(3400.0)) == 1


def test_all_problems_of_a_table_are_named():
    network, _ = braess()
    bad = pd.DataFrame(
        {
            "count_id": ["a", "a", "b", "c", "d"],
            "kind": ["link", "line", "turn", "link", "screenline"],
            "links": ["99", "1", "1 4", "1 2", ""],
            "classes": ["all", "bus", "all", "all", "all"],
            "volume_vph": ["-5", "100", "100", "x", "100"],
            "confidence": ["high", "sure", "high", "high", "low"],
            "use": ["fit", "holdout", "", "keep", "fit"],
        }
    )
    with pytest.raises(tp.ValidationError) as caught:
        compile_counts(bad, network, ["vehicles"])
    text = str(caught.value)
    for part in (
        "column kind: line 3 is none of link, screenline, turn",
        "column use: line 5 is none of fit, holdout",
        "repeats a line above: 'a'",
        "column volume_vph: lines 2, 5 are not a number",
        "column confidence: line 3 is none of high",
        "line 2, links: 99 are not in the network",
        "line 4, links: a turn needs two links or more",
        "line 5, links: 2 links for one",
        "line 6, links: empty",
        "line 3, classes: bus are not classes of the demand",
    ):
        assert part in text
    assert len(caught.value.problems) == 10


def test_volumes_of_a_day_and_confidence():
    network, _ = braess()
    rows = {"count_id": ["a"], "kind": ["link"], "links": ["1"], "volume_per_day": ["20000"]}
    frame = pd.DataFrame({**rows, "hour_share": "0.09", "confidence": "low"})
    found = compile_counts(frame, network, ["vehicles"])
    assert found.volume_vph == pytest.approx(1800)
    assert found.sigma_vph == pytest.approx(450)
    with pytest.raises(tp.ValidationError, match="line 2 has no volume"):
        compile_counts(frame.assign(hour_share=""), network, ["vehicles"])
    with pytest.raises(tp.ValidationError, match="how sure"):
        compile_counts(frame.assign(confidence=""), network, ["vehicles"])
    with pytest.raises(tp.ValidationError, match="columns links, volume_vph, sigma_vph"):
        compile_counts(pd.DataFrame({"count_id": ["a"], "kind": "link"}), network, ["vehicles"])


def test_a_table_without_counts_to_fit_is_refused():
    network, demand = braess()
    held = table([1], [4.0], 1.0, use="holdout")
    with pytest.raises(tp.ValidationError, match="all are held out"):
        tp.estimate_matrix(network, demand, held)
    with pytest.raises(tp.ValidationError, match="no trips to adjust"):
        tp.estimate_matrix(network, demand.scaled(0.0), table([1], [4.0], 1.0))
    with pytest.raises(tp.ValidationError, match="cells_sigma: 0 was given"):
        tp.SeedTrust(cells_sigma=0, ends_factor=1)
