"""The files people take away: tidy CSV that opens in Excel, each row naming its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from yuebao import words
from yuebao.faults import FORMULA
from yuebao.schema import Column, Dataset
from yuebao.tables import Tables

BOM = "\ufeff"
# Labels that follow a dataset's own columns, so that a row can be read by itself.
LABELS = {
    "row_id": (
        "行号",
        "Identifier of the row: the same in every edition; the number on a page carries it (data-row)",
    ),
    "area_zh": ("地区", "Area (Chinese)"),
    "area_en": ("地区英文名", "Area (English)"),
    "measure_zh": ("指标名称", "Measure (Chinese)"),
    "category_zh": ("分类名称", "Category (Chinese)"),
    "unit": ("单位", "Unit"),
    "source_publisher": ("来源发布者", "Publisher of the source"),
    "source_title": ("来源题名", "Title of the source"),
    "source_url": ("来源地址", "Address of the source"),
    "source_date_published": ("来源发布日期", "Date the source was published"),
    "grade_of_trust": ("来源可信等级", "Grade of trust of the source"),
    "_edition": ("期", "Edition in which the row became known"),
}


def harmless(text: str) -> str:
    """Text as a cell of a CSV that no spreadsheet runs.

    Text it would run, and text that begins with an apostrophe, gets an apostrophe in front;
    take one off to have the text back.
    """
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def _cell(value: object) -> str:
    """A cell as text: plain numbers, nothing for missing, formulas made harmless."""
    if words.missing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) or type(value).__name__.startswith(("int", "float")):
        return words.plain(value)  # type: ignore[arg-type]
    return harmless(str(value))


def csv_text(frame: pd.DataFrame) -> str:
    """The frame as CSV: UTF-8 with BOM, one header row, LF."""
    plain = pd.DataFrame({name: [_cell(v) for v in frame[name]] for name in frame.columns})
    return BOM + plain.to_csv(index=False, lineterminator="\n")


def published(tables: Tables, dataset: Dataset) -> pd.DataFrame:
    """The dataset as it goes out: current rows, its own columns, then labels and source."""
    frame = tables.labelled(dataset.name)
    extra = [name for name in LABELS if name in frame and name not in dataset.names]
    out = frame[[*dataset.public, *extra]].rename(columns={"_edition": "edition"})
    return out.sort_values(list(dataset.key), na_position="first", kind="stable")


def _field(column: Column) -> dict[str, Any]:
    rules: dict[str, Any] = {"required": column.required, "unique": column.unique}
    rules |= {"enum": list(column.enum) or None, "pattern": column.pattern}
    rules |= {"minimum": column.minimum, "maximum": column.maximum}
    rules = {name: rule for name, rule in rules.items() if rule not in (None, False)}
    described = {
        "name": column.name,
        "type": column.type,
        "title": column.title,
        "description": column.description,
    }
    return {**described, "constraints": rules} if rules else described


def fields(dataset: Dataset, columns: list[str]) -> list[dict[str, Any]]:
    """Table Schema fields of a published dataset's columns, its own and the labels."""
    found = []
    for name in columns:
        if name in dataset.names:
            found.append(_field(dataset.column(name)))
        else:
            label = LABELS["_edition" if name == "edition" else name]
            found.append({"name": name, "type": "string", "title": label[0], "description": label[1]})
    return found


def _resource(dataset: Dataset, columns: list[str]) -> dict[str, Any]:
    return {
        "name": dataset.name.replace("_", "-"),
        "path": f"{dataset.name}.csv",
        "title": dataset.title,
        "description": dataset.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": fields(dataset, columns),
            "primaryKey": list(dataset.key),
            "missingValues": [""],
        },
    }


def known_list(tables: Tables, dataset: Dataset) -> pd.DataFrame:
    """A code list as the edition could know it: no source, and no figure referred to, that came later."""
    frame = tables.lists[dataset.name][dataset.public]
    if dataset.name == "sources":
        used = {s for d in tables.datasets.values() if d.chapter for s in tables.current(d.name)["source_id"]}
        return frame[frame["source_id"].isin(used)]
    if dataset.name in ("conflicts", "not_drawn"):
        refers = ["area_code", "period", "measure", "category", "source_id"]
        told = {
            (name, *row)
            for name in frame["dataset"].unique()
            for row in tables.current(name)[refers].fillna("").itertuples(index=False, name=None)
        }
        refs = frame[["dataset", *refers]].fillna("").itertuples(index=False, name=None)
        return frame[[ref in told for ref in refs]]
    return frame


def write(tables: Tables, attachments: list[dict[str, Any]], folder: Path) -> list[str]:
    """Write an edition's files into ``folder``; gives their names.

    Every dataset, every code list, every exhibit's table, and ``datapackage.json``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    resources = []
    for dataset in tables.datasets.values():
        if dataset.chapter:
            frame = published(tables, dataset)
        elif dataset.name in tables.lists:
            frame = known_list(tables, dataset)
        else:
            continue
        files[f"{dataset.name}.csv"] = csv_text(frame)
        resources.append(_resource(dataset, list(frame.columns)))
    for item in attachments:
        files[item["file"]] = csv_text(pd.DataFrame(item["rows"], columns=item["columns"]))
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "yuebao",
        "title": f"湖北月报 {tables.edition} 期",
        "version": tables.edition,
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}],
        "resources": resources,
    }
    files["datapackage.json"] = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return sorted(files)
