"""A period says no more than its source: open where no end is printed, unknown where nothing is."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

import small
from small import figure, progress
from yuebao import rules, values, words
from yuebao.chapter import Chapter
from yuebao.tables import Tables, assemble

ROOT = Path(__file__).resolve().parents[2]
OPEN = "2024-01-01/.."


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Two sources' counts since the year began, one month apart, and a dated one."""
    project = small.make(tmp_path)
    one = progress(period=OPEN, value=900, source_id="s_paper", change_pct=3, change_kind="yoy")
    dated = progress(period="2024-01-01/2024-04-20", value=800)
    last_year = progress(period="2023-01-01/..", value=100, programme="2023")
    small.put(project, "2024-04", "trade_in", [one, dated, last_year])
    small.put(project, "2024-04", "fraud", [figure(period="../..")])
    small.put(project, "2024-05", "trade_in", [progress(period=OPEN, value=500, source_id="s_bureau")])
    return assemble(project)


@pytest.mark.parametrize(
    ("period", "said"),
    [("2024-01-01/..", "2024年以来"), ("2020-10/..", "2020年10月起"), ("2024/..", "2024年起"),
     ("../..", "时期不详"), ("..", "时期不详")],
)  # fmt: skip
def test_an_open_period_in_words(period: str, said: str) -> None:
    assert words.period(period) == words.short_period(period) == said
    assert words.period(period, "2024-07-25") == f"{said}（2024年7月25日公布）"
    assert words.period("2024", "2024-07-25") == "2024年"


def test_an_unknown_period_is_read_as_it_is_written() -> None:
    assert values.period("时期不详") == "../.."
    assert words.span("../..") == (None, None)


def test_figures_without_an_end_are_not_one_figure(tables: Tables) -> None:
    shown = tables.shown("trade_in", period=OPEN)
    assert sorted(shown["value"]) == [500, 900]
    assert set(shown["agreement"]) == {"same"}
    assert rules.sources_agree(tables, "trade_in").empty


def test_figures_without_an_end_neither_fall_nor_are_compared(tables: Tables) -> None:
    assert rules.cumulative_never_falls(tables, "trade_in").empty
    assert list(rules.stated_changes(tables, "trade_in")["verdict"]) == [rules.UNCHECKED]


def test_an_unknown_period_is_within_its_edition(tables: Tables) -> None:
    assert set(rules.periods_within_edition(tables, "fraud")["verdict"]) == {rules.AGREES}


def test_a_table_says_when_an_open_figure_was_published(tables: Tables) -> None:
    shown = tables.shown("trade_in", period=OPEN)
    chapter = Chapter.__new__(Chapter)
    told: pd.DataFrame = Chapter.table(chapter, shown, ("period",))
    assert sorted(told["时期"]) == ["2024年以来（2024年5月10日公布）", "2024年以来（2024年5月31日公布）"]


def test_the_founding_page_says_no_more_of_its_periods_than_is_printed() -> None:
    told = {
        r["measure"]: r["period"]
        for r in rows(ROOT / "data" / "returns" / "2024-04" / "fraud.csv")
        if r["source_id"] == "hbrb_2024_04"
    }
    assert {told[f"persons_{what}"] for what in ("arrested", "prosecuted", "sentenced")} == {"2023-01-01/.."}
    assert {told[m] for m in ("firms_sanctioned", "users_sanctioned", "insiders_caught")} == {"../.."}


def test_no_figure_is_about_a_time_after_its_source_was_published() -> None:
    """Targets and expectations aside. A count of a month or a year may be told within it."""
    sources = {r["source_id"]: r["date_published"] for r in rows(ROOT / "data" / "sources.csv")}
    kinds = {r["measure"]: r["kind"] for r in rows(ROOT / "data" / "measures.csv")}
    late = []
    for dataset in ("fraud", "trees", "trade_in", "context"):
        for path in sorted((ROOT / "data" / "returns").glob(f"*/{dataset}.csv")):
            for r in rows(path):
                end, published = r["period"].split("/")[-1], sources[r["source_id"]]
                aim = kinds[r["measure"]] == "target" or r["obs_status"] == "F"
                if end != ".." and published and not aim and end[: len(published)] > published[: len(end)]:
                    late.append((path.parent.name, dataset, r["period"], r["measure"], r["source_id"]))
    assert late == []


def test_an_end_is_what_a_source_prints_and_never_the_day_it_was_published() -> None:
    """Where the note says that no end is stated, none stands; and no note says that one was taken."""
    wrong = []
    for path in sorted((ROOT / "data" / "returns").glob("*/*.csv")):
        for number, row in enumerate(rows(path), start=2):
            note, period = row.get("note_zh") or "", row.get("period") or ""
            taken = "止日取" in note or "取发布日" in note
            unstated = "没有写明止日" in note and not period.endswith("/..")
            if taken or unstated:
                wrong.append(f"{path.parent.name}/{path.name}:{number}: {period} {note}")
    assert wrong == []
