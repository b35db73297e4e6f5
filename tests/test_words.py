"""Numbers and periods in words."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuebao import words

# --- numbers -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "scale"),
    [
        (0, "0", ""),
        (27, "27", ""),
        (999, "999", ""),
        (1000, "1,000", ""),
        (9999, "9,999", ""),
        (10_000, "1", "万"),
        (826_000, "82.6", "万"),
        (825_854, "825,854", ""),  # not shortened: something would be lost
        (99_999_999, "99,999,999", ""),
        (100_000_000, "1", "亿"),
        (3_000_000_000, "30", "亿"),
        (1_870_000_000_000, "1.87", "万亿"),
        (0.13, "0.13", ""),
        (1234.5, "1,234.5", ""),
        (0.1 + 0.2, "0.30000000000000004", ""),
        (-826_000, "-82.6", "万"),
        (-1234, "-1,234", ""),
        (26_100.0, "2.61", "万"),
    ],
)
def test_scaled(value: float, digits: str, scale: str) -> None:
    assert words.scaled(value) == (digits, scale)


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "text"),
    [
        (826_000, "株", "over", "逾82.6万株"),
        (0.13, "%", "exact", "0.13%"),
        (40, "家", "nearly", "近40家"),
        (40, "家", "about", "约40家"),
        (40, "家", "under", "不足40家"),
        (40, "家", None, "40家"),
        (None, "家", "over", "未见公布"),
        (math.nan, "家", "exact", "未见公布"),
        (0, "起", "exact", "0起"),
    ],
)
def test_amount(value: float | None, unit: str, qualifier: str | None, text: str) -> None:
    assert words.amount(value, unit, qualifier) == text


@pytest.mark.parametrize("value", [None, "", math.nan, np.float64("nan"), pd.NA, pd.NaT])
def test_missing(value: object) -> None:
    assert words.missing(value) is True


@pytest.mark.parametrize("value", [0, 0.0, False, " ", "x", np.int64(0), Decimal(0)])
def test_not_missing(value: object) -> None:
    assert words.missing(value) is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (107.75, "107.75%"),
        (5.0, "5%"),
        (12.345, "12.35%"),
        (0.005, "0.01%"),
        (-0.456, "-0.46%"),
        (100, "100%"),
    ],
)
def test_percent_is_rounded_half_up(value: float, text: str) -> None:
    assert words.percent(value) == text


def test_percent_has_no_negative_zero() -> None:
    assert words.percent(-0.001) == "0%"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (-5.82, "yoy", "同比下降5.82%"),
        (92.86, "mom", "环比上升92.86%"),
        (0, "yoy", "同比持平"),
        (0.0, "mom", "环比持平"),
        (3, "yoy2", "较两年前同期上升3%"),
        (1, "previous_period", "较前一时期上升1%"),
        (1.0, "unstated", "变化（口径未写明）上升1%"),
    ],
)
def test_change(value: float, kind: str, text: str) -> None:
    assert words.change(value, kind) == text


LINK = '<a class="n" href="rows-trees.html#trees-0123456789">'


def tagged(value: str, text: str) -> str:
    return f'<data value="{value}" data-row="trees-0123456789">{LINK}{text}</a></data>'


def test_number_tag_holds_the_exact_value_and_leads_to_its_row() -> None:
    row = "trees-0123456789"
    assert words.number_tag(826000, "82.6万", row) == tagged("826000", "82.6万")
    assert words.number_tag(1e16, "x", row) == tagged("10000000000000000", "x")
    assert words.number_tag(0.10, "<b>", [row]) == tagged("0.1", "&lt;b&gt;")
    both = words.number_tag(1, "1", [row, "trees-1111111111", row])
    assert both == f'<data value="1" data-row="{row} trees-1111111111">{LINK}1</a></data>'
    assert words.number_tag(1, "1", row, here=True) == f'<data value="1" data-row="{row}">1</data>'


def test_shown_numbers_carry_their_value() -> None:
    row = "trees-0123456789"
    assert f"逾{tagged('826000', '82.6万')}株" in words.shown(826000, "株", "over", row)
    assert words.shown(None, "株", "exact", row) == "未见公布"
    assert words.shown_count(826000, row) == tagged("826000", "82.6万")
    assert words.shown_percent(33.333, row) == f"{tagged('33.33', '33.33')}%"
    assert words.shown_change(-5.82, "yoy", row) == f"同比下降{tagged('-5.82', '5.82')}%"
    assert words.shown_change(0, "yoy", row) == f"同比{tagged('0', '持平')}"


SCALE = {"": 0, "万": 4, "亿": 8, "万亿": 12}
numbers = st.one_of(
    st.integers(-(10**15), 10**15),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.integers(-9999, 9999).flatmap(lambda n: st.sampled_from([n * 10**e for e in range(12)])),
)


@given(numbers)
def test_amount_never_loses_a_digit(value: float) -> None:
    text = words.amount(value, "起")
    match = re.fullmatch(r"(-?[\d,]+(?:\.\d+)?)(万亿|亿|万|)起", text)
    assert match, text
    assert Decimal(match[1].replace(",", "")).scaleb(SCALE[match[2]]) == Decimal(str(value))


@given(numbers)
def test_a_tag_can_be_read_back(value: float) -> None:
    match = re.fullmatch(
        r'<data value="([^"]*)" data-row="a-b-1">x</data>', words.number_tag(value, "x", "a-b-1", True)
    )
    assert match
    assert Decimal(match[1]) == Decimal(str(value))


# --- periods -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024-05-31", "2024-05-31", "2024-05-31"),
        ("2024-01-01/2024-05-31", "2024-01-01", "2024-05-31"),
        ("2024-01/2024-05", "2024-01-01", "2024-05-31"),
        ("2015/2021", "2015-01-01", "2021-12-31"),
        ("../2024-08-08", None, "2024-08-08"),
        ("2024-04-24/..", "2024-04-24", None),
    ],
)
def test_span(text: str, start: str | None, end: str | None) -> None:
    def day(iso: str | None) -> dt.date | None:
        return dt.date.fromisoformat(iso) if iso else None

    assert words.span(text) == (day(start), day(end))


@pytest.mark.parametrize(
    "text",
    ["", "2024-13", "2024-00", "2023-02-29", "2024-5", "24", "二〇二四", "2024/", "2024-05-31/2024-05-01",
     "2024-01/2023", "2024-05/2024-06/2024-07", "2024 ", "0000"],
)  # fmt: skip
def test_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"不是日期|早于起"):
        words.span(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024", "2024年"),
        ("2024-05", "2024年5月"),
        ("2024-05-08", "2024年5月8日"),
        ("2024-01-01/2024-12-31", "2024年"),
        ("2024-05-01/2024-05-31", "2024年5月"),
        ("2024-01-01/2024-07-31", "2024年1—7月"),
        ("2023-11-01/2024-02-29", "2023年11月至2024年2月"),
        ("2015/2021", "2015—2021年"),
        ("../2024-08-08", "截至2024年8月8日"),
        ("2024-04-24/..", "2024年4月24日起"),
        ("2024-04-24/2024-08-08", "2024年4月24日至8月8日"),
        ("2023-12-24/2024-08-08", "2023年12月24日至2024年8月8日"),
    ],
)
def test_period(text: str, said: str) -> None:
    assert words.period(text) == said


@pytest.mark.parametrize(
    ("text", "years", "shifted"),
    [
        ("2024", -1, "2023"),
        ("2024-05", -1, "2023-05"),
        ("2024-05-31", -2, "2022-05-31"),
        ("2024-01-01/2024-07-31", -1, "2023-01-01/2023-07-31"),
        ("../2024-08-08", -1, "../2023-08-08"),
        ("2023", 1, "2024"),
    ],
)
def test_shifted_year(text: str, years: int, shifted: str) -> None:
    assert words.shifted_year(text, years) == shifted


def test_shifted_year_of_a_leap_february() -> None:
    assert words.shifted_year("2024-01-01/2024-02-29") == "2023-01-01/2023-02-28"


@pytest.mark.parametrize(
    ("month", "before"), [("2024-05", "2024-04"), ("2024-01", "2023-12"), ("2024-03", "2024-02")]
)
def test_previous_month(month: str, before: str) -> None:
    assert words.previous_month(month) == before


DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
POINTS = st.tuples(DAYS, st.sampled_from([4, 7, 10])).map(lambda p: p[0].isoformat()[: p[1]])
PERIODS = st.one_of(
    POINTS,
    st.tuples(DAYS, DAYS, st.sampled_from([4, 7, 10])).map(
        lambda p: "/".join(d.isoformat()[: p[2]] for d in sorted(p[:2]))
    ),
    POINTS.map(lambda p: f"{p}/.."),
    POINTS.map(lambda p: f"../{p}"),
)


@given(PERIODS)
def test_a_period_starts_before_it_ends_and_can_be_said(text: str) -> None:
    start, end = words.span(text)
    assert start is None or end is None or start <= end
    said = words.period(text)
    assert re.search(r"\d{4}年", said)
    assert "None" not in said


@given(PERIODS)
def test_shifting_a_year_there_and_back(text: str) -> None:
    assert words.shifted_year(words.shifted_year(text, -1), 1) in (text, text.replace("02-29", "02-28"))
