"""A workbook a clerk can fill in, made of a dataset's schema and the code lists.

The first sheet bears the dataset's Chinese title. Its first row holds the Chinese
labels and its second, small, the English names; both are header, so that the book
reads back as it is. Columns of text are formatted as text, so that Excel turns no
code and no period into a number or a date. Drop-downs offer words where a word
names one code, and codes elsewhere; either is read. They warn and do not forbid: a
new category is registered in its list first.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuebao import schema, tables
from yuebao.codes import Codes, folded
from yuebao.faults import UsageError
from yuebao.project import Project
from yuebao.schema import Column, Dataset
from yuebao.values import holds_dates

HEADER_ROWS = 2
LAST_ROW = 1_048_575  # of a sheet, from 0
NOTES, LISTS = "说明", "代码表"
# Fixed, so that one schema gives one file, byte for byte.
MADE = dt.datetime(2024, 4, 1, tzinfo=dt.UTC)
WIDTHS = {
    "note_zh": 40,
    "note": 40,
    "remark": 30,
    "value": 16,
    "source_id": 26,
    "measure": 24,
    "category": 22,
    "period": 24,
}
RULES = (
    "一行填一条。请勿改动前两行；行可多可少，列的次序可以调换，不必填的列可以删去。",
    "数值用基本单位（起、人、元、辆、株），不写“万”“亿”。若整列都用万元，请把列名改为“数值（万元）”；格内不写单位。",
    "代码列可填代码，也可填下拉框中的中文；下拉框里没有的，请先请整理者登记。",
    "时期写成 2024、2024-05、2024-05-31，或“起/止”如 2024-01/2024-05；也可写 2024年5月、2024年1—5月。",
    "合计行可以保留：第一格写“合计”，每个数字须等于上面各行之和，读取时核对后略去。",
    "公式要先算好并保存；不要合并跨列的单元格；不要给工作簿加密码。",
)


@dataclass(frozen=True)
class Written:
    """What was written, and for which dataset."""

    file: Path
    dataset: str


def find(datasets: dict[str, Dataset], wanted: str) -> Dataset:
    """The dataset called so, in English or Chinese. Raises UsageError."""
    names = {folded(word): d for d in datasets.values() for word in (d.name, d.title)}
    if folded(wanted) in names:
        return names[folded(wanted)]
    near = difflib.get_close_matches(folded(wanted), names, n=1)
    hint = f"，最像的是 {names[near[0]].name}" if near else ""
    known = "、".join(f"{d.name}（{d.title}）" for d in datasets.values())
    raise UsageError(f"没有数据集“{wanted}”{hint}；请用以下之一：{known}")


def choices(dataset: Dataset, column: Column, codes: Codes) -> list[str]:
    """What a drop-down of the column offers; empty where it has none."""
    listed = codes.of(dataset, column)
    if column.type == "boolean":
        return ["true", "false"]
    if listed is None:
        return []
    offered = list(listed.labels)
    if listed.name == "measures":
        frame = codes.lists["measures"]
        mine = set(frame.loc[frame["chapter"] == dataset.chapter, "measure"])
        offered = [code for code in offered if code in mine]
        if column.name == "parameter":
            offered = [code for code in offered if codes.kind_of[code] == "parameter"]
        else:
            offered = [code for code in offered if codes.kind_of[code] != "parameter"] or offered
    if listed.name == "sources":
        return offered  # titles are long, and several are alike
    return [listed.spoken(code) for code in offered]


def rule(column: Column, dataset: Dataset) -> str:
    """The rules of a column in words, from the schema."""
    needed = column.required or column.name in dataset.key
    said = ["必填" if column.required else "可空" if not needed else "可空（列须保留）"]
    if column.type in ("number", "integer"):
        said.append("整数" if column.type == "integer" else "数字")
    if column.minimum is not None or column.maximum is not None:
        said.append(f"{column.minimum} 至 {column.maximum}")
    if column.enum:
        words = [
            f"{(column.labels.get(c) or (c,))[0]}（{c}）" if c in column.labels else c for c in column.enum
        ]
        said.append("、".join(words))
    if column.unique:
        said.append("不得重复")
    return "；".join(said)


def write(project: Project, wanted: str, file: Path | None = None) -> Written:
    """Write the template of a dataset. Raises UsageError, and never writes over a file."""
    datasets = schema.load(project)
    dataset = find(schema.chapter_datasets(datasets), wanted)
    codes = Codes(tables.read_lists(project, datasets))
    place = file or Path(f"{dataset.name}.xlsx")
    if place.suffix.lower() != ".xlsx":
        raise UsageError(f"{place} 不是 .xlsx 文件名；请写成如 {dataset.name}.xlsx")
    if place.exists():
        raise UsageError(f"{place} 已经存在；请换个名字，或先移走它")
    if not place.parent.is_dir():
        raise UsageError(f"没有文件夹 {place.parent}；请先建好")
    _save(place, dataset, codes)
    return Written(place, dataset.name)


def _save(place: Path, dataset: Dataset, codes: Codes) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(place)) as book:
        book.set_properties({"title": dataset.title, "created": MADE})
        book.set_calc_mode("auto")
        formats = {
            "title": book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True}),
            "needed": book.add_format({"bold": True, "bg_color": "#F6E3DC", "border": 1, "text_wrap": True}),
            "name": book.add_format({"font_size": 8, "font_color": "#667788", "bottom": 1}),
            "text": book.add_format({"num_format": 49}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "head": book.add_format({"bold": True, "bottom": 1}),
        }
        sheet = book.add_worksheet(dataset.title)
        notes = book.add_worksheet(NOTES)
        lists = book.add_worksheet(LISTS)
        lists.hide()
        for number, column in enumerate(dataset.columns):
            _column(sheet, lists, number, column, dataset, codes, formats)
        sheet.set_row(0, 32)
        sheet.set_row(1, 11)
        sheet.freeze_panes(HEADER_ROWS, 0)
        _notes(notes, dataset, formats)


def _column(
    sheet: Any,
    lists: Any,
    number: int,
    column: Column,
    dataset: Dataset,
    codes: Codes,
    formats: dict[str, Any],
) -> None:
    text = column.type in ("string", "boolean")
    width = WIDTHS.get(column.name, max(12, 2 * len(column.title) + 2))
    sheet.set_column(number, number, width, formats["text"] if text else None)
    sheet.write_string(0, number, column.title, formats["needed" if column.required else "title"])
    sheet.write_string(1, number, column.name, formats["name"])
    about = {
        "input_title": column.title[:32],
        "input_message": f"{rule(column, dataset)}\n{column.description}"[:255],
        "ignore_blank": True,
    }
    offered = choices(dataset, column, codes)
    if offered:
        lists.write_string(0, number, column.title)
        for row, word in enumerate(offered, start=1):
            lists.write_string(row, number, word)
        letter = _letter(number)
        about |= {
            "validate": "list",
            "source": f"='{LISTS}'!${letter}$2:${letter}${len(offered) + 1}",
            "error_type": "warning",
            "error_title": "不在列表中",
            "error_message": "列表里没有这一项。若是已登记的代码，请选“是”。",
        }
    elif column.type in ("number", "integer"):
        low = column.minimum if column.minimum is not None else -1e15
        high = column.maximum if column.maximum is not None else 1e15
        about |= {
            "validate": "integer" if column.type == "integer" else "decimal",
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_title": "不是允许的数字",
            "error_message": f"请只填数字，不写单位（{rule(column, dataset)}）。"[:255],
        }
    else:
        if holds_dates(column):
            about["input_message"] = (
                f"{rule(column, dataset)}\n如 2024-05、2024-05-31、2024年5月。\n{column.description}"[:255]
            )
        about["validate"] = "any"
    sheet.data_validation(HEADER_ROWS, number, LAST_ROW, number, about)


def _letter(number: int) -> str:
    first, last = divmod(number, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _notes(sheet: Any, dataset: Dataset, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 3, 60, formats["wrap"])
    sheet.write_string(0, 0, f"{dataset.title}填表说明", formats["head"])
    sheet.write_string(1, 0, dataset.description)
    row = 3
    for text in RULES:
        sheet.merge_range(row, 0, row, 3, text, formats["wrap"])
        row += 1
    row += 1
    for place, word in enumerate(("栏目", "英文名", "填法", "含义")):
        sheet.write_string(row, place, word, formats["head"])
    for column in dataset.columns:
        row += 1
        for place, word in enumerate((column.title, column.name, rule(column, dataset), column.description)):
            sheet.write_string(row, place, word, formats["wrap"])
