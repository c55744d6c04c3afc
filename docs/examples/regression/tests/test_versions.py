"""The versions of our network do what they did when we last looked."""

from pathlib import Path

import transitplan as tp

HERE = Path(__file__).parents[1]


def test_2025(network_regression):
    network = tp.read_network(HERE / "network")
    network_regression.check(network, tp.read_demand(HERE / "trips.csv"))


def test_2035(network_regression):
    base = tp.read_network(HERE / "network")
    version = tp.apply_cards(base, tp.read_cards(HERE / "cards"))
    trips = tp.read_demand(HERE / "trips.csv")
    before = tp.assign(tp.compile_road(base), trips, gap=1e-8)

    after = network_regression.check(version, trips)  # structure, skims, access, traffic, flows
    saved_h = (before.pce_vph @ before.time_s - after.pce_vph @ after.time_s) / 3600
    network_regression.benefits({"saved_pce_h": saved_h})
