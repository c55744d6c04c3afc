"""Whether two values are equal to the last bit, tables and arrays in them too."""

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd

from transitplan.graph.road import RoadGraph
from transitplan.model.network import Network

CLOCK = "seconds"  # of iterations: never the same twice, and so not kept


def assert_same(one, other, where="value"):  # noqa: C901  a line for each kind of value
    assert type(one) is type(other), where
    if isinstance(one, pd.DataFrame):
        left, right = (each.drop(columns=CLOCK, errors="ignore") for each in (one, other))
        pd.testing.assert_frame_equal(left, right, check_exact=True, obj=where)
    elif isinstance(one, pd.Index):
        pd.testing.assert_index_equal(one, other, obj=where)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, Network | RoadGraph):
        assert one.version == other.version, where
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(
                getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}"
            )
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key, value in one.items():
            assert_same(value, other[key], f"{where}[{key}]")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            assert_same(mine, theirs, f"{where}[{place}]")
    elif isinstance(one, float) and np.isnan(one):
        assert np.isnan(other), where
    else:
        assert one == other, where
