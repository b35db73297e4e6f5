"""Reading returns as people send them, and saying what is wrong with them."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import small
from yuebao import returns, schema
from yuebao.faults import Fault
from yuebao.project import Project
from yuebao.schema import Dataset

FILE = "data/returns/2024-05/fraud.csv"
REGISTER = "data/returns/2024-05/trees_register.csv"
HEADER = "area_code,period,measure,category,value,change_kind,obs_status,source_id,note\n"
LINE = "420000,2024-04,cases_filed,,27,,A,s_police,\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project for the whole file; each test overwrites the return it reads."""
    return small.make(tmp_path_factory.mktemp("returns") / "project")


@pytest.fixture(scope="module")
def datasets(place: Project) -> dict[str, Dataset]:
    return schema.load(place)


class Reader:
    """``reader(text)`` puts a text or bytes as the fraud return of 2024-05 and reads it."""

    def __init__(self, project: Project, datasets: dict[str, Dataset]) -> None:
        self.project, self.datasets = project, datasets

    def __call__(self, content: str | bytes, name: str = "fraud.csv") -> tuple[pd.DataFrame, list[Fault]]:
        raw = content.encode() if isinstance(content, str) else content
        path = small.put_bytes(self.project, "2024-05", name, raw)
        return returns.read(path, self.datasets[Path(name).stem], self.project)

    def good(self, content: str | bytes, name: str = "fraud.csv") -> pd.DataFrame:
        frame, faults = self(content, name)
        assert [str(f) for f in faults] == []
        return frame

    def bad(self, content: str | bytes, name: str = "fraud.csv") -> list[str]:
        frame, faults = self(content, name)
        assert len(frame) == 0, "nothing of a faulty return is used"
        return [str(f) for f in faults]


@pytest.fixture
def read(place: Project, datasets: dict[str, Dataset]) -> Reader:
    return Reader(place, datasets)


def workbook(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


# --- what is read --------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(read: Reader, encoding: str, newline: str) -> None:
    text = (HEADER + LINE.replace("\n", "通报㐂\n") + LINE).replace("\n", newline)
    frame = read.good(text.encode(encoding))
    assert list(frame["value"]) == [27, 27]
    assert frame["note"].tolist()[0] == "通报㐂", "㐂 is in GB18030 but not in GBK"
    assert pd.isna(frame["note"].iloc[1])


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(read: Reader, delimiter: str) -> None:
    frame = read.good((HEADER + LINE).replace(",", delimiter))
    assert frame[["area_code", "value"]].values.tolist() == [["420000", 27.0]]


def test_headers_in_chinese_english_and_any_order(read: Reader) -> None:
    header = "注,来源,状态, Value ,CATEGORY,变化口径,指标,Period,地区代码"
    frame = read.good(f"{header}\n见原文,s_police,A,27,,,cases_filed,2024-04,420000\n")
    row = frame.iloc[0]
    assert (row["area_code"], row["period"], row["value"]) == ("420000", "2024-04", 27)
    assert row["note_zh"] == "见原文"


def test_words_about_a_row_are_three_columns(read: Reader) -> None:
    header = "地区代码,时期,指标,分类,数值,变化口径,状态,来源,注,英文注,采集备注"
    line = "420000,2024-04,cases_filed,,27,,A,s_police,止日未写明。,End not stated.,第 3 版"
    row = read.good(f"{header}\n{line}\n").iloc[0]
    assert tuple(row[["note_zh", "note", "remark"]]) == ("止日未写明。", "End not stated.", "第 3 版")


def test_full_width_headers_are_the_same_headers(read: Reader) -> None:
    header = "变化口径,公布的变化(％),地区代码,时期,指标,分类,数值,状态,来源"
    frame = read.good(f"{header}\nyoy,-5.8,420000,2024-04,cases_filed,,27,A,s_police\n")
    assert frame["change_pct"].iloc[0] == -5.8


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("27", 27),
        ("２７", 27),
        (" 27 ", 27),
        ("\u300027", 27),
        ("1 234", 1234),
        ('"1,234"', 1234),
        ('"1,234,567.5"', 1234567.5),
        ('"１，２３４"', 1234),
        ("-0.13", -0.13),
        ("+5", 5),
        (".5", 0.5),
        ("1.5e3", 1500),
        ("－3", -3),
    ],
)
def test_numbers(read: Reader, cell: str, value: float) -> None:
    assert read.good(HEADER + LINE.replace("27", cell))["value"].iloc[0] == value


def test_columns_not_given_are_empty(read: Reader) -> None:
    frame = read.good(HEADER + LINE)
    assert frame["qualifier"].isna().all()
    assert frame["change_pct"].isna().all()


