"""What ``transitplan doctor`` looks at: one function a thing, each with the fix of what is wrong.

Nothing of ours that needs tables is imported here: pandas may be what is missing.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Literal

from packaging.requirements import Requirement

PACKAGE = Path(__file__).resolve().parents[1]
PYTHON = (3, 11)
GB = 1e9
LITTLE_DISK_GB, NO_DISK_GB = 2.0, 0.05
LITTLE_MEMORY_GB = 2.0  # a worker process of the Jinan case takes about 0.5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "firefox")
GIT_KEYS = {
    "diff.transitplan.textconv": "transitplan textconv",
    "difftool.networks.cmd": 'transitplan difftool "$LOCAL" "$REMOTE"',
}
Status = Literal["ok", "advice", "missing"]


@dataclass(frozen=True)
class Check:
    """What was found: ``missing`` is needed, ``advice`` is something that goes without."""

    name: str
    status: Status
    said: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Fields as plain data."""
        return asdict(self)


def examine(place: Path | None) -> Iterator[Check]:
    """Look at everything, one thing after the other."""
    checks: tuple[Callable[[], Check], ...] = (
        python,
        packages,
        kernels,
        processors,
        memory,
        disk,
        lambda: case(place),
        fonts,
        browser,
        git,
        gdal,
    )
    for check in checks:
        yield check()


def python() -> Check:
    """Whether Python is new enough."""
    now = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info >= PYTHON:
        return Check("Python", "ok", f"{now} at {sys.executable}")
    return Check("Python", "missing", now, "Install Python 3.11 or newer, then `make plan`.")


def packages() -> Check:
    """Whether every package that we need is there and new enough."""
    wrong = []
    wanted = [each for each in needed() if each.marker is None or each.marker.evaluate()]
    for each in wanted:
        try:
            found = version(each.name)
        except PackageNotFoundError:
            wrong.append((each, "absent"))
            continue
        if not each.specifier.contains(found, prereleases=True):
            wrong.append((each, f"is {found}"))
    if not wrong:
        return Check("Packages", "ok", f"all {len(wanted)} are there and new enough")
    said = "; ".join(f"{each} ({why})" for each, why in wrong)
    names = " ".join(f"'{each}'" for each, _ in wrong)
    return Check("Packages", "missing", said, f"{sys.executable} -m pip install {names}")


def needed() -> list[Requirement]:
    """What the package asks for: by its pyproject.toml in a checkout, else as it was installed."""
    project = PACKAGE.parent / "pyproject.toml"
    if project.is_file():
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        told = [text for text in requires("transitplan") or () if "extra ==" not in text]
    return [Requirement(text) for text in told]


def kernels(folder: Path | None = None) -> Check:
    """Whether compiled kernels can be kept, and whether some are."""
    if folder is None:
        try:
            from transitplan.kernels.dijkstra import settle
        except ImportError as error:
            return Check(
                "Compiled kernels", "missing", f"numba does not load: {error}", "See above."
            )
        folder = Path(str(settle.stats.cache_path))
    if not _can_write(folder):
        return Check(
            "Compiled kernels",
            "advice",
            f"{folder} cannot be written: every start compiles anew, about a minute",
            "export NUMBA_CACHE_DIR=$HOME/.cache/transitplan",
        )
    kept = len(list(folder.glob("*.nbi")))
    if kept:
        return Check("Compiled kernels", "ok", f"{kept} kept in {folder}")
    return Check(
        "Compiled kernels",
        "advice",
        f"none in {folder} yet: the first run compiles, about a minute",
        "transitplan skim networks/two_banks/2025 --out /tmp/skim.csv",
    )


def processors() -> Check:
    """How many threads and processes there is room for."""
    there = os.cpu_count() or 1
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    quota = _quota()
    if quota is not None:
        mine = min(mine, max(round(quota), 1))
    if mine >= there:
        return Check("Processors", "ok", f"{there}, as many threads and worker processes")
    return Check(
        "Processors",
        "advice",
        f"{mine} of {there} may be used here, but {there} threads would be started",
        f"Give --processes {mine}, or --threads {mine}.",
    )


def memory(available_gb: float | None = None) -> Check:
    """How much memory is free."""
    free = _memory_gb() if available_gb is None else available_gb
    if free is None:
        return Check("Memory", "ok", "not told by this system")
    if free >= LITTLE_MEMORY_GB:
        return Check("Memory", "ok", f"{free:.1f} GB free")
    return Check(
        "Memory",
        "advice",
        f"only {free:.1f} GB free",
        "Give --processes 1, or close other programs.",
    )


