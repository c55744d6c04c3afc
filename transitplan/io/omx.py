"""OMX 0.2 matrices (HDF5): one matrix a user class, always with a ``zone_id`` lookup.

The package ``openmatrix`` reads through PyTables, whose files carry the time of writing; here the
file is written with h5py after the OMX specification, so that the same demand gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError, no_file
from transitplan.model.demand import Demand, UserClass

LOOKUP = "zone_id"


def read_omx(path: str | Path) -> Demand:
    """Read every matrix of an OMX file as a user class.

    Attributes of a matrix (``use``, ``pce``, ``value_of_time_cny_per_h``, …) describe its class;
    a matrix without them is a car class that values time alone.
    """
    import h5py

    path = Path(path)
    if not path.is_file():
        raise no_file(path, "Write it with `transitplan demand`.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValidationError(f"{path}: not an OMX (HDF5) file: {error}") from None
    with file:
        missing = [name for name in ("data", "lookup") if name not in file]
        if missing or LOOKUP not in file["lookup"]:
            raise ValidationError(
                f"{path}: no /data group or no lookup {LOOKUP!r}, so rows cannot be named. Write "
                f"the matrices with a lookup {LOOKUP!r}."
            )
        zone_ids = _labels(file["lookup"][LOOKUP][:])
        names = sorted(
            file["data"], key=lambda name: (file["data"][name].attrs.get("order", 0), name)
        )
        classes = tuple(_user_class(name, dict(file["data"][name].attrs)) for name in names)
        wrong = [
            f"{path}, matrix {name}: shape {file['data'][name].shape} for {len(zone_ids)} zones."
            for name in names
            if file["data"][name].shape != (len(zone_ids),) * 2
        ]
        if wrong or not names:
            raise ValidationError(wrong or f"{path}: the file has no matrix in /data.")
        inputs = _text(file.attrs.get("made_from", b""))
        trips = np.stack([np.asarray(file["data"][name], dtype=np.float64) for name in names])
    try:
        return Demand(pd.Index(zone_ids, name=LOOKUP), classes, trips, path.stem, inputs)
    except ValidationError as error:
        raise ValidationError(f"{path}: {text}" for text in error.problems) from None


def made_from(path: Path) -> str:
    """Hash of the inputs that a file says it was made from; empty where it says none."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _text(file.attrs.get("made_from", b""))
    except OSError:
        return ""


def write_omx(demand: Demand, path: str | Path) -> Path:
    """Write the demand, one compressed matrix a class, under a temporary name and then renamed."""
    import h5py

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.part")
    n_zones = len(demand.zone_ids)
    with h5py.File(work, "w", track_order=False) as file:
        file.attrs["OMX_VERSION"] = np.bytes_(b"0.2")
        file.attrs["made_from"] = np.bytes_(demand.made_from.encode())
        file.attrs["SHAPE"] = np.array([n_zones, n_zones], dtype=np.int32)
        labels = _lookup(demand.zone_ids)
        file.create_group("lookup").create_dataset(LOOKUP, data=labels, track_times=False)
        data = file.create_group("data")
        for order, (each, trips) in enumerate(zip(demand.classes, demand.trips_vph, strict=True)):
            matrix = data.create_dataset(
                each.name,
                data=trips,
                chunks=True,
                compression="gzip",
                shuffle=True,
                track_times=False,
            )
            matrix.attrs["order"] = order
            for key, value in each.described().items():
                if key != "name":
                    matrix.attrs[key] = int(value) if isinstance(value, bool) else value
    work.replace(path)
    return path


def lay_out_omx(
    path: Path,
    zone_ids: "pd.Index[Any]",
    attributes: Mapping[str, Mapping[str, str]],
    *,
    dtype: str,
    record: Mapping[str, str],
) -> list[int]:
    """Write a file whose matrices have no numbers yet, and return where in it those of each begin.

    The numbers of a matrix lie in one piece, by rows, little end first: they are written there
    with plain calls, because HDF5 itself ends the process when a disk is full.

    Parameters
    ----------
    attributes
        Of each matrix, by its name.
    record
        Attributes of the file.
    """
    import h5py

    n_zones = len(zone_ids)
    begins = []
    with h5py.File(path, "w", track_order=False) as file:
        file.attrs["OMX_VERSION"] = np.bytes_(b"0.2")
        file.attrs["SHAPE"] = np.array([n_zones, n_zones], dtype=np.int32)
        for name, text in record.items():
            file.attrs[name] = np.bytes_(text.encode())
        labels = _lookup(zone_ids)
        file.create_group("lookup").create_dataset(LOOKUP, data=labels, track_times=False)
        data = file.create_group("data")
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        plan.set_obj_track_times(False)
        kind = h5py.h5t.py_create(np.dtype(dtype).newbyteorder("<"))
        space = h5py.h5s.create_simple((n_zones, n_zones))
        for order, (name, told) in enumerate(attributes.items()):
            matrix = h5py.Dataset(h5py.h5d.create(data.id, name.encode(), kind, space, plan))
            matrix.attrs["order"] = order
            for key, value in told.items():
                matrix.attrs[key] = value
            begins.append(int(matrix.id.get_offset() or 0))
    return begins


def _lookup(zone_ids: "pd.Index[Any]") -> "np.ndarray[tuple[int], np.dtype[np.generic]]":
    """Zone ids as HDF5 holds them: whole numbers, or UTF-8 text."""
    labels = zone_ids.to_numpy()
    if labels.dtype.kind in "iu":
        return labels
    return np.char.encode(labels.astype(str), "utf-8")


def _labels(values: "np.ndarray[tuple[int], np.dtype[np.generic]]") -> "list[int] | list[str]":
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [_text(value) for value in values]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _user_class(name: str, attributes: dict[str, object]) -> UserClass:
    known = {field.name: field.type for field in fields(UserClass) if field.name != "name"}
    given: dict[str, object] = {}
    for key, kind in known.items():
        if key in attributes:
            value = attributes[key]
            text = value.decode() if isinstance(value, bytes) else value
            given[key] = {float: float, str: str, bool: bool}[kind](text)  # type: ignore[index]
    return UserClass(name, **given)  # type: ignore[arg-type]
