"""Read a return as people send it, or say what is wrong with it.

A return is ``data/returns/<YYYY-MM>/<dataset>.csv`` or ``.xlsx``; ``returns.xlsx``
holds one sheet a dataset. Headers may be the column's name or its Chinese or
English title, in any order; coded columns may hold the code or its label. Nothing
is guessed: what is not what its column asks for is a fault.

**Rows that are no data.** Blank rows, a header told again, notes below the table
(注：…, 填表人：…) and total rows are left out. A total row begins with 合计, 总计,
共计, 小计 or Total; each number in it must be the sum of the rows above it, or of
those since the total row before, otherwise it is a fault: it may be a figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd

from yuebao import cells, headers, rowcheck
from yuebao.cells import Cell, Grid, Unreadable, text_of
from yuebao.codes import Codes, folded
from yuebao.faults import Fault
from yuebao.headers import Header, Names, Unit
from yuebao.project import Project
from yuebao.schema import Column, Dataset
from yuebao.values import EXCEL_DIGITS, Wrong, as_float, parser

SUFFIXES = (".csv", ".xlsx")
PROVENANCE = ("_file", "_row", "_edition", "_month")  # the month: of the folder the return lies in
ALL_IN_ONE = ("returns", "报表", "月报")
NOTES = {"说明", "填表说明", "填报说明", "注释", "备注", "代码表", "notes", "readme", "codes"}
TOTALS = {"合计", "总计", "共计", "小计", "总和", "total", "grandtotal", "subtotal", "sum"}
FOOTNOTE = re.compile(
    r"(?:注|备注|说明|附注|填表人|填报人|制表人?|审核人?|复核人?|(?:单位|部门)?负责人|填报单位|填报日期|"
    r"报送日期|联系电话|资料来源|数据来源|note|source)[:：1-9]",
    re.IGNORECASE,
)


@dataclass
class Part:
    """What one sheet of a return came to."""

    dataset: Dataset
    place: str  # the file, and the sheet of a workbook
    numbers: list[int] = field(default_factory=list)  # the rows' numbers in the sheet
    columns: dict[str, list[object]] = field(default_factory=dict)
    bad: set[tuple[int, str]] = field(default_factory=set)  # row number and column of cells not read
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, row: int, column: Column, what: str, mend: str) -> None:
        """Note a fault of one cell."""
        self.bad.add((row, column.name))
        self.faults.append(Fault(self.place, row, column.spoken, what, mend))


class _Reader:
    """Reads the returns of one project; keeps what it knows of each dataset."""

    def __init__(self, project: Project, datasets: dict[str, Dataset], lists: dict[str, pd.DataFrame] | None):
        self.project, self.datasets = project, datasets
        self.codes = Codes(lists or {})
        self._names: dict[str, Names] = {}
        self._parsers: dict[tuple[str, str], Callable[[Cell], object]] = {}
        self.said = {folded(word): d for d in datasets.values() for word in (d.name, d.title)}

    def names(self, dataset: Dataset) -> Names:
        if dataset.name not in self._names:
            self._names[dataset.name] = Names(dataset, self.codes.units)
        return self._names[dataset.name]

    def parser(self, dataset: Dataset, column: Column) -> Callable[[Cell], object]:
        key = (dataset.name, column.name)
        if key not in self._parsers:
            self._parsers[key] = parser(column, self.codes.of(dataset, column))
        return self._parsers[key]

    # --- files and sheets ---

    def file(self, path: Path, default: Dataset | None) -> tuple[list[Part], list[Fault]]:
        """The parts of a file, and the faults that belong to none of them."""
        name = self.project.name(path)
        known = [default] if default else list(self.datasets.values())

        def columns_found(rows: list[list[Cell]]) -> int:
            found = [headers.find(_texts(rows), [], self.names(dataset)) for dataset in known]
            return max(len(header.places) if header else 0 for header in found)

        try:
            grids = cells.grids(path, columns_found)
        except Unreadable as error:
            return [], [Fault(name, error.row, "", error.what, error.mend)]
        parts, faults = [], []
        written = [grid for grid in grids if not all(map(cells.is_blank, (c for r in grid.rows for c in r)))]
        for grid in written:
            part, fault = self._sheet(grid, name, default)
            parts += [part] if part else []
            faults += [fault] if fault else []
        if not parts and not faults:
            what = "工作簿里只有说明，没有数据表" if written else "文件是空的"
            faults.append(Fault(name, 0, "", what, "请填入数据或删除此文件"))
        return parts, faults

    def _sheet(self, grid: Grid, name: str, default: Dataset | None) -> tuple[Part | None, Fault | None]:
        place = f"{name}:{grid.sheet}" if grid.sheet else name
        dataset = self.said.get(folded(grid.sheet)) or default
        notes = folded(grid.sheet) in NOTES
        if notes and (grid.hidden or dataset is None):
            return None, None
        if grid.hidden:
            return None, Fault(place, 0, "", "工作表是隐藏的", "请取消隐藏以便核对，或删除此表")
        if dataset is None:
            titles = "、".join(d.title for d in self.datasets.values())
            return None, Fault(
                place, 0, "", "不知道这个工作表是哪个数据集", f"请把工作表改名为以下之一：{titles}"
            )
        texts = _texts(grid.rows)
        header = headers.find(texts[: cells.SAMPLE * 5], grid.merges, self.names(dataset))
        if notes and (header is None or not self.names(dataset).needed <= header.names()):
            return None, None
        if header is None:
            first = next(number for number, row in enumerate(texts, start=1) if any(row))
            needed = "、".join(c.title for c in dataset.columns if c.name in self.names(dataset).needed)
            mend = f"请把列名（{needed}等）写成一行放在数据上方"
            return None, Fault(place, first, "", "没有认出列名", mend)
        return self._part(grid, texts, header, dataset, place), None

    # --- one sheet ---

    def _part(self, grid: Grid, texts: list[list[str]], header: Header, dataset: Dataset, place: str) -> Part:
        names = self.names(dataset)
        part = Part(dataset, place)
        part.faults += _header_faults(header, names, place)
        _apply_unit_above(part, texts[: header.first], header, names)
        if part.faults:
            return part
        rows = list(_rows(grid, texts, header, names, part))
        data = [row for row in rows if not row.total]
        if not data and not part.faults:
            part.faults.append(Fault(place, 0, "", "只有列名，没有数据行", "请填入数据或删除此文件"))
        part.numbers = [row.number for row in data]
        read = {column: self._column(part, column, rows) for column in sorted(header.places)}
        _check_totals(part, header, rows, read)
        part.columns = {name: [None] * len(data) for name in dataset.names}
        for column, held in header.places.items():
            values = [value for row, value in zip(rows, read[column], strict=True) if not row.total]
            part.columns[held.column.name] = values
        self._convert(part, header)
        return part

    def _column(self, part: Part, column: int, rows: list[_Row]) -> list[object]:
        """The values of one column of the sheet; None where blank or wrong."""
        about = rows[0].places[column].column if rows else None
        if about is None:
            return []
        parse = self.parser(part.dataset, about)
        blank = False if about.type == "boolean" else None
        kept: dict[str, object] = {}
        values: list[object] = []
        for row in rows:
            cell = row.cell(column)
            if cells.is_blank(cell):
                values.append(blank)
                continue
            if row.total and about.type not in ("number", "integer"):
                values.append(None)
                continue
            if isinstance(cell, str):  # the same texts come again and again
                if cell not in kept:
                    kept[cell] = parse(cell)
                value = kept[cell]
            else:
                value = parse(cell)
            if isinstance(value, Wrong):
                part.wrong(row.number, about, value.what, value.mend)
                value = None
            values.append(value)
        return values

    # --- units, and numbers as they are stored ---

    def _convert(self, part: Part, header: Header) -> None:
        for held in header.places.values():
            column, values = held.column, part.columns[held.column.name]
            if column.type not in ("number", "integer"):
                continue
            for index, value in enumerate(values):
                if not isinstance(value, Decimal):
                    continue
                stored = self._stored(part, index, column, held.unit, value)
                if isinstance(stored, Wrong):
                    part.wrong(part.numbers[index], column, stored.what, stored.mend)
                values[index] = None if isinstance(stored, Wrong) else stored

    def _stored(
        self, part: Part, index: int, column: Column, unit: Unit | None, value: Decimal
    ) -> float | int | Wrong:
        """A number in its base unit, as it is kept; or why it cannot be."""
        measures = part.columns.get("measure") or part.columns.get("parameter")
        measure = str(measures[index]) if measures else ""
        if unit is not None:
            wrong = self._unit_wrong(part, index, column, unit, measure)
            if wrong:
                return wrong
            value *= unit.factor
        if column.name == "value" and (wrong := self._range_wrong(measure, value)):
            return wrong
        if column.type == "integer":
            if value != value.to_integral_value() or abs(value) >= EXCEL_DIGITS:
                return Wrong(f"“{value}”不是整数或太大", "请填整数")
            return int(value)
        return as_float(value)

    def _unit_wrong(self, part: Part, index: int, column: Column, unit: Unit, measure: str) -> Wrong | None:
        """Where the header's unit is not what this row is counted in."""
        own = self.names(part.dataset).own_unit.get(column.name)
        told = part.columns["unit"][index] if "unit" in part.columns else None
        counted = str(told or self.codes.unit_of.get(measure, ""))
        if unit.base in ({own} if own else self.codes.units.get(counted, set())):
            return None
        word = own or self.codes.unit_word(counted) or "别的单位"
        mend = "请把单位不同的指标分成几张表，或列名不写单位、数值用基本单位"
        return Wrong(f"列名写“{unit.text}”，而此行以“{word}”计", mend)

    def _range_wrong(self, measure: str, value: Decimal) -> Wrong | None:
        """Where a value lies outside what its measure can be."""
        kind = self.codes.kind_of.get(measure, "")
        grows = kind == "change" or (kind == "target" and self.codes.unit_of.get(measure) == "percent")
        if value < 0 and kind and not grows:
            return Wrong(f"“{value}”是负数，而此指标不会小于零", "请核对；若是变化，请填“公布的变化”列")
        if value > 100 and kind == "share":
            return Wrong(f"“{value}”超过 100，而此指标是百分比", "请核对；比重应在 0 至 100 之间")
        return None


