"""No percentage of a base too small for one heads a page; below the minimum the difference is told."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import Tag

from site_fixtures import Site, site
from small import FIRST, figure, put
from yuebao import percentages, tables, trace
from yuebao.chapters import claims
from yuebao.project import Project
from yuebao.tables import Tables

__all__ = ["site"]
HEADLINES = ".lead data, .card data, .column .card-change data, .column .card-value data"


@pytest.mark.parametrize(
    ("base", "qualifier", "places"),
    [
        (14, "exact", 0),
        (100, "exact", 0),
        (999, "exact", 0),
        (1000, "exact", 1),
        (9999, "exact", 2 - 1),
        (2_714_600, "exact", 2),
        (155_000, "exact", 0),  # told to the thousand: 155 of them
        (10_100_000_000, "exact", 0),
        (5000, "about", 0),
    ],
)
def test_a_percentage_has_no_more_decimals_than_its_base_carries(
    base: float, qualifier: str, places: int
) -> None:
    assert percentages.places(base, qualifier) == places


def test_the_minimum_is_one_case_one_point() -> None:
    assert percentages.MINIMUM_BASE == 100
    assert percentages.MINIMUM_ZH == "一百"
    assert percentages.large_enough(100)
    assert not percentages.large_enough(99)


def test_a_difference_says_which_way_and_how_much() -> None:
    assert percentages.difference_words(27, 14, "起") == "多13起"
    assert percentages.difference_words(27, 54, "起") == "少27起"
    assert percentages.difference_words(27, 27, "起") == "持平"
    assert percentages.difference_words(2_714_600, 2_579_200, "元") == "多13.54万元"


def tables_of(project: Project, *rows: dict[str, object]) -> Tables:
    put(project, FIRST, "fraud", rows)
    return tables.assemble(project)


def claim(held: Tables) -> pd.Series:
    frame = held.labelled("fraud")
    return frame[frame["change_pct"].notna()].iloc[0]


@pytest.mark.parametrize(
    ("now", "base", "allowed"), [(27, 54, False), (150, 99, False), (90, 100, True), (250, 500, True)]
)
def test_a_stated_change_heads_a_page_only_over_a_base_large_enough(
    empty: Project, now: int, base: int, allowed: bool
) -> None:
    stated = round((now / base - 1) * 100, 2)
    held = tables_of(
        empty, figure(value=now, change_pct=stated, change_kind="yoy"), figure(period="2023-04", value=base)
    )
    assert percentages.is_headline(held, claim(held)) is allowed


def test_a_base_no_row_tells_is_what_the_level_and_the_change_leave(empty: Project) -> None:
    held = tables_of(empty, figure(value=27, change_pct=92.86, change_kind="mom"))
    assert not percentages.is_headline(held, claim(held))


def test_a_change_without_any_level_may_head_a_page(empty: Project) -> None:
    held = tables_of(empty, figure(value="", qualifier="", change_pct=-5.82, change_kind="yoy"))
    assert percentages.is_headline(held, claim(held))


# --- the real book ----------------------------------------------------------------------------


def percents(tags: list[Tag]) -> list[Tag]:
    """Of numbers on a page those that a percent sign follows."""
    return [tag for tag in tags if re.match(r"\s*%", str(tag.next_sibling or ""))]


def levels(site: Site) -> pd.DataFrame:
    """Every figure of the downloads of datasets that holds a value, by its id."""
    parts = [site.table(name) for name in ("fraud", "trees", "trade_in", "context")]
    frame = pd.concat(parts).set_index("row_id")
    return frame.assign(value=pd.to_numeric(frame["value"].replace("", None)))


def bases(figures: pd.DataFrame, row: pd.Series) -> pd.Series:
    """The levels a figure's stated change is measured against."""
    period = percentages.base_period(row["period"], row["change_kind"])
    same = figures[figures["period"] == period]
    for name in ("area_code", "measure", "category"):
        same = same[same[name] == row[name]]
    return same["value"].dropna()


def test_no_headline_is_a_percentage_of_few(site: Site) -> None:
    figures, looked_at = levels(site), 0
    for name in site.names:
        for tag in percents(site.page(name).select(HEADLINES)):
            row_id = str(tag["data-row"]).split()[0]
            if row_id not in figures.index:
                continue
            row = figures.loc[row_id]
            looked_at += 1
            few = [base for base in bases(figures, row) if base < percentages.MINIMUM_BASE]
            assert not few, f"{name}: {tag.parent.get_text() if tag.parent else ''}, of {few}"
    assert looked_at


def test_no_percentage_the_book_computes_is_of_few(site: Site) -> None:
    """A computed percentage names the rows it comes from; one of them at least is its base."""
    figures = levels(site)
    of: dict[str, list[str]] = {}
    for file in site.downloads:
        frame = site.table(file.removesuffix(".csv"))
        if {"row_id", "from_rows"} <= set(frame.columns):
            of |= {row: ids.split(";") for row, ids in zip(frame["row_id"], frame["from_rows"], strict=True)}
    looked_at = 0
    for name in site.names:
        for tag in percents(site.page(name).select("data[data-row]")):
            row_id = str(tag["data-row"]).split()[0]
            counted = figures["value"].reindex(of.get(row_id, [])).dropna()
            counted = counted[figures["unit"].reindex(counted.index) != "percent"]
            if trace.dataset_of(row_id) or counted.empty:
                continue
            looked_at += 1
            assert counted.max() >= percentages.MINIMUM_BASE, f"{name}: {row_id} {tag.get_text()}%"
    assert looked_at > 10


def test_the_desk_tells_the_numbers_where_a_base_is_small(site: Site) -> None:
    frame = site.table("claims").set_index("row_id")
    small = frame[pd.to_numeric(frame["base_level"].replace("", None)) < percentages.MINIMUM_BASE]
    assert len(small)
    for row_id, row in small.iterrows():
        cells = site.page("claims").find(id=str(row_id))
        assert isinstance(cells, Tag)
        again = cells.select("td")[4].get_text()
        assert "%" not in again
        for level in ("level", "base_level"):
            assert str(int(float(row[level]))) in again
    assert claims.TRIFLE in site.text("claims")


def test_the_front_page_tells_a_countys_difference_in_cases(site: Site) -> None:
    change = site.page("index").select_one(".column .card-change")
    assert change is not None
    assert "%" not in change.get_text()
    table = site.table("fraud-tongcheng-cases").iloc[-1]
    numbers = {str(int(float(table[c]))) for c in table.index if str(c).startswith("比上")}
    assert {str(tag["value"]) for tag in change.select("data")} == numbers
