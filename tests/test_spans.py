"""Windows of time: which may stand side by side, and which tell one fact."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from yuebao import spans


def rows(*figures: dict[str, object]) -> pd.DataFrame:
    """Labelled rows as the functions need them."""
    base = {
        "area_code": "420000", "measure": "cases", "category": None, "value": None, "qualifier": "exact",
        "change_pct": None, "change_kind": None,
    }  # fmt: skip
    held = [{**base, "row_id": f"r-{n}", "source_id": f"s_{n}", **row} for n, row in enumerate(figures)]
    frame = pd.DataFrame(held)
    return frame.astype({"value": "float64", "change_pct": "float64"})


@pytest.mark.parametrize(
    ("period", "length"),
    [("2024", 366), ("2024-02", 29), ("2024-02-03", 1), ("2024-01/2024-05", 152), ("../2024-05-03", None)],
)
def test_days(period: str, length: int | None) -> None:
    assert spans.days(period) == length


@pytest.mark.parametrize(
    ("periods", "alike"),
    [
        (["2024-01", "2024-02", "2024-03"], True),
        (["2023", "2024"], True),
        (["2024-01/2024-03", "2024-07/2024-09"], True),
        (["2024", "2024-01/2025-05"], False),
        (["2024", "2023-12/2024-12"], False),
        (["2024-01-01", "2024-01-02/2024-01-04"], False),
        (["2024-01-01/2024-01-31", "2024-01-01/2024-01-24"], False),
        (["../2024-01-31", "../2024-12-31"], False),
        (["2024", "../2024-12-31"], False),
        (["../2024-01-31"], True),
        (["../2024-01-31", "../2024-01-31"], True),
        ([], True),
    ],
)
def test_bars_are_of_one_length(periods: list[str], alike: bool) -> None:
    assert spans.comparable(pd.DataFrame({"period": periods})) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("../2025-04-17", "../2025-04", True),
        ("2024-01-01/2024-04-17", "2024-01-01/2024-04", True),
        ("2024-01-01/2024-04-17", "2024-01/2024-04", True),
        ("2024-01-01/2024-04-17", "2024-01-01/2024-05", False),
        ("../2024-10-24", "2024-08/2024-10-24", True),
        ("2024-05", "2024-05-01/2024-05-31", True),
        ("2024-04-30", "2024", False),
        ("2024-04-30", "2024-04", False),
        ("2024-01-01/2024-04-17", "2024-01-20/2024-04-17", False),
    ],
)
def test_one_window(one: str, other: str, alike: bool) -> None:
    assert spans.one_window(one, other) is alike
    assert spans.one_window(other, one) is alike


TO_17 = "2024-01-01/2024-04-17"
TO_APRIL = "2024-01-01/2024-04"
OVER = "over"


def change(period: str, change_pct: float, kind: str = "yoy") -> dict[str, object]:
    return {"period": period, "change_pct": change_pct, "change_kind": kind}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (change(TO_17, -25.8), change(TO_APRIL, -25.81), True),
        (change(TO_17, -25.8), change(TO_APRIL, -25.91), False),
        (change(TO_17, -25.8), change(TO_APRIL, -25.81, "mom"), False),
        (change(TO_17, -25.8), {"period": TO_APRIL, "value": 25.8}, False),
        ({"period": TO_17, "value": 3.963e10}, {"period": TO_APRIL, "value": 3.963e10}, True),
        ({"period": TO_17, "value": 13}, {"period": TO_APRIL, "value": 13}, True),
        ({"period": TO_17, "value": 6.276e7}, {"period": TO_17, "value": 6.2e7, "qualifier": OVER}, True),
        # Of windows not written alike, two digits in common are no proof.
        ({"period": TO_17, "value": 4.167e7}, {"period": TO_APRIL, "value": 4.1e7, "qualifier": OVER}, False),
        ({"period": TO_17, "value": 4.167e7}, {"period": TO_APRIL, "value": 4.16e7, "qualifier": OVER}, True),
        ({"period": TO_17, "value": 100}, {"period": TO_APRIL, "value": 100, "area_code": "420100"}, False),
        ({"period": TO_17}, {"period": TO_17}, False),
    ],
)  # fmt: skip
def test_one_fact(one: dict[str, object], other: dict[str, object], alike: bool) -> None:
    assert len(spans.same_fact(rows(one, other))) == (1 if alike else 2)
    assert len(spans.same_fact(rows(other, one))) == (1 if alike else 2)


def test_a_fact_is_shown_once_with_all_its_sources() -> None:
    frame = rows(change(TO_APRIL, -25.81), {"period": "2023", "value": 5}, change(TO_17, -25.8))
    shown = spans.once(frame)
    assert list(shown["row_id"]) == ["r-2", "r-1"]  # the more precisely dated; in the place of the first
    assert list(shown["cited"]) == [["s_2", "s_0"], ["s_1"]]
    assert list(shown["same_rows"]) == [["r-2", "r-0"], ["r-1"]]


def test_nothing_is_shown_of_nothing() -> None:
    assert spans.once(rows({"period": "2023"}).iloc[:0]).empty


def test_the_last_day_of_a_range_to_a_month_is_not_stated() -> None:
    assert spans.ends_in_month("2025-01/2025-11")
    assert not spans.ends_in_month("2025-01/2025-11-30")
    assert not spans.ends_in_month("2025-01/..")


def test_share_of_a_span_gone() -> None:
    assert spans.gone(dt.date(2024, 12, 31), dt.date(2024, 1, 1), dt.date(2024, 12, 31)) == 100
    assert spans.gone(dt.date(2024, 1, 1), dt.date(2024, 1, 1), dt.date(2024, 1, 4)) == 25
