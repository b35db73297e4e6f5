"""Windows of time: which may stand side by side as bars, and which tell one and the same fact.

A count of what happened (cases, sales, applications) belongs to a window: how much depends on
how long it is. A bar chart sets lengths side by side, so it may hold only windows of one length.
Two sources that count to "17 April" and "to April" and give the same number tell one fact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd

from yuebao import tables, words

# Calendar months are 28 to 31 days. Windows of the same number of whole months (two quarters, two
# years) differ by no more than 3 days, and one day more or less in 28 is as much as two months
# may differ by themselves; a window longer by a month is more than either.
MONTHS_DIFFER = 3
MONTHS_RATIO = 31 / 28


def days(period: str) -> int | None:
    """How many days a period covers, both ends included; None where an end is open or unknown."""
    first, last = words.span(period)
    return None if first is None or last is None else (last - first).days + 1


def comparable(rows: pd.DataFrame) -> bool:
    """Whether rows of counts (column ``period``) may stand as bars on one axis.

    So where all cover the same length, but for the months' own unequal lengths. A window whose
    start is not stated has no length and is comparable to none; a single row is always.
    For counts of what happened in a window only: a stock (trees, a population) has a day, not a window.
    """
    periods = list(dict.fromkeys(rows["period"]))
    if len(periods) < 2:
        return True
    lengths = [days(period) for period in periods]
    known = [length for length in lengths if length is not None]
    if len(known) < len(lengths):
        return False
    return max(known) - min(known) <= MONTHS_DIFFER and max(known) / min(known) <= MONTHS_RATIO


def one_window(a: str, b: str) -> bool:
    """Whether two periods may be one window, written with different precision.

    So where both cover the same days (2024-05, 2024-05-01/2024-05-31), and where both are ranges
    whose ends are alike as far as the less precise one goes, an end not stated being like any:
    ``../2025-04-17`` and ``../2025-04``, ``2024-08/2024-10-24`` and ``../2024-10-24``. A day and the
    month or year it lies in, each written alone, are two windows.
    """
    if words.span(a) == words.span(b):
        return True
    if "/" not in a or "/" not in b:
        return False
    return all(_one_end(x, y) for x, y in zip(_ends(a), _ends(b), strict=True))


def _ends(period: str) -> tuple[str, str]:
    first, slash, last = period.partition("/")
    return (first, last) if slash else (first, first)


def _one_end(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return short in ("..", long) or long.startswith(f"{short}-")


def precision(period: str) -> int:
    """How precisely a period is dated: the more of its ends' digits are written the higher."""
    return sum(len(end) for end in _ends(period) if end != "..")


def ends_in_month(period: str) -> bool:
    """Whether the last day is not stated: a range that ends in a bare month or year (2025-01/2025-11).

    Whole months (2025-11, 2025-01/2025-11 of a monthly report) are written alike, so what is
    said of such a period is said of both: its day is not on the page.
    """
    last = _ends(period)[1]
    return last != ".." and len(last) < len("2025-11-30")


def same_fact(
    rows: pd.DataFrame, by: Sequence[str] = ("area_code", "measure", "category")
) -> list[list[int]]:
    """Groups of ``rows`` (their positions) that tell one fact: ``by`` equal, one window, one value.

    Within a group the row to show stands first: the more precisely dated, then the one with more
    digits, then the order of ``rows``. A row that is like no other is a group of its own; the
    groups stand in the order of their first row.
    """
    groups: list[list[int]] = []
    keys = rows[list(by)].astype("object").where(rows[list(by)].notna(), None)
    named = [tuple(key) for key in keys.itertuples(index=False)]
    each = [row for _, row in rows.iterrows()]
    for at, row in enumerate(each):
        for group in groups:
            if all(named[at] == named[other] and _alike(row, each[other]) for other in group):
                group.append(at)
                break
        else:
            groups.append([at])

    def rank(at: int) -> tuple[int, float, int]:
        row = each[at]
        number = row.get("change_pct") if words.missing(row["value"]) else row["value"]
        size = 0.0 if words.missing(number) else float(tables.coarseness(number))
        return -precision(row["period"]), size, at

    return [sorted(group, key=rank) for group in groups]


# Where two windows are not written alike, only a number of so many digits says that they are one:
# two numbers of three digits agree by chance once in some hundred.
DIGITS = 3


def _alike(a: pd.Series, b: pd.Series) -> bool:
    """One window and one value: a level, or a change of one kind where no level is told."""
    if not one_window(a["period"], b["period"]):
        return False
    levels = [row["value"] for row in (a, b) if not words.missing(row["value"])]
    changes = [row["change_pct"] for row in (a, b) if not words.missing(row.get("change_pct"))]
    if len(levels) == 2:
        qualifiers = [a.get("qualifier"), b.get("qualifier")]
        agree = tables.agreement(levels, qualifiers) != "differs"
    elif not levels and len(changes) == 2 and a.get("change_kind") == b.get("change_kind"):
        levels, agree = changes, _rounded_alike(*changes)
    else:
        return False
    certain = words.span(a["period"]) == words.span(b["period"]) or levels[0] == levels[1]
    return agree and (certain or min(map(_digits, levels)) >= DIGITS)


def _digits(value: float) -> int:
    """How many digits a printed number has: 41000000 -> 2, 25.81 -> 4."""
    return len(words.decimal(value).normalize().as_tuple().digits)


def _rounded_alike(a: float, b: float) -> bool:
    """Whether two printed percentages can be one: equal once the longer is rounded as the shorter is."""
    one, other = (words.decimal(v).normalize() for v in (a, b))
    places = min(max(0, -int(v.as_tuple().exponent)) for v in (one, other))
    return words.rounded(one, places) == words.rounded(other, places)


def once(rows: pd.DataFrame, by: Sequence[str] = ("area_code", "measure", "category")) -> pd.DataFrame:
    """``rows`` with every fact once: the row to show of each, ``cited`` naming the sources of all.

    ``same_rows`` lists the ids of all rows of the fact, the shown one first.
    """
    if rows.empty:
        return rows.assign(same_rows=[])
    groups = same_fact(rows, by)
    shown = rows.iloc[[group[0] for group in groups]].copy()
    cites = list(rows["cited"]) if "cited" in rows else [[source] for source in rows["source_id"]]
    ids = list(rows["row_id"])
    shown["cited"] = [_joined(cites[at] for at in group) for group in groups]
    shown["same_rows"] = [[ids[at] for at in group] for group in groups]
    return shown


def _joined(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(source for cited in lists for source in cited))


def gone(day: dt.date, first: dt.date, last: dt.date) -> float:
    """Share of a span gone at the end of ``day``, in percent; both its ends are part of it."""
    return ((day - first).days + 1) / ((last - first).days + 1) * 100