def _texts(rows: list[list[Cell]]) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in rows]


def _header_faults(header: Header, names: Names, place: str) -> Iterator[Fault]:
    row = header.last + 1
    for text in header.unknown.values():
        near = names.near(text)
        what = f"没有这个列名，最像的是 {near}" if near else "没有这个列名"
        unit = re.search(r"[(（](.+)[)）]$", text)
        if unit and names.match(text[: unit.start()]):
            what = f"看不懂列名中的单位“{unit[1]}”"
        mend = f"请删去此列，或改为以下之一：{'、'.join(names.dataset.names)}"
        yield Fault(place, row, text, what, mend)
    for column in header.twice:
        yield Fault(place, row, column.spoken, "列出现了两次", "请删去一列")
    for column in names.dataset.columns:
        if column.name in names.needed - header.names() - {c.name for c in header.twice}:
            yield Fault(place, row, column.spoken, "缺少此列", "请补上此列及其内容")


def _apply_unit_above(part: Part, above: list[list[str]], header: Header, names: Names) -> None:
    """单位：万元 above the table is the unit of the column ``value``."""
    unit, unclear = headers.unit_above(above, names)
    mend = "请把单位写进数值的列名，如“数值（万元）”"
    if unclear:
        what = f"表头上方写着“{unclear[:40]}”，不知道单位管哪一列"
        part.faults.append(Fault(part.place, header.first + 1, "", what, mend))
    if unit is None:
        return
    for column, held in header.places.items():
        if held.column.name == "value":
            if held.unit and (held.unit.factor, held.unit.base) != (unit.factor, unit.base):
                what = f"表头上方写“{unit.text}”，列名写“{held.unit.text}”"
                part.faults.append(Fault(part.place, header.last + 1, held.column.spoken, what, mend))
            header.places[column] = headers.Place(held.column, unit)
            return
    if unit.factor != 1:
        what = f"表头上方写“{unit.text}”，而此表没有数值列"
        part.faults.append(Fault(part.place, header.first + 1, "", what, mend))


