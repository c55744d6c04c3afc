"""The main job: run every option of a case, appraise it, and hand over tables, page and map."""

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from transitplan.appraisal import tables
from transitplan.appraisal.demand_record import DemandRecord, read_record, record_folder
from transitplan.appraisal.doubt import Doubt, draw_npv, switching_values
from transitplan.appraisal.explanation import Explanation, explained
from transitplan.appraisal.lines import LINES
from transitplan.appraisal.mode_access import ModeAccess, mode_access, transit_areas
from transitplan.appraisal.policy import (
    PolicyBoard,
    closures_by_year,
    filled_board,
    has_policy,
    read_policy,
)
from transitplan.appraisal.policy_facts import Facts, road_hour
from transitplan.appraisal.sensitivity import site_tornado
from transitplan.appraisal.spent import HourSpent, hour_spent
from transitplan.appraisal.uncertain import NetValues
from transitplan.errors import NotFoundError, likely
from transitplan.io import read_demand
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.command import command_line
from transitplan.scenario.response import response_paths
from transitplan.scenario.run import DEFAULT_GAP, Key, Run, Runner, option_takes, whole
from transitplan.store import Store

if TYPE_CHECKING:
    from transitplan.viz.maps import PlanMap

# Files of a case that make its numbers: tables, settings, ground, cards and timetables.
DATA_SUFFIXES = frozenset({".csv", ".toml", ".geojson", ".yml", ".yaml", ".json", ".txt"})


