"""The ground of a map: of a file that was named, or of the case that a network's folder lies in."""

import json
from pathlib import Path
from typing import Any

from transitplan.errors import NotFoundError, ValidationError


def ground_of(path: Path | None) -> dict[str, Any]:
    """Read a GeoJSON collection; nothing where no file is named.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        If it is no collection.
    """
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise NotFoundError(f"{path}: no such file. Name a GeoJSON file with --ground.") from None
    except ValueError:
        raise ValidationError(f"{path}: not GeoJSON. Name a GeoJSON file with --ground.") from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise ValidationError(f"{path}: no FeatureCollection. Its features need a kind: river, …")
    return found


def ground_around(network: Path | str) -> Path | None:
    """Where the case around a network's folder keeps its ground; None where there is none."""
    found = Path(network).resolve().parent / "ground.geojson"
    return found if found.is_file() else None
