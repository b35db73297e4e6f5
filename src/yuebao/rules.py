"""Rules no schema can say. Each turns the edition's tables into a table of cases.

A rule is a function ``(tables, dataset, **options) -> cases``: one row a case it
looked at, with ``_file`` and ``_row`` (where the figure stands), its ``row_id``, ``column``,
``stated`` and ``found`` (texts a reader understands) and ``verdict``. Which
verdicts pass is said in ``validation/<chapter>.yaml``; Great Expectations counts
them. A rule never changes a value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, Decimal
from statistics import median
from typing import Any

import pandas as pd

from yuebao import percentages, spans, words
from yuebao.tables import TRUST, Tables, bounds, identity, is_sound

Rule = Callable[..., pd.DataFrame]
RULES: dict[str, Rule] = {}
CASE = ["_file", "_row", "column", "stated", "found", "verdict", "area_zh", "period", "measure_zh"]
CASE += ["category_zh", "source_id", "row_id"]
# Of a percentage that was computed again: what came out, and the rows it was computed from, joined by ";".
CASE += ["recomputed", "from_rows"]

AGREES, TRUNCATED, ROUNDING = "agrees", "agrees_truncated", "agrees_within_rounding"
DISAGREES, UNCHECKED = "disagrees", "unchecked"


def rule(function: Rule) -> Rule:
    """Register a rule under its function's name."""
    RULES[function.__name__] = function
    return function


def _cases(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=CASE)


def _case(
    row: pd.Series,
    column: str,
    stated: str,
    found: str,
    verdict: str,
    recomputed: Decimal | None = None,
    of: Iterable[pd.Series] = (),
) -> dict[str, Any]:
    place = {name: row.get(name) for name in CASE if name in row.index}
    case = {**place, "column": column, "stated": stated, "found": found, "verdict": verdict}
    from_rows = ";".join(dict.fromkeys(other["row_id"] for other in of))
    return {
        **case,
        "recomputed": None if recomputed is None else float(recomputed),
        "from_rows": from_rows or None,
    }


def decimals(value: float) -> int:
    """Digits after the point as printed: 213.47 -> 2."""
    return max(0, -int(words.decimal(value).normalize().as_tuple().exponent))


def compare(stated: float, low: Decimal, exact: Decimal, high: Decimal) -> str:
    """Whether a stated percentage agrees with what the levels give.

    ``exact`` is computed from the values as printed, ``low`` and ``high`` from
    the ranges those values may stand for.
    """
    places, target = decimals(stated), words.decimal(stated)
    unit = Decimal(1).scaleb(-places)
    if words.rounded(exact, places) == target:
        return AGREES
    if exact.quantize(unit, rounding=ROUND_DOWN) == target:
        return TRUNCATED
    if low - unit / 2 <= target <= high + unit / 2:
        return ROUNDING
    return DISAGREES


def _amount(row: pd.Series) -> str:
    return words.amount(row["value"], str(row["unit_zh"]), row["qualifier"])


def _ratio(part: pd.Series, whole: pd.Series) -> tuple[Decimal, Decimal, Decimal] | None:
    """Lowest, exact and highest of part / whole x 100."""
    base = words.decimal(whole["value"])
    low_base, high_base = bounds(whole["value"], whole["qualifier"])
    low, high = bounds(part["value"], part["qualifier"])
    if base <= 0 or low_base <= 0:
        return None
    exact = words.decimal(part["value"]) / base * 100
    return low / high_base * 100, exact, high / low_base * 100


def _levels(frame: pd.DataFrame) -> dict[tuple[Any, ...], list[pd.Series]]:
    """Sound rows that hold a value, by area, measure, category and period; the most trusted first."""
    levels: dict[tuple[Any, ...], list[pd.Series]] = {}
    rows = frame[frame["value"].notna() & is_sound(frame)]
    trust = rows["grade_of_trust"].map({grade: n for n, grade in enumerate(TRUST)})
    for _, row in rows.assign(_trust=trust).sort_values("_trust", kind="stable").iterrows():
        key = (row["area_code"], row["measure"], _text(row["category"]), row["period"])
        levels.setdefault(key, []).append(row)
    return levels


def _text(value: object) -> str:
    return "" if words.missing(value) else str(value)