# --- rows ---------------------------------------------------------------------------------


@dataclass
class _Row:
    """A row below the header: its number in the sheet, its cells, whether it is a total."""

    number: int
    line: list[Cell]
    places: dict[int, headers.Place]
    total: bool = False

    def cell(self, column: int) -> Cell:
        return self.line[column] if column < len(self.line) else ""


def _rows(grid: Grid, texts: list[list[str]], header: Header, names: Names, part: Part) -> Iterator[_Row]:
    """The rows that hold data or totals; the others are left out, or noted as faults."""
    returned = part.dataset.chapter is not None  # a code list has no totals and no notes
    merged = {
        (row, column): (top, left)
        for top, left, bottom, right in grid.merges
        if bottom > header.last
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }
    last = max((n for n, row in enumerate(texts) if sum(map(bool, row)) > 1), default=0)
    for index in range(header.last + 1, len(grid.rows)):
        text = texts[index]
        line = list(grid.rows[index])
        number = index + 1
        if all(map(cells.is_blank, line)):
            if any((index, column) in merged for column in header.places):
                part.faults.append(Fault(part.place, number, "", *SPANNED))
            continue
        if _is_header_again(text, header, names):
            continue
        first = next((t for t in text if t), "")
        alone = sum(map(bool, text)) == 1
        if returned and alone and index > last and FOOTNOTE.match(first):
            unit, unclear = headers.unit_above([text], names)
            if unclear or (unit and unit.factor != 1):
                what = f"表下的注写到单位：“{first[:40]}”"
                part.faults.append(
                    Fault(part.place, number, "", what, "请把单位写进数值的列名，如“数值（万元）”")
                )
            continue
        outside = [c for c in range(len(line)) if c not in header.places and not cells.is_blank(line[c])]
        if outside:
            mend = "请检查多余的分隔符，含逗号的文字要加引号"
            part.faults.append(Fault(part.place, number, "", "单元格比列名多", mend))
            continue
        row = _Row(number, line, header.places, returned and folded(first).rstrip(":") in TOTALS)
        if row.total or _spread(row, index, grid, merged, header, part):
            yield row


