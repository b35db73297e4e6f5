"""The page of corrections: every published figure that a later edition corrected or took back.

A correction is a later return's: it gives the same figure of the same source another value,
or says that it no longer stands. Both values are kept; this page lists them over all editions.
"""

from __future__ import annotations

import pandas as pd

from yuebao import attribution, reference, revisions, trace, words
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, source_html, text
from yuebao.revisions import NOTES
from yuebao.schema import Dataset
from yuebao.tables import WITHDRAWN, Tables

KINDS = {"revised": "更正", "withdrawn": "撤回"}
# Of a register's cells: words about it, and the positions of protected trees, which are not spread further.
UNTOLD = (*NOTES, "longitude", "latitude")
# What the download holds, a row a correction.
COLUMNS = [
    "edition", "kind", "chapter", "dataset", "area_code", "area_zh", "period", "measure", "measure_zh",
    "category", "category_zh", "old", "old_qualifier", "new", "qualifier", "obs_status", "unit", "unit_zh",
    "old_edition", "note_zh", "note", "source_id", "source_publisher", "source_url", "grade_of_trust",
    "row_id", "from_rows",
]  # fmt: skip


def _revised(tables: Tables, dataset: Dataset) -> pd.DataFrame:
    """Vintages with another value than the one before, with ``old``, ``new`` and ``old_edition``.

    A value that is only sent again is not a second correction.
    """
    changed = tables.revisions(dataset.name)
    if "obs_status" in changed:
        changed = changed[changed["obs_status"] != WITHDRAWN]
    first = changed.drop_duplicates([*dataset.key, "old", "new", "_before"], keep="first")
    held = tables.vintages(dataset.name).loc[first.index]
    return held.assign(
        kind="revised",
        old=first["old"],
        old_qualifier=first.get("_old_qualifier"),
        new=first["new"],
        old_edition=first["_before"],
    )


def _withdrawn(tables: Tables, dataset: Dataset) -> pd.DataFrame:
    """Vintages that take a figure back, whatever status it had; ``new`` is empty."""
    frame = tables.vintages(dataset.name)
    if "obs_status" not in frame:
        return frame.iloc[:0]
    bare = frame.groupby([k for k in dataset.key if k != "obs_status"], dropna=False, sort=False)
    columns = {"old": "value", "old_qualifier": "qualifier", "old_edition": "_edition"}
    old = {name: bare[column].shift() for name, column in columns.items() if column in frame}
    taken = (frame["obs_status"] == WITHDRAWN) & (bare["obs_status"].shift() != WITHDRAWN)
    return frame.assign(kind="withdrawn", **old, new=None)[taken & old["old_edition"].notna()]


def _changed_rows(tables: Tables, dataset: Dataset) -> pd.DataFrame:
    """Of a register: vintages with other cells than the one before; ``old`` and ``new`` name those cells."""
    frame, key = tables.vintages(dataset.name), list(dataset.key)
    own = [name for name in dataset.names if name not in (*key, *UNTOLD)]
    cells = frame[own].astype("object").fillna("")
    before = cells.groupby([frame[name] for name in key], sort=False).shift()
    edition = frame.groupby(key, sort=False)["_edition"].shift()
    differs = (cells != before) & edition.notna().to_numpy()[:, None]
    told = differs.any(axis=1)
    titles = {name: dataset.column(name).title for name in own}
    old, new = (revisions.changed_cells(c[told], differs[told], titles) for c in (before, cells))
    return frame[told].assign(kind="revised", old=old, new=new, old_edition=edition[told])


def rows(tables: Tables) -> pd.DataFrame:
    """Every correction the edition knows of, the newest first; columns ``COLUMNS``."""
    found = []
    for dataset in tables.datasets.values():
        if not dataset.chapter or tables.rows[dataset.name].empty:
            continue
        if "value" in dataset.names:
            parts = [_revised(tables, dataset), _withdrawn(tables, dataset)]
        else:
            parts = [_changed_rows(tables, dataset)]
        for part in parts:
            if len(part):
                told = part.assign(
                    edition=part["_edition"].astype("str"),
                    chapter=dataset.chapter,
                    dataset=dataset.name,
                    from_rows=part["row_id"],
                    row_id=[
                        f"{trace.computed_id('corrections-list', row)}-{edition}"
                        for row, edition in zip(part["row_id"], part["_edition"], strict=True)
                    ],
                )
                found.append(told.reindex(columns=COLUMNS).astype("object"))
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    order = ["dataset", "area_code", "period", "measure", "category"]
    held = pd.concat(found, ignore_index=True).sort_values(order, kind="stable", na_position="first")
    return held.sort_values("edition", ascending=False, kind="stable", ignore_index=True)


