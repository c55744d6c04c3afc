import subprocess
import sys

import transitplan as tp


def test_every_listed_name_is_there_and_no_other():
    assert tp.__all__ == sorted(tp.__all__)
    assert set(tp.__all__) == set(tp._HOME_OF)
    for name in tp.__all__:
        assert getattr(tp, name).__module__.startswith("transitplan"), name


def test_importing_transitplan_loads_nothing_heavy():
    code = "import sys, transitplan; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "pandas", "numba", "geopandas", "folium", "networkx"} & set(loaded)
