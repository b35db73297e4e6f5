"""What a cell is read as: numbers, periods, codes, units; and that nothing is changed in silence."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import small
from small import figure
from test_returns_workbooks import Reader
from yuebao import cells, characters, returns, schema, values, words
from yuebao.codes import FORMER, Codes
from yuebao.project import Project
from yuebao.tables import Tables

FILE = "data/returns/2024-05/fraud.csv"
NAMES = "area_code,period,measure,category,value,change_pct,change_kind,obs_status,source_id,note"
LINE = "420100,2024-04,cases_filed,,27,,,A,s_police,\n"


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(small.make(tmp_path_factory.mktemp("values") / "project"))


def good(read: Reader, text: str) -> pd.DataFrame:
    return read.good(text.encode(), "fraud.csv")


def bad(read: Reader, text: str) -> list[str]:
    return read.bad(text.encode(), "fraud.csv")


# --- numbers ----------------------------------------------------------------------------

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=2)


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(
    NUMBERS, st.sampled_from(["{:f}", "{:,f}", "+{:f}", " {:f}\xa0", "{:,f}\u3000", "{:E}"]), st.booleans()
)
def test_a_number_is_read_as_what_is_written(number: Decimal, form: str, full_width: bool) -> None:
    assume(not (form.startswith("+") and number.is_signed()))
    text = form.format(number)
    assert values.number(wide(text) if full_width else text) == number


@given(st.text(alphabet="0123456789,.+-eE 　，．１５万%٣²", max_size=12))
@example("1,23")
@example("1 2")
@example("12,345,67")
@example("٣")
def test_what_is_no_number_is_none(text: str) -> None:
    read = values.number(text)
    if read is not None:
        plain = re.sub(r"[,\s]", "", unicodedata.normalize("NFKC", text))
        assert plain.isascii()
        assert read == Decimal(plain)
        assert not re.search(r"[\d.][\s,]+\d{1,2}(?!\d)", unicodedata.normalize("NFKC", text))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_kept_exactly_or_refused(number: Decimal) -> None:
    held = values.as_float(number)
    if isinstance(held, float):
        assert Decimal(repr(held)) == number
    else:
        assert held.mend.startswith("请")


@pytest.mark.parametrize("text", ["1e400", "0.12345678901234567890", "9007199254740993", "1e-400"])
def test_a_number_with_more_digits_than_can_be_kept(read: Reader, text: str) -> None:
    (told,) = bad(read, f"{NAMES}\n{LINE.replace('27', text)}")
    assert "的位数太多，存不下；请检查是否多填了位数" in told


# --- periods ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024年", "2024"),
        ("2024年5月", "2024-05"),
        ("２０２４年０５月", "2024-05"),
        ("2024 年 5 月 31 日", "2024-05-31"),
        ("2024年5月31号", "2024-05-31"),
        ("2024年1-5月", "2024-01/2024-05"),
        ("2024年1—5月", "2024-01/2024-05"),
        ("2024年1月至5月", "2024-01/2024-05"),
        ("2023年12月—2024年2月", "2023-12/2024-02"),
        ("2023-2024年", "2023/2024"),
        ("2024年5月1日至31日", "2024-05-01/2024-05-31"),
        ("2024年4月24日~8月8日", "2024-04-24/2024-08-08"),
        ("2023年12月31日到2024年1月2日", "2023-12-31/2024-01-02"),
        ("截至2024年8月8日", "../2024-08-08"),
        ("2024年5月起", "2024-05/.."),
        ("2024年上半年", "2024-01/2024-06"),
        ("2024年第三季度", "2024-07/2024-09"),
        ("2024年4季度", "2024-10/2024-12"),
        ("2024年前三季度", "2024-01/2024-09"),
        ("2024-5", "2024-05"),
        ("2024-5-1", "2024-05-01"),
        ("2024/5/31", "2024-05-31"),
        ("2024.5.31", "2024-05-31"),
    ],
)
def test_a_period_written_in_words(read: Reader, text: str, iso: str) -> None:
    assert values.period(text) == iso
    assert good(read, f"{NAMES}\n{LINE.replace('2024-04', text)}")["period"].tolist() == [iso]


@pytest.mark.parametrize(
    "text",
    [
        *("2024年13月", "2024-13", "2024-02-30", "2024年2月30日", "2024.5", "202405", "24年5月", "5月"),
        *("2024年5月上旬", "2024年1月至5月31日", "2024/5", "去年", "2024年5-1月", "2024年零季度", "45413"),
    ],
)
def test_a_period_that_is_not_clear(read: Reader, text: str) -> None:
    (told,) = bad(read, f"{NAMES}\n{LINE.replace('2024-04', text)}")
    assert told.startswith(f"{FILE}:2: period（时期）: “")
    assert "；请写成 2024-05、2024-05-31 或 2024-01-01/2024-05-31" in told


POINTS = st.dates().filter(lambda d: d.year >= 1000).map(lambda d: d.isoformat())


@given(POINTS, POINTS, st.sampled_from([4, 7, 10]))
def test_a_period_in_our_own_words_is_the_same_time(one: str, other: str, length: int) -> None:
    first, last = sorted((one[:length], other[:length]))
    for iso in (first, f"{first}/{last}"):
        said = words.period(iso)
        read = values.period(said)
        if read != said:  # a few long forms are not taken
            assert words.span(read) == words.span(iso)


@given(POINTS)
def test_an_iso_period_stays(point: str) -> None:
    for iso in (point, point[:7], point[:4], f"../{point}", f"{point}/..", f"{point}/{point}"):
        assert values.period(iso) == iso


# --- codes and labels ------------------------------------------------------------------------


def test_every_label_of_the_real_lists_reads_as_its_code(real: Tables) -> None:
    codes = Codes(real.lists)
    for dataset in schema.chapter_datasets(real.datasets).values():
        for column in dataset.columns:
            listed = codes.of(dataset, column)
            if listed is None:
                continue
            for code in listed.labels:
                assert listed.named(code) == [code]
                assert listed.named(listed.spoken(code)) == [code]


def test_former_codes_name_codes_of_today(real: Tables) -> None:
    codes = set(real.lists["areas"]["area_code"])
    assert {now for _, now in FORMER.values()} <= codes
    assert not set(FORMER) & codes


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("area_code", "武汉市", "420100"),
        ("area_code", "武汉", "420100"),
        ("area_code", "wuhan", "420100"),
        ("area_code", "420100.0", "420100"),
        ("measure", "立案", "cases_filed"),
        ("measure", "ｃａｓｅｓ＿ｆｉｌｅｄ", "cases_filed"),
        ("category", "电话诈骗", "phone_scam"),
        ("qualifier", "余", "over"),
        ("qualifier", "逾", "over"),
        ("qualifier", "多", "over"),
        ("qualifier", "近", "nearly"),
        ("qualifier", "约", "about"),
        ("change_kind", "环比", "mom"),
        ("obs_status", "初步数", "P"),
        ("source_id", "四月通报", "s_police"),
    ],
)
def test_a_label_is_its_code(read: Reader, column: str, text: str, code: str) -> None:
    frame = good(read, small.csv_text([figure(**{column: text})]))
    assert frame[column].tolist() == [code]


def test_a_label_of_several_codes_lists_them(read: Reader) -> None:
    (told,) = bad(read, small.csv_text([figure(source_id="新闻")]))
    assert "“新闻”可以指几个代码；请写明是哪一个：s_paper（新闻）、s_weekly（新闻）" in told


def test_an_unknown_code_is_left_to_the_checks(read: Reader) -> None:
    assert good(read, small.csv_text([figure(measure="cases_file")]))["measure"].tolist() == ["cases_file"]


# --- units ---------------------------------------------------------------------------------------


def table(header: str, cell: object, measure: str = "loss", above: str = "") -> str:
    names = NAMES.replace("value", f'"{header}"')
    text = f"{names}\n{LINE.replace('cases_filed', measure).replace('27', str(cell))}"
    return f"{above}\n{text}" if above else text


@pytest.mark.parametrize(
    ("header", "measure", "cell", "value"),
    [
        ("数值（万元）", "loss", "2.6", 26000),
        ("数值（亿元）", "loss", "0.29", 29_000_000),
        ("数值(万亿元)", "loss", "1.1", 1_100_000_000_000),
        ("value (万起)", "cases_filed", "0.0027", 27),
        ("金额：万元", "loss", '"1,234.5"', 12_345_000),
        ("数值（单位：百万元）", "loss", "-0", 0),
        ("数值，单位：千元", "loss", "1.001", 1001),
        ("数值（元）", "loss", "12.5", 12.5),
        ("Value (CNY)", "loss", "7", 7),
        ("数值（%）", "cases_filed_share", "12.5", 12.5),
    ],
)
def test_a_unit_in_the_header_converts_exactly(
    read: Reader, header: str, measure: str, cell: str, value: float
) -> None:
    assert good(read, table(header, cell, measure))["value"].tolist() == [value]


@given(NUMBERS, st.sampled_from([("百", 2), ("千", 3), ("万", 4), ("十万", 5), ("百万", 6), ("亿", 8)]))
def test_a_unit_multiplies_as_decimals_do(read: Reader, number: Decimal, scale: tuple[str, int]) -> None:
    number = abs(number)
    frame, faults = read(table(f"数值（{scale[0]}元）", f"{number:f}").encode(), "fraud.csv")
    if faults:
        assert "位数太多" in faults[0].what
    else:
        assert Decimal(repr(float(frame["value"].iloc[0]))) == number.scaleb(scale[1])


def test_a_unit_above_the_table(read: Reader) -> None:
    for above in ("单位：万元", "损失情况,,,（单位：万元）", ",,,,,,,,,万元"):
        assert good(read, table("数值", "2.6", above=above))["value"].tolist() == [26000]
    for above in ("填报单位：万山公司", "单位：市公安局", "单位：元"):
        assert good(read, table("数值", "2.6", above=above))["value"].tolist() == [2.6]


@pytest.mark.parametrize(
    ("header", "above", "what"),
    [
        ("数值（万美元）", "", "看不懂列名中的单位“万美元”"),
        ("数值（万）", "", "看不懂列名中的单位“万”"),
        ("金额", "", "没有这个列名"),
        ("数值（万起）", "", "列名写“万起”，而此行以“元”计；请把单位不同的指标分成几张表"),
        ("数值", "单位：万元、起", "表头上方写着“单位：万元、起”，不知道单位管哪一列"),
        ("数值", "各地损失（万元）", "表头上方写着“各地损失（万元）”"),
        ("数值（亿元）", "单位：万元", "表头上方写“万元”，列名写“亿元”"),
    ],
)
def test_a_unit_that_is_not_clear(read: Reader, header: str, above: str, what: str) -> None:
    told = bad(read, table(header, "2.6", above=above))
    assert any(what in line for line in told), told


def test_a_unit_in_a_note_below_is_a_fault(read: Reader) -> None:
    (told,) = bad(read, table("数值", "2.6") + "注：单位为万元\n")
    assert "表下的注写到单位" in told
    assert len(good(read, table("数值", "2.6") + "注：本表为初步数\n")) == 1


def test_a_unit_in_a_cell_is_never_read(read: Reader) -> None:
    for cell in ("12万", "5元", "5%", "一百", "3.5亿元", "27起"):
        (told,) = bad(read, table("数值", cell))
        assert f"“{cell}”不是数字" in told


def test_a_unit_of_another_column(read: Reader, tmp_path: object) -> None:
    text = small.csv_text([small.tree(height_m="12")])
    for header, fine in (("树高", True), ("树高（米）", True), ("树高（厘米）", False)):
        frame, faults = read(
            text.replace("record_no", "记录号").replace("area_code", "地区").encode(), "trees_register.csv"
        )
        assert not faults
        changed = text.replace("height_m", header).encode()
        frame, faults = read(changed, "trees_register.csv")
        assert (not faults) == fine
        assert len(frame) == fine


# --- total rows --------------------------------------------------------------------------------------


def totals(*lines: str) -> str:
    return f"{NAMES}\n" + "".join(f"{line}\n" for line in lines)


ONE = "420102,2024-04,cases_filed,,13,,,A,s_police,"
TWO = "420103,2024-04,cases_filed,,14,,,A,s_police,"


@pytest.mark.parametrize(
    "lines",
    [
        (ONE, TWO, "合计,,,,27"),
        (ONE, TWO, "总 计：,,,,27.0,,,,,"),
        (ONE, TWO, "Total,2024-04,立案,,27,,,A,s_police,"),
        (ONE, "小计,,,,13", TWO, "小计,,,,14", "合计,,,,27"),
        (ONE, TWO, "合计,,,,"),
    ],
)
def test_a_total_row_that_is_the_sum_is_left_out(read: Reader, lines: tuple[str, ...]) -> None:
    assert good(read, totals(*lines))["value"].tolist() == [13, 14]


@pytest.mark.parametrize(
    "lines", [(ONE, TWO, "合计,,,,28"), ("合计,,,,27", ONE, TWO), (ONE, "小计,,,,27", TWO)]
)
def test_a_total_row_that_is_another_number_is_a_fault(read: Reader, lines: tuple[str, ...]) -> None:
    (told,) = bad(read, totals(*lines))
    assert "不等于上面各行之和" in told
    assert "；请核对后改正" in told


def test_a_total_of_changes_is_a_fault(read: Reader) -> None:
    (told,) = bad(read, totals(ONE, TWO, "合计,,,,27,-5"))
    assert "change_pct（公布的变化（%））: 合计行的“-5”不等于上面各行之和 0" in told


def test_a_category_called_total_is_a_row(read: Reader) -> None:
    assert len(good(read, totals(ONE.replace(",,13", ",合计,13")))) == 1


# --- what is out of a measure's range -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value", "what"),
    [
        ("cases_filed", -27, "“-27”是负数，而此指标不会小于零；请核对"),
        ("loss", -0.5, "是负数"),
        ("cases_filed_share", 100.5, "“100.5”超过 100，而此指标是百分比"),
        ("cases_filed_share", -1, "是负数"),
    ],
)
def test_out_of_range(read: Reader, measure: str, value: float, what: str) -> None:
    (told,) = bad(read, table("数值", value, measure))
    assert f"{FILE}:2: value（数值）: " in told
    assert what in told


def test_a_change_may_be_negative(real: Tables, tmp_path_factory: pytest.TempPathFactory) -> None:
    project = Project(small.REPO)
    reader = returns._Reader(project, schema.chapter_datasets(real.datasets), real.lists)
    path = tmp_path_factory.mktemp("x") / "trade_in.csv"
    row = small.progress(measure="retail_growth", value=-5, counting="in_period", area_code="420000")
    path.write_text(small.csv_text([row]), encoding="utf-8")
    (part,), faults = reader.file(path, real.datasets["trade_in"])
    assert not faults
    assert not part.faults


# --- no silent change: whatever stands in a cell -------------------------------------------------------

SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NEAR = st.text(alphabet="0123456789,.-年月日/至万元%（）() \u3000\u200b一二三四季度", max_size=12)


@given(st.sampled_from(["value", "period", "note", "category"]), st.one_of(SOME, NEAR))
def test_a_cell_is_read_as_written_or_is_a_fault(read: Reader, column: str, text: str) -> None:
    assume("\ufffd" not in text and "\0" not in text)
    frame, faults = read(small.csv_text([figure(**{column: text}), figure(value=1)]).encode(), "fraud.csv")
    if faults:
        assert all(f.what and f.mend.startswith("请") for f in faults)
        return
    held = frame[column].iloc[0]
    plain = cells.clean(text)
    if not plain:
        assert column != "period" or pd.isna(held)
        assert pd.isna(held)
    elif column == "value":
        assert Decimal(repr(float(held))) == Decimal(
            re.sub(r"[,\s]", "", unicodedata.normalize("NFKC", plain))
        )
    elif column == "note":
        assert held == unicodedata.normalize("NFC", characters.unbroken(plain))
    elif column == "period":
        numbers = [int(n) for n in re.findall(r"\d+", unicodedata.normalize("NFKC", text))]
        assert words.span(held)
        assert re.search("季|半", text) or {int(n) for n in re.findall(r"\d+", held)} == set(numbers)
    else:
        assert held in (plain, unicodedata.normalize("NFC", plain)) or held in {
            c["category"] for c in small.CODES["categories"]
        }
