"""Percentages: from which base on the book tells one, with how many decimals, and what it tells below.

A percentage of 14 cases moves by seven points with a single case; printed to two decimals it
says more than 14 cases can. Below the minimum the difference itself is told: 多13起.
What a source states stays what it states, in the tables; only as a headline of the book's own
(a lead, a card, a title) it is held to the same rule.
"""

from __future__ import annotations

import math
from decimal import Decimal

import pandas as pd

from yuebao import trace, words
from yuebao.markup import escaped
from yuebao.tables import Tables, bounds

# From 100 on one case is at most one point, so a whole percentage says no more than the count
# does. Statistical offices draw the line between 20 and 100; this is the strictest of these.
MINIMUM_BASE = 100
MINIMUM_ZH = "一百"
# Two decimals are as many as any source of the book states; more are never printed.
MOST_PLACES = 2
AGAINST = {"yoy": "比上年同期", "mom": "比上月", "yoy2": "比两年前同期"}


def large_enough(base: float) -> bool:
    """Whether a percentage of ``base`` (in base units: cases, persons, yuan) is told."""
    return bool(base >= MINIMUM_BASE)


def places(base: float, qualifier: str | None = "exact") -> int:
    """How many decimals a percentage of ``base`` carries: one unit of its last digit stays visible.

    100 cases carry none, 1,000 one, 10,000 two; 15.5万, told to the thousand, carries none.
    """
    low, high = bounds(base, qualifier)
    units = words.decimal(base) / (high - low or Decimal(1))
    return min(MOST_PLACES, max(0, math.floor(math.log10(units)) - 2)) if units > 0 else 0


def base_period(period: str, kind: str) -> str | None:
    """The period a change of a kind is measured against; None where the kind does not say."""
    if ".." in period:  # where it starts or ends is not known, so neither is what it compares with
        return None
    if kind == "yoy":
        return words.shifted_year(period)
    if kind == "yoy2":
        return words.shifted_year(period, -2)
    if kind == "mom" and len(period) == 7:
        return words.previous_month(period)
    return None


def against(period: str, kind: str) -> str:
    """What a difference is measured against, in words: 比上年同月, 比上月, 比上年同期."""
    if kind == "yoy" and len(period) == 7:
        return "比上年同月"
    return AGAINST[kind]


def difference(now: float, base: float) -> Decimal:
    """``now`` less ``base``, without binary noise."""
    return words.decimal(now) - words.decimal(base)


def difference_words(now: float, base: float, unit: str) -> str:
    """How much more or less: 多13起, 少27起, 持平."""
    size = difference(now, base)
    if not size:
        return "持平"
    return f"{'多' if size > 0 else '少'}{words.amount(float(abs(size)), unit)}"


def shown_difference(now: float, base: float, unit: str, row_id: str, here: bool = False) -> str:
    """``difference_words`` as it goes into a page; ``row_id``: the computed row the difference stands in."""
    size = difference(now, base)
    if not size:
        return words.number_tag(0, "持平", row_id, here)
    digits = "".join(words.scaled(float(abs(size))))
    return f"{'多' if size > 0 else '少'}{words.number_tag(size, digits, row_id, here)}{escaped(unit)}"


def base_of(tables: Tables, row: pd.Series) -> pd.Series | None:
    """The sound level a row's stated change is measured against; None where no row tells it."""
    dataset = trace.dataset_of(str(row["row_id"]))
    kind = "" if words.missing(row.get("change_kind")) else str(row["change_kind"])
    period = base_period(str(row["period"]), kind)
    if dataset is None or period is None:
        return None
    category = None if words.missing(row.get("category")) else row["category"]
    wanted = {"area_code": row["area_code"], "measure": row["measure"], "category": category}
    levels = tables.sound(dataset, period=period, **wanted)
    levels = levels[levels["value"].notna()]
    return None if levels.empty else levels.iloc[0]


def is_headline(tables: Tables, row: pd.Series) -> bool:
    """Whether a row's stated change may head a page: not where its base is below the minimum.

    The base is the level a row tells, else, where the row has a level of its own, what that
    level and the change leave for it. Where neither is told nothing is known against it.
    """
    if words.missing(row.get("change_pct")):
        return False
    base = base_of(tables, row)
    if base is not None:
        return large_enough(base["value"])
    growth = 1 + words.decimal(row["change_pct"]) / 100
    if words.missing(row.get("value")) or growth <= 0:
        return True
    return large_enough(float(words.decimal(row["value"]) / growth))