@dataclass(frozen=True, eq=False)
class Assessment:
    """Everything that an assessment found, as tables with units in the column names.

    An *option* is one form at one site, ``huanggang-tunnel``; ``none`` builds nothing anywhere.
    Times are minutes by car from centroid to centroid, connectors included.

    access
        option_id, year, origin_id, destination_id, free_min, peak_min, distance_km
    reach
        option_id, year, cluster_id, within_min, population, jobs
    options
        option_id, site_id, form, year, daily_vehicles, daily_trucks, user_benefit_cny (a year),
        benefit_noise_cny (a year; how much of the benefit the two gaps may have made, at most),
        best_pair, best_pair_saving_min, worst_pair, worst_pair_saving_min
    appraisal
        option_id, site_id, form, open_year, length_m, capital_cost_cny, capital_cost_p80_cny,
        pv_benefits_cny, pv_costs_cny, npv_cny, npv_p05_cny, npv_p95_cny, bcr, probability_best,
        closed_hours_per_year, banned_uses, embodied_co2_t, operation_co2_t_per_year
    benefits
        option_id, year, class_name, time_cny, operating_cny, toll_cny, total_cny (a year)
    cluster_benefits
        option_id, year, cluster_id, user_benefit_cny (a year; half to each end of a trip)
    cash_flow
        option_id, year, cost_cny, benefit_cny, discount_factor
    draws
        one column an option, one row a draw: npv_cny with common random numbers
    switching
        site_id, parameter_id, name, name_zh, unit, today, switches_at, winner_today, winner_then
    flows
        option_id, year, link_id, flow_vph, pce_vph, time_s, delay_s, volume_capacity_ratio
    screenline
        option_id, year, crossing_id, name, name_zh, flow_vph, daily_vehicles,
        volume_capacity_ratio (of the busier direction)
    counts
        crossing_id, name, name_zh, observed_low, observed_high, modelled, observed_year, source,
        confidence (vehicles a day, both directions)
    drives
        origin, destination, expected_free_min, free_min, expected_peak_min, peak_min, basis
    convergence
        option_id, year, relative_gap, iterations, demand_vph, assigned_vph, intrazonal_vph,
        unreachable_vph, gap_value_cny (what the remaining gap is worth a year), cost_error_cny
        (how far the total cost of a year may be off, at most)
    tornado
        ``appraisal.sensitivity.site_tornado`` of every site: what moves its net values most
    isochrones
        cluster_id, mode (car on empty roads, transit on half of the departures of a weekday from 7
        to 9), within_min, geometry (WGS-84 polygons; base network), population
    modes
        Access by public transport too, between places and of people to jobs (``ModeAccess``)
    policy
        Requirements of the plan by year; None where the case has none, or they were left out
    record
        What the demand model wrote of itself; None where the case's matrices have no record
    spent
        What every peak hour spends by pair and by link, from which ``explain`` is made
    """

    case: Case
    networks: Mapping[tuple[str, int], Network]  # by option_id and year
    access: pd.DataFrame
    reach: pd.DataFrame
    options: pd.DataFrame
    appraisal: pd.DataFrame
    benefits: pd.DataFrame
    cluster_benefits: pd.DataFrame
    cash_flow: pd.DataFrame
    draws: pd.DataFrame
    switching: pd.DataFrame
    flows: pd.DataFrame
    screenline: pd.DataFrame
    counts: pd.DataFrame
    drives: pd.DataFrame
    convergence: pd.DataFrame
    isochrones: pd.DataFrame
    provenance: Mapping[str, object]
    tornado: pd.DataFrame = field(default_factory=pd.DataFrame)
    modes: ModeAccess | None = None
    policy: PolicyBoard | None = None
    record: DemandRecord | None = None
    spent: Mapping[Key, HourSpent] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks: one line an option."""
        from transitplan.viz.card import card
        from transitplan.viz.text import money

        rows = [
            (f"{row.option_id}: net value, probability of best",
             f"{money(row.npv_cny).en}, {row.probability_best:.0%}")
            for row in self.appraisal.itertuples(index=False)
        ]  # fmt: skip
        years = ", ".join(str(year) for year in sorted(self.case.years))
        return card(f"Assessment of {self.case.name}", [("modelled years", years), *rows])

    def explain(self, option_id: str, year: int | None = None, *, line: str = "") -> Explanation:
        """Follow a number down to components, years, parameters, pairs of clusters, zones, links.

        Parameters
        ----------
        option_id
            An option that builds something, ``huanggang-bridge``.
        year
            A modelled year: its user benefit, as in ``options``. None: the present value of all
            benefits, as in ``appraisal``.
        line
            A line of the economic tables at present value, without a year: ``users_time``,
            ``accidents``, ``energy``, ``pvc``, ``npv`` and so on (``appraisal.lines.LINES``).

        Raises
        ------
        NotFoundError
            If there is no such option or line, or the year is not modelled.

        Examples
        --------
        >>> from transitplan.scenario.read import read_case
        >>> found = assess(read_case("networks/two_banks"), processes=1)
        >>> found.explain("middle-bridge", 2035).to_frame()["component"].tolist()
        ['time', 'operating', 'toll', 'remainder']
        """
        self.case.find(option_id)
        total = None if line else self._benefit(option_id, year)
        if line and (year is not None or line not in LINES):
            raise NotFoundError(
                f"explain: no line {line!r}{f' of {year}' if year else ''}; at present value there "
                f"are {', '.join(LINES)}.{likely(line, LINES)}"
            )
        return explained(
            self.case,
            option_id,
            year,
            spent=self.spent,
            networks=self.networks,
            total_cny=total,
            gap=float(str(self.provenance.get("relative_gap_asked", DEFAULT_GAP))),
            line=line,
        )

    def _benefit(self, option_id: str, year: int | None) -> float:
        """Benefit that stands in the tables, of a year or at present value."""
        if year is None:
            rows, name = self.appraisal, "pv_benefits_cny"
        else:
            self.case.version(year)
            rows, name = self.options[self.options["year"] == year], "user_benefit_cny"
        return float(rows.set_index("option_id")[name].to_dict()[option_id])

    def to_map(self, *, tiles: str = "") -> "PlanMap":
        """Return the map of the report; see ``report.maps``.

        Parameters
        ----------
        tiles
            As in ``Network.to_map``.
        """
        from transitplan.report.maps import assessment_map

        return assessment_map(self, tiles=tiles)

    def explore(self, *, tiles: str = "") -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(tiles=tiles)

    def to_report(
        self, folder: str | Path, *, language: str = "en", tiles: str = "", parquet: bool = False
    ) -> list[Path]:
        """Write report.html, map.html, tables.xlsx, results.gpkg and run.json into the folder.

        Parameters
        ----------
        folder
            Made where it is absent; files of the same names are replaced, whole or not at all.
        language
            ``en`` or ``zh``: what the page shows first (both are in it).
        tiles
            Address of online map tiles to draw below the network; none by default, so that the
            pages open without a connection.
        parquet
            Also write ``tables/*.parquet`` and ``layers/*.parquet``.
        """
        from transitplan.report.folder import write_folder

        return write_folder(self, Path(folder), language=language, tiles=tiles, parquet=parquet)


def assess(
    case: Case,
    *,
    gap: float = DEFAULT_GAP,
    processes: int | None = None,
    cluster: str = "",
    store: Store | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Assessment:
    """Compare every option of a case in every year: the main job.

    Parameters
    ----------
    gap
        Relative gap of every equilibrium.
    processes
        Worker processes; as many as cores by default. The results do not depend on it.
    cluster, store
        Where equilibria are solved and kept, as for ``Runner``.
    progress
        Called with runs done, runs in all and the name of the last.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> found = assess(read_case("networks/two_banks"), processes=1)
    >>> sorted(found.appraisal["form"])
    ['bridge', 'none', 'tunnel']
    """
    check_inputs(case)
    with Runner(
        case, gap=gap, processes=processes, cluster=cluster, store=store, progress=progress
    ) as runner:
        return assessed(case, runner, command=command_line("assess", case, unusual_gap(gap)))


def unusual_gap(gap: float) -> dict[str, object]:
    """Return the option of the command line that asks for this gap, unless it is the usual one."""
    return {} if gap == DEFAULT_GAP else {"gap": gap}


def check_inputs(case: Case, *, policy: bool = True) -> None:
    """Refuse mistakes in the requirements and the record of the demand before any work."""
    if policy and has_policy(case):
        read_policy(case)
    read_record(case)


def assessed(
    case: Case,
    runner: Runner,
    doubt: Doubt | None = None,
    *,
    policy: bool = True,
    closures: bool = False,
    command: str = "",
) -> Assessment:
    """Assess with a runner that may have solved the options already.

    doubt
        Draws and switching values to show; without it traffic is held as it is today.
    policy
        Hold the requirements of the case's ``policy.csv`` against every year, where there is one.
    closures
        Solve every year with each open crossing shut too, for requirements that ask for it.
    command
        What makes the same assessment on the command line: said in its pages and record.
    """
    runs, spent = option_takes(runner, [whole, hour_spent])
    rows = read_policy(case) if policy and has_policy(case) else None
    facts = _facts(case, runner, runs, rows if closures else None)
    demands = {year: read_demand(case.demand_path(year)) for year in case.years}
    networks = {key: run.network for key, run in runs.items()}
    benefits = tables.yearly_benefits(case, runs, demands)
    peak_benefits = tables.peak_benefits(case, runs)
    draws = draw_npv(case, peak_benefits) if doubt is None else doubt.draws
    screenline = tables.screenline(case, runs, networks)
    return Assessment(
        case=case,
        networks=networks,
        access=tables.access(case, runs),
        reach=tables.reached(case, runs),
        options=tables.options(case, runs, networks, benefits),
        appraisal=tables.appraisal(case, peak_benefits, draws),
        benefits=benefits,
        cluster_benefits=tables.cluster_benefits(case, runs, demands),
        cash_flow=tables.cash_flow(case, peak_benefits),
        draws=draws,
        switching=_switching(case, peak_benefits) if doubt is None else doubt.switching,
        flows=tables.flows(runs),
        screenline=screenline,
        counts=tables.counts(case, screenline),
        drives=tables.drives(case, runs, networks),
        convergence=tables.convergence(case, runs),
        isochrones=_areas(case, networks, facts),
        provenance=_provenance(case, runs, runner.gap) | ({"command": command} if command else {}),
        tornado=_tornado(case, peak_benefits) if doubt is None else doubt.tornado,
        modes=mode_access(case, facts, runs),
        policy=None if rows is None else filled_board(rows, facts),
        record=read_record(case),
        spent=spent,
    )


def _facts(
    case: Case, runner: Runner, runs: Mapping[Key, Run], shut_for: pd.DataFrame | None
) -> list[Facts]:
    """Look at every year with nothing built, its crossings shut where requirements ask for it."""
    hours = {year: road_hour(case, runs[NONE, year]) for year in sorted(case.years)}
    shut = {} if shut_for is None else closures_by_year(shut_for, runner, hours)
    return [Facts(case, year, hour, shut.get(year)) for year, hour in hours.items()]


def _areas(
    case: Case, networks: Mapping[tuple[str, int], Network], facts: Sequence[Facts]
) -> pd.DataFrame:
    """Areas that the chosen cluster reaches by car and by public transport in the base year."""
    base = next(each for each in facts if each.year == case.base_year)
    parts = [tables.isochrone_areas(case, networks), transit_areas(case, base)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _switching(case: Case, peak_benefits: tables.PeakBenefits) -> pd.DataFrame:
    found = [switching_values(case, site, peak_benefits) for site in case.sites]
    return pd.concat(found, ignore_index=True)


def _tornado(case: Case, peak_benefits: tables.PeakBenefits) -> pd.DataFrame:
    model = NetValues(case, peak_benefits)
    return pd.concat([site_tornado(model, site) for site in case.sites], ignore_index=True)


def _provenance(case: Case, runs: Mapping[Key, Run], gap: float) -> dict[str, object]:
    """Return what a reader needs to make the same numbers again; no clock, so the same bytes."""
    packages = ("transitplan", "numpy", "numba", "pandas", "scipy")
    files = sorted(path for path in case.folder.rglob("*") if path.suffix in DATA_SUFFIXES)
    record = sorted(record_folder(case).glob("*.csv"))
    shares = {year: response_paths(case.demand_path(year)).shares for year in case.years}
    return {
        "networks": {
            f"{option} {year}": run.network.version for (option, year), run in runs.items()
        },
        "demand": {str(year): runs[NONE, year].demand.version for year in case.years},
        "files": {path.relative_to(case.folder).as_posix(): file_hash(path) for path in files},
        "demand_record": {path.name: file_hash(path) for path in record},
        "responses": {
            str(year): file_hash(path) for year, path in shares.items() if path.is_file()
        },
        "parameters": dict(case.values),
        "relative_gap_asked": gap,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in packages},
    }


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as the record of a run names it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