def _pick(rows: list[pd.Series], claim: pd.Series) -> pd.Series | None:
    """The level of the claim's own source where it has one, else of its publisher, else the first."""
    for name in ("source_id", "source_publisher"):
        for row in rows:
            if row[name] == claim[name]:
                return row
    return rows[0] if rows else None


@rule
def stated_changes(tables: Tables, dataset: str) -> pd.DataFrame:
    """A change a source states agrees with the two levels it compares."""
    frame = tables.labelled(dataset)
    levels = _levels(frame)
    cases = []
    for _, row in frame[frame["change_pct"].notna()].iterrows():
        key = (row["area_code"], row["measure"], _text(row["category"]))
        base_period = percentages.base_period(row["period"], _text(row["change_kind"]))
        now = _pick(levels.get((*key, row["period"]), []), row)
        base = _pick(levels.get((*key, base_period), []), row)
        stated = words.change(row["change_pct"], _text(row["change_kind"]))
        ratio = _ratio(now, base) if now is not None and base is not None else None
        if ratio is None or now is None or base is None:
            cases.append(_case(row, "change_pct", stated, "缺少可比的两个数", UNCHECKED))
            continue
        low, exact, high = (part - 100 for part in ratio)
        verdict = compare(row["change_pct"], low, exact, high)
        again = words.rounded(exact, decimals(row["change_pct"]))
        found = words.change(again, _text(row["change_kind"]))
        if not percentages.large_enough(base["value"]):
            found = f"{_amount(now)}对{_amount(base)}，"
            found += percentages.difference_words(now["value"], base["value"], str(now["unit_zh"]))
        cases.append(_case(row, "change_pct", stated, found, verdict, again, (now, base)))
    return _cases(cases)


@rule
def stated_shares(tables: Tables, dataset: str, pairs: dict[str, str]) -> pd.DataFrame:
    """A share a source states agrees with its own part and whole.

    ``pairs``: share measure -> the measure it is a share of.
    """
    frame = tables.labelled(dataset)
    levels = _levels(frame)
    cases = []
    for _, row in frame[frame["measure"].isin(list(pairs)) & frame["value"].notna()].iterrows():
        of = pairs[row["measure"]]
        place = (row["area_code"], of)
        part = _pick(levels.get((*place, _text(row["category"]), row["period"]), []), row)
        whole = _pick(levels.get((*place, "", row["period"]), []), row)
        stated = f"{words.plain(row['value'])}%"
        ratio = _ratio(part, whole) if part is not None and whole is not None else None
        if ratio is None or part is None or whole is None:
            cases.append(_case(row, "value", stated, "缺少部分数或总数", UNCHECKED))
            continue
        low, exact, high = ratio
        verdict = compare(row["value"], low, exact, high)
        again = words.rounded(exact, decimals(row["value"]))
        found = f"{words.plain(again)}%"
        if not percentages.large_enough(whole["value"]):
            found = f"{_amount(whole)}中的{_amount(part)}"
        cases.append(_case(row, "value", stated, found, verdict, again, (part, whole)))
    return _cases(cases)


@rule
def shares_sum_to_whole(tables: Tables, dataset: str, measure: str, groups: list[list[str]]) -> pd.DataFrame:
    """Shares that divide one whole add up to 100, give or take rounding."""
    frame = tables.shown(dataset, measure=measure)
    cases = []
    for _, rows in frame.groupby(["area_code", "period"], sort=True):
        held = rows.set_index("category")
        for group in groups:
            if not set(group) <= set(held.index):
                continue
            parts = held.loc[group]
            total = sum((words.decimal(v) for v in parts["value"]), Decimal(0))
            slack = sum((Decimal(1).scaleb(-decimals(v)) / 2 for v in parts["value"]), Decimal(0))
            verdict = AGREES if abs(total - 100) <= slack else DISAGREES
            first = parts.iloc[0]
            found = f"合计{words.plain(total)}%"
            cases.append(_case(first, "value", "合计100%", found, verdict))
    return _cases(cases)


