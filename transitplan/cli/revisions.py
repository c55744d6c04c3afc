"""Networks as git knows them: ``REVISION:FOLDER``, and the folders that ``git difftool`` makes."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from transitplan.errors import NotFoundError, ValidationError
from transitplan.io import read_network
from transitplan.io.gmns import TRANSIT
from transitplan.model.network import Network
from transitplan.model.tables import TABLES

FILES = ("config.csv", *(f"{name}.csv" for name in TABLES))  # of a network folder


def read_version(place: str) -> Network:
    """Read a network from a path, or as it stands in a revision of git: ``v1:networks/jinan/2025``.

    Raises
    ------
    NotFoundError
        If there is no such path, and git has no such revision or path.
    ValidationError
        With every problem of the network.
    """
    _, colon, inside = place.partition(":")
    if Path(place).exists() or not colon:
        return read_network(place)
    found = _git("rev-parse", "--verify", place).decode().strip()
    with TemporaryDirectory(prefix="transitplan-") as work:
        path = Path(work) / (Path(inside).name or "network")
        if _git("cat-file", "-t", found).strip() == b"tree":
            archive = _git("-C", str(_top()), "archive", "--format=tar", found)
            with tarfile.open(fileobj=io.BytesIO(archive)) as files:
                files.extractall(path, filter="data")
        else:
            path.write_bytes(_git("cat-file", "blob", found))
        try:
            return read_network(path)
        except ValidationError as error:
            told = (text.replace(str(path), place) for text in error.problems)
            raise ValidationError(told) from None


def network_pairs(left: Path, right: Path, work: Path) -> Iterator[tuple[str, Path, Path]]:
    """Complete the networks of two folders that hold only what changed, as git difftool makes them.

    Yields
    ------
    tuple
        Folder inside the repository, and the two versions of it under ``work``. Tables that did not
        change come from the working tree, which one side must therefore be.
    """
    top = _top()
    changed = {side: _files(side) for side in (left, right)}
    every = changed[left] | changed[right]
    for number, folder in enumerate(sorted({_network(each) for each in every})):
        mine = {each for each in every if _network(each) == folder}
        if not any(Path(root, folder, "link.csv").is_file() for root in (left, right, top)):
            continue  # tables of something else
        if not any(all(_same(root / each, top / each) for each in mine) for root in (left, right)):
            raise ValidationError(
                f"{folder}: neither side is the working tree, so that the tables that did not "
                f"change are not known. Use `transitplan diff A:{folder} B:{folder}`."
            )
        kept = {folder / each for each in _files(top / folder) if _network(each) == Path()} - mine
        versions = []
        for side, label in ((left, "before"), (right, "after")):
            place = work / f"{number}-{label}" / (folder.name or "network")
            own = mine & changed[side]
            for each, root in [*((each, side) for each in own), *((each, top) for each in kept)]:
                target = place / each.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                copyfile(root / each, target)
            versions.append(place)
        yield str(folder), versions[0], versions[1]


def _top() -> Path:
    """Folder of the working tree."""
    return Path(_git("rev-parse", "--show-toplevel").decode().strip())


def _files(root: Path) -> set[Path]:
    """Files of networks under a folder, relative to it: their tables and those of transit."""
    found = (path.relative_to(root) for path in root.rglob("*.*"))
    return {
        path
        for path in found
        if path.name in FILES or (path.parent.name == TRANSIT and path.suffix == ".txt")
    }


def _network(file: Path) -> Path:
    """Folder of the network that a file belongs to."""
    return file.parent.parent if file.parent.name == TRANSIT else file.parent


def _same(one: Path, other: Path) -> bool:
    if one.is_file() and other.is_file():
        return one.read_bytes() == other.read_bytes()
    return one.is_file() == other.is_file()


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, check=True)  # noqa: S603, S607  the user's own git
    except FileNotFoundError:
        raise NotFoundError(
            f"{words[-1]}: no such path, and git is not installed. Correct the path, or "
            "install git."
        ) from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise NotFoundError(
            f"{words[-1]}: no such path; git says: {' '.join(said)}. Correct the path, or the "
            "revision before the colon."
        ) from None
    return done.stdout
