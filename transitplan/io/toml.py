"""TOML files of a case: read, checked against a model of their keys, all problems at once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as PydanticError

from transitplan.errors import ValidationError
from transitplan.io.text import read_text

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A table of a file in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, *, hint: str = "") -> dict[str, Any]:
    """Read a file of tables as they stand.

    Raises
    ------
    NotFoundError
        If there is no such file; ``hint`` says where to read how to write one.
    ValidationError
        If it is not TOML, or git left a merge conflict in it.
    """
    try:
        return tomllib.loads(read_text(path, hint=hint))
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(f"{path}: not TOML: {error}") from None


def read_checked(path: Path, model: type[Model], *, hint: str = "") -> Model:
    """Read a file and check it against a model; raises as ``read_toml`` and ``checked`` do."""
    return checked(path, model, read_toml(path, hint=hint))


def checked(path: Path, model: type[Model], table: Mapping[str, Any], where: str = "") -> Model:
    """Return a table of a file as a model.

    Raises
    ------
    ValidationError
        With every problem of the table.
    """
    try:
        return model.model_validate(table)
    except PydanticError as error:
        raise ValidationError(told(error, f"{path}, {where}")) from None


_NEXT = {  # what to do, by the kind of a mistake
    "missing": ". Add it",
    "extra_forbidden": ". Remove it, or correct its name",
}


def told(error: PydanticError, where: str) -> list[str]:
    """Problems of one table as text: where, what, what was found, what to do."""
    found = []
    for each in error.errors():
        loc = ".".join(str(part) for part in each["loc"])
        if each["type"] == "value_error":  # rules of our own, which say all themselves
            rules = str(each["ctx"]["error"]).split("; ")
            found += [f"{(where + loc).rstrip('.')}: {rule}." for rule in rules]
            continue
        text = f"{each['msg']}{_found(each['input'])}{_NEXT.get(each['type'], '')}"
        found.append(f"{where}{loc}: {text}.")
    return found


def _found(value: object) -> str:
    """What stood there, where that is short enough to help."""
    return "" if isinstance(value, dict | list) else f" (found {value!r})"
