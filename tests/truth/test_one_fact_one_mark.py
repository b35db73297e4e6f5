"""A fact that several sources tell is one mark, also where they date it with different precision."""

from __future__ import annotations

import pandas as pd
import pytest

from drawn_rows import charted, drawn_rows
from site_fixtures import Site, site
from small import FIRST, figure, put
from yuebao import spans, tables
from yuebao.chapter import Chapter
from yuebao.chapters import fraud
from yuebao.project import Project

__all__ = ["site"]


def changes(project: Project, *rows: dict[str, object]) -> pd.DataFrame:
    blank = {"value": "", "qualifier": "", "change_kind": "yoy"}
    put(project, FIRST, "fraud", [figure(**{**blank, **row}) for row in rows])
    held = tables.assemble(project)
    chapter = Chapter("fraud", held.edition, "420000", held, None)  # type: ignore[arg-type]
    return fraud._changes(chapter, "cases_filed", "yoy")


def test_a_window_told_to_the_day_and_to_the_month_is_one(empty: Project) -> None:
    rows = changes(
        empty,
        {"period": "2024-01-01/2024-04-17", "change_pct": -25.8, "source_id": "s_copy"},
        {"period": "2024-01-01/2024-04", "change_pct": -25.81, "source_id": "s_paper"},
    )
    assert len(rows) == 1
    assert sorted(rows["cited"].iloc[0]) == ["s_copy", "s_paper"]
    assert len(rows["same_rows"].iloc[0]) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"period": "2024-01-01/2024-04", "change_pct": -25.7},  # no rounding makes it -25.8
        {"period": "2024-02-01/2024-04", "change_pct": -25.81},  # another start
        {"period": "2024", "change_pct": -25.8},  # another window
    ],
)
def test_what_differs_stays_two(empty: Project, other: dict[str, object]) -> None:
    first = {"period": "2024-01-01/2024-04-17", "change_pct": -25.8, "source_id": "s_copy"}
    assert len(changes(empty, first, {"source_id": "s_paper", **other})) == 2


def test_an_open_end_is_never_the_newest(empty: Project) -> None:
    rows = changes(
        empty,
        {"period": "2023-01-01/..", "change_pct": -40},
        {"period": "../..", "change_pct": -30},
        {"period": "2023", "change_pct": -20},
    )
    assert rows["period"].iloc[-1] == "2023"


def test_every_fact_is_drawn_once(site: Site) -> None:
    looked_at = 0
    for name in charted(site, "fraud"):
        rows = drawn_rows(site, name)
        looked_at += 1
        twice = [group for group in spans.same_fact(rows) if len(group) > 1]
        assert not twice, f"{name}: {rows.iloc[twice[0]]['period'].tolist()}"
    assert looked_at > 5
