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
    changed = {side: _tables(side) for side in (left, right)}
    for number, folder in enumerate(
        sorted({each.parent for each in changed[left] | changed[right]})
    ):
        mine = {each for each in changed[left] | changed[right] if each.parent == folder}
        if not any(Path(root, folder, "link.csv").is_file() for root in (left, right, top)):
            continue  # tables of something else
        if not any(all(_same(root / each, top / each) for each in mine) for root in (left, right)):
            raise ValidationError(
                f"{folder}: neither side is the working tree, so that the tables that did not "
                f"change are not known. Use `transitplan diff A:{folder} B:{folder}`."
            )
        kept = [folder / name for name in FILES if folder / name not in mine]
        kept = [each for each in kept if (top / each).is_file()]
        versions = []
        for side, label in ((left, "before"), (right, "after")):
            place = work / f"{number}-{label}" / (folder.name or "network")
            place.mkdir(parents=True)
            for each in mine & changed[side]:
                copyfile(side / each, place / each.name)
            for each in kept:
                copyfile(top / each, place / each.name)
            versions.append(place)
        yield str(folder), versions[0], versions[1]


def _top() -> Path:
    """Folder of the working tree."""
    return Path(_git("rev-parse", "--show-toplevel").decode().strip())


def _tables(root: Path) -> set[Path]:
    """Files of networks under a folder, relative to it."""
    return {path.relative_to(root) for path in root.rglob("*.csv") if path.name in FILES}


def _same(one: Path, other: Path) -> bool:
    if one.is_file() and other.is_file():
        return one.read_bytes() == other.read_bytes()
    return one.is_file() == other.is_file()


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, check=True)  # noqa: S603, S607  the user's own git
    except FileNotFoundError:
        raise NotFoundError(f"{words[-1]}: no such path, and git is not installed.") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise NotFoundError(f"{words[-1]}: no such path; git says: {' '.join(said)}") from None
    return done.stdout
