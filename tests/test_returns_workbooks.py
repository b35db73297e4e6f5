"""Returns as other programs write them: openpyxl, xlsxwriter, LibreOffice, iconv.

LibreOffice (``apt-get install libreoffice-calc``) may be missing on a desk, never in CI.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import small
from yuebao import cells, returns, schema
from yuebao.faults import Fault
from yuebao.project import Project
from yuebao.schema import Dataset
from yuebao.tables import read_lists

HEADER = ["地区代码", "时期", "指标", "分类", "数值", "变化口径", "状态", "来源", "注"]
ROW = ["武汉市", "2024-04", "立案", None, 27, None, "A", "s_police", None]
PLACE = "data/returns/2024-05"


class Reader:
    """Puts bytes as a return of 2024-05 and reads it with the code lists."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.datasets: dict[str, Dataset] = schema.load(project)
        self.lists = read_lists(project, self.datasets)

    def __call__(self, content: bytes, name: str = "fraud.xlsx") -> tuple[pd.DataFrame, list[Fault]]:
        path = small.put_bytes(self.project, "2024-05", name, content)
        dataset = self.datasets[Path(name).stem]
        return returns.read(path, dataset, self.project, self.lists)

    def good(self, content: bytes, name: str = "fraud.xlsx") -> pd.DataFrame:
        frame, faults = self(content, name)
        assert [str(f) for f in faults] == []
        return frame

    def bad(self, content: bytes, name: str = "fraud.xlsx") -> list[str]:
        frame, faults = self(content, name)
        assert len(frame) == 0
        assert all(f.mend.startswith("请") for f in faults)
        return [str(f) for f in faults]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(small.make(tmp_path_factory.mktemp("workbooks") / "project"))