def _total_case(whole: pd.Series, parts: pd.DataFrame, what: str) -> dict[str, Any]:
    ranges = [bounds(v, q) for v, q in zip(parts["value"], parts["qualifier"], strict=True)]
    exact = sum((words.decimal(v) for v in parts["value"]), Decimal(0))
    low, high = sum(r[0] for r in ranges), sum(r[1] for r in ranges)
    whole_low, whole_high = bounds(whole["value"], whole["qualifier"])
    if exact == words.decimal(whole["value"]):
        verdict = AGREES
    elif low <= whole_high and high >= whole_low:
        verdict = ROUNDING
    else:
        verdict = DISAGREES
    stated = words.amount(whole["value"], whole["unit_zh"], whole["qualifier"])
    found = f"{what}合计{words.amount(float(exact), whole['unit_zh'])}"
    return _case(whole, "value", stated, found, verdict)


@rule
def parts_add_to_total(
    tables: Tables,
    dataset: str,
    whole: str,
    parts: str,
    categories: list[list[str]] | None = None,
    dimension: str | None = None,
) -> pd.DataFrame:
    """Parts of one source and period add up to the total that source states.

    ``categories``: alternative complete lists of parts, the longest present is
    used; or ``dimension``: every category of that dimension (only where the
    source lists them all, such as a bulletin's towns with a loss).
    """
    frame = tables.labelled(dataset)
    frame = frame[frame["value"].notna()]
    by = ["area_code", "period", "source_id"] + (["survey"] if "survey" in frame else [])
    totals = frame[(frame["measure"] == whole) & frame["category"].isna()]
    of_parts = frame[frame["measure"] == parts]
    cases = []
    for _, total in totals.iterrows():
        same = of_parts
        for name in by:
            same = same[same[name].isna() if words.missing(total[name]) else same[name] == total[name]]
        if categories:
            fitting = [c for c in categories if set(c) <= set(same["category"])]
            if not fitting:
                continue
            same = same[same["category"].isin(sorted(fitting, key=len)[-1])]
        else:
            same = same[same["dimension"] == dimension]
        if len(same) > 1:
            cases.append(_total_case(total, same, "各部分"))
    return _cases(cases)


@rule
def areas_add_to_total(tables: Tables, dataset: str, measure: str) -> pd.DataFrame:
    """Areas of one source add up to the total it states for the area above them."""
    frame = tables.labelled(dataset)
    frame = frame[(frame["measure"] == measure) & frame["value"].notna()]
    parents = tables.lists["areas"].set_index("area_code")["parent_code"]
    frame = frame.assign(parent=frame["area_code"].map(parents))
    cases = []
    for _, total in frame[frame["category"].isna()].iterrows():
        same = frame[(frame["source_id"] == total["source_id"]) & (frame["period"] == total["period"])]
        below = same[(same["parent"] == total["area_code"]) & same["category"].isna()]
        inside = same[(same["area_code"] == total["area_code"]) & (same["dimension"] == "locality")]
        if len(below) > 2:
            cases.append(_total_case(total, pd.concat([below, inside]), "所列各地"))
    return _cases(cases)


@rule
def cumulative_never_falls(tables: Tables, dataset: str) -> pd.DataFrame:
    """A cumulative count of one programme and start never falls from one day to a later one.

    A count whose last day is not told has no place in the order; of two counts of one month, one of
    them to a bare month, nothing says which is the later.
    """
    frame = tables.sound(dataset, counting="cumulative")
    frame = frame[frame["value"].notna() & (frame["obs_status"] != "P") & frame["last_day"].notna()]
    cases = []
    # By the day it starts, not by how that is written: 2025-01 and 2025-01-01 are one start.
    by = ["area_code", "measure", "category", "programme", "first_day"]
    for _, rows in frame.groupby(by, dropna=False, sort=True):
        highest: pd.Series | None = None
        for _, same_day in rows.groupby("last_day", sort=True):
            if highest is not None:
                later = same_day[[spans.in_order(highest["period"], p) for p in same_day["period"]]]
                cases += [_fall_case(row, highest) for _, row in later.iterrows()]
            top = same_day.sort_values("value", kind="stable").iloc[-1]
            if highest is None or top["value"] > highest["value"]:
                highest = top
    return _cases(cases)


