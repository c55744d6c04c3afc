"""Every warning of a demand model is said in Chinese too, in the words of those who write them."""

from types import SimpleNamespace

import pandas as pd

from transitplan.demand.count_check import contradictions
from transitplan.demand.counts import compile_counts
from transitplan.model.cases import braess
from transitplan.report.demand_view import DemandView
from transitplan.report.demand_warnings import said_twice
from transitplan.scenario.demand_record import warnings
from transitplan.scenario.estimation_result import _missed


def in_chinese(text):
    case = SimpleNamespace(demand_model=None)
    view = DemandView(case, None)
    view.__dict__["words"] = {"am": SimpleNamespace(zh="早高峰")}  # as if it had looked them up
    said = said_twice(text, view)
    assert said.en == text
    assert "原文" not in said.zh
    return said.zh


def test_targets_that_are_missed():
    shares = {"year": 2025, "purpose": "p", "mode": "walk", "share": 0.3, "target": 0.5}
    lengths = {
        "year": 2025, "purpose": "p",
        "mean_km": 8.0, "target_km": 6.0, "mean_min": 30.14, "target_min": 35.0,
    }  # fmt: skip
    made = SimpleNamespace(
        case=SimpleNamespace(base_year=2025),
        estimated={},
        base=SimpleNamespace(
            built=SimpleNamespace(model=SimpleNamespace(ends=SimpleNamespace(scaled={"p": 1.5})))
        ),
    )
    tables = {"shares": pd.DataFrame([shares]), "lengths": pd.DataFrame([lengths])}
    assert [in_chinese(text) for text in warnings(made, tables)] == [
        "p：walk占出行的 30.0%，目标为 50.0%。",
        "p：平均出行 8.0 公里，已知为 6。",
        "p：平均出行 30.1 分钟，已知为 35。",
        "p：一端的出行率须乘以 1.50 才能与另一端平衡。",
    ]


def test_counts_that_contradict_or_stay_far_off():
    network, _ = braess()
    rows = [("a", "link", "2", 400), ("b", "link", "5", 300), ("c", "link", "4", 200)]
    counts = pd.DataFrame(rows, columns=["count_id", "kind", "links", "volume_vph"])
    told = contradictions(compile_counts(counts.assign(sigma_vph=10.0), network, ["v"]), network)
    for text in told:
        assert in_chinese(f"am: {text}").startswith(
            "早高峰：计数 c 为 200 辆/小时，而其他计数只容许"
        )
    missed = {
        "count_id": "c", "use": "fit", "counted_vph": 2000.0, "after_vph": 900.0,
        "sigmas_after": -5.5,
    }  # fmt: skip
    [text] = _missed(pd.DataFrame([missed]))
    assert "校准后 900，相差 5.5 个标准差" in in_chinese(f"am: {text}")
