"""Matrices between zones written a block of origins at a time: OMX, Parquet, or CSV.

None is ever whole in memory. A file stands under another name until it is complete. A folder of
Parquet parts keeps its parts when the work is stopped, and goes on where it was.
"""

import json
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.errors import ValidationError
from transitplan.io.omx import lay_out_omx

Values = npt.NDArray[np.floating[Any]]
UNITS = {"s": "s", "m": "m", "cny": "CNY"}  # by the end of a field's name
RECORD = "_skim.json"  # of a folder of parts; readers of Parquet pass by such names
ID_BYTES = 2  # what the two ids of a pair take in Parquet, about
TEXT_BYTES = 18  # what a number takes in CSV, about


@dataclass(frozen=True)
class Layout:
    """What is written: square matrices of one type between zones."""

    zone_ids: "pd.Index[Any]"
    fields: tuple[str, ...]
    dtype: str  # "float64" or "float32"
    origins: int  # of a block; the last one may have fewer
    record: Mapping[str, str]  # version of the network, use, …

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """First origin and end of each block."""
        n_zones = len(self.zone_ids)
        return [
            (first, min(first + self.origins, n_zones)) for first in range(0, n_zones, self.origins)
        ]

    @property
    def number_bytes(self) -> int:
        """Bytes of one number."""
        return np.dtype(self.dtype).itemsize

    def frame(self, first: int, values: Sequence[Values]) -> pd.DataFrame:
        """One row a pair of zones: o_zone_id, d_zone_id and the fields."""
        n_origins, n_zones = values[0].shape
        some = self.zone_ids[first : first + n_origins]
        columns = {
            "o_zone_id": some.repeat(n_zones),
            "d_zone_id": self.zone_ids.take(np.tile(np.arange(n_zones), n_origins)),
        }
        numbers = {name: each.ravel() for name, each in zip(self.fields, values, strict=True)}
        return pd.DataFrame({**columns, **numbers})