def test_types_and_provenance(read: Reader, datasets: dict[str, Dataset]) -> None:
    frame = read.good(HEADER + "\n" + LINE)
    for column in datasets["fraud"].columns:
        assert frame[column.name].dtype == column.dtype, column.name
    assert frame[["_file", "_row", "_edition"]].values.tolist() == [[FILE, 3, "2024-05"]]


def test_quoted_cells_may_hold_delimiters_and_line_ends(read: Reader) -> None:
    frame = read.good(HEADER + LINE.replace(",\n", ',"甲,乙\n丙"\n') + LINE)
    assert frame["note"].iloc[0] == "甲,乙\n丙"
    assert list(frame["_row"]) == [2, 3], "rows are counted as a spreadsheet shows them"


def test_leading_zeros_stay(read: Reader) -> None:
    assert read.good(HEADER + LINE.replace("420000", "000000"))["area_code"].iloc[0] == "000000"


@pytest.mark.parametrize("period", ["2024-01-01/2024-05-31", "../2024-05-31", "2024-05-01/..", "2023"])
def test_periods(read: Reader, period: str) -> None:
    assert read.good(HEADER + LINE.replace("2024-04", period))["period"].iloc[0] == period


def test_xlsx(read: Reader) -> None:
    frame = read.good(
        workbook(
            ["地区代码", "时期", "指标", "分类", "数值", "变化口径", "状态", "来源", "注", None],
            [420000, dt.date(2024, 4, 30), "cases_filed", None, 1234, None, "A", "s_police", "甲"],
            [],
            ["420000", "2024-04", "cases_filed", "", "１，２３４", "yoy", "A", "s_police", None],
            ["420000", "2024-03", "cases_filed", "", 0.5, "yoy", "A", "s_police", None],
        ),
        "fraud.xlsx",
    )
    assert list(frame["value"]) == [1234, 1234, 0.5]
    assert list(frame["period"]) == ["2024-04-30", "2024-04", "2024-03"]
    assert list(frame["area_code"]) == ["420000"] * 3
    assert list(frame["_row"]) == [2, 4, 5]


def test_xlsx_booleans(read: Reader, place: Project, datasets: dict[str, Dataset]) -> None:
    names = datasets["sources"].names
    book = workbook(names, ["s_one", "甲", "乙", None, True, None, "press", None])
    path = small.put_bytes(place, "2024-06", "sources.xlsx", book)
    frame, faults = returns.read(path, datasets["sources"], place)
    assert not faults
    assert bool(frame["link"].iloc[0]) is True
    path.unlink()
    path.parent.rmdir()


def test_csv_and_xlsx_of_one_content_are_the_same(read: Reader) -> None:
    by_csv = read.good(HEADER + LINE)
    cells = [line.split(",") for line in (HEADER + LINE).splitlines()]
    by_xlsx = read.good(workbook(*cells), "fraud.xlsx")
    assert by_csv.drop(columns="_file").equals(by_xlsx.drop(columns="_file"))


# --- what is refused -----------------------------------------------------------

