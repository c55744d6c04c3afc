"""The small totals agree with the benefits from whole runs, and with the law that tolls cancel."""

import pytest

import transitplan as tp
from transitplan.appraisal.benefits import class_benefits
from transitplan.appraisal.worth import hour_benefits, hour_totals, hour_worth
from transitplan.scenario.run import Runner, whole
from transitplan.scenario.variants import Variant


def test_totals_give_the_benefits_of_whole_runs():
    case = tp.read_case("networks/two_banks")
    variants = [Variant(2035), Variant(2035, built=("middle-bridge",))]
    with Runner(case, processes=1) as runner:
        base, option = runner.take(variants, whole).values()
        small = list(runner.take(variants, hour_totals).values())
    full = class_benefits(base, option, base.demand).set_index("class_name")
    table = hour_benefits(*small)
    for column in ("time_cny", "operating_cny", "toll_cny"):
        assert table[column].to_dict() == pytest.approx(full[column].to_dict(), rel=1e-6, abs=1e-3)
    assert hour_worth(small[0], small[0]) == 0.0
