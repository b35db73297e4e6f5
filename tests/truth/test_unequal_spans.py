"""Bars are of windows of one length, or of an average a month; what lies between them is seen."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pandas as pd
import pytest

from drawn_rows import average, charted, drawn_rows
from site_fixtures import Site, site
from yuebao import spans, words
from yuebao.chapters import fraud

__all__ = ["site"]


@pytest.mark.parametrize(
    ("period", "length"),
    [
        ("2022", 12),
        ("2016/2017", 24),
        ("2024-05", 1),
        ("2021-01-01/2021-05-31", 5),
        ("2021-04/2022-07", 16),
        ("2023-01-01/2024-04-17", 15 + Decimal(17) / 30),
        ("2023-01-01/..", None),
        ("../2022-04-14", None),
        ("../..", None),
        ("2024-01-01/2024-04", None),  # which day of April is not told
        ("2020-09/2021-06-01", None),
    ],
)
def test_a_window_has_a_length_where_both_ends_are_told(period: str, length: Decimal | None) -> None:
    assert fraud.months(period) == length


def windows(*given: tuple[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["period", "value"])
    ends = frame["period"].map(words.span)
    return frame.assign(
        row_id=[f"fraud-{n}" for n in range(len(frame))],
        qualifier="exact",
        first_day=pd.to_datetime(ends.str[0]),
        last_day=pd.to_datetime(ends.str[1]),
    )


def test_a_rate_is_the_figure_over_its_months() -> None:
    rows = windows(("2018-01-01/2018-06-30", 2286), ("2020-01-01/2020-09-30", 5091), ("2022", 21240))
    made = fraud.rates(rows, pd.Series(False, rows.index))
    assert list(made["rate"]) == [381, 566, 1770]
    assert list(made["months"]) == [6, 9, 12]


def test_a_rate_has_no_more_digits_than_its_figure() -> None:
    assert fraud.a_month(3.8e8, "exact", Decimal(6)) == 63_000_000
    assert fraud.a_month(3019, "exact", Decimal(5)) == 604


def test_no_rate_of_an_open_a_disputed_or_an_overlapping_window() -> None:
    rows = windows(
        ("../2022-04-14", 1),
        ("2023-01-01/..", 2),
        ("2021-01-01/2021-05-31", 300),
        ("2021", 900),
        ("2019", 800),
    )
    made = fraud.rates(rows, rows["period"] == "2019")
    assert list(made["rate"].notna()) == [False, False, False, True, False]
    assert list(made["why"].fillna("")) == [
        "起讫没有写全",
        "起讫没有写全",
        "与画出的时段重叠",
        "",
        "与别处对不上",
    ]


def test_changes_of_one_length_are_drawn_together() -> None:
    rows = windows(("2023", 1), ("2024-01-01/2024-04-17", 2), ("2024", 3))
    assert list(fraud.equal_spans(rows)) == [True, False, True]
    same = windows(("2023-01-01/..", 1), ("2023-01-01/..", 2), ("2023", 3))
    assert list(fraud.equal_spans(same)) == [True, True, False]


def test_a_place_is_left_open_where_months_are_missing() -> None:
    periods = pd.Series(["2023-03", "2023-05", "2024-02", "2024-03"])
    frame = pd.DataFrame(
        {"label": periods, "value": 1.0, "text": "1", "spoken": False, "tip": periods}, index=periods.index
    )
    labels = [label.strip("\u200b") for label in fraud.with_gaps(frame, periods)["label"]]
    assert labels == ["2023-03", fraud.GAP, "2023-05", fraud.GAP, "2024-02", "2024-03"]
    assert fraud.with_gaps(frame, periods)["label"].is_unique


# --- the real book ----------------------------------------------------------------------------


def test_bars_are_of_one_length(site: Site) -> None:
    looked_at = 0
    for page in ("fraud", "context"):
        for name in charted(site, page):
            rows = drawn_rows(site, name)
            if average(rows) is None:
                looked_at += 1
                assert spans.comparable(rows), f"{name}: {rows['period'].tolist()}"
    assert looked_at > 5


def test_averages_are_of_windows_apart_and_re_derivable(site: Site) -> None:
    looked_at = 0
    for name in charted(site, "fraud"):
        rows = drawn_rows(site, name)
        column = average(rows)
        if column is None:
            continue
        looked_at += 1
        ends = sorted(words.span(period) for period in rows["period"])
        assert all(a[1] < b[0] for a, b in itertools.pairwise(ends)), name
        for _, row in rows.iterrows():
            length = fraud.months(row["period"])
            assert length, row["period"]
            assert Decimal(row[column]) == fraud.a_month(row["value"], row["qualifier"], length)
            assert row["from_rows"]
        figure = site.page("fraud").find(id=f"x-{name}")
        assert figure is not None
        assert "本书计算" in figure.get_text()
    assert looked_at


def test_no_caption_says_not_to_compare_what_is_drawn(site: Site) -> None:
    for name in charted(site, "fraud"):
        figure = site.page("fraud").find(id=f"x-{name}")
        assert figure is not None
        assert "不能直接比较" not in figure.get_text(), name


def test_the_axis_shows_where_months_or_years_are_missing(site: Site) -> None:
    looked_at = 0
    for name in charted(site, "fraud"):
        rows = drawn_rows(site, name)
        if average(rows) is not None or not rows["period"].str.fullmatch(r"\d{4}(-\d{2})?").all():
            continue
        if rows["measure"].nunique() > 1 or rows["category"].notna().any():
            continue
        gaps = sum(not fraud._adjoin(a, b) for a, b in itertools.pairwise(rows["period"]))
        figure = site.page("fraud").find(id=f"x-{name}")
        assert figure is not None
        svg = figure.find("svg")  # type: ignore[union-attr]
        assert svg.get_text().count(fraud.GAP) == gaps, name  # type: ignore[union-attr]
        looked_at += 1
    assert looked_at > 2