class BlockWriter(ABC):
    """A file, or a folder, that takes blocks in order; it has its own name once all are there."""

    exact = False  # whether ``bytes_at_most`` is what it will be
    pair_bytes = 40  # memory of a pair while it becomes a row of a table

    def __init__(self, path: Path, layout: Layout) -> None:
        """Nothing is written yet."""
        self.path, self.layout = path, layout
        self.part = path.with_name(f".part-{path.name}")

    @classmethod
    @abstractmethod
    def bytes_at_most(cls, layout: Layout) -> int:
        """Size on disk, no less than it will be."""

    @abstractmethod
    def write(self, first: int, values: Sequence[Values]) -> None:
        """Write the block that begins with this origin: each field, (n_origins, n_zones)."""

    def missing(self) -> list[tuple[int, int]]:
        """Blocks that are still to be written."""
        return self.layout.blocks

    def lost_before(self) -> int:
        """Pairs without a way in blocks that are there already."""
        return 0

    def __enter__(self) -> Self:
        """Begin."""
        self.part.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Give the file its name, or take it away after an error."""
        try:
            self._close()
            if kind is None:
                self.part.replace(self.path)
        finally:
            self.part.unlink(missing_ok=True)

    def _close(self) -> None:  # noqa: B027  some have nothing open between blocks
        """Let the file go."""


class OmxBlocks(BlockWriter):
    """OMX: plain numbers by rows; to compress them would take longer than to find them."""

    exact = True
    pair_bytes = 8

    @classmethod
    def bytes_at_most(cls, layout: Layout) -> int:
        """The numbers, and room for what names them."""
        pairs = len(layout.zone_ids) ** 2
        return len(layout.fields) * pairs * layout.number_bytes + 2**14 + 64 * len(layout.zone_ids)

    def __enter__(self) -> Self:
        """Lay out the matrices, and take their room on the disk."""
        super().__enter__()
        layout = self.layout
        self._begins = lay_out_omx(
            self.part,
            layout.zone_ids,
            {name: {"unit": unit_of(name)} for name in layout.fields},
            dtype=layout.dtype,
            record=layout.record,
        )
        self._file = self.part.open("r+b")
        try:
            if hasattr(os, "posix_fallocate"):  # a full disk is better found now
                os.posix_fallocate(self._file.fileno(), 0, self.part.stat().st_size)
        except OSError:
            self.__exit__(OSError)
            raise
        return self

    def write(self, first: int, values: Sequence[Values]) -> None:
        """Write rows of each matrix."""
        row_bytes = len(self.layout.zone_ids) * self.layout.number_bytes
        for begin, rows in zip(self._begins, values, strict=True):
            self._file.seek(begin + first * row_bytes)
            little = rows.dtype.newbyteorder("<")
            self._file.write(np.ascontiguousarray(rows, dtype=little).data)

    def _close(self) -> None:
        self._file.close()


class ParquetBlocks(BlockWriter):
    """One Parquet file, one row a pair, one row group a block."""

    @classmethod
    def bytes_at_most(cls, layout: Layout) -> int:
        """As if nothing were compressed."""
        pairs = len(layout.zone_ids) ** 2
        return pairs * (ID_BYTES + len(layout.fields) * layout.number_bytes) + 2**20

    def __enter__(self) -> Self:
        """Write the header."""
        super().__enter__()
        import pyarrow.parquet

        self._schema = _schema(self.layout)
        self._file = pyarrow.parquet.ParquetWriter(
            self.part,
            self._schema,
            compression="zstd",
            version="2.6",
            use_dictionary=["o_zone_id", "d_zone_id"],  # numbers hardly ever repeat
        )
        return self

    def write(self, first: int, values: Sequence[Values]) -> None:
        """Write a row group."""
        from pyarrow import Table

        frame = self.layout.frame(first, values)
        table = Table.from_pandas(frame, self._schema, preserve_index=False)
        self._file.write_table(table, row_group_size=len(frame))

    def _close(self) -> None:
        self._file.close()


class CsvBlocks(BlockWriter):
    """CSV, one row a pair."""

    @classmethod
    def bytes_at_most(cls, layout: Layout) -> int:
        """As if every number had all its digits."""
        return len(layout.zone_ids) ** 2 * (2 + len(layout.fields)) * TEXT_BYTES

    def write(self, first: int, values: Sequence[Values]) -> None:
        """Append lines."""
        frame = self.layout.frame(first, values)
        frame.to_csv(self.part, mode="a", header=first == 0, index=False, lineterminator="\n")


class PartsFolder(BlockWriter):
    """A folder of Parquet files, a block each; what is there already is not made again."""

    @classmethod
    def bytes_at_most(cls, layout: Layout) -> int:
        """As one file."""
        return ParquetBlocks.bytes_at_most(layout) + 2**16 * len(layout.blocks)

    def __enter__(self) -> Self:
        """Go on with the parts of the same skim, or begin anew."""
        if self.path.exists() and not (self.path / RECORD).is_file():
            raise ValidationError(
                f"{self.path}: there is something else of this name. Name another folder."
            )
        told = json.dumps(self._told(), indent=1)
        record = self.part / RECORD
        if not record.is_file() or record.read_text(encoding="utf-8") != told:
            shutil.rmtree(self.part, ignore_errors=True)
            self.part.mkdir(parents=True)
            record.write_text(told, encoding="utf-8")
        return self

    def missing(self) -> list[tuple[int, int]]:
        """Blocks that have no whole part yet: a power cut may have left half of one."""
        return [block for block in self.layout.blocks if not self._is_whole(*block)]

    def lost_before(self) -> int:
        """Count in the parts."""
        import pyarrow.parquet

        name = [self.layout.fields[0]]
        columns = (
            pyarrow.parquet.read_table(self._file(first), columns=name).column(0).to_numpy()
            for first, end in self.layout.blocks
            if self._is_whole(first, end)
        )
        return sum(int(np.isinf(column).sum()) for column in columns)

    def write(self, first: int, values: Sequence[Values]) -> None:
        """Write a part, whole or not at all."""
        with ParquetBlocks(self._file(first), self.layout) as part:
            part.write(first, values)

    def __exit__(self, kind: object, *_: object) -> None:
        """Give the folder its name; after an error its parts stay for the next time."""
        if kind is None:
            if self.path.exists():
                shutil.rmtree(self.path)
            self.part.replace(self.path)

    def _file(self, first: int) -> Path:
        return self.part / f"part-{first // self.layout.origins:05d}.parquet"

    def _is_whole(self, first: int, end: int) -> bool:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import read_metadata

        try:
            found: int = read_metadata(self._file(first)).num_rows
        except (OSError, ArrowInvalid):
            return False
        return found == (end - first) * len(self.layout.zone_ids)

    def _told(self) -> dict[str, Any]:
        layout = self.layout
        return {
            **layout.record,
            "fields": list(layout.fields),
            "dtype": layout.dtype,
            "zones": len(layout.zone_ids),
            "origins_a_part": layout.origins,
        }


def block_writer(path: Path) -> type[BlockWriter]:
    """Which writer the name of a file asks for; a name without suffix is a folder of parts.

    Raises
    ------
    ValidationError
        If its suffix is none of ours.
    """
    writers: dict[str, type[BlockWriter]] = {
        ".omx": OmxBlocks,
        ".parquet": ParquetBlocks,
        ".csv": CsvBlocks,
        "": PartsFolder,
    }
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise ValidationError(
            f"{path}: the suffix {path.suffix!r} names no format of matrices. Use .omx, .parquet, "
            ".csv, or a name without suffix for a folder of Parquet files."
        )
    return writers[suffix]


def unit_of(name: str) -> str:
    """Unit that the name of a field ends in."""
    return UNITS.get(name.rpartition("_")[2], "")


def _schema(layout: Layout) -> Any:
    from pyarrow import field, float32, float64, int64, large_string, schema

    kind = int64() if layout.zone_ids.dtype.kind in "iu" else large_string()
    number = float64() if layout.dtype == "float64" else float32()
    columns = [field(name, kind, nullable=False) for name in ("o_zone_id", "d_zone_id")]
    columns += [
        field(name, number, nullable=False, metadata={b"unit": unit_of(name).encode()})
        for name in layout.fields
    ]
    return schema(columns, metadata={k: v.encode() for k, v in layout.record.items()})
