"""Read a return as people send it, or say what is wrong with it.

A return is ``data/returns/<YYYY-MM>/<dataset>.csv`` or ``.xlsx``. Headers may be
the column's name or its Chinese or English title, in any order. Nothing is
guessed: a cell that is not what its column asks for is a fault.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pandas as pd

from yuebao import words
from yuebao.faults import Fault
from yuebao.project import Project
from yuebao.schema import Column, Dataset

SUFFIXES = (".csv", ".xlsx")
PROVENANCE = ("_file", "_row", "_edition")
Cells = list[list[str]]


class Unreadable(Exception):
    """The file as a whole cannot be read: ``what`` and ``mend``."""

    def __init__(self, what: str, mend: str):
        super().__init__(what)
        self.what, self.mend = what, mend


def _decoded(raw: bytes) -> str:
    if not raw.strip():
        raise Unreadable("文件是空的", "请填入数据或删除此文件")
    if raw[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise Unreadable("内容是 Excel 工作簿而文件名写 .csv", "请另存为 .xlsx 或导出为 CSV")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("既不是 UTF-8 也不是 GB18030 编码", "请在 Excel 中另存为“CSV UTF-8”")


def _csv_cells(path: Path) -> Cells:
    text = _decoded(path.read_bytes())
    header = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=header.count)
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _xlsx_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _xlsx_cells(path: Path) -> Cells:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # calamine raises several kinds for a broken or locked book
        what = f"不是可读的工作簿（{type(error).__name__}）"
        raise Unreadable(what, "请在 Excel 中打开、去掉密码后另存为 .xlsx") from error
    return [[_xlsx_text(value) for value in row] for row in sheet]


def _folded(text: str) -> str:
    """Header text as it is compared: NFKC, no spaces, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def _header(cells: Cells, dataset: Dataset, file: str) -> tuple[dict[int, Column], list[Fault]]:
    known: dict[str, Column] = {}
    for column in dataset.columns:
        for name in (column.name, column.title, column.title_en):
            known[_folded(name)] = column
    found: dict[int, Column] = {}
    faults = []
    for place, text in enumerate(cells[0]):
        if not text.strip():
            continue
        match = known.get(_folded(text))
        if match is None:
            mend = f"请删去此列，或改为以下之一：{'、'.join(dataset.names)}"
            faults.append(Fault(file, 1, text.strip(), "没有这个列名", mend))
        elif match in found.values():
            faults.append(Fault(file, 1, match.spoken, "列出现了两次", "请删去一列"))
        else:
            found[place] = match
    for column in dataset.columns:
        needed = column.required or column.name in dataset.key
        if needed and column not in found.values():
            faults.append(Fault(file, 1, column.spoken, "缺少此列", "请补上此列及其内容"))
    return found, faults


def _number(text: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", plain):
        raise InvalidOperation
    return Decimal(plain)


def _cell(text: str, column: Column) -> tuple[object, str, str]:
    """``(value, what, mend)``; ``what`` is empty where the cell is good."""
    text = text.strip().strip("\u3000")
    if not text:
        return (False if column.type == "boolean" else None), "", ""
    if column.type in ("number", "integer"):
        try:
            value = _number(text)
        except InvalidOperation:
            return None, f"“{text}”不是数字", "请只填数字，单位写在指标表中，不写“万”“亿”"
        if column.type == "integer":
            if value != value.to_integral_value():
                return None, f"“{text}”不是整数", "请填整数"
            return int(value), "", ""
        return float(value), "", ""
    if column.type == "boolean":
        if text.lower() not in ("true", "false"):
            return None, f"“{text}”不是 true 或 false", "请填 true 或 false"
        return text.lower() == "true", "", ""
    return unicodedata.normalize("NFC", text), "", ""


def _period_fault(value: object) -> str:
    try:
        words.span(str(value))
    except ValueError as error:
        return str(error)
    return ""


def read(path: Path, dataset: Dataset, project: Project) -> tuple[pd.DataFrame, list[Fault]]:
    """One file as a table of the dataset's columns plus ``_file``, ``_row`` and ``_edition``.

    Returns the rows that could be read and every fault found. Columns have the
    dtypes of the schema; text that is not given is NA. ``_edition`` is the month
    folder the file lies in, empty for a code list.
    """
    file = project.name(path)
    empty = pd.DataFrame({name: [] for name in (*dataset.names, *PROVENANCE)})
    try:
        cells = _csv_cells(path) if path.suffix.lower() == ".csv" else _xlsx_cells(path)
    except Unreadable as error:
        return empty, [Fault(file, 0, "", error.what, error.mend)]
    if not cells or not any(text.strip() for text in cells[0]):
        return empty, [Fault(file, 1, "", "第一行没有列名", "请把列名放在第一行")]
    header, faults = _header(cells, dataset, file)
    if faults:
        return empty, faults
    records = []
    for number, row in enumerate(cells[1:], start=2):
        if not any(text.strip() for text in row):
            continue
        if any(text.strip() for text in row[len(cells[0]) :]):
            mend = "请检查多余的分隔符，含逗号的文字要加引号"
            faults.append(Fault(file, number, "", "单元格比列名多", mend))
            continue
        record: dict[str, object] = dict.fromkeys(dataset.names)
        for place, column in header.items():
            text = row[place] if place < len(row) else ""
            value, what, mend = _cell(text, column)
            if not what and value is not None and column.name == "period":
                what = _period_fault(value)
                mend = "请写成 2024-05、2024-05-31 或 2024-01-01/2024-05-31"
            if what:
                faults.append(Fault(file, number, column.spoken, what, mend))
            record[column.name] = value
        records.append({**record, "_file": file, "_row": number})
    if not records and not faults:
        faults.append(Fault(file, 0, "", "只有列名，没有数据行", "请填入数据或删除此文件"))
    if faults:
        return empty, faults
    return _typed(pd.DataFrame(records), dataset, path), []


def _typed(frame: pd.DataFrame, dataset: Dataset, path: Path) -> pd.DataFrame:
    for column in dataset.columns:
        frame[column.name] = frame[column.name].astype(column.dtype)  # type: ignore[call-overload]
    month = path.parent.name if path.parent.parent.name == "returns" else ""
    return frame.assign(_edition=month)[[*dataset.names, *PROVENANCE]]


def read_all(
    project: Project, datasets: dict[str, Dataset], edition: str
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Every return up to ``edition``, one table a dataset, and every fault of every file."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in datasets}
    faults: list[Fault] = []
    for path in project.return_files(edition):
        dataset = datasets.get(path.stem)
        if dataset is None or path.suffix.lower() not in SUFFIXES:
            known = "、".join(f"{name}.csv" for name in datasets)
            what, mend = "不知道这是哪个数据集的报表", f"请改名为以下之一（或 .xlsx）：{known}"
            faults.append(Fault(project.name(path), 0, "", what, mend))
            continue
        frame, wrong = read(path, dataset, project)
        faults += wrong
        parts[dataset.name].append(frame)
    tables = {}
    for name, frames in parts.items():
        full = [frame for frame in frames if len(frame)]
        if full:
            tables[name] = pd.concat(full, ignore_index=True)
        else:
            columns = {c.name: pd.Series(dtype=c.dtype) for c in datasets[name].columns}
            tables[name] = pd.DataFrame({**columns, **{p: [] for p in PROVENANCE}})
    return tables, faults
