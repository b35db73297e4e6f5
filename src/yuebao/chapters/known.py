"""How much the book knows of each area, chapter by chapter."""

from __future__ import annotations

import pandas as pd

from yuebao import areas, words
from yuebao.chapter import Chapter
from yuebao.chapters.trees import register

COUNTS = {
    "fraud": "诈骗数字",
    "trees": "古树数字",
    "trees_register": "名录树木",
    "trade_in": "以旧换新数字",
    "trade_in_policy": "补贴规则",
    "context": "同版要闻数字",
}


def count_cells(counts: pd.Series, ids: list[str]) -> list[str]:
    """Counts as cells of the rows ``ids``; none of the book's own rows is 0, and says nothing of the area."""
    return [words.shown_count(n, row, here=True) for n, row in zip(counts, ids, strict=True)]


def known(chapter: Chapter) -> pd.DataFrame:
    """One row an area: ``area_code``, ``area_zh``, ``area_short`` and a count for each of ``COUNTS``.

    Counted are the figures, trees and rules of the area and its counties; several sources of
    one figure count once.
    """
    held = chapter.tables
    listed = held.lists["areas"].set_index("area_code")
    rows = {
        "trees_register": register(chapter),
        "trade_in_policy": held.labelled("trade_in_policy"),
        **{name: held.shown(name) for name in ("fraud", "trees", "trade_in", "context")},
    }
    above = {
        c: code for code in areas.codes(held.lists["areas"]) for c in areas.within(held.lists["areas"], code)
    }
    counts = {name: frame["area_code"].map(above).value_counts() for name, frame in rows.items()}
    out = pd.DataFrame({"area_code": areas.codes(held.lists["areas"])})
    out["area_zh"] = out["area_code"].map(listed["name_zh"])
    out["area_short"] = out["area_code"].map(listed["short_zh"])
    for name in COUNTS:
        out[name] = out["area_code"].map(counts[name]).fillna(0).astype(int)
    return out
