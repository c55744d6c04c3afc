"""Networks with known equilibria: (network, demand, flows) in the order of the link table."""

import numpy as np
import pandas as pd

from tests.laws import REPOSITORY
from transitplan.io.gmns import read_gmns
from transitplan.io.pairs import read_pairs
from transitplan.model import cases


def two_routes():
    """600 + 0.6 v₁ = 900 + 0.6 (3000 − v₁)."""
    return (*cases.two_routes(), np.array([1750.0, 1250.0, 0.0]))


def braess():
    """Two veh/h on each of the three routes."""
    return (*cases.braess(), np.array([4.0, 2.0, 2.0, 4.0, 2.0, 0.0]))


def sioux_falls():
    """Published."""
    folder = REPOSITORY / "networks" / "sioux_falls"
    demand = read_pairs(REPOSITORY / "od_matrices" / "sioux_falls" / "demand.csv")
    flows = pd.read_csv(folder / "equilibrium.csv")["flow_vph"].to_numpy()
    return read_gmns(folder), demand, flows
