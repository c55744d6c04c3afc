"""The pytest plugin. Every run of pytest loads this module: it imports nothing heavy."""

import hashlib
import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from transitplan.testing.regression import NetworkRegression

FIXTURE = "network_regression"
BASELINES = "baselines"
NAME = "transitplan-baselines"  # under which the one who gathers is known to pytest
HELD: "pytest.StashKey[NetworkRegression]" = pytest.StashKey()
RECORD: "pytest.StashKey[dict[str, Any]]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of regression tests."""
    group = parser.getgroup("transitplan", "regression tests of networks")
    group.addoption(
        "--transitplan-update",
        action="store_true",
        help="write the baselines of network_regression anew and say what changed",
    )
    group.addoption(
        "--transitplan-html",
        metavar="FILE",
        help="write a page of what network_regression found, in English and Chinese",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather what tests find; where there are workers, only the one who started them tells it."""
    config.pluginmanager.register(Gathered(config), NAME)


@pytest.fixture
def network_regression(request: pytest.FixtureRequest) -> "NetworkRegression":
    """Hold a network and its results against a baseline that is kept beside the test as text.

    The test fails at its end if anything it checked moved beyond its tolerance.
    """
    from transitplan.testing.regression import NetworkRegression

    found = NetworkRegression(request.config.rootpath)
    request.node.stash[HELD] = found
    return found


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """When the test itself has passed, judge what it checked."""
    outcome = yield
    found = item.stash.get(HELD, None)
    if found is None:
        return outcome
    if not found.tables:
        pytest.fail(f"{FIXTURE}: the test checks nothing. Call {FIXTURE}.check(…).", pytrace=False)
    from transitplan.testing.message import failure
    from transitplan.testing.verdict import judge, update

    folder = baseline_folder(item)
    verdict = (update if item.config.getoption("transitplan_update") else judge)(found, folder)
    record = {
        "test": f"{_relative(item.path, item.config)}::{_name(item)}",
        "folder": _relative(folder, item.config),
        **verdict.to_dict(),
    }
    item.stash[RECORD] = record
    if verdict.status in ("moved", "missing", "broken"):
        pytest.fail(failure(record), pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send what was found with the report of the test: it also travels from a worker."""
    report = yield
    if call.when == "call" and RECORD in item.stash:
        report.__dict__[FIXTURE] = item.stash[RECORD]
    return report


def baseline_folder(item: pytest.Item) -> Path:
    """Folder of a test's baseline: ``baselines/<module>/<test>`` beside the module."""
    name = _name(item).replace("::", ".")
    plain = re.sub(r"[^\w.=+-]+", "-", name).strip("-")
    if plain != name.replace("[", "-").removesuffix("]"):  # two names may have become one
        plain += "-" + hashlib.sha256(name.encode()).hexdigest()[:6]
    return item.path.parent / BASELINES / item.path.stem / plain


class Gathered:
    """What the tests of a run found, and which baselines they could have used."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.records: list[dict[str, Any]] = []
        self.modules: dict[str, list[str]] = {}  # folder of a module's baselines → those in use

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the baselines of all tests, before some are deselected."""
        for item in items:
            if item.path.suffix == ".py" and item.path.parent.joinpath(BASELINES).is_dir():
                folder = item.path.parent / BASELINES / item.path.stem
                used = self.modules.setdefault(str(folder), [])
                if FIXTURE in getattr(item, "fixturenames", ()):
                    used.append(baseline_folder(item).name)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker has noted."""
        self.modules |= getattr(node, "workeroutput", {}).get(NAME, {})

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Gather the records."""
        record = getattr(report, FIXTURE, None)
        if record is not None:
            self.records.append(record)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Hand over to the one who reports, or write the page."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[NAME] = self.modules
            return
        page = self.config.getoption("transitplan_html")
        if page:
            from transitplan.testing.page import write_page

            write_page(self._in_order(), self.orphans(), Path(page))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was written, and which baselines no test uses."""
        orphans = self.orphans()
        if not self.records and not orphans:
            return
        from transitplan.testing.message import summary

        lines = summary(self._in_order(), orphans)
        page = self.config.getoption("transitplan_html")
        lines += [f"page: {page}"] if page else []
        if lines:
            terminalreporter.section("transitplan baselines")
            for line in lines:
                terminalreporter.write_line(line)

    def orphans(self) -> list[str]:
        """Baselines beside modules that were collected whole, which no test uses."""
        asked = [str(each) for each in self.config.args]
        found: set[Path] = set()
        for name, used in self.modules.items():
            folder = Path(name)
            module = folder.parent.parent / f"{folder.name}.py"
            if not any(
                "::" in each and Path(each.split("::")[0]).name == module.name for each in asked
            ):
                found |= {each for each in _folders(folder) if each.name not in used}
            found |= {
                each
                for each in _folders(folder.parent)
                if not (folder.parent.parent / f"{each.name}.py").is_file()
            }
        return sorted(_relative(each, self.config) for each in found)

    def _in_order(self) -> list[dict[str, Any]]:
        return sorted(self.records, key=lambda record: record["test"])


def _name(item: pytest.Item) -> str:
    """Name of a test within its module, its class included."""
    return str(item.nodeid).split("::", 1)[-1]


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return [each for each in place.iterdir() if each.is_dir() and not each.name.startswith(".")]


def _relative(path: Path, config: pytest.Config) -> str:
    root = config.invocation_params.dir
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