def disk(folder: Path | None = None) -> Check:
    """Whether results and temporary files can be written, and how much room there is."""
    places = (Path.cwd() if folder is None else folder, Path(gettempdir()))
    shut = [str(place) for place in places if not _can_write(place)]
    if shut:
        fix = "Go to a folder of your own, or name one with --out; TMPDIR names another for /tmp."
        return Check("Disk", "missing", f"cannot write in {' and '.join(shut)}", fix)
    free = min(shutil.disk_usage(place).free / GB for place in places)
    if free >= LITTLE_DISK_GB:
        return Check("Disk", "ok", f"{free:.1f} GB free here and in {places[1]}")
    status: Status = "missing" if free < NO_DISK_GB else "advice"
    return Check("Disk", status, f"only {free:.2f} GB free", "Make room, or go to another disk.")


def case(place: Path | None) -> Check:
    """Whether the case or network can be opened; its contents are for ``transitplan check``."""
    from transitplan.cli.console import case_folder
    from transitplan.errors import NotFoundError

    try:
        folder = case_folder(place)
    except NotFoundError:
        fix = "Name it: transitplan doctor networks/mycity."
        return Check("Network", "advice", "no case was named, and none is below this folder", fix)
    try:
        wrong = [path for path in _files_of(folder) if not os.access(path, os.R_OK)]
    except (OSError, ValueError) as error:
        said = f"{folder / 'case.toml'}: {error}"
        return Check("Network", "missing", said, "Correct the file.")
    if not wrong:
        return Check("Network", "ok", f"{folder} can be read")
    said = ", ".join(str(path) for path in wrong)
    return Check("Network", "missing", f"cannot be read: {said}", f"transitplan check {folder}")


def fonts() -> Check:
    """Whether Chinese shows in pages and maps on this machine."""
    told = _told("fc-list", ":lang=zh", "family")
    if told is None:
        return Check("Chinese fonts", "ok", "not told by this system (no fc-list)")
    if told:
        return Check("Chinese fonts", "ok", min(told.splitlines()))
    fix = "sudo apt install fonts-noto-cjk, or any font with Chinese"
    return Check("Chinese fonts", "advice", "none: Chinese in pages shows as boxes here", fix)


def browser() -> Check:
    """Whether there is a browser to look at the pages with, and to print them."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found or sys.platform in {"darwin", "win32"}:
        return Check("Browser", "ok", found or "that of the system")
    said = "none on the path: pages are to be opened elsewhere; tests of pages are left out"
    return Check("Browser", "advice", said, "sudo apt install chromium")


def git() -> Check:
    """Whether git shows what changed in tables by the id of their row."""
    if shutil.which("git") is None:
        said = "not installed: `transitplan diff v1:networks/…` and hooks do not work"
        return Check("git", "advice", said, "sudo apt install git")
    unset = [key for key in GIT_KEYS if not _told("git", "config", "--get", key)]
    if not unset:
        return Check("git", "ok", "shows changes of tables by row (textconv and difftool are set)")
    lines = [f"git config --global {key} '{GIT_KEYS[key]}'" for key in unset]
    said = f"{', '.join(unset)} not set: `git diff` shows tables line by line"
    return Check("git", "advice", said, "; ".join(lines) + " (docs/versions.md)")


def gdal() -> Check:
    """Whether GDAL's own tools are there."""
    found = shutil.which("ogrinfo")
    if found:
        return Check("GDAL tools", "ok", found)
    said = "no ogrinfo: only needed to look into GeoPackages by hand; reading them needs nothing"
    return Check("GDAL tools", "advice", said, "sudo apt install gdal-bin")


def _files_of(folder: Path) -> list[Path]:
    """Files without which a case or a network is none."""
    told = folder / "case.toml"
    if not told.is_file():
        names = ("config.csv", "node.csv", "link.csv")
        return [folder / name for name in names] if folder.is_dir() else [folder]
    named = tomllib.loads(told.read_text(encoding="utf-8"))
    demand = [folder / year.get("demand", "") for year in named.get("years", {}).values()]
    return [told, *_files_of(folder / str(named.get("base", ""))), *demand]


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _told(*command: str) -> str | None:
    """What a program says; None where it is not there."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def _memory_gb() -> float | None:
    """Memory that is free: of the system, or what is left of a container's share."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        told = dict(line.split(":") for line in lines)
        free = float(told["MemAvailable"].split()[0]) * 1024 / GB
    except (OSError, ValueError, KeyError):
        return None
    limit, used = _number("memory.max"), _number("memory.current")
    return free if limit is None or used is None else min(free, (limit - used) / GB)


def _quota() -> float | None:
    """Processors that a container may use, where it has a share."""
    try:
        share, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="utf-8").split()
        return float(share) / float(period)
    except (OSError, ValueError):
        return None


def _number(name: str) -> float | None:
    try:
        return float(Path("/sys/fs/cgroup", name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
