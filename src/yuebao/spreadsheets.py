"""Sheets in, a workbook's bytes out: XLSX by gptables, ODS by odfpy.

Both hold the same cells: a title, lines of explanation, one table a sheet. Codes are
text, so that leading zeros and long numbers stay; numbers are numbers; nothing is a
formula. No time of writing is kept: the same sheets give the same bytes.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yuebao import words

CONTENTS = "目录"
COVER = "封面"
_THEME = {
    "global": {"font_name": "Microsoft YaHei", "font_size": 11, "font_color": "automatic"},
    "cover_title": {"bold": True, "font_size": 16, "text_wrap": True},
    "cover_subtitle": {"bold": True, "font_size": 13, "text_wrap": True},
    "cover_text": {"text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "column_heading": {"bold": True, "bottom": 1, "text_wrap": 1, "valign": "top"},
    "data": {"text_wrap": 1, "valign": "top"},
    "description_order": ["instructions"],
}
_WIDEST = 48  # characters; a wider cell is wrapped
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sheet:
    """One table: ``name`` on its tab, ``title`` and ``lines`` above it.

    ``table``: text and numbers, missing values allowed; its headers are what the reader sees.
    """

    name: str
    title: str
    lines: list[str]
    table: pd.DataFrame


@dataclass(frozen=True)
class Workbook:
    """A cover in three parts (what it is, about the data, contact) and its sheets."""

    title: str
    intro: list[str]
    about: list[str]
    contact: list[str]
    sheets: list[Sheet]


EMPTY = "自标题行起为一张表；空单元格表示没有这一项：来源没有给出，或本书没有见到，从不表示零。"
PARTS = ("说明", "关于这些数据", "联系")


class _Table(pd.DataFrame):
    """A table whose Chinese cells gptables does not refuse as special characters; it knows a-z and digits."""

    @property
    def _constructor(self) -> type[_Table]:
        return _Table

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
        out = super().astype(dtype, *args, **kwargs)
        return out.replace(r"^[^a-zA-Z0-9]*$", "x", regex=True) if dtype == "string" else out


# gptables reads [text](address) as a link and $$name$$ as a note, wherever they stand, and there is no
# way to tell it not to. So it is never shown these signs: it writes these, which are no characters
# and which no return can hold, and they are put right in the strings it made.
_SIGNS = dict(zip(map(ord, "[]()$"), "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4", strict=True))
_BACK = {ord(stand_in): chr(sign) for sign, stand_in in _SIGNS.items()}


def _hidden(value: Any) -> Any:
    """A text, or the texts of a list, in which gptables sees nothing but text."""
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return value.translate(_SIGNS) if isinstance(value, str) else value


def _put_right(book: Any) -> None:
    """The strings of an XLSX workbook as they were before ``_hidden``."""
    strings = book.str_table.string_table
    book.str_table.string_table = {text.translate(_BACK): number for text, number in strings.items()}


def _plain(value: object) -> object:
    """A cell as a plain Python value: None, text, a number."""
    if words.missing(value):
        return None
    if isinstance(value, (bool, str)):
        return ("是" if value else "否") if isinstance(value, bool) else value
    return value.item() if hasattr(value, "item") else value


def _cells(sheet: Sheet) -> list[list[object]]:
    columns = [[_plain(v) for v in sheet.table[name]] for name in sheet.table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def xlsx(workbook: Workbook) -> bytes:
    """The workbook after the UK's *Releasing statistics in spreadsheets*: cover, contents, tables."""
    import gptables

    listed = [[{s.name: f"internal:'{s.name}'!A1"}, s.title] for s in workbook.sheets]
    sheets = {CONTENTS: _gptable(0, CONTENTS, [], "点工作表名即到该表。", ["工作表", "内容"], listed)}
    for number, sheet in enumerate(workbook.sheets, start=1):
        headers = list(sheet.table.columns)
        sheets[sheet.name] = _gptable(number, sheet.title, sheet.lines, EMPTY, headers, _cells(sheet))
    cover = gptables.Cover(
        _hidden(workbook.title),
        _hidden(workbook.intro),
        _hidden(workbook.about),
        _hidden(workbook.contact),
        cover_label=COVER,
    )
    target = io.BytesIO()
    theme = gptables.Theme(copy.deepcopy(_THEME))  # it takes the dictionary apart
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every empty cell; the instructions say what they mean
        book = gptables.produce_workbook(
            target,
            sheets,
            theme,
            cover,
            contentsheet_label=None,  # ours is in Chinese
            workbook_options={"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True},
        )
    _headings_in_chinese(book, workbook)
    _put_right(book)
    for sheet, made in zip(workbook.sheets, book.worksheets()[2:], strict=True):
        head = len(sheet.lines) + 2  # title, lines, instructions
        made.ignore_errors({"number_stored_as_text": f"A1:XFD{head + 1 + len(sheet.table)}"})
        made.freeze_panes(head + 1, 0)
        for place, name in enumerate(sheet.table.columns):
            made.set_column(place, place, _width(sheet.table[name], str(name)))
    book.set_properties({"title": workbook.title, "created": dt.datetime(*_EPOCH)})
    book.close()
    return target.getvalue()


def _gptable(
    number: int, title: str, lines: list[str], said: str, headers: list[str], cells: list[list[Any]]
) -> Any:
    import gptables

    table = _Table(_hidden(cells), columns=_hidden(headers), dtype=object)
    title, lines = _hidden(title), _hidden(lines)
    return gptables.GPTable(
        table, f"table_{number}", title, subtitles=lines, instructions=said, index_columns={}
    )


def _headings_in_chinese(book: Any, workbook: Workbook) -> None:
    """gptables heads the parts of a cover in English only."""
    cover, row = book.worksheets()[0], 1
    heading = book.add_format(cover.theme.cover_subtitle_format)
    for name, part in zip(PARTS, (workbook.intro, workbook.about, workbook.contact), strict=True):
        cover.write(row, 0, name, heading)
        row += len(part) + 1


def _width(cells: pd.Series, header: str) -> float:
    texts = [header, *(str(v) for v in cells if not words.missing(v))]
    widest = max(sum(2 if ord(c) > 0x2E80 else 1 for c in text) for text in texts)
    return float(min(widest + 2, _WIDEST))


def _inside(name: str) -> str:
    """A link to a sheet of an ODS; a name of more than letters and digits stands in apostrophes."""
    return f"#{name}.A1" if re.fullmatch(r"\w+", name) else f"#'{name}'.A1"


def ods(workbook: Workbook) -> bytes:
    """The same workbook as OpenDocument."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style, TextProperties
    from odf.table import Table, TableCell, TableRow
    from odf.teletype import addTextToElement
    from odf.text import A, P

    document = OpenDocumentSpreadsheet()
    strong = Style(name="strong", family="table-cell")
    strong.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(strong)

    def row(table: Any, values: list[object], style: Any = None, link: bool = False) -> None:
        line = TableRow()
        for place, value in enumerate(values):
            kind: dict[str, Any] = {"stylename": style} if style is not None else {}
            if isinstance(value, (int, float)):
                kind |= {"valuetype": "float", "value": words.plain(value)}
            elif value is not None:
                kind |= {"valuetype": "string"}
            cell = TableCell(**kind)
            if value is not None:
                said = words.plain(value) if isinstance(value, (int, float)) else str(value)
                paragraph = P()
                if link and place == 0:
                    paragraph.addElement(A(href=_inside(said), type="simple", text=said))
                else:
                    addTextToElement(paragraph, said)  # line ends, tabs and blanks stay
                cell.addElement(paragraph)
            line.addElement(cell)
        table.addElement(line)

    cover = Table(name=COVER)
    row(cover, [workbook.title], strong)
    for name, part in zip(PARTS, (workbook.intro, workbook.about, workbook.contact), strict=True):
        row(cover, [name], strong)
        for line in part:
            row(cover, [line])
    document.spreadsheet.addElement(cover)
    contents = Table(name=CONTENTS)
    row(contents, [CONTENTS], strong)
    row(contents, ["工作表", "内容"], strong)
    for sheet in workbook.sheets:
        row(contents, [sheet.name, sheet.title], link=True)
    document.spreadsheet.addElement(contents)
    for sheet in workbook.sheets:
        table = Table(name=sheet.name)
        row(table, [sheet.title], strong)
        for line in [*sheet.lines, EMPTY]:
            row(table, [line])
        row(table, list(sheet.table.columns), strong)
        for cells in _cells(sheet):
            row(table, cells)
        document.spreadsheet.addElement(table)
    document.write(io.BytesIO())  # odfpy lists the namespaces it met so far: by the second time, all
    target = io.BytesIO()
    document.write(target)
    return _timeless(target.getvalue())


def _timeless(archive: bytes) -> bytes:
    """The ZIP with no time of writing in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item.filename)
            if item.filename == "meta.xml":
                data = re.sub(rb"<(meta:creation-date|dc:date)>[^<]*</\1>", b"", data)
            kept = zipfile.ZipInfo(item.filename, _EPOCH)
            kept.compress_type = item.compress_type
            kept.external_attr = item.external_attr
            new.writestr(kept, data)
    return target.getvalue()