def _fall_case(row: pd.Series, highest: pd.Series) -> dict[str, Any]:
    """A cumulative count beside the highest of an earlier day."""
    low = bounds(highest["value"], highest["qualifier"])[0]
    high = bounds(row["value"], row["qualifier"])[1]
    before = f"{words.period(highest['period'])} "
    before += words.amount(highest["value"], highest["unit_zh"], highest["qualifier"])
    now = words.amount(row["value"], row["unit_zh"], row["qualifier"])
    return _case(row, "value", now, f"此前 {before}", AGREES if high >= low else DISAGREES)


@rule
def sources_agree(tables: Tables, dataset: str) -> pd.DataFrame:
    """Where several sources give one figure, they give the same value."""
    frame = tables.labelled(dataset)
    frame = frame[frame["value"].notna()]
    frame, key = identity(frame, tables.datasets[dataset])
    key = [name for name in key if not name.startswith("_")]
    shown = tables.shown(dataset)
    cases = []
    for _, row in shown[shown["values"] >= 1].iterrows():
        if len(row["cited"]) < 2:
            continue
        same = frame
        for name in key:
            same = same[same[name].isna() if words.missing(row[name]) else same[name] == row[name]]
        others = same[(same["source_id"] != row["source_id"]) & (same["value"] != row["value"])]
        told = "、".join(
            f"{words.amount(o['value'], o['unit_zh'], o['qualifier'])}（{o['source_publisher']}）"
            for _, o in others.iterrows()
        )
        stated = words.amount(row["value"], row["unit_zh"], row["qualifier"])
        stated += f"（{row['source_publisher']}）"
        cases.append(_case(row, "value", stated, told or "相同", row["agreement"]))
    return _cases(cases)


@rule
def age_fits_grade(tables: Tables, dataset: str) -> pd.DataFrame:
    """A tree's grade agrees with its age: 一级 from 500, 二级 from 300, 三级 from 100 years."""
    frame = tables.labelled(dataset)
    cases = []
    for _, row in frame[frame["grade"].notna() & frame["age_years"].notna()].iterrows():
        age, grade = int(row["age_years"]), row["grade"]
        by_age = "一级" if age >= 500 else "二级" if age >= 300 else "三级" if age >= 100 else "不足百年"
        verdict = AGREES if grade in (by_age, "名木") else DISAGREES
        found = f"树龄{age}年按国家标准为{by_age}" if age >= 100 else f"树龄{age}年，不足百年"
        case = _case(row, "grade", grade, found, verdict)
        cases.append({**case, "measure_zh": row["species_zh"], "period": None})
    return _cases(cases)


@rule
def tree_numbers_unique(tables: Tables, dataset: str) -> pd.DataFrame:
    """An official tree number belongs to one tree and begins with its county's code."""
    frame = tables.labelled(dataset)
    numbered = frame[frame["tree_no"].notna()]
    trees = numbered.groupby("tree_no")["tree_id"].nunique()
    cases = []
    for _, row in numbered.iterrows():
        number = row["tree_no"]
        verdict, found = AGREES, "唯一"
        if trees[number] > 1:
            verdict, found = "repeated", "另一株树也用此编号"
        elif number[:6] != row["area_code"]:
            verdict, found = "other_county", f"编号前六位 {number[:6]} 不是所在县代码 {row['area_code']}"
        case = _case(row, "tree_no", number, found, verdict)
        cases.append({**case, "measure_zh": row["species_zh"], "period": None})
    return _cases(cases)


@rule
def periods_within_edition(tables: Tables, dataset: str) -> pd.DataFrame:
    """No figure is about a time after its edition, targets and forecasts aside."""
    frame = tables.labelled(dataset)
    told = frame[(frame["kind"] != "target") & (frame["obs_status"] != "F")]
    cases = []
    for _, row in told.iterrows():
        _, end = words.month_span(row["_edition"])
        first, last = row["first_day"], row["last_day"]
        starts = first if pd.notna(first) else last
        whole_year = len(row["period"]) == 4
        begins_after = pd.notna(starts) and starts.date() > end
        ends_after = pd.notna(last) and last.date() > end and not whole_year
        verdict = "after" if begins_after or ends_after else AGREES
        found = f"{row['_edition']} 期止于 {end.isoformat()}"
        cases.append(_case(row, "period", row["period"], found, verdict))
    return _cases(cases)


