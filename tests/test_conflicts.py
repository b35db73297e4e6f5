"""Every figure that conflicts.csv refers to is in the returns, and its sentences hold no digits."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
KEY = ("area_code", "period", "measure", "category", "source_id")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


CONFLICTS = rows(DATA / "conflicts.csv")


def test_every_reference_is_a_figure_of_the_returns() -> None:
    known = {
        (dataset, *(r[name] for name in KEY))
        for dataset in {r["dataset"] for r in CONFLICTS}
        for path in DATA.glob(f"returns/*/{dataset}.csv")
        for r in rows(path)
    }
    assert [r for r in CONFLICTS if (r["dataset"], *(r[name] for name in KEY)) not in known] == []


def test_a_conflict_has_one_sentence_one_chapter_and_two_figures_or_more() -> None:
    figures, told = defaultdict(set), defaultdict(set)
    for r in CONFLICTS:
        figures[r["conflict"]].add((r["dataset"], *(r[name] for name in KEY)))
        told[r["conflict"]].add((r["chapter"], r["question_zh"], r["question_en"]))
    assert all(len(told[name]) == 1 and len(figures[name]) >= 2 for name in figures)
    assert sum(map(len, figures.values())) == len(CONFLICTS)
    assert len({sentences for (sentences,) in told.values()}) == len(told)


def test_sentences_hold_no_digits() -> None:
    assert [r for r in CONFLICTS if re.search(r"\d", r["question_zh"] + r["question_en"])] == []