PERIOD_MEND = "请写成 2024-05、2024-05-31 或 2024-01-01/2024-05-31"
NUMBER_MEND = "请只填数字，单位写在指标表中，不写“万”“亿”"
FAULTS = {
    "unknown column": (
        HEADER.replace("note", "colour") + LINE,
        [f"{FILE}:1: colour: 没有这个列名；请删去此列，或改为以下之一：area_code、period"],
    ),
    "duplicate column": (
        HEADER.replace("note", "数值") + LINE,
        [f"{FILE}:1: value（数值）: 列出现了两次；请删去一列"],
    ),
    "missing column": (
        HEADER.replace(",source_id", "") + LINE.replace(",s_police", ""),
        [f"{FILE}:1: source_id（来源）: 缺少此列；请补上此列及其内容"],
    ),
    "missing key column": (
        HEADER.replace(",category", "") + LINE.replace(",,27", ",27"),
        [f"{FILE}:1: category（分类）: 缺少此列；请补上此列及其内容"],
    ),
    "text in a number": (
        HEADER + LINE.replace("27", "27起"),
        [f"{FILE}:2: value（数值）: “27起”不是数字；{NUMBER_MEND}"],
    ),
    "万 in a number": (
        HEADER + LINE + LINE.replace("27", "82.6万"),
        [f"{FILE}:3: value（数值）: “82.6万”不是数字；{NUMBER_MEND}"],
    ),
    "separators out of place": (
        HEADER + LINE.replace("27", '"12,34"'),
        [f"{FILE}:2: value（数值）: “12,34”不是数字；{NUMBER_MEND}"],
    ),
    "no number at all": (
        HEADER + LINE.replace("27", "nan") + LINE.replace("27", "inf"),
        [f"{FILE}:2: value（数值）: “nan”不是数字；", f"{FILE}:3: value（数值）: “inf”不是数字；"],
    ),
    "impossible date": (
        HEADER + LINE.replace("2024-04", "2024-02-30"),
        [f"{FILE}:2: period（时期）: “2024-02-30”不是日期；{PERIOD_MEND}"],
    ),
    "end before start": (
        HEADER + LINE.replace("2024-04", "2024-05/2024-04"),
        [f"{FILE}:2: period（时期）: “2024-05/2024-04”的止早于起；{PERIOD_MEND}"],
    ),
    "empty file": ("\n \n", [f"{FILE}: 文件是空的；请填入数据或删除此文件"]),
    "zero bytes": (b"", [f"{FILE}: 文件是空的；请填入数据或删除此文件"]),
    "header only": (HEADER, [f"{FILE}: 只有列名，没有数据行；请填入数据或删除此文件"]),
    "too many cells": (
        HEADER + LINE + LINE.replace("27", "1,234").replace(",\n", ",甲\n"),
        [f"{FILE}:3: 单元格比列名多；请检查多余的分隔符，含逗号的文字要加引号"],
    ),
    "xlsx named csv": (
        workbook(["area_code"]),
        [f"{FILE}: 内容是 Excel 工作簿而文件名写 .csv；请另存为 .xlsx 或导出为 CSV"],
    ),
    "no encoding": (
        "地区".encode() + b"\xff\xff",
        [f"{FILE}: 既不是 UTF-8 也不是 GB18030 编码；请在 Excel 中另存为“CSV UTF-8”"],
    ),
    "several at once": (
        HEADER + LINE.replace("27", "x").replace("2024-04", "昨天") + LINE + LINE.replace("27", "y"),
        [
            f"{FILE}:2: period（时期）: “昨天”不是日期",
            f"{FILE}:2: value（数值）: “x”不是数字",
            f"{FILE}:4: value（数值）: “y”不是数字",
        ],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_says_where_what_and_how_to_mend(read: Reader, name: str) -> None:
    content, expected = FAULTS[name]
    told = read.bad(content)
    assert len(told) == len(expected), told
    for line, start in zip(sorted(told), expected, strict=True):
        assert line.startswith(start)
        assert "；请" in line


@pytest.mark.parametrize(
    ("age", "what"),
    [("12.5", "“12.5”不是整数；请填整数"), ("很老", "“很老”不是数字；"), ("1e-3", "“1e-3”不是整数；")],
)
def test_integer_column(read: Reader, age: str, what: str) -> None:
    content = small.csv_text([small.tree(age_years=age)])
    (told,) = read.bad(content, "trees_register.csv")
    assert told.startswith(f"{REGISTER}:2: age_years（树龄（年））: {what}")


def test_whole_numbers_written_as_decimals_are_integers(read: Reader) -> None:
    frame = read.good(small.csv_text([small.tree(age_years="500.0")]), "trees_register.csv")
    assert frame["age_years"].iloc[0] == 500


@pytest.mark.parametrize("age", ["99999999999999999999", "1e30"])
def test_an_integer_too_large_is_a_fault(read: Reader, age: str) -> None:
    (told,) = read.bad(small.csv_text([small.tree(age_years=age)]), "trees_register.csv")
    assert told.startswith(f"{REGISTER}:2: age_years")


def test_a_number_too_large_is_a_fault(read: Reader) -> None:
    (told,) = read.bad(HEADER + LINE.replace("27", "1e400"))
    assert told.startswith(f"{FILE}:2: value（数值）:")


def test_a_quote_that_is_never_closed_is_a_fault(read: Reader) -> None:
    told = read.bad(HEADER + LINE.replace(",\n", ',"通报\n') + LINE + LINE)
    assert told[0].startswith(FILE)


def test_a_cell_is_read_up_to_what_excel_holds(read: Reader) -> None:
    frame = read.good(HEADER + LINE.replace(",\n", f",{'长' * 32_767}\n"))
    assert len(frame["note"].iloc[0]) == 32_767
    _, faults = read((HEADER + LINE.replace(",\n", f",{'长' * 32_766}𠀀\n")).encode(), "fraud.csv")
    assert [(f.row, f.column) for f in faults] == [(2, "note（英文注）")], "as Excel counts, 𠀀 is two"
    assert "此格有 32,768 个字符，上限是 32,767 个" in faults[0].what


def test_a_boolean_column(place: Project, datasets: dict[str, Dataset]) -> None:
    rows = [{**small.CODES["sources"][0], "link": "是"}, {**small.CODES["sources"][1], "link": "TRUE"}]
    path = small.put_list(place, "sources", rows)
    _, faults = returns.read(path, datasets["sources"], place)
    small.put_list(place, "sources", small.CODES["sources"])
    (told,) = [str(f) for f in faults]
    assert told.startswith("data/sources.csv:2: link（可链接）: “是”不是 true 或 false；请填 true 或 false")


def test_a_first_line_that_is_empty_is_passed_over(read: Reader) -> None:
    assert list(read.good("\n" + HEADER + LINE)["_row"]) == [3]


def test_an_empty_workbook(read: Reader) -> None:
    (told,) = read.bad(workbook(), "fraud.xlsx")
    assert told == "data/returns/2024-05/fraud.xlsx: 文件是空的；请填入数据或删除此文件"


# --- all returns together -------------------------------------------------------


def read_all(project: Project, edition: str = "2024-05") -> tuple[dict[str, pd.DataFrame], list[str]]:
    datasets = schema.chapter_datasets(schema.load(project))
    tables, faults = returns.read_all(project, datasets, edition)
    return tables, [str(f) for f in faults]


def test_every_fault_of_every_file_is_listed_at_once(project: Project) -> None:
    small.put(project, "2024-04", "fraud", [small.figure(value="x"), small.figure(period="y")])
    small.put(project, "2024-05", "trade_in", [small.progress(value="z")])
    small.put_bytes(project, "2024-05", "fraud.csv", b"")
    small.put_bytes(project, "2024-04", "frauds.csv", b"a")
    small.put_bytes(project, "2024-05", "trees.pdf", b"%PDF")
    _, faults = read_all(project)
    places = sorted(f.split(": ")[0] for f in faults)
    assert places == [
        "data/returns/2024-04/fraud.csv:2",
        "data/returns/2024-04/fraud.csv:3",
        "data/returns/2024-04/frauds.csv",
        "data/returns/2024-05/fraud.csv",
        "data/returns/2024-05/trade_in.csv:2",
        "data/returns/2024-05/trees.pdf",
    ]


def test_an_unknown_file_name_lists_the_known_ones(project: Project) -> None:
    small.put_bytes(project, "2024-04", "诈骗.csv", b"a")
    _, (told,) = read_all(project)
    assert told.startswith(
        "data/returns/2024-04/诈骗.csv: 不知道这是哪个数据集的报表；请改名为以下之一（或 .xlsx）："
    )
    assert "fraud.csv、trade_in.csv" in told
    assert "areas.csv" not in told, "a code list is not a return"


def test_hidden_and_lock_files_are_passed_over(project: Project) -> None:
    small.put_bytes(project, "2024-04", ".DS_Store", b"x")
    small.put_bytes(project, "2024-04", "~$fraud.xlsx", b"x")
    assert read_all(project)[1] == []


def test_later_months_are_not_read(project: Project) -> None:
    small.put(project, "2024-06", "fraud", [small.figure(value="x")])
    tables, faults = read_all(project, "2024-05")
    assert faults == []
    assert set(tables["fraud"]["_edition"]) == {"2024-04", "2024-05"}


def test_a_dataset_without_returns_is_an_empty_table(empty: Project) -> None:
    small.put(empty, "2024-04", "fraud", [small.figure()])
    tables, _ = read_all(empty)
    assert len(tables["fraud"]) == 1
    assert len(tables["trees_register"]) == 0
    assert "_edition" in tables["trees_register"]


# --- whatever is sent, reading never raises --------------------------------------

TEXTS = st.text(alphabet="0123456789.,;\t\r\n\"'+-eE/ 万a", max_size=60)


@given(st.binary(max_size=400))
@example(b"a\rb")
@example(b"\x00")
@example(b"\xef\xbb\xbf")
@example(b'"')
def test_read_never_raises_for_arbitrary_bytes(read_any: Reader, raw: bytes) -> None:
    frame, faults = read_any(raw)
    assert faults
    assert len(frame) == 0


@given(TEXTS)
def test_read_never_raises_for_arbitrary_cells(read_any: Reader, text: str) -> None:
    frame, faults = read_any(HEADER + LINE + text)
    assert faults or len(frame) >= 1
    for fault in faults:
        assert fault.file == FILE
        assert fault.what
        assert fault.mend.startswith("请")


@pytest.fixture(scope="module")
def read_any(place: Project, datasets: dict[str, Dataset]) -> Reader:
    return Reader(place, datasets)