@rule
def policy_dates_in_order(tables: Tables, dataset: str) -> pd.DataFrame:
    """A rule's dates are dates, and it does not end before it begins."""
    frame = tables.labelled(dataset)
    cases = []
    for _, row in frame[frame["valid_from"].notna() | frame["valid_to"].notna()].iterrows():
        dates = [".." if words.missing(row[n]) else row[n] for n in ("valid_from", "valid_to")]
        text = "/".join(dates)
        try:
            words.span(text)
            verdict, found = AGREES, "次序正常"
        except ValueError as error:
            verdict, found = DISAGREES, str(error)
        case = _case(row, "valid_to", text, found, verdict)
        cases.append({**case, "measure_zh": row["measure_zh"]})
    return _cases(cases)


@rule
def policy_dates_have_basis(tables: Tables, dataset: str) -> pd.DataFrame:
    """Each date of a rule says what it rests on: none passes for stated that was inferred."""
    frame = tables.labelled(dataset)
    cases = []
    for _, row in frame.iterrows():
        for name in ("valid_from", "valid_to"):
            if not words.missing(row[name]):
                basis = row[f"{name}_basis"]
                bare = words.missing(basis)
                found = "未写明依据" if bare else str(basis)
                case = _case(row, f"{name}_basis", str(row[name]), found, DISAGREES if bare else AGREES)
                cases.append({**case, "measure_zh": row["measure_zh"]})
    return _cases(cases)


# --- against history -------------------------------------------------------------


def _class_of(period: str) -> str:
    """Periods that can be set side by side: months with months, years with years."""
    return {4: "year", 7: "month"}.get(len(period), "")


@rule
def near_its_past(tables: Tables, dataset: str, factor: float = 5, past: int = 3) -> pd.DataFrame:
    """A month's or a year's figure does not lie far outside its own past.

    Compared with the median of at least ``past`` earlier periods of the same kind, area,
    measure, category and way of counting; more than ``factor`` times above or below it is
    told, and where the ratio is about a power of ten, that a digit or a unit may have slipped.
    """
    shown = tables.shown(dataset)
    shown = shown[shown["value"].notna() & (shown["value"] > 0)]
    shown = shown[is_sound(shown) & (shown["obs_status"] != "P")]
    shown = shown.assign(_class=shown["period"].map(_class_of))
    cases = []
    by = ["area_code", "measure", "category", "_class", *(["counting"] if "counting" in shown else [])]
    for _, rows in shown[shown["_class"] != ""].groupby(by, dropna=False, sort=True):
        for _, row in rows.sort_values("period", kind="stable").iterrows():
            earlier = rows[rows["period"] < row["period"]]
            periods = earlier["period"].nunique()
            if periods < past:
                continue
            middle = float(median(words.decimal(v) for v in earlier["value"]))
            ratio = row["value"] / middle
            far = ratio > factor or ratio < 1 / factor
            slipped = abs(ratio / 10.0 ** round(math.log10(ratio)) - 1) < 0.25
            reason = "；倍数接近十的整数次，可能错了一位或一个单位" if far and slipped else ""
            stated = words.amount(row["value"], row["unit_zh"], row["qualifier"])
            found = f"此前{periods}期的中位数为{words.amount(middle, row['unit_zh'])}{reason}"
            cases.append(_case(row, "value", stated, found, DISAGREES if far else AGREES))
    return _cases(cases)


@rule
def revision_not_large(tables: Tables, dataset: str, share: float = 0.5) -> pd.DataFrame:
    """A later return does not change a figure by more than ``share`` of what it was."""
    told = tables.revisions(dataset)[["old", "new"]]
    cases = []
    for _, row in tables.labelled(dataset).join(told, how="inner").iterrows():
        if words.missing(row["old"]) or words.missing(row["new"]):
            continue
        moved = abs(row["new"] - row["old"]) > share * abs(row["old"])
        stated = words.amount(row["new"], row["unit_zh"], row.get("qualifier"))
        found = f"此前作{words.amount(row['old'], row['unit_zh'])}"
        cases.append(_case(row, "value", stated, found, DISAGREES if moved else AGREES))
    return _cases(cases)
