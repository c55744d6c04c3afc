"""Volume-delay functions: values against AequilibraE, parameters, and vdf.csv."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

import transitplan as tp
from transitplan.kernels.delay import AKCELIK, BPR, CONICAL, CONSTANT
from transitplan.model.cases import braess, grid
from transitplan.model.delay_functions import FUNCTIONS, parameter_rules
from transitplan.model.network import build_network
from transitplan.model.tables import FACILITY_TYPES, TABLES

FLOW = np.array([1.0, 400.0, 900.0, 1000.0, 1001.0, 1800.0, 5000.0])
CAPACITY, FREE, LENGTH = np.full(7, 1000.0), np.linspace(20.0, 80.0, 7), np.linspace(200.0, 3e3, 7)
GIVEN = [
    tp.BPR(),
    tp.BPR(alpha=0.8, beta=0.5),
    tp.Conical(alpha=4.0),
    tp.Conical(alpha=1.2),
    tp.Akcelik(),
    tp.Akcelik(delay_factor=1.6, period_h=0.5),
    tp.Constant(),
]


def by_aequilibrae(function, which):
    """Values (0) or slopes (1) that AequilibraE 1.7 gives; skips the test without it."""
    kernels = pytest.importorskip("aequilibrae.paths.vdf").VDF_KERNELS
    out = np.empty(7)
    if isinstance(function, tp.Conical):
        a = function.alpha
        parameters = [np.full(7, a), np.full(7, (2 * a - 1) / (2 * a - 2))]
        name = "CONICAL"
    elif isinstance(function, tp.Akcelik):  # its tau is 8 J / T, its alpha T / 4, here in seconds
        tau = 8 * function.delay_factor / function.period_h
        parameters = [np.full(7, 900.0 * function.period_h), np.full(7, tau), LENGTH / 1000.0]
        name = "AKCELIK"
    else:
        parameters = [np.full(7, function.alpha), np.full(7, function.beta)]
        name = "BPR"
    kernels[name][which](out, FLOW, CAPACITY, FREE, *parameters, 1)
    return out


@pytest.mark.parametrize("function", [f for f in GIVEN if not isinstance(f, tp.Constant)])
def test_times_are_those_of_aequilibrae(function):
    found = function.time_s(FLOW, CAPACITY, FREE, length_m=LENGTH)
    assert_allclose(found, by_aequilibrae(function, 0), rtol=1e-12)


@pytest.mark.parametrize("function", [tp.BPR(), tp.BPR(0.8, 2.5), tp.Conical(4.0)])
def test_slopes_are_those_of_aequilibrae(function):
    found = function.derivative(FLOW, CAPACITY, FREE)
    assert_allclose(found, by_aequilibrae(function, 1), rtol=1e-12)


@pytest.mark.parametrize("function", GIVEN)
def test_derivative_and_integral_belong_to_the_time(function):
    def time(flow):
        return function.time_s(flow, CAPACITY, FREE, length_m=LENGTH)

    step = 1e-5 * FLOW
    numeric = (time(FLOW + step) - time(FLOW - step)) / (2 * step)
    slope = function.derivative(FLOW, CAPACITY, FREE, length_m=LENGTH)
    assert_allclose(slope, numeric, rtol=1e-6, atol=1e-6)
    areas = function.integral(FLOW, CAPACITY, FREE, length_m=LENGTH)
    for i, flow in enumerate(FLOW):
        area = quad(lambda v, i=i: time(v)[i], 0, flow, points=[0.99 * flow], epsrel=1e-11)
        assert_allclose(areas[i], area[0], rtol=1e-8)
    assert_allclose(time(0.0), FREE, rtol=1e-15)


def test_shapes_are_those_of_the_arguments():
    assert tp.Conical().time_s(500.0, 1000.0, 60.0).shape == ()
    grid_of_flows = np.ones((2, 3)) * [[100.0], [900.0]]
    assert tp.BPR().integral(grid_of_flows, 1000.0, [30.0, 40.0, 50.0]).shape == (2, 3)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tp.Conical(1.0), r"Conical: alpha is 1; it must be above 1"),
        (lambda: tp.Conical(np.nan), r"Conical: alpha is nan; it must be above 1"),
        (lambda: tp.BPR(-0.1), r"BPR: alpha is -0.1; it must be from 0"),
        (lambda: tp.BPR(beta=21.0), r"BPR: beta is 21; it must be from 0 to 20"),
        (lambda: tp.Akcelik(0.0), r"Akcelik: delay_factor is 0; it must be above 0"),
        (lambda: tp.Akcelik(period_h=0.0), r"Akcelik: period_h is 0; it must be above 0 to 24"),
        (lambda: tp.Akcelik().time_s(1.0, 1.0, 1.0), r"Akcelik: give length_m"),
        (lambda: tp.BPR().time_s(1.0, 0.0, 1.0), r"BPR: 1 of 1 capacities are not above 0"),
        (lambda: tp.BPR().time_s(-1.0, 9.0, 1.0), r"BPR: a flow is below 0"),
    ],
)
def test_parameters_and_arguments_are_checked(build, message):
    with pytest.raises(tp.ValidationError, match=message):
        build()


def test_constant_times_need_no_capacity():
    assert tp.Constant().time_s(9.0, 0.0, 30.0) == 30.0
    assert tp.BPR(alpha=0.0).time_s(9.0, 0.0, 30.0) == 30.0


# --- vdf.csv ------------------------------------------------------------------------------------

TABLE = pd.DataFrame(
    [
        ("trunk", "conical", 6.0, np.nan, np.nan, np.nan),
        ("arterial", "akcelik", np.nan, np.nan, 0.4, 1.0),
        ("local", "bpr", 0.5, 2.0, np.nan, np.nan),
        ("connector", "constant", np.nan, np.nan, np.nan, np.nan),
    ],
    columns=["facility_type", "function", "alpha", "beta", "delay_factor", "period_h"],
)
CLASSES = ["trunk", "arterial", "local", "connector", "ramp"]


def mixed(table=TABLE, **columns):
    """Return a grid whose links take the classes in turn, with a table of functions."""
    network, demand = grid(4, 4, trips_vph=900.0)
    links = network.links.assign(facility_type=np.resize(CLASSES, len(network.links)))
    tables = {name: network.table(name) for name in network.table_names}
    tables |= {"link": links.assign(**columns), "vdf": table}
    return build_network(tables, name="mixed"), demand


def test_the_columns_are_the_parameters_of_the_functions():
    names = [rule.name for rule in TABLES["vdf"]]
    assert names == ["facility_type", "function", *parameter_rules(), "source", "confidence"]
    assert set(FUNCTIONS) == {"bpr", "conical", "akcelik", "constant"}


def test_each_link_takes_the_function_of_its_class():
    network, _ = mixed()
    assert network.delay_functions == {
        "trunk": tp.Conical(6.0),
        "arterial": tp.Akcelik(0.4, 1.0),
        "local": tp.BPR(0.5, 2.0),
        "connector": tp.Constant(),
    }
    roads = tp.compile_road(network)
    kinds = dict(zip(CLASSES, (CONICAL, AKCELIK, BPR, CONSTANT, BPR), strict=True))
    classes = network.links["facility_type"]
    assert roads.in_rows(roads.delay.kind).tolist() == classes.map(kinds).tolist()
    found = tp.assign(roads, mixed()[1], gap=1e-10)
    links = network.links
    for name, function in {**network.delay_functions, "ramp": tp.BPR()}.items():
        rows = (classes == name).to_numpy()
        length = links["length_m"].to_numpy()[rows]
        free = length * 3.6 / 60.0
        expected = function.time_s(found.pce_vph[rows], 900.0, free, length_m=length)
        assert_allclose(found.time_s[rows], expected, rtol=1e-12)


def test_an_equilibrium_of_mixed_functions_converges_and_frank_wolfe_agrees():
    network, demand = mixed()
    roads = tp.compile_road(network)
    fine = tp.assign(roads, demand, tp.PathBased(), gap=1e-10)
    assert fine.status == "converged"
    assert fine.relative_gap <= 1e-10
    rough = tp.assign(roads, demand, tp.BiconjugateFrankWolfe(), gap=1e-6, max_iterations=5000)
    assert_allclose(rough.objective, fine.objective, rtol=0, atol=2e-6 * fine.total_cost)
    assert rough.lower_bound <= fine.objective * (1 + 1e-12)


def test_the_table_decides_for_the_classes_that_it_names_and_no_other():
    columns = {"vdf_alpha": 2.0, "vdf_beta": 1.0}
    with_cells, without = tp.compile_road(mixed(**columns)[0]), tp.compile_road(mixed()[0])
    ramp = with_cells.network.links["facility_type"].eq("ramp").to_numpy()[with_cells.row]
    for mine, other in zip(with_cells.delay, without.delay, strict=True):
        assert_allclose(mine[~ramp], other[~ramp])
    assert (with_cells.delay.power[ramp] == 1.0).all()
    assert_allclose(with_cells.delay.rise_s[ramp], 2.0 * with_cells.free_time_s[ramp])


@pytest.mark.parametrize("suffix", ["", ".gpkg", ".graphml"])
def test_functions_and_turns_come_back_from_files(suffix, tmp_path):
    network, _ = mixed(TABLE.assign(source="a study", confidence="low"))
    turns = pd.DataFrame(
        {
            "mvmt_id": [7, 8],
            "node_id": [2, 2],
            "ib_link_id": network.links.query("to_node_id == 2")["link_id"].iloc[:1].tolist() * 2,
            "ob_link_id": network.links.query("from_node_id == 2")["link_id"].iloc[:2].tolist(),
            "penalty_s": [12.5, 0.0],
            "allowed_uses": ["car,truck", "none"],
            "start_ib_lane": [-1.0, 1.0],
            "type": ["left", "uturn"],
            "wkt": ["LINESTRING (0 0, 1 1)", ""],
            "opt_note": ["own column", ""],
        }
    )
    tables = {name: network.table(name) for name in network.table_names}
    network = build_network({**tables, "movement": turns}, name="mixed")
    again = tp.read_network(tp.write_network(network, tmp_path / f"copy{suffix}"))
    assert again.version == network.version
    for name in ("vdf", "movement"):
        pd.testing.assert_frame_equal(again.table(name), network.table(name))
    if not suffix:
        header, row, _ = (tmp_path / "copy" / "movement.csv").read_text().splitlines()
        assert header == (
            "mvmt_id,node_id,ib_link_id,start_ib_lane,ob_link_id,type,penalty,allowed_uses,"
            "geometry,opt_note"
        )
        assert row.startswith("7,2,")
        assert "-1,2,left,12.5" in row or ",left,12.5," in row
        two = tp.write_network(again, tmp_path / "two")
        for file in sorted((tmp_path / "copy").iterdir()):
            assert file.read_bytes() == (two / file.name).read_bytes(), file.name


def change(**cells):
    table = TABLE.copy()
    for name, value in cells.items():
        table[name] = table[name].astype(object)
        table.loc[0, name] = value
    return table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (change(function="conic"), r"column function: 1 of 4 rows \(line 2\): an unknown value"),
        (
            change(facility_type="road"),
            r"column facility_type: .*unknown value \('road'\). Use one",
        ),
        (change(facility_type="local"), r"column facility_type: 2 of 4 rows \(lines 2, 4\): the s"),
        (
            change(alpha=1.0),
            r"column alpha: 1 of 4 rows \(line 2\): alpha is 1; it must be above 1",
        ),
        (change(alpha=None), r"column alpha: .*\(line 2\): empty, and conical needs it. Fill it"),
        (change(beta=4.0), r"column beta: .*\(line 2\): conical takes alpha. Empty the cell"),
        (change(function="constant"), r"column alpha: .*constant takes no parameter. Empty"),
        (change(function="bpr"), r"column beta: .*\(line 2\): empty, and bpr needs it. Fill it"),
        (TABLE.rename(columns={"beta": "betta"}), r"column betta: not known. Did you mean beta"),
        (TABLE.drop(columns="function"), r"column function: the column is missing. Add it"),
    ],
)
def test_a_broken_table_of_functions_is_refused_with_row_and_column(table, message):
    with pytest.raises(tp.ValidationError, match=r"vdf.csv, " + message):
        mixed(table)


def test_a_number_that_is_none_is_named_with_its_file(tmp_path):
    folder = tp.write_network(mixed()[0], tmp_path / "net")
    text = (folder / "vdf.csv").read_text()
    (folder / "vdf.csv").write_text(text.replace("conical,6", "conical,six"))
    message = r"net/vdf.csv, column alpha: 1 of 4 rows \(line 2\): 'six' is not a number"
    with pytest.raises(tp.ValidationError, match=message):
        tp.read_network(folder)


@pytest.mark.parametrize("name", FACILITY_TYPES[:1])
@pytest.mark.parametrize(
    ("function", "fails"),
    [("bpr", True), ("conical", True), ("akcelik", True), ("constant", False)],
)
def test_a_function_of_capacity_needs_one(name, function, fails):
    network, _ = braess()
    cells = {"alpha": {"bpr": 0.15, "conical": 4.0}.get(function, np.nan)}
    cells |= {"beta": 4.0} if function == "bpr" else {}
    cells |= {"delay_factor": 0.1, "period_h": 1.0} if function == "akcelik" else {}
    table = pd.DataFrame([{"facility_type": name, "function": function, **cells}])
    capacity = [0.0, *[900.0] * (len(network.links) - 1)]
    links = network.links.assign(facility_type=name, lane_capacity_pceph=capacity, vdf_alpha=0.0)
    tables = {each: network.table(each) for each in network.table_names}
    network = build_network({**tables, "link": links, "vdf": table})
    if not fails:
        assert tp.compile_road(network).delay.inverse_capacity.min() == 0.0
        return
    with pytest.raises(
        tp.ValidationError, match=r"link.csv, column capacity: 1 of 6 rows \(line 2\)"
    ):
        tp.compile_road(network)


def test_tntp_refuses_what_it_has_no_place_for(tmp_path):
    network, demand = mixed()
    with pytest.raises(tp.ValidationError, match=r"TNTP has no place for vdf.csv. Write a GMNS"):
        tp.write_tntp(network, demand, tmp_path / "n", tmp_path / "t")
