"""``transitplan assign --principle``: what is sought, and options that do not fit."""

import json

import pandas as pd
import pytest

from tests.cli.test_verbs import run

CASE = ("assign", "networks/two_banks/2025", "od_matrices/two_banks/2025_am.omx", "--json")


def seek(*options):
    done = run(*CASE, *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_principle_is_sought_by_its_name(tmp_path):
    out = tmp_path / "flows.csv"
    assert seek()["principle"] == "user equilibrium"
    assert seek("--principle", "so", "--out", out)["principle"] == "system optimum"
    assert "marginal_toll_s" in pd.read_csv(out)
    logit = seek("--principle", "logit", "--theta", "0.01")
    assert logit["principle"] == "stochastic user equilibrium (logit)"


def test_elastic_demand_comes_back_on_its_own_network():
    fixed = seek()
    options = ("--elasticity", "-0.5", "--reference", "networks/two_banks/2025")
    elastic = seek("--principle", "elastic", *options)
    assert elastic["principle"] == "user equilibrium with elastic demand"
    assert elastic["demand_vph"] == pytest.approx(fixed["demand_vph"], rel=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--principle", "best"), "--principle is 'best'; use one of ue, so, logit, elastic."),
        (("--principle", "logit"), "--principle logit needs --theta."),
        (("--theta", "1"), "--principle ue has no use for --theta."),
        (("--principle", "elastic", "--elasticity", "-1"), "elastic needs --reference."),
    ],
)
def test_options_that_do_not_fit_end_in_code_2(options, message):
    done = run(*CASE, *options)
    assert done.returncode == 2
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