def _value(row: pd.Series, which: str) -> str:
    """The ``old`` or ``new`` value: a number with its qualifier and unit, or the cells of a register."""
    value, said = row[which], row["old_qualifier" if which == "old" else "qualifier"]
    if isinstance(value, str):
        return text(value)
    unit = "" if words.missing(row["unit_zh"]) else str(row["unit_zh"])
    qualifier = "exact" if words.missing(said) else str(said)
    return words.shown(value, unit, qualifier, str(row["row_id"]), here=True)


def _status(row: pd.Series) -> str:
    return "" if row["kind"] == "withdrawn" else words.STATUS.get(str(row["obs_status"]), "")


def pieces(tables: Tables) -> list[Piece]:
    """The table of corrections with its download; nothing where there are none."""
    data = rows(tables)
    if data.empty:
        return []
    cited = attribution.known(tables)
    table = pd.DataFrame(
        [
            {
                "更正于": f"{words.period(str(row['edition']))}期",
                "章": text(reference.chapter_title(str(row["chapter"]), tables)),
                "地区": text(row["area_zh"]),
                "时期": "—" if words.missing(row["period"]) else words.period(str(row["period"])),
                "指标": "，".join(filter(None, (text(row["measure_zh"]), text(row["category_zh"])))),
                "原作": _value(row, "old"),
                "改为": KINDS["withdrawn"] if row["kind"] == "withdrawn" else _value(row, "new"),
                "状态": _status(row),
                "缘由": "来源或报表未说明" if words.missing(row["note_zh"]) else text(row["note_zh"]),
                "依据": trace.links([str(row["from_rows"])], "数字"),
                "来源": source_html(cited[str(row["source_id"])]),
            }
            for _, row in data.iterrows()
        ]
    )  # fmt: skip
    if not table["状态"].any():
        table = table.drop(columns="状态")
    caption = "各期更正与撤回的数字，新的在前；原作为当时所印，改为后来各期所印"
    exhibit = Exhibit("list", "更正一览", caption, caption, data, table, level=2)
    return [exhibit_piece("corrections", exhibit)]


def page(tables: Tables) -> str:
    """The page of corrections as Markdown: what was corrected, and the rule by which it is."""
    listed = pieces(tables)
    none = "## 更正一览\n\n截至本期，没有更正或撤回过已收入的数字。\n"
    parts = [
        "---\nkind: prose\ndescription: 各期更正与撤回了哪些数字，怎样更正，怎样指出错误\n---\n\n# 更正\n",
        '<p class="lead">各期更正与撤回了哪些数字，原作什么、改为什么；怎样更正，怎样指出错误。</p>\n',
        *([piece.markdown for piece in listed] or [none]),
        "## 怎样更正\n",
        "发布了的一期，其文件不再改动。发现错误，或来源自己改了数，就在后来的一期收入改正的数："
        "各章用新的数，并在数旁标明“修”，指到原来的数；该章“较上一期的变化”与本页都列出原值与现值。"
        "来源撤回的数不再印出，仍留在数据文件中，状态为 `M`。"
        "初步数由终稿代替、新来源比旧来源更可信而换用，不算更正，只列在各章“较上一期的变化”中。\n",
        "文字与图的错误同样在后来的一期改正；影响对数字的理解的，写入该期在[发布日历](calendar.md)中的说明。\n",
        "## 怎样指出错误\n",
        "请写明页名、地区、时期与指标，以及您认为正确的数与它的出处；办法见[关于](about.md)。"
        "每个数字的来源都在其旁边，可先对照来源的原文。\n",
    ]
    return "\n".join(parts)
