"""Read and write project cards: YAML, JSON and TOML, one card or a folder of them."""

import json
import tomllib
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError as PydanticError

from transitplan.errors import NotFoundError, ValidationError
from transitplan.io.text import read_text, write_whole
from transitplan.versions.cards import Card

SUFFIXES = (".yml", ".yaml", ".json", ".toml")


class _Line(dict[str, Any]):
    """A row of a table, which a card has in one line."""


class _Dumper(yaml.SafeDumper):
    """YAML with rows of tables, and lists of plain values, in one line each."""


def _sequence(dumper: _Dumper, values: Sequence[Any]) -> yaml.Node:
    flat = not any(isinstance(each, dict | list) for each in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flat)


def _one_line(dumper: _Dumper, row: _Line) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True)


_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(_Line, _one_line)


class _Loader(yaml.SafeLoader):
    """YAML without code and without keys that stand twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if not isinstance(name, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, f"{name!r} is no key: write a text or a number", key.start_mark
            )
        if name in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {name!r} stands twice", key.start_mark
            )
        seen.add(name)
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return made


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_card(path: str | Path) -> Card:
    """Read one project card.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        With every problem of the file: where it stands, what is wrong and what was found there.
    """
    path = Path(path)
    return card_from(_parsed(path, read_text(path)), where=str(path)).found_in(path)


def card_from(content: Any, *, where: str = "card") -> Card:
    """Check what a card file holds, given as dictionaries and lists.

    Examples
    --------
    >>> card = card_from(
    ...     {
    ...         "project": "widen",
    ...         "roadway_property_change": {
    ...             "facility": {"links": {"model_link_id": [3]}},
    ...             "property_changes": {"lanes": {"existing": 2, "change": 1}},
    ...         },
    ...     }
    ... )
    >>> card.changes[0].kind
    'roadway_property_change'
    """
    if not isinstance(content, dict):
        raise ValidationError(f"{where}: a card is a table with a project name and changes.")
    try:
        return Card.model_validate(content)
    except PydanticError as error:
        raise ValidationError(
            f"{where}, {_place(each['loc'])}: {_said(each)}" for each in error.errors()
        ) from None


def read_cards(places: str | Path | Iterable[str | Path]) -> list[Card]:
    """Read cards from files and folders, sorted by file name within a folder, each file once.

    Raises
    ------
    ValidationError
        With the problems of all files, and for projects of the same name.
    """
    listed = [places] if isinstance(places, str | Path) else list(places)
    found: list[str] = []
    cards: list[Card] = []
    seen: dict[str, Path] = {}
    for path in card_files(listed):
        try:
            card = read_card(path)
        except (ValidationError, NotFoundError) as error:
            found += list(getattr(error, "problems", (str(error),)))
            continue
        if card.project in seen:
            found.append(
                f"{path}: project {card.project!r} stands in {seen[card.project]} too. Rename one."
            )
        seen[card.project] = path
        cards.append(card)
    if found:
        raise ValidationError(found)
    return cards


def write_card(card: Card, path: str | Path) -> Path:
    """Write a card, whole or not at all, in the format that the suffix names.

    Raises
    ------
    ValidationError
        If the suffix is none of .yml, .yaml and .json.
    """
    path = Path(path)
    if path.suffix not in (".yml", ".yaml", ".json"):
        raise ValidationError(f"{path}: cards are written as .yml, .yaml or .json.")
    text = (
        json.dumps(card.to_dict(), ensure_ascii=False, indent=2) + "\n"
        if path.suffix == ".json"
        else yaml.dump(_lined(card), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def _lined(card: Card) -> dict[str, Any]:
    """Return what a card says, with rows of tables marked as lines."""
    content = card.to_dict()
    for change in content["changes"]:
        rows = change.get("table_change", {})
        if "set_rows" in rows:
            rows["set_rows"] = [_Line(each) for each in rows["set_rows"]]
    return content


def card_files(places: Iterable[str | Path]) -> list[Path]:
    """Files of cards, those of a folder sorted by name, each file once.

    Raises
    ------
    NotFoundError
        If a folder holds no card.
    """
    files: list[Path] = []
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(each for each in place.iterdir() if each.suffix in SUFFIXES)
            if not inside:
                raise NotFoundError(f"{place}: no card in this folder ({', '.join(SUFFIXES)}).")
            files += inside
        else:
            files.append(place)
    return list({path.resolve(): path for path in reversed(files)}.values())[::-1]


def _parsed(path: Path, text: str) -> Any:
    try:
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=_once)
        if path.suffix == ".toml":
            return tomllib.loads(text)
        if path.suffix in (".yml", ".yaml"):
            return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader that is stricter
    except (ValueError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise ValidationError(f"{path}: it cannot be read: {said}") from None
    raise ValidationError(f"{path}: a card is one of {', '.join(SUFFIXES)}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"the key {min(twice)!r} stands twice")
    return dict(pairs)


def _place(where: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in where) or "top of the card"


def _said(each: Any) -> str:
    text = str(each["msg"]).removeprefix("Value error, ")
    value = each["input"]
    shown = "" if isinstance(value, dict | list) else f" (found {value!r})"
    return f"{text}{shown}."