SPANNED = ("合并单元格跨了几行或几列", "请取消合并，在每一格里填上内容")


def _spread(
    row: _Row,
    index: int,
    grid: Grid,
    merged: dict[tuple[int, int], tuple[int, int]],
    header: Header,
    part: Part,
) -> bool:
    """Put the text of cells merged down a column into this row; False where cells are merged otherwise."""
    for column, held in header.places.items():
        if (index, column) not in merged:
            continue
        top, left = merged[index, column]
        if left != column or top <= header.last or held.column.type != "string":
            part.faults.append(Fault(part.place, row.number, held.column.spoken, *SPANNED))
            return False
        row.line.extend([""] * (column + 1 - len(row.line)))
        row.line[column] = grid.rows[top][column]
    return True


def _is_header_again(text: list[str], header: Header, names: Names) -> bool:
    """True where every cell that is written names the column it stands in."""
    written = [(column, word) for column, word in enumerate(text) if word]
    if len(written) < 2:
        return False
    for column, word in written:
        place, held = names.match(word), header.places.get(column)
        if (
            place is None
            or held is None
            or place.column != held.column
            or place.unit not in (None, held.unit)
        ):
            return False
    return True


def _check_totals(part: Part, header: Header, rows: list[_Row], read: dict[int, list[object]]) -> None:
    """Each number of a total row is the sum of the rows above it, or of those since the total before."""
    for column, held in header.places.items():
        if held.column.type not in ("number", "integer"):
            continue
        whole = since = Decimal(0)
        for row, value in zip(rows, read[column], strict=True):
            if not row.total:
                if isinstance(value, Decimal):
                    whole, since = whole + value, since + value
                continue
            if isinstance(value, Decimal) and not any(_same(value, total) for total in (whole, since)):
                what = f"合计行的“{value}”不等于上面各行之和 {whole}"
                mend = "请核对后改正；若它本身是一个公布的数字，请把“合计”改为它的地区或分类，否则删去此行"
                part.wrong(row.number, held.column, what, mend)
            since = Decimal(0)


