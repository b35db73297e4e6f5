"""Small counts of persons are kept back, and no sum gives them away."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small
from small import put, tree
from yuebao import schema
from yuebao.project import Project
from yuebao.suppress import CONFIDENTIAL, FREE, STATUS, THRESHOLD, suppress
from yuebao.tables import assemble

BY = ["area", "kind"]


def table(cells: list[list[int]], totals: bool = True) -> pd.DataFrame:
    """Cells with their sums over rows, columns and both; an empty key is a total."""
    rows = [(f"a{i}", f"k{j}", n) for i, line in enumerate(cells) for j, n in enumerate(line)]
    if totals:
        rows += [(f"a{i}", None, sum(line)) for i, line in enumerate(cells)]
        rows += [(None, f"k{j}", sum(line[j] for line in cells)) for j in range(len(cells[0]))]
        rows.append((None, None, sum(map(sum, cells))))
    return pd.DataFrame(rows, columns=[*BY, "count"])


def told(frame: pd.DataFrame) -> dict[tuple[str, str], object]:
    keys = frame[BY].fillna("").itertuples(index=False, name=None)
    return {
        (str(a), str(k)): (None if pd.isna(n) else int(n))
        for (a, k), n in zip(keys, frame["count"], strict=True)
    }


def test_a_small_count_is_not_told_nor_given_back_by_its_total() -> None:
    found = told(suppress(table([[3, 40], [50, 60]]), BY))
    assert found["a0", "k0"] is None
    assert found["a0", ""] == 43
    hidden = {key for key, n in found.items() if n is None}
    assert len(hidden) == 4, "one in its row, one in its column, and the one where they meet"


def test_the_smallest_partner_is_chosen() -> None:
    found = told(suppress(table([[3, 40, 20, 0]]).query("area == 'a0'"), BY))
    assert {key for key, n in found.items() if n is None} == {("a0", "k0"), ("a0", "k2")}


def test_what_is_large_is_told() -> None:
    frame = table([[THRESHOLD, 40], [50, 0]])
    found = suppress(frame, BY)
    assert list(found["count"]) == list(frame["count"])
    assert set(found[STATUS]) == {FREE}


def test_without_totals_only_the_small_ones_go() -> None:
    found = told(suppress(table([[3, 40], [50, 60]], totals=False), BY))
    assert [key for key, n in found.items() if n is None] == [("a0", "k0")]


def test_a_mark_does_not_tell_the_small_from_their_partners() -> None:
    found = suppress(table([[3, 40], [50, 60]]), BY)
    assert set(found.loc[found["count"].isna(), STATUS]) == {CONFIDENTIAL}
    assert set(found.loc[found["count"].notna(), STATUS]) == {FREE}


def test_zeros_do_not_hide_a_one() -> None:
    """With zeros only beside it, a one would follow from its totals; then these are kept back too."""
    found = told(suppress(table([[1, 0], [0, 0]]), BY))
    assert found["a0", "k0"] is None
    assert tables_that_fit(table([[1, 0], [0, 0]]), found, ("a0", "k0"), limit=3) > 1


def test_a_wrong_table_is_refused() -> None:
    twice = pd.concat([table([[3, 40]]), table([[3, 40]])])
    for frame in (twice, table([[-1, 40]], totals=False)):
        with pytest.raises(ValueError, match="count"):
            suppress(frame, BY)


def tables_that_fit(
    frame: pd.DataFrame, found: dict[tuple[str, str], object], key: tuple[str, str], limit: int
) -> int:
    """By trying them all: how many values the cell may have, each hidden cell from 0 to ``limit``."""
    areas = sorted({a for a, _ in found if a})
    kinds = sorted({k for _, k in found if k})
    inner = [(a, k) for a in areas for k in kinds]
    free = [c for c in inner if found[c] is None]
    values = set()
    for tried in itertools.product(range(limit + 1), repeat=len(free)):
        cells = {c: n for c in inner if (n := found[c]) is not None} | dict(zip(free, tried, strict=True))
        sums = {(a, ""): sum(cells[a, k] for k in kinds) for a in areas}
        sums |= {("", k): sum(cells[a, k] for a in areas) for k in kinds}
        sums["", ""] = sum(cells.values())
        if all(found[c] is None or found[c] == n for c, n in sums.items()):
            values.add(cells[key])
    return len(values)


CELLS = st.integers(2, 4).flatmap(
    lambda wide: st.lists(st.lists(st.integers(0, 30), min_size=wide, max_size=wide), min_size=1, max_size=4)
)


@settings(max_examples=40, deadline=None)
@given(CELLS)
def test_no_small_count_follows_from_what_is_told(cells: list[list[int]]) -> None:
    """Linear algebra: adding the unit row of a small cell to the equations must raise their rank."""
    frame = table(cells)
    found = suppress(frame, BY)
    keys = list(told(found))
    hidden = [n for n, v in enumerate(found["count"]) if pd.isna(v)]
    lines = []
    for total, key in enumerate(keys):
        for axis in (0, 1):
            if key[axis] == "":
                parts = [n for n, k in enumerate(keys) if k[axis] and k[1 - axis] == key[1 - axis]]
                line = np.zeros(len(keys))
                line[parts], line[total] = 1, -1
                lines.append(line[hidden])
    equations = np.array(lines)
    for at, place in enumerate(hidden):
        n = frame["count"].iloc[place]
        if 0 < n < THRESHOLD:
            unit = np.eye(len(hidden))[at]
            assert np.linalg.matrix_rank(np.vstack([equations, unit])) > np.linalg.matrix_rank(equations)
    for value, before in zip(found["count"], frame["count"], strict=True):
        assert pd.isna(value) or value == before, "what is told is told as it was"
        assert pd.isna(value) or value == 0 or value >= THRESHOLD


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_small_count_follows_for_one_who_tries_all_tables(cells: list[list[int]]) -> None:
    """Counts are not negative and whole: one who knows that still cannot tell."""
    frame = table(cells)
    found = told(suppress(frame, BY))
    for i, line in enumerate(cells):
        for j, n in enumerate(line):
            if n:
                assert tables_that_fit(frame, found, (f"a{i}", f"k{j}"), limit=5) > 1


# --- where the book counts --------------------------------------------------------------


def persons(project: Project) -> None:
    """Say of the register that its rows are persons."""
    path = project.schemas / "trees_register.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "persons: true\n", encoding="utf-8")


def test_records_of_persons_are_counted_through_the_rule(project: Project) -> None:
    lines = [
        tree(record_no=f"r-{n}", tree_id=f"T{n:04d}", tree_no="", area_code=area, grade=grade)
        for n, (area, grade) in enumerate(
            [("420102", "一级")] * 3
            + [("420102", "二级")] * 12
            + [("420103", "一级")] * 15
            + [("420103", "二级")] * 20
        )
    ]
    put(project, small.FIRST, "trees_register", lines)
    by = ["area_code", "grade"]
    open_ = assemble(project).counts("trees_register", by)
    assert open_["count"].notna().all()
    assert open_.set_index(by)["count"]["420102", "一级"] == 3
    persons(project)
    kept = assemble(project).counts("trees_register", by)
    assert kept.set_index(by)["count"].isna()["420102", "一级"]
    assert kept["count"].isna().sum() == 4
    total = kept[kept["area_code"].isna() & kept["grade"].isna()]["count"]
    assert list(total) == [50]


def test_no_dataset_of_the_book_is_of_persons_today() -> None:
    """The register is of trees; the figures are what public bodies published."""
    assert [d.name for d in schema.load(Project(small.REPO)).values() if d.persons] == []
