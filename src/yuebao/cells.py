"""A return's bytes in, grids of cells out; or why the file cannot be read.

What a file is, is told from its first bytes, never from its name alone. A cell of
a workbook that does not say what it shows (a formula never computed, an error, a
number shown as a percentage, a date shown without its day) becomes an ``Odd``: it
is a fault where a return needs that cell, and nothing where it does not.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

LIMIT = 200_000_000  # bytes; a larger file is refused before it is opened
UNPACKED = 1_000_000_000  # bytes a workbook may unpack to
AREA = 60_000_000  # cells a sheet may span, empty ones included
SAMPLE = 40  # rows looked at to tell the delimiter

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
RESAVE = "请在 Excel 中打开后另存为 .xlsx"


class Unreadable(Exception):
    """The file as a whole cannot be read: ``what`` and ``mend``, and the row where it stops."""

    def __init__(self, what: str, mend: str, row: int = 0):
        super().__init__(what)
        self.what, self.mend, self.row = what, mend, row


@dataclass(frozen=True)
class Odd:
    """A cell whose content is not what a reader of the sheet sees."""

    what: str
    mend: str


Cell = str | int | float | bool | dt.date | dt.time | dt.timedelta | Odd
Merge = tuple[int, int, int, int]


@dataclass
class Grid:
    """One sheet: its rows from A1 on, and its merged ranges (first row, column, last row, column)."""

    sheet: str
    rows: list[list[Cell]]
    merges: list[Merge] = field(default_factory=list)
    hidden: bool = False


def clean(text: str) -> str:
    """Text without invisible characters and without blanks around it."""
    return INVISIBLE.sub("", text).strip()


def is_blank(cell: Cell) -> bool:
    """True where nothing is written in the cell."""
    return isinstance(cell, str) and (not cell or not clean(cell))


def text_of(cell: Cell) -> str:
    """A cell as text, for reading titles and headers."""
    return "" if isinstance(cell, Odd) else clean(str(cell))


# --- what a file is ------------------------------------------------------------


def _kind(raw: bytes) -> str:
    if raw.startswith(ZIP):
        return "zip"
    if raw.startswith(OLE):
        return "locked" if "EncryptedPackage".encode("utf-16-le") in raw else "xls"
    start = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf"):
        return "pdf"
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<head", b"<meta", b"<?xml")):
        return "html"
    if start.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"rar!")):
        return "archive"
    return "text"


NOT_A_RETURN = {
    "locked": ("工作簿有密码", "请在 Excel 中去掉密码后另存为 .xlsx"),
    "xls": ("内容是旧版 Excel（.xls）", RESAVE),
    "pdf": ("内容是 PDF", "请填入 .xlsx 模板或导出为 CSV"),
    "html": ("内容是网页或 XML，不是表格文件", RESAVE),
    "archive": ("内容是压缩包", "请解压后放入其中的 .csv 或 .xlsx"),
}


def grids(path: Path, columns_found: Callable[[list[list[Cell]]], int]) -> list[Grid]:
    """The sheets of a return. ``columns_found``: how many columns a header of these rows names.

    Raises Unreadable.
    """
    try:
        size = path.stat().st_size
        if size >= LIMIT:
            what = f"文件有 {size / 1e6:.0f} MB，上限是 {LIMIT / 1e6:.0f} MB"
            raise Unreadable(what, "请检查是否放错了文件，或分成几个文件")
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(
            f"文件打不开（{type(error).__name__}）", "请检查它是不是普通文件、有没有读取权限"
        ) from error
    if not raw.strip():
        raise Unreadable("文件是空的", "请填入数据或删除此文件")
    kind = _kind(raw)
    if kind in NOT_A_RETURN:
        raise Unreadable(*NOT_A_RETURN[kind])
    if path.suffix.lower() == ".csv":
        if kind == "zip":
            raise Unreadable("内容是 Excel 工作簿而文件名写 .csv", "请另存为 .xlsx 或导出为 CSV")
        return [Grid("", _csv_rows(_decoded(raw), columns_found))]
    if kind != "zip":
        raise Unreadable(
            "不是 .xlsx 工作簿，内容像是 CSV 文本", "请把文件名改为 .csv，或在 Excel 中另存为 .xlsx"
        )
    return _workbook(raw)


# --- CSV -------------------------------------------------------------------------


def _decoded(raw: bytes) -> str:
    """UTF-16 where its byte order mark says so, else UTF-8, else GB18030; nothing is replaced."""
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not utf16 and b"\0" in raw:
        raise Unreadable("文件中有空字节，不是完好的文本", "请在 Excel 中另存为“CSV UTF-8”")
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise Unreadable("文件中有空字节，不是完好的文本", "请在 Excel 中另存为“CSV UTF-8”")
        if "\ufffd" in text:
            row = text[: text.index("\ufffd")].count("\n") + 1
            raise Unreadable("有已经损坏的字符（\ufffd）", "请从原文件重新导出为“CSV UTF-8”", row)
        if encoding == "gb18030" and not _plausible(text):
            what = "文字像是另一种编码（如 Big5）被当作 GB18030"
            raise Unreadable(what, "请在 Excel 中另存为“CSV UTF-8”")
        return text
    names = "完好的 UTF-16" if utf16 else "UTF-8 也不是 GB18030"
    raise Unreadable(
        f"既不是 {names} 编码" if not utf16 else f"不是{names} 编码", "请在 Excel 中另存为“CSV UTF-8”"
    )


def _plausible(text: str) -> bool:
    """True where most of the Chinese is of GB 2312, as it is unless the encoding is another.

    Nearly any bytes can be decoded as GB18030; those of Big5 or Shift JIS become rare characters.
    """
    beyond = [letter for letter in text if letter > "\x7f"]
    common = sum(bool(letter.encode("gb2312", "ignore")) for letter in set(beyond))
    return len(beyond) < 2 or 2 * common > len(set(beyond))


def _parsed(text: str, delimiter: str, strict: bool) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)  # a long note is no fault
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _csv_rows(text: str, columns_found: Callable[[list[list[Cell]]], int]) -> list[list[Cell]]:
    """Rows by the delimiter under which a header names the most columns; comma where it is a tie."""

    def found(delimiter: str) -> int:
        sample: list[list[Cell]] = [
            list(row) for row, _ in zip(_parsed(text, delimiter, strict=False), range(SAMPLE), strict=False)
        ]
        return columns_found(sample)

    delimiter = max(",\t;", key=found)
    rows: list[list[Cell]] = []
    try:
        for row in _parsed(text, delimiter, strict=True):
            rows.append(list(row))
    except csv.Error as error:
        what = "从这一行起引号没有成对"
        raise Unreadable(what, "请补上或删去引号；文字中的引号要写两遍", len(rows) + 1) from error
    return rows


# --- workbooks ---------------------------------------------------------------------


def _workbook(raw: bytes) -> list[Grid]:
    broken = "工作簿不完整，或不是可读的工作簿"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                kind = "Excel 二进制工作簿（.xlsb）" if "xl/workbook.bin" in names else "压缩包或别种文档"
                raise Unreadable(f"不是 .xlsx 工作簿，内容是{kind}", RESAVE)
            if sum(item.file_size for item in archive.infolist()) > UNPACKED:
                raise Unreadable("工作簿展开后太大", "请检查是否放错了文件，或分成几个文件")
            if archive.testzip() is not None:
                raise zipfile.BadZipFile
            odd_styles = _odd_styles(archive)
            parts, computed = _sheet_parts(archive)
            scans = [_Scan(archive.read(part), odd_styles, computed) for part in parts]
        return _grids(raw, scans)
    except Unreadable:
        raise
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine's own failures are not all Exceptions
        raise Unreadable(
            f"{broken}（{type(error).__name__}）", "请重新传送，或在 Excel 中打开、去掉密码后另存为 .xlsx"
        ) from error


def _grids(raw: bytes, scans: list[_Scan]) -> list[Grid]:
    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    found = []
    for number, (about, scan) in enumerate(zip(book.sheets_metadata, scans, strict=True)):
        if about.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(number)
        rows = sheet.to_python(skip_empty_area=False)
        scan.mark(rows)
        low, right = len(rows) - 1, max(map(len, rows), default=0) - 1  # a merge may go on over nothing
        merges = [
            (top, left, min(bottom, low), min(end, right))
            for (top, left), (bottom, end) in sheet.merged_cell_ranges or ()
        ]
        hidden = about.visible != calamine.SheetVisibleEnum.Visible
        found.append(Grid(about.name, rows, merges, hidden))
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _sheet_parts(archive: zipfile.ZipFile) -> tuple[list[str], bool]:
    """The parts of the sheets, in the workbook's order, and whether its formulas were computed.

    A program that cannot compute writes 0, or nothing, and asks to have all computed on opening.
    """
    links = {
        link.get("Id"): link.get("Target", "")
        for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    parts, computed = [], True
    for node in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if _local(node.tag) == "calcPr" and node.get("fullCalcOnLoad") in ("1", "true"):
            computed = False
        if _local(node.tag) == "sheet":
            target = links[next(v for k, v in node.attrib.items() if _local(k) == "id")]
            parts.append(target.removeprefix("/") if target.startswith("/") else f"xl/{target}")
    return parts, computed


PERCENT, MONTH, NO_YEAR = (9, 10), (17, 27, 36, 50, 52, 57), (16, 28, 29, 51, 53, 54, 58)
BUILT_IN = dict.fromkeys(PERCENT, "0%") | dict.fromkeys(MONTH, "yyyy-m") | dict.fromkeys(NO_YEAR, "m-d")


def shows(code: str) -> str:
    """What a number format does to what it shows: "scaled", "date" (part of it hidden), or nothing."""
    first = re.sub(r"\[[^\]]*\]|[_*].|[\\!].", "", code.split(";")[0]).lower()
    bare = re.sub(r'"[^"]*"|general|e[+-]|am/pm', "", first)
    if "y" in bare or "d" in bare or ("m" in bare and not re.search(r"[hs]", bare)):
        return "" if "d" in bare and re.search(r"[ye]", bare) else "date"
    if re.search(r"[%‰\u4e00-\u9fff]|[0#?],+(?![0#?,])", bare):
        return "scaled"
    return "scaled" if re.search(r'"[^"]*[^\W\d_][^"]*"', first) else ""  # a unit in words


def _odd_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Style number -> what is odd about its format (see ``shows``)."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
    odd: dict[str, str] = {}
    for node in ElementTree.fromstring(archive.read("xl/styles.xml")).iter():
        name = _local(node.tag)
        if name == "numFmt" and "numFmtId" in node.attrib:  # these stand before the styles
            codes[node.attrib["numFmtId"]] = node.get("formatCode", "")
        elif name == "cellXfs":
            for number, style in enumerate(node):
                odd[str(number)] = shows(codes.get(style.get("numFmtId", "0"), ""))
    return {number: what for number, what in odd.items() if what}


class _Scan:
    """What calamine does not tell of a sheet: its extent, formulas without a value, errors, formats."""

    def __init__(self, xml: bytes, odd_styles: dict[str, str], computed: bool):
        self.odd_styles, self.computed = odd_styles, computed
        self.odd: dict[tuple[int, int], str] = {}
        self.row = self.column = -1
        self.width = 0
        self.style = self.type = ""
        self.formula = self.value = self.inside = False
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)
        if (self.row + 1) * self.width > AREA:
            what = f"工作表的内容一直到第 {self.row + 1} 行、第 {self.width} 列"
            raise Unreadable(what, "请删去表格以外的内容")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name = _local(tag)
        if name == "row":
            self.row = int(given["r"]) - 1 if "r" in given else self.row + 1
            self.column = -1
        elif name == "c":
            self.column = _column_number(given["r"]) if "r" in given else self.column + 1
            self.width = max(self.width, self.column + 1)
            self.style, self.type = given.get("s", ""), given.get("t", "")
            self.formula = self.value = False
        elif name == "f":
            self.formula = True
        elif name == "v":
            self.inside = True

    def _text(self, text: str) -> None:
        if self.inside and text:
            self.value = True

    def _end(self, tag: str) -> None:
        name = _local(tag)
        if name == "v":
            self.inside = False
        elif name == "c":
            place = (self.row, self.column)
            if self.type == "e":
                self.odd[place] = "error"
            elif self.formula and not (self.computed and (self.value or self.type == "str")):
                self.odd[place] = "formula"
            elif self.style in self.odd_styles:
                self.odd[place] = self.odd_styles[self.style]

    def mark(self, rows: list[list[Any]]) -> None:
        """Put an ``Odd`` where a cell is one."""
        for (row, column), what in self.odd.items():
            while what in ("error", "formula") and len(rows) <= row:
                rows.append([])  # calamine leaves out trailing rows without a value
            if row >= len(rows):
                continue
            line = rows[row]
            if what in ("error", "formula"):
                line.extend([""] * (column + 1 - len(line)))
            held = line[column] if column < len(line) else ""
            number = isinstance(held, (int, float)) and not isinstance(held, bool)
            if what == "error":
                line[column] = Odd("单元格是公式错误（如 #N/A、#REF!）", "请改正公式，或改填数值")
            elif what == "formula":
                line[column] = Odd("公式没有存下计算结果", "请在 Excel 中打开、重算并保存，或改填数值")
            elif what == "scaled" and number:
                shown = f"存的是 {held:.15g}，单元格格式却让它显示成百分比或另一个单位"
                line[column] = Odd(shown, "请把单元格格式改为“常规”，按列名的单位填写")
            elif what == "date" and isinstance(held, dt.date):
                day = held.isoformat()[:10]
                shown = f"显示的日期不全，Excel 存的却是 {day} 这一天"
                line[column] = Odd(shown, f"请把此列设为“文本”格式，写成 {day[:7]}（全月）或 {day}（当日）")


def _column_number(reference: str) -> int:
    """The column of a cell reference, from 0: C7 -> 2."""
    number = 0
    for letter in reference.rstrip("0123456789").replace("$", "").upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