def _same(stated: Decimal, total: Decimal) -> bool:
    """Equal but for the noise of binary numbers in a workbook."""
    return abs(stated - total) <= abs(total) * Decimal("1e-12")


# --- what the rest of yuebao asks -----------------------------------------------------------


def _empty(dataset: Dataset) -> pd.DataFrame:
    columns = {column.name: pd.Series(dtype=column.dtype) for column in dataset.columns}
    return pd.DataFrame({**columns, **{name: [] for name in PROVENANCE}})


def _typed(part: Part, path: Path) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            column.name: pd.Series(part.columns[column.name], dtype="object").astype(column.dtype)  # type: ignore[call-overload]
            for column in part.dataset.columns
        }
    )
    month = path.parent.name if path.parent.parent.name == "returns" else ""
    return frame.assign(_file=part.place, _row=part.numbers, _edition=month, _month=month)


def read(
    path: Path, dataset: Dataset, project: Project, lists: dict[str, pd.DataFrame] | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """One file as a table of the dataset's columns plus ``_file``, ``_row``, ``_edition`` and ``_month``.

    Gives every fault found, and no rows where there is one. Columns have the dtypes
    of the schema; text that is not given is NA. ``_file`` ends with the sheet of a
    workbook; ``_month`` is the month folder the file lies in, and so is ``_edition``; empty for a code
    list. ``lists``: the code lists, without which labels and units are not read.
    """
    parts, faults = _Reader(project, {dataset.name: dataset}, lists).file(path, dataset)
    faults = sorted({*faults, *(fault for part in parts for fault in part.faults)})
    if faults:
        return _empty(dataset), faults
    return pd.concat([_typed(part, path) for part in parts], ignore_index=True), []


def read_all(
    project: Project,
    datasets: dict[str, Dataset],
    edition: str,
    lists: dict[str, pd.DataFrame] | None = None,
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Every return known by ``edition``, one table a dataset, and every fault of every file.

    ``_edition`` of a row is the one it became known in: see ``Project.entries``.
    """
    rows, faults = read_files(project, project.return_files(edition), datasets, lists)
    entries = project.entries()
    return {
        name: frame.assign(_edition=frame["_edition"].map(lambda month: entries.get(month) or month))
        for name, frame in rows.items()
    }, faults


def read_files(
    project: Project,
    paths: list[Path],
    datasets: dict[str, Dataset],
    lists: dict[str, pd.DataFrame] | None = None,
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Returns as one table a dataset, ``_edition`` being their month folder, and every fault of every file.

    Where a file has a fault, the rows of all files are also held against the schema,
    so that what the checks would find next is in the same list.
    """
    reader = _Reader(project, datasets, lists)
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in datasets}
    parts: list[tuple[str, Part]] = []
    faults: list[Fault] = []
    for path in paths:
        default = reader.said.get(folded(path.stem))
        shared = path.suffix.lower() == ".xlsx" and path.stem.lower() in ALL_IN_ONE
        if path.suffix.lower() not in SUFFIXES or (default is None and not shared):
            faults.append(_unknown_file(project.name(path), default, datasets))
            continue
        found, wrong = reader.file(path, default)
        faults += [*wrong, *(fault for part in found for fault in part.faults)]
        for part in found:
            parts.append((path.parent.name, part))
            if not wrong and not any(p.faults for p in found):
                frames[part.dataset.name].append(_typed(part, path))
    if faults:
        faults += rowcheck.faults(parts, reader.codes)
    return {
        name: pd.concat(held, ignore_index=True) if held else _empty(datasets[name])
        for name, held in frames.items()
    }, faults


def _unknown_file(name: str, default: Dataset | None, datasets: dict[str, Dataset]) -> Fault:
    if default is not None:
        return Fault(name, 0, "", "只收 .csv 和 .xlsx 文件", "请在 Excel 中另存为 .xlsx 或“CSV UTF-8”")
    known = "、".join(f"{name}.csv" for name in datasets)
    what, mend = "不知道这是哪个数据集的报表", f"请改名为以下之一（或 .xlsx）：{known}"
    return Fault(name, 0, "", what, mend)