def book(
    *lines: list[Any], change: Callable[[Any], None] | None = None, title: str = "Sheet", **more: Any
) -> bytes:
    """A workbook openpyxl writes; ``change`` is given the sheet, ``more`` are sheets by title."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for line in lines:
        sheet.append(line)
    if change:
        change(sheet)
    for name, rows in more.items():
        other = made.create_sheet(name)
        for line in rows:
            other.append(line)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def row(**given: Any) -> list[Any]:
    """ROW with some cells changed, by header."""
    return [given.get(name, value) for name, value in zip(HEADER, ROW, strict=True)]


# --- where the table stands ------------------------------------------------------------


def test_titles_blank_rows_blank_columns_and_a_total(read: Reader) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("B2:J2")
        sheet.merge_cells("B9:E9")

    frame = read.good(
        book(
            [],
            [None, "2024年4月电信网络诈骗情况"],
            [None, "填报单位：省公安厅", None, "2024年5月6日"],
            [],
            [None, *HEADER],
            [None, *row()],
            [],
            [None, *row(地区代码="江岸区", 数值=13)],
            [None, "合 计", None, None, None, 40],
            [None, "填表人：张三　审核人：李四"],
            change=merge,
        )
    )
    assert frame[["area_code", "measure", "value", "_row"]].values.tolist() == [
        ["420100", "cases_filed", 27, 6],
        ["420102", "cases_filed", 13, 8],
    ]
    assert set(frame["_file"]) == {f"{PLACE}/fraud.xlsx:Sheet"}


def test_a_header_of_two_levels(read: Reader) -> None:
    def merge(sheet: Any) -> None:
        for column in "ABCDFGHI":
            sheet.merge_cells(f"{column}2:{column}3")
        sheet.merge_cells("A1:I1")

    top = [*HEADER[:4], "数值", *HEADER[5:]]
    frame = read.good(
        book(["案件损失"], top, [None] * 4 + ["（万元）"], row(指标="损失", 数值=2.6), change=merge)
    )
    assert frame["value"].tolist() == [26000]


def test_a_group_above_several_columns(read: Reader) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:D1")
        sheet.merge_cells("E1:I1")

    groups = ["哪里、何时、什么", None, None, None, "数字"]
    assert read.good(book(groups, HEADER, row(), change=merge))["value"].tolist() == [27]


def test_cells_merged_down_hold_for_every_row(read: Reader) -> None:
    frame = read.good(
        book(
            HEADER,
            row(),
            row(地区代码=None, 时期="2024-03"),
            change=lambda sheet: sheet.merge_cells("A2:A3"),
        )
    )
    assert frame["area_code"].tolist() == ["420100", "420100"]


@pytest.mark.parametrize("merged", ["E2:E3", "A2:B2"])
def test_other_merged_cells_are_a_fault(read: Reader, merged: str) -> None:
    lines = [row(), row(时期="2024-03", 数值=None)]
    (told,) = read.bad(book(HEADER, *lines, change=lambda sheet: sheet.merge_cells(merged)))
    assert "合并单元格跨了几行或几列；请取消合并" in told


def test_a_header_told_again_is_no_row(read: Reader) -> None:
    frame = read.good(book(HEADER, row(), HEADER, row(时期="2024-03")))
    assert frame["_row"].tolist() == [2, 4]


# --- several sheets ----------------------------------------------------------------------


def read_all(read: Reader, name: str, content: bytes) -> tuple[dict[str, pd.DataFrame], list[str]]:
    path = small.put_bytes(read.project, "2024-06", name, content)
    for other in read.project.returns.glob("*/*"):
        if other != path:
            other.unlink()
    chapters = schema.chapter_datasets(read.datasets)
    tables, faults = returns.read_all(read.project, chapters, "2024-06", read.lists)
    return tables, [str(f) for f in faults]


TREES = ["地区代码", "时期", "指标", "分类", "数值", "状态", "来源", "普查或时点原文"]
COUNT = ["湖北省", "2024", "总株数", None, 100, "正常", "s_police", "第二次普查"]


def test_a_book_of_several_datasets(read: Reader) -> None:
    content = book(
        HEADER, row(), title="电信网络诈骗", trees=[TREES, COUNT], 说明=[["每月五日前报送"]], Sheet3=[]
    )
    tables, faults = read_all(read, "returns.xlsx", content)
    assert faults == []
    assert tables["fraud"]["area_code"].tolist() == ["420100"]
    assert tables["trees"][["value", "obs_status"]].values.tolist() == [[100, "A"]]


def test_sheets_of_a_book_named_for_one_dataset(read: Reader) -> None:
    content = book(HEADER, row(), 二月=[HEADER, row(时期="2024-02")], trees=[TREES, COUNT], 说明=[["无"]])
    tables, faults = read_all(read, "电信网络诈骗.xlsx", content)
    assert faults == []
    assert tables["fraud"]["_file"].tolist() == [
        "data/returns/2024-06/电信网络诈骗.xlsx:Sheet",
        "data/returns/2024-06/电信网络诈骗.xlsx:二月",
    ]
    assert len(tables["trees"]) == 1


def test_sheets_that_cannot_be_told(read: Reader) -> None:
    content = book(["某某"], title="草稿", fraud=[HEADER, row()])
    assert "fraud.xlsx:草稿:1: 没有认出列名" in read_all(read, "fraud.xlsx", content)[1][0]
    told = read_all(read, "returns.xlsx", content)[1]
    assert told[0].startswith("data/returns/2024-06/returns.xlsx:草稿: 不知道这个工作表是哪个数据集；请把")


def test_a_hidden_sheet_of_data_is_a_fault(read: Reader) -> None:
    def hide(sheet: Any) -> None:
        sheet.parent.create_sheet("面上").append(HEADER)
        sheet.parent["面上"].append(row())
        sheet.sheet_state = "hidden"

    (told,) = read.bad(book(HEADER, row(), change=hide))
    assert ":Sheet: 工作表是隐藏的；" in told


def test_only_notes(read: Reader) -> None:
    (told,) = read.bad(book(["请看附件"], title="说明"))
    assert "工作簿里只有说明，没有数据表" in told


# --- what Excel made of what was typed ----------------------------------------------------


def test_codes_dates_and_labels(read: Reader) -> None:
    frame = read.good(
        book(
            HEADER,
            row(地区代码=420100.0, 时期=dt.date(2024, 4, 30)),
            row(地区代码=0, 时期=2023, 指标="Cases filed"),
            row(地区代码="４２０１０２", 时期="2024年4月", 指标="立案 "),
            row(地区代码="\u200b江汉\xa0", 时期="2024年1—4月", 变化口径="同比", 状态="初步数"),
        )
    )
    assert frame["area_code"].tolist() == ["420100", "000000", "420102", "420103"]
    assert frame["period"].tolist() == ["2024-04-30", "2023", "2024-04", "2024-01/2024-04"]
    assert set(frame["measure"]) == {"cases_filed"}
    assert frame["change_kind"].iloc[3] == "yoy"
    assert frame["obs_status"].tolist() == ["A", "A", "A", "P"]


@pytest.mark.parametrize(
    ("cell", "number_format", "what"),
    [
        (dt.date(2024, 5, 1), "mmm-yy", "显示的日期不全，Excel 存的却是 2024-05-01 这一天"),
        (dt.date(2024, 5, 1), 'yyyy"年"m"月"', "显示的日期不全"),
        (dt.date(2024, 5, 31), 'm"月"d"日"', "显示的日期不全"),
        (dt.datetime(2024, 5, 1, 8, 30), "yyyy-mm-dd hh:mm", "带有时刻"),
        (45413, "General", "“45413”不是日期"),
        (2024.5, "0.0", "“2024.5”不是日期"),
        (202405, "0", "“202405”不是日期"),
        (dt.time(1, 2), "h:mm", "“01:02:00”是时间"),
    ],
)
def test_a_period_that_is_not_what_it_shows(
    read: Reader, cell: object, number_format: str, what: str
) -> None:
    def style(sheet: Any) -> None:
        sheet["B2"].number_format = number_format

    (told,) = read.bad(book(HEADER, row(时期=cell), change=style))
    assert f"{PLACE}/fraud.xlsx:Sheet:2: period（时期）: " in told
    assert what in told


@pytest.mark.parametrize("number_format", ["yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "m/d/yy"])
def test_a_whole_date_is_its_day(read: Reader, number_format: str) -> None:
    def style(sheet: Any) -> None:
        sheet["B2"].number_format = number_format

    frame = read.good(book(HEADER, row(时期=dt.date(2024, 4, 1)), change=style))
    assert frame["period"].tolist() == ["2024-04-01"]


@pytest.mark.parametrize("number_format", ["0%", "0.00%", '0.0,"万"', "#,##0,", '0"万元"', "0.0万"])
def test_a_number_shown_in_another_unit_is_a_fault(read: Reader, number_format: str) -> None:
    def style(sheet: Any) -> None:
        sheet["E2"].number_format = number_format

    (told,) = read.bad(book(HEADER, row(数值=0.125), change=style))
    assert "存的是 0.125，单元格格式却让它显示成百分比或另一个单位；请把单元格格式改为“常规”" in told


@pytest.mark.parametrize("number_format", ["#,##0.00", "0.00_);[Red](0.00)", "¥#,##0", "0.00E+00", "@"])
def test_a_number_shown_as_it_is(read: Reader, number_format: str) -> None:
    def style(sheet: Any) -> None:
        sheet["E2"].number_format = number_format

    assert read.good(book(HEADER, row(数值=1234.5), change=style))["value"].tolist() == [1234.5]


@pytest.mark.parametrize(
    ("name", "cell", "what"),
    [
        ("数值", True, "“True”不是数字，Excel 存的是是与否"),
        ("数值", dt.date(2024, 5, 1), "“2024-05-01”不是数字，Excel 存的是日期或时间"),
        ("数值", "=1+1", "公式没有存下计算结果；请在 Excel 中打开、重算并保存"),
        ("数值", "#N/A", "单元格是公式错误"),
        ("数值", "12万", "“12万”不是数字"),
        ("注", 1234567890123456789, "超过 15 位，Excel 已丢了尾数"),
    ],
)
def test_cells_that_are_no_value(read: Reader, name: str, cell: object, what: str) -> None:
    (told,) = read.bad(book(HEADER, row(**{name: cell})))
    assert what in told


def test_a_formula_in_a_title_is_no_matter(read: Reader) -> None:
    assert len(read.good(book(["=TODAY()"], [], HEADER, row()))) == 1


def test_a_workbook_of_1904(read: Reader) -> None:
    def style(sheet: Any) -> None:
        sheet.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        sheet["B2"] = dt.date(2024, 4, 30)

    assert read.good(book(HEADER, row(), change=style))["period"].tolist() == ["2024-04-30"]


def test_xlsxwriter(read: Reader) -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as made:
        sheet = made.add_worksheet("fraud")
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, 8, "诈骗月报")
        sheet.write_row(1, 0, HEADER)
        sheet.write_row(2, 0, ROW)
        sheet.write_datetime(2, 1, dt.datetime(2024, 4, 30), day)
        sheet.write_string(2, 4, "1,234.50")
    frame = read.good(held.getvalue())
    assert frame[["area_code", "period", "value"]].values.tolist() == [["420100", "2024-04-30", 1234.5]]


def test_a_formula_xlsxwriter_never_computed(read: Reader) -> None:
    """It writes 0 as the result of every formula."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        sheet.write_formula(1, 4, "=20+7")
    (told,) = read.bad(held.getvalue())
    assert "公式没有存下计算结果" in told


