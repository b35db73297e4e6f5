"""The row pages: every row of a dataset with its source, where a number of any page leads.

``rows-<dataset>.md``, one page a dataset. A row is a list item with the row's id; it says what
the row holds, in which edition it came, what earlier editions gave, and links its source.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from yuebao import attribution, cite, errata, words
from yuebao.downloads import published
from yuebao.exhibits import source_html, text
from yuebao.markup import front_matter, heading, one_line
from yuebao.schema import Column, Dataset
from yuebao.tables import WITHDRAWN, Tables

# Columns that are told elsewhere in the item, or in words by a label.
TOLD = {"area_code", "period", "value", "qualifier", "change_pct", "change_kind", "obs_status"}
TOLD |= {"source_id", "note", "note_zh", "remark", "measure", "parameter", "category", "unit"}


def datasets(tables: Tables) -> list[Dataset]:
    """The datasets that have a page of rows."""
    return [d for d in tables.datasets.values() if d.chapter and d.name in tables.rows]


def page_name(dataset: Dataset) -> str:
    """The name of a dataset's page of rows."""
    return f"rows-{dataset.name}"


def _coded(column: Column, value: object) -> str:
    labels = column.labels.get(str(value))
    return labels[0] if labels else str(value)


def _values(row: pd.Series, here: bool) -> list[str]:
    """The value and the stated change; ``here``: as numbers of this row, else as words only."""
    said = []
    value: Any = row.get("value")
    change: Any = row.get("change_pct")
    unit, qualifier = str(row.get("unit_zh", "")), row.get("qualifier", "exact")
    if not words.missing(value):
        amount = words.amount(value, unit, qualifier)
        said.append(words.shown(value, unit, qualifier, row["row_id"], here=True) if here else text(amount))
    if not words.missing(change):
        kind = str(row["change_kind"])
        told = words.change(change, kind)
        said.append(words.shown_change(change, kind, row["row_id"], here=True) if here else text(told))
    if not said and row.get("obs_status") == WITHDRAWN:
        said.append("已撤下")
    if said or "value" not in row.index:
        return said
    return [words.NOT_APPLICABLE if "valid_from" in row.index else words.MISSING]


def _others(row: pd.Series, dataset: Dataset, here: bool) -> list[str]:
    """The dataset's further columns that hold something: 树龄 500."""
    said = []
    for column in dataset.columns:
        value = row[column.name]
        if column.name in TOLD or words.missing(value):
            continue
        if here and column.type in ("number", "integer"):
            shown = words.shown_count(value, row["row_id"], here=True)
        else:
            shown = text(_coded(column, value))
        said.append(f"{text(column.title)} {shown}")
    return said


def _vintages(row: pd.Series, earlier: pd.DataFrame, dataset: Dataset) -> str:
    """What the editions gave of the row, where there is more than one vintage."""
    if len(earlier) < 2:
        return ""
    told = []
    for _, other in earlier.iterrows():
        said = _values(other, here=False) or _others(other, dataset, here=False)
        told.append(f"{other['_edition']} 期 {'，'.join(said)}")
    return f"<p>各期所给：{'；'.join(told)}</p>"


def _tools(row: pd.Series, dataset: Dataset) -> str:
    """The row's id, how to cite it and where to report an error of it."""
    row_id = str(row["row_id"])
    what = [row[c] for c in ("measure_zh", "category_zh") if c in row and not words.missing(row[c])]
    if not words.missing(row.get("period")):
        what.insert(0, words.period(row["period"]))
    title = "，".join(str(part) for part in (row["area_zh"], *(what or [dataset.title])))
    citation = cite.folded(text(f"{title}（行 {row_id}）"), row_id)
    return f'<div class="row-tools"><code>{row_id}</code>{citation}{errata.slot(row_id)}</div>'


def _item(row: pd.Series, dataset: Dataset, earlier: pd.DataFrame, current: bool) -> str:
    what = [text(row[c]) for c in ("measure_zh", "category_zh") if c in row and not words.missing(row[c])]
    if not words.missing(row.get("period")):
        what.insert(0, words.period(row["period"]))
    numbers, others = _values(row, current), _others(row, dataset, current)
    head = "　".join([f"<b>{text(row['area_zh'])}</b>", *what, *numbers])
    status = row.get("obs_status")
    if not words.missing(status) and status != "A":
        others.append(_coded(dataset.column("obs_status"), status))
    more = "；".join(others)
    source = source_html(attribution.of_row(row))
    date = "" if words.missing(row["source_date_published"]) else f" {text(row['source_date_published'])}"
    where = f"来源：{source}{date}；{row['_edition']} 期收入" + ("" if current else "，现已不列入下载")
    note = "" if words.missing(row.get("note_zh")) else f"。注：{text(row['note_zh'])}"
    return (
        f'<li id="{row["row_id"]}"><p>{head}</p>'
        + (f"<p>{more}</p>" if more else "")
        + f"<p>{where}{note}</p>{_vintages(row, earlier, dataset)}{_tools(row, dataset)}</li>"
    )


def page(tables: Tables, dataset: Dataset) -> str:
    """A dataset's rows as Markdown: those of the download, then those no edition shows any more."""
    every = tables.vintages(dataset.name)
    now = tables.labelled(dataset.name).loc[published(tables, dataset).index]
    gone = every[~every["row_id"].isin(now["row_id"])].drop_duplicates("row_id", keep="last")
    given = dict(tuple(every.groupby("row_id", sort=False)))
    by_area: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for frame, current in ((now, True), (gone, False)):
        for _, row in frame.iterrows():
            code = str(row["area_code"])
            names[code] = str(row["area_zh"])
            by_area.setdefault(code, []).append(_item(row, dataset, given[row["row_id"]], current))
    areas = "、".join(f'<a href="#a-{code}">{text(names[code])}</a>' for code in sorted(by_area))
    parts = [
        f'<h2 id="a-{code}">{text(names[code])}</h2><ol class="rows">{"".join(by_area[code])}</ol>'
        for code in sorted(by_area)
    ]
    description = f"{dataset.title}：下载文件的每一行，写明来源、期与注"
    return (
        f"{front_matter(kind='prose', description=description)}{heading(1, f'{dataset.title}：逐行')}"
        f'<p class="lead">{text(dataset.title)}的每一行，页面上的数字都连到这里；再由来源连到原处。</p>\n\n'
        f'共 {len(now)} 行，与<a href="data/latest/{dataset.name}.csv" download>{dataset.name}.csv</a>'
        f"的行一一对应，行号（<code>row_id</code>）各期不变。\n\n"
        f'<div class="rows-by-area" data-pagefind-ignore><p class="rows-areas">{areas}</p>'
        f"{one_line(''.join(parts))}</div>\n"
    )
