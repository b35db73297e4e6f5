"""Table Schema in; everything about a column out.

The YAML files of ``data/schemas/`` (Frictionless Table Schema) are the only
place where a column is described. A file may say ``extends: figures``: its
columns then follow those of the file named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from yuebao.faults import DataRejected, Fault
from yuebao.project import Project

LISTS = (
    "areas", "units", "measures", "categories", "sources", "left_out", "conflicts", "editions",
    "neighbours", "tiles", "looked_for", "not_drawn",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its name, type, labels, meaning and rules.

    ``labels``: the Chinese words a clerk may write for each code of ``enum``, the usual one first.
    """

    name: str
    type: str
    title: str
    title_en: str
    description: str
    description_en: str
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    published: bool = True  # False: for those who compile the book only, in no page and no file of it
    published_decimals: int | None = None  # exact positions are not spread: what goes out is rounded to this

    @property
    def dtype(self) -> str:
        """The pandas dtype a column of this type is read into."""
        return {"number": "float64", "integer": "Int64", "boolean": "bool"}.get(self.type, "str")

    @property
    def limits(self) -> str:
        """The range of a number in words: 不小于 0、不大于 80; empty where there is none."""
        told = [f"不小于 {self.minimum}" if self.minimum is not None else ""]
        told.append(f"不大于 {self.maximum}" if self.maximum is not None else "")
        return "、".join(part for part in told if part)

    @property
    def unit(self) -> str:
        """The unit of a number, which its title ends with in brackets, 树高（米）; empty for others.

        A ``value`` has the unit of its measure.
        """
        if self.type not in ("number", "integer"):
            return ""
        if self.name == "value":
            return "指标的单位"
        told = re.search(r"（([^（）]+)）$", self.title)
        return told[1] if told else ""

    @property
    def spoken(self) -> str:
        """The column as an error names it: value（数值）."""
        return f"{self.name}（{self.title}）"


@dataclass(frozen=True)
class Dataset:
    """One table: its columns, its key and what it refers to."""

    name: str
    chapter: str | None
    title: str
    title_en: str
    description: str
    description_en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers: dict[str, tuple[str, str]] = field(default_factory=dict)
    descriptor: dict[str, Any] = field(default_factory=dict)
    persons: bool = False  # a row is a record of a person: what the book counts of them goes through suppress

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def public(self) -> list[str]:
        """Names of the columns that go out."""
        return [column.name for column in self.columns if column.published]

    def column(self, name: str) -> Column:
        """The column called ``name``. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def is_figures(self) -> bool:
        """True where rows are published figures (area, period, measure, value)."""
        return {"area_code", "period", "measure", "value", "source_id"} <= set(self.names)


def _column(raw: dict[str, Any]) -> Column:
    rules = raw.get("constraints", {})
    return Column(
        name=raw["name"],
        type=raw["type"],
        title=raw["title"],
        title_en=raw["title_en"],
        description=raw["description"],
        description_en=raw["description_en"],
        required=bool(rules.get("required", False)),
        unique=bool(rules.get("unique", False)),
        enum=tuple(str(v) for v in rules.get("enum", ())),
        labels={str(code): tuple(words) for code, words in raw.get("labels", {}).items()},
        pattern=rules.get("pattern"),
        minimum=rules.get("minimum"),
        maximum=rules.get("maximum"),
        published=bool(raw.get("published", True)),
        published_decimals=raw.get("publishedDecimals"),
    )


def _merged(folder: Path, name: str) -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    parent = raw.pop("extends", None)
    if not parent:
        return raw
    base = _merged(folder, parent)
    return {**base, **raw, "fields": base["fields"] + raw.get("fields", [])}


def load(project: Project) -> dict[str, Dataset]:
    """Every dataset described in ``data/schemas``, by name.

    Raises DataRejected where a file is not a valid Table Schema.
    """
    from frictionless import FrictionlessException, Schema  # here: it takes most of a second

    datasets, faults = {}, []
    for path in sorted(project.schemas.glob("*.yaml")):
        try:
            raw = _merged(project.schemas, path.stem)
            Schema.from_descriptor({k: raw[k] for k in ("fields", "primaryKey") if k in raw})
            datasets[path.stem] = Dataset(
                name=path.stem,
                chapter=raw.get("chapter"),
                title=raw["title"],
                title_en=raw["title_en"],
                description=raw["description"],
                description_en=raw["description_en"],
                columns=tuple(_column(f) for f in raw["fields"]),
                key=tuple(raw.get("primaryKey", ())),
                refers={
                    k["fields"]: (k["reference"]["resource"], k["reference"]["fields"])
                    for k in raw.get("foreignKeys", ())
                },
                descriptor=raw,
                persons=bool(raw.get("persons", False)),
            )
        except (
            yaml.YAMLError,
            LookupError,
            TypeError,
            AttributeError,
            OSError,
            FrictionlessException,
        ) as error:
            what = f"不是有效的 Table Schema（{type(error).__name__}: {str(error)[:200]}）"
            mend = "请对照 data/schemas/figures.yaml 补全 name、title、title_en、fields、primaryKey"
            faults.append(Fault(project.name(path), 0, "", what, mend))
    if faults:
        raise DataRejected(faults)
    return datasets


def chapter_datasets(datasets: dict[str, Dataset]) -> dict[str, Dataset]:
    """The datasets that come as returns, by name."""
    return {name: d for name, d in datasets.items() if d.chapter}