# --- LibreOffice -----------------------------------------------------------------------------


Office = Callable[[dict[str, bytes], str], dict[str, bytes]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """``office(files, "xlsx")``: the files as LibreOffice saves them in another format."""
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no LibreOffice (apt-get install libreoffice-calc)")
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    profile = tmp_path_factory.mktemp("office")

    def convert(files: dict[str, bytes], into: str) -> dict[str, bytes]:
        there = tmp_path_factory.mktemp("convert")
        for name, content in files.items():
            (there / name).write_bytes(content)
        command = [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", into]
        command += ["--outdir", str(there / "out"), *(str(there / name) for name in files)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        made = {p.name: p.read_bytes() for p in (there / "out").glob("*")}
        assert made, f"LibreOffice wrote nothing: {done.stderr}"
        return made

    return convert


def test_libreoffice_xlsx(read: Reader, office: Office) -> None:
    def decorate(sheet: Any) -> None:
        sheet.merge_cells("A1:I1")
        sheet["E5"] = "=SUM(E3:E4)"
        sheet["B4"].number_format = 'yyyy"年"m"月"d"日"'

    lines = [["四月"], HEADER, row(数值="=13*2+1"), row(地区代码=420102, 时期=dt.date(2024, 4, 30), 数值=0.1)]
    written = book(*lines, ["合计"], change=decorate)
    saved = office({"fraud.xlsx": written}, "xlsx")["fraud.xlsx"]
    frame = read.good(saved)
    assert frame[["area_code", "period", "value"]].values.tolist() == [
        ["420100", "2024-04", 27],
        ["420102", "2024-04-30", 0.1],
    ]


def test_libreoffice_xlsx_of_errors_and_percentages(read: Reader, office: Office) -> None:
    def decorate(sheet: Any) -> None:
        sheet["E3"].number_format = "0.0%"
        sheet["B4"].number_format = "mmm-yy"

    lines = [row(数值="=1/0"), row(数值=0.125), row(时期=dt.date(2024, 4, 1))]
    saved = office({"fraud.xlsx": book(HEADER, *lines, change=decorate)}, "xlsx")["fraud.xlsx"]
    told = read.bad(saved)
    assert len(told) == 3
    for line, what in zip(told, ("公式错误", "单元格格式", "显示的日期不全"), strict=True):
        assert what in line


@pytest.mark.parametrize("options", ["44,34,76", "59,34,85", "9,34,76"], ids=["utf-8", "gb18030 ;", "tab"])
def test_libreoffice_csv(read: Reader, office: Office, options: str) -> None:
    lines = [HEADER, row(注="甲，乙,丙;丁\n戊"), row(地区代码="江岸区", 数值=0.5)]
    content = office({"fraud.xlsx": book(*lines)}, f"csv:Text - txt - csv (StarCalc):{options}")["fraud.csv"]
    frame = read.good(content, "fraud.csv")
    assert frame["value"].tolist() == [27, 0.5]
    assert frame["note_zh"].iloc[0] == "甲，乙,丙;丁\n戊"


def test_libreoffice_files_of_other_kinds(read: Reader, office: Office) -> None:
    written = {"fraud.xlsx": book(HEADER, row())}
    for kind, what in (
        ("xls", "内容是旧版 Excel（.xls）"),
        ("ods", "不是 .xlsx 工作簿，内容是压缩包或别种文档"),
        ("html", "内容是网页或 XML"),
    ):
        content = office(written, kind)[f"fraud.{kind}"]
        (told,) = read.bad(content)
        assert what in told


# --- files that are not what their names say ---------------------------------------------------


def locked() -> bytes:
    """The outline of an encrypted workbook: an OLE file with a stream EncryptedPackage."""
    return cells.OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


GOOD = book(HEADER, ROW)
NOT_WORKBOOKS = {
    "zero bytes": (b"", "文件是空的"),
    "csv": (b"area_code,period\n", "不是 .xlsx 工作簿，内容像是 CSV 文本；请把文件名改为 .csv"),
    "truncated": (GOOD[: len(GOOD) // 2], "工作簿不完整"),
    "cut at the end": (GOOD[:-30], "工作簿不完整"),
    "damaged": (GOOD[:300] + b"\0\0\0" + GOOD[303:], "工作簿不完整"),
    "no workbook": (b"PK\x03\x04 broken", "工作簿不完整"),
    "encrypted": (locked(), "工作簿有密码；请在 Excel 中去掉密码后另存为 .xlsx"),
    "xls": (cells.OLE + b"\0" * 2000, "内容是旧版 Excel"),
    "pdf": (b"%PDF-1.7\n", "内容是 PDF"),
    "html": (b"\xef\xbb\xbf <html><table><tr><td>1</table>", "内容是网页或 XML"),
    "gzip": (b"\x1f\x8b\x08\0", "内容是压缩包；请解压"),
}


@pytest.mark.parametrize("name", NOT_WORKBOOKS)
def test_not_a_workbook(read: Reader, name: str) -> None:
    content, what = NOT_WORKBOOKS[name]
    (told,) = read.bad(content)
    assert told.startswith(f"{PLACE}/fraud.xlsx: {what}")


@pytest.mark.parametrize("name", ["encrypted", "xls", "pdf", "html", "gzip"])
def test_not_a_csv_either(read: Reader, name: str) -> None:
    content, what = NOT_WORKBOOKS[name]
    (told,) = read.bad(content, "fraud.csv")
    assert told.startswith(f"{PLACE}/fraud.csv: {what}")


def test_a_workbook_that_is_another_document(read: Reader) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    (told,) = read.bad(held.getvalue())
    assert "内容是压缩包或别种文档" in told


@pytest.mark.parametrize("name", ["fraud.csv", "fraud.xlsx"])
def test_a_file_of_200_mb_is_not_opened(read: Reader, name: str) -> None:
    path = small.put_bytes(read.project, "2024-05", name, b"")
    with path.open("wb") as file:
        file.truncate(200_000_000)  # a hole: it takes no room
    _, faults = returns.read(path, read.datasets["fraud"], read.project, read.lists)
    path.unlink()
    (told,) = faults
    assert told.what == "文件有 200 MB，上限是 200 MB"


def test_a_cell_far_out(read: Reader) -> None:
    def far(sheet: Any) -> None:
        sheet["XFD1048576"] = "x"

    (told,) = read.bad(book(HEADER, row(), change=far))
    assert "工作表的内容一直到第 1048576 行、第 16384 列；请删去表格以外的内容" in told


def test_a_folder_named_like_a_return(read: Reader) -> None:
    folder = read.project.returns / "2024-05" / "trees.csv"
    folder.mkdir()
    _, faults = returns.read(folder, read.datasets["trees"], read.project)
    folder.rmdir()
    assert faults[0].what == "文件打不开（IsADirectoryError）"


# --- iconv -----------------------------------------------------------------------------------------


TEXT = "地区代码,时期,指标,分类,数值,变化口径,状态,来源,注\n武汉市,2024-04,立案,,27,,A,s_police,㐂\n"


def iconv(text: str, into: str) -> bytes:
    if shutil.which("iconv") is None:
        pytest.skip("iconv is not installed")
    return subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", into], input=text.encode(), capture_output=True, check=True
    ).stdout


@pytest.mark.parametrize("encoding", ["GB18030", "UTF-16", "UTF-8"])
def test_iconv(read: Reader, encoding: str) -> None:
    frame = read.good(iconv(TEXT, encoding), "fraud.csv")
    assert frame[["area_code", "value", "note_zh"]].values.tolist() == [["420100", 27, "㐂"]]


@pytest.mark.parametrize(
    ("encoding", "what"),
    [
        ("UTF-16LE", "文件中有空字节，不是完好的文本"),
        ("UTF-32", "文件中有空字节，不是完好的文本"),
        ("BIG5", "文字像是另一种编码（如 Big5）被当作 GB18030"),
        ("SHIFT-JIS", "文字像是另一种编码（如 Big5）被当作 GB18030"),
    ],
)
def test_iconv_into_what_is_not_read(read: Reader, encoding: str, what: str) -> None:
    names = "area_code,period,measure,category,value,change_kind,obs_status,source_id,note"
    content = iconv(f"{names}\n420100,2024-04,cases_filed,,27,,A,s_police,詐騙案件\n", encoding)
    (told,) = read.bad(content, "fraud.csv")
    assert told == f"{PLACE}/fraud.csv: {what}；请在 Excel 中另存为“CSV UTF-8”"


def test_utf16_of_either_order(read: Reader) -> None:
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        assert len(read.good(mark + TEXT.replace(",", "\t").encode(encoding), "fraud.csv")) == 1
    assert (
        "不是完好的 UTF-16 编码" in read.bad(b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\0", "fraud.csv")[0]
    )


# --- whatever is done to a workbook, no traceback and no other value ---------------------------------


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_workbook_gives_the_same_values_or_a_fault(
    read: Reader, damage: list[tuple[int, int]]
) -> None:
    raw = bytearray(GOOD)
    for place, byte in damage:
        raw[place] = byte
    frame, faults = read(bytes(raw))
    if not faults:
        assert frame[["area_code", "measure", "value"]].values.tolist() == [["420100", "cases_filed", 27]]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Co", "Cn"]), max_size=8),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HEADER), CELLS)
def test_any_cell_of_a_workbook_is_read_or_a_fault(read: Reader, name: str, cell: Any) -> None:
    if isinstance(cell, str) and (cell.startswith(("=", "#"))):
        return
    frame, faults = read(book(HEADER, row(**{name: cell}), row(时期="2024-03")))
    if faults:
        assert all(fault.what and fault.mend.startswith("请") for fault in faults)
        return
    held = frame.iloc[0] if len(frame) == 2 else None
    if held is None:  # the row was a total, told by its first cell
        assert name == "地区代码"
    elif name == "数值":
        assert (
            pd.isna(held["value"]) if cell in (None, "") or isinstance(cell, str) else held["value"] == cell
        )
    elif name == "注" and isinstance(cell, dt.date):
        assert held["note_zh"] == cell.isoformat()[:10]
