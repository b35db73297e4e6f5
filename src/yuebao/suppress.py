"""Small counts of persons, kept back: the one rule for counts the book makes from records.

What a public body has published stays as published. But where the book itself counts records
that are each about a person, a count that could point at someone is not told (primary), and so
many others are not told with it that no sum gives it back (secondary). Both are marked the same,
or the mark would tell which of them are small.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from yuebao import words

# Fewer than ten persons of one place, month and kind can often be named by a neighbour or a colleague;
# statistical offices keep back counts below 3 to 10, and this book takes the most careful of these.
THRESHOLD = 10
CONFIDENTIAL, FREE = "C", "F"  # SDMX CONF_STATUS
STATUS = "conf_status"
SHOWN = '<abbr title="人数少，依规则不公布">c</abbr>'  # what a table prints instead of the count


def suppress(counts: pd.DataFrame, by: list[str], value: str = "count") -> pd.DataFrame:
    """The table with the counts that may not be told left empty, and ``conf_status`` beside them.

    ``counts``: one row a cell, told apart by the columns ``by``; a cell empty in one of them is
    the total over it. Counts are whole and not negative. A zero is told: it points at no one.

    Raises ValueError where a cell stands twice or a count is negative or missing.
    """
    held = counts.reset_index(drop=True)
    if held.duplicated(by).any():
        raise ValueError("a cell of the table of counts stands twice")
    numbers = held[value].to_numpy(dtype="float64")
    if np.isnan(numbers).any() or (numbers < 0).any():
        raise ValueError("a count is negative or missing")
    sums = list(_sums(held, by))
    small = (numbers > 0) & (numbers < THRESHOLD)
    hidden = small.copy()
    while (given_back := _recoverable(numbers, hidden, small, sums)) is not None:
        hidden[_partner(numbers, hidden, given_back, sums)] = True
    status = np.where(hidden, CONFIDENTIAL, FREE)
    held[value] = held[value].astype("Int64").mask(hidden)
    held[STATUS] = status
    return held.set_axis(counts.index)


def _sums(held: pd.DataFrame, by: list[str]) -> Iterator[tuple[int, list[int]]]:
    """Every total and the cells it is the sum of, as places in the table."""
    keys = [tuple(None if words.missing(part) else part for part in row) for row in held[by].to_numpy(object)]
    for total, key in enumerate(keys):
        for at in (n for n, part in enumerate(key) if part is None):
            rest = key[:at] + key[at + 1 :]
            parts = [n for n, k in enumerate(keys) if k[at] is not None and k[:at] + k[at + 1 :] == rest]
            if parts:
                yield total, parts


def _recoverable(
    numbers: np.ndarray, hidden: np.ndarray, small: np.ndarray, sums: list[tuple[int, list[int]]]
) -> int | None:
    """A small count that the told ones still give away: it can have one value only."""
    places = np.flatnonzero(hidden)
    column = {int(place): n for n, place in enumerate(places)}
    left, right = [], []
    for total, parts in sums:
        terms = [(total, -1.0), *((part, 1.0) for part in parts)]
        if any(hidden[place] for place, _ in terms):
            line = np.zeros(len(places))
            for place, sign in terms:
                if hidden[place]:
                    line[column[place]] = sign
            left.append(line)
            right.append(-sum(sign * numbers[place] for place, sign in terms if not hidden[place]))
    for place in (int(n) for n in np.flatnonzero(small)):
        if not left:
            return None
        goal = np.zeros(len(places))
        goal[column[place]] = 1.0
        low, high = (_extreme(sign * goal, left, right) * sign for sign in (1, -1))
        if high - low < 1:  # no two whole numbers lie within
            return place
    return None


def _extreme(goal: np.ndarray, left: list[np.ndarray], right: list[float]) -> float:
    """The least value of ``goal`` among all tables of counts that fit what is told."""
    # Here: only a count that is kept back needs it, and it loads slowly.
    from scipy.optimize import linprog  # type: ignore[import-untyped]

    found = linprog(goal, A_eq=np.array(left), b_eq=right, bounds=(0, None), method="highs")
    return float(found.fun) if found.success else -np.inf  # unbounded: nothing is given away


def _partner(numbers: np.ndarray, hidden: np.ndarray, place: int, sums: list[tuple[int, list[int]]]) -> int:
    """The count to keep back because of ``place``: one in a sum with it, else with another kept back.

    A total goes after what it is the sum of, a zero last; of the rest the smallest.
    """
    totals = {total for total, _ in sums}
    lines = [{total, *parts} for total, parts in sums]
    beside = set().union(*(line for line in lines if place in line))
    near = set().union(*(line for line in lines if hidden[list(line)].any()))
    rest = [n for n in near if not hidden[n]]
    return min(rest, key=lambda n: (numbers[n] == 0, n in totals, n not in beside, numbers[n], n))
