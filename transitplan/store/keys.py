"""Keys: one hash of everything that the numbers of a run depend on."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from transitplan.errors import WorkersLostError

LENGTH = 32  # hexadecimal digits: 128 bits, so that no two runs ever meet by chance
COUNTING = ("numpy", "numba", "scipy", "pandas")  # packages that can change a number


def run_key(kind: str, inputs: Mapping[str, Any]) -> str:
    """Name of a run: a hash of its kind, its inputs and the software.

    Parameters
    ----------
    kind
        ``equilibrium``, or the name of a job: ``assess``.
    inputs
        Hashes and settings, as JSON knows them; the order of names does not count.

    Raises
    ------
    TypeError, ValueError
        If a value is not plain data, or is NaN or infinite.

    Examples
    --------
    >>> first = run_key("equilibrium", {"network": "ab12", "gap": 1e-8})
    >>> first == run_key("equilibrium", {"gap": 1e-8, "network": "ab12"})
    True
    >>> first == run_key("equilibrium", {"gap": 1e-6, "network": "ab12"})
    False
    """
    return key_of(kind, inputs, software())


def key_of(kind: str, inputs: Mapping[str, Any], of_software: Mapping[str, str]) -> str:
    """Do as ``run_key`` for a run of other software."""
    return digest({"kind": kind, "inputs": inputs, "software": of_software})[:LENGTH]


def digest(value: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(plain_json(value).encode()).hexdigest()


def plain_json(value: Any, *, indent: int | None = None) -> str:
    """Plain data as JSON that is equal for equal data."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=indent)


@cache
def software() -> dict[str, str]:
    """What computes: versions, and a digest of the package's own files."""
    return {
        "transitplan": version("transitplan"),
        "sources": _sources(Path(__file__).resolve().parents[1]),
        "python": platform.python_version(),
        **{name: version(name) for name in COUNTING},
    }


def check_software(of_worker: Mapping[str, str]) -> None:
    """Refuse what other software than this has computed.

    Raises
    ------
    WorkersLostError
        If a version, or a file of the package, is another one.
    """
    names = [name for name, own in software().items() if of_worker.get(name) != own]
    if names:
        raise WorkersLostError(
            f"the workers have another {', '.join(names)} than this machine: their results "
            "would not be the same. Install the same versions on all of them."
        )


def _sources(package: Path) -> str:
    """Digest of the files of a package, compiled ones left aside."""
    found = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).digest()
            found.update(path.relative_to(package).as_posix().encode() + b"\0" + content)
    return found.hexdigest()[:LENGTH]
