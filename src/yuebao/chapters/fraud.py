"""Telecom and online fraud: the province beside the nation, Tongcheng's months, warning work."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pandas as pd

from yuebao import attribution, charts, percentages, spans, tables, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters import claims as desk
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Piece, text

NATION, TONGCHENG = "000000", "421222"
ADDED_UP = "各时段长短不同，不能直接比较快慢"
# The nation's figures are named beside the province's where they are newer by more than half a year:
# yearly figures of the two come out within some months of each other.
MUCH_NEWER = pd.Timedelta(days=183)
NEWEST = ["cases_filed", "cases_occurred", "cases_solved", "loss", "persons_caught", "persons_prosecuted",
          "network_crime_persons_prosecuted", "myanmar_fraud_persons_concluded",
          "cashout_persons_caught"]  # fmt: skip
GAP = "⋯"  # stands on the axis for the months or years between two bars
ONE_FACT = "。几个来源所说时段只是写得详略不同的，算一个数"
WARNING_WORK = [
    "calls_blocked", "warning_calls_sms", "warning_sms_sent", "persons_dissuaded", "risky_sim_cleared",
    "numbers_blacklisted", "sites_closed", "apps_removed", "publicity_events", "firms_sanctioned",
    "card_holders_sanctioned", "users_sanctioned", "insiders_caught", "outlets_rectified",
    "victim_rate_after_warning",
]  # fmt: skip
LOCAL = ["cases_filed", "cases_occurred", "cases_solved", "persons_caught", "alerts_received", "loss",
         "funds_returned", "funds_stopped", "reports_received"]  # fmt: skip


def labels(rows: pd.DataFrame) -> list[str]:
    """Values as they stand on a chart: 逾75亿元."""
    return [
        words.amount(v, u, q)
        for v, u, q in zip(rows["value"], rows["unit_zh"], rows["qualifier"], strict=True)
    ]


def tips(rows: pd.DataFrame) -> list[str]:
    """What a mark says when it is pointed at: place and period, measure with its value, publisher."""
    told = []
    for (_, row), value in zip(rows.iterrows(), labels(rows), strict=True):
        category = row.get("category_zh")
        what = str(row["measure_zh"]) + ("" if words.missing(category) else f"（{category}）")
        if words.missing(row["value"]) and "change_pct" in row and not words.missing(row["change_pct"]):
            value = words.change(row["change_pct"], str(row["change_kind"]))
        lines = [f"{row['area_zh']} {words.period(row['period'])}", f"{what}：{value}"]
        publisher = row.get("source_publisher")
        lines += [] if words.missing(publisher) else [f"来源：{attribution.of_row(row).brief}"]
        told.append("\n".join(lines))
    return told


def bar_frame(rows: pd.DataFrame, label: pd.Series, spoken: pd.Series | None = None) -> pd.DataFrame:
    """Rows as ``charts.bars`` and ``charts.columns`` take them."""
    shown = pd.Series(True, rows.index) if spoken is None else spoken
    frame = {"label": label, "value": rows["value"], "text": labels(rows), "spoken": shown}
    return pd.DataFrame({**frame, "tip": tips(rows)})


def opening(chapter: Chapter) -> Piece:
    """The lead and the headline figures: cases, losses, the newest figure, the nation's if newer."""
    cases = _changes(chapter, "cases_occurred", "yoy")
    loss = _changes(chapter, "loss", "yoy")
    lead: list[str] = []
    cards, days = [], []
    for rows, name, subject in ((cases, "发案数", "电信网络诈骗发案数"), (loss, "损失金额", "损失")):
        if rows.empty or not percentages.is_headline(chapter.tables, rows.iloc[-1]):
            continue
        last = rows.iloc[-1]
        change = words.shown_change(last["change_pct"], "yoy", last["row_id"])
        place = f"{last['area_zh']}{words.period(last['period'])}"
        if lead and lead[0].startswith(place):
            lead[0] += f"，{subject}{change}"
        else:
            lead.append(f"{place}{subject}{change}")
        cards.append(chapter.change_card(last, name))
        days.append(last["last_day"])
    own, nation = newest(chapter, chapter.area), newest(chapter, NATION)
    if own is not None and (not days or own["last_day"] > max(days)):
        lead.append(_in_words(own))
        cards.append(_card(chapter, own))
    if nation is not None and (not days or nation["last_day"] > max(days) + MUCH_NEWER):
        lead.append(_in_words(nation))
        cards.append(_card(chapter, nation))
    return chapter.opening("；".join(lead) + "。" if lead else "本期没有全省数字。", cards)


def _in_words(row: pd.Series) -> str:
    """A figure in a sentence: its level, or its change where it has no level."""
    period = words.period(row["period"], row["source_date_published"])
    what = f"{row['area_zh']}{period}{row['measure_zh']}"
    if words.missing(row["value"]):
        return what + words.shown_change(row["change_pct"], str(row["change_kind"]), row["row_id"])
    return what + shown_value(row)


def _card(chapter: Chapter, row: pd.Series) -> Card:
    if words.missing(row["value"]):
        return chapter.change_card(row, str(row["measure_zh"]))
    return chapter.card(row)


def newest(chapter: Chapter, area: str) -> pd.Series | None:
    """An area's newest sound figure of a measure of ``NEWEST``; of one day's, the first of these.

    A level, or a change on the year where no level is told; of windows whose both ends are told.
    """
    rows = chapter.tables.sound("fraud", area_code=area, measure=NEWEST, category=None)
    rows = rows[rows["value"].notna() | (rows["change_pct"].notna() & (rows["change_kind"] == "yoy"))]
    rows = rows[rows["first_day"].notna() & rows["last_day"].notna()]
    rows = rows.assign(_place=-rows["measure"].map(NEWEST.index), _level=rows["value"].notna())
    rows = rows.sort_values(["last_day", "_place", "_level", "source_id"], kind="stable")
    return None if rows.empty else rows.drop(columns=["_place", "_level"]).iloc[-1]


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Oldest first; a window whose end is not known is not the newest."""
    return rows.sort_values(["last_day", "first_day"], kind="stable", na_position="first")


def _changes(chapter: Chapter, measure: str, kind: str) -> pd.DataFrame:
    """Hubei's sound stated changes of one measure, one row a fact, oldest first."""
    rows = chapter.tables.sound("fraud", area_code=chapter.area, measure=measure, change_kind=kind)
    return _in_order(spans.once(rows[rows["category"].isna() & rows["change_pct"].notna()]))


def _windows(chapter: Chapter, area: str, measure: str) -> pd.DataFrame:
    """An area's sound levels of one measure, one row a fact, oldest first."""
    rows = chapter.tables.sound("fraud", area_code=area, measure=measure, category=None)
    return _in_order(spans.once(rows[rows["value"].notna()]))


def _disputed(chapter: Chapter, rows: pd.DataFrame) -> pd.Series:
    """Which rows stand under 对不上的数字, themselves or one of the rows of the same fact."""
    listed = {row for _, of in chapter.tables.conflicts("fraud") for row in of["row_id"]}
    return rows["same_rows"].map(lambda ids: not listed.isdisjoint(ids)).astype(bool)


def _warned(chapter: Chapter, rows: pd.DataFrame) -> str:
    """A note under a chart of which some figures do not fit others; empty where all do."""
    rows = rows[_disputed(chapter, rows)]
    if rows.empty:
        return ""
    which = "、".join(dict.fromkeys(rows["period"].map(words.period)))
    return f"{which}的数与别处公布的对不上，见下文“对不上的数字”。"


def _one_fact(rows: pd.DataFrame) -> str:
    """Said in a caption where some figure is told by windows written with different precision."""
    return ONE_FACT if bool((rows["same_rows"].map(len) > 1).any()) else ""


# --- windows and their lengths ------------------------------------------------------------


def months(period: str) -> Decimal | None:
    """How many months a window covers, part months by their days; None where an end is not told for sure.

    An end is told for sure where it is written as precisely as the start: 2021-01-01/2021-05-31,
    2021-04/2022-07. Of 2024-01-01/2024-04 nobody knows on which day of April it ends.
    """
    first, slash, last = period.partition("/")
    if ".." in (first, last) or (slash and len(first) != len(last)):
        return None
    start, end = words.span(period)
    if start is None or end is None:
        return None
    begin, after = pd.Timestamp(start), pd.Timestamp(end) + pd.Timedelta(days=1)
    whole = (after.year - begin.year) * 12 + after.month - begin.month
    whole -= int(begin + pd.DateOffset(months=whole) > after)
    rest = after - (begin + pd.DateOffset(months=whole))
    length = (begin + pd.DateOffset(months=whole + 1)) - (begin + pd.DateOffset(months=whole))
    return Decimal(whole) + Decimal(rest.days) / Decimal(length.days)


def equal_spans(rows: pd.DataFrame) -> pd.Series:
    """Which rows may stand as bars on one axis: most windows of one length, the newest of as many.

    A window whose length is not known is of one length only with the very same window.
    """
    keys = rows["period"].map(lambda period: str(months(period) or period))
    sizes = [
        (int((keys == key).sum()), rows.loc[keys == key, "last_day"].max(), key)
        for key in dict.fromkeys(keys)
    ]
    best = max(
        sizes, key=lambda size: (size[0], pd.Timestamp.min if pd.isna(size[1]) else size[1]), default=None
    )
    return keys == (best[2] if best else "")


def rates(rows: pd.DataFrame, disputed: pd.Series) -> pd.DataFrame:
    """Levels of one measure with their ``months``, the ``rate`` a month, and why a row has none (``why``).

    No rate where the window's ends are not told for sure, where its figure does not fit others, and
    where it overlaps a window that has one: whole years come first, then the newest, then the longest.
    """
    length = rows["period"].map(months)
    years = rows["period"].str.fullmatch(r"\d{4}")
    ranked = rows.assign(_year=years, _long=length.map(lambda n: float(n or 0)), _disputed=disputed)
    ranked = ranked.sort_values(["_year", "last_day", "_long"], ascending=False, kind="stable")
    why: dict[str, str] = {}
    taken: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for _, row in ranked.iterrows():
        first, last = row["first_day"], row["last_day"]
        if not row["_long"]:
            why[row["row_id"]] = "起讫没有写全"
        elif row["_disputed"]:
            why[row["row_id"]] = "与别处对不上"
        elif any(first <= end and last >= start for start, end in taken):
            why[row["row_id"]] = "与画出的时段重叠"
        else:
            taken.append((first, last))
    reasons = rows["row_id"].map(why)
    each = [
        float(a_month(v, q, n)) if n and words.missing(reason) else None
        for v, q, n, reason in zip(rows["value"], rows["qualifier"], length, reasons, strict=True)
    ]
    long = [None if n is None else float(round(n, 2)) for n in length]
    return rows.assign(
        months=pd.Series(long, rows.index, dtype="float64"),
        rate=pd.Series(each, rows.index, dtype="float64"),
        why=reasons,
    )


def a_month(value: float, qualifier: str | None, length: Decimal) -> Decimal:
    """``value`` over ``length`` months, with as many digits as the value was told with, never below one."""
    low, high = tables.bounds(value, qualifier)
    digits = len(str(int(words.decimal(value) / (high - low or Decimal(1)))))
    rate = words.decimal(value) / length
    return words.rounded(rate, min(0, digits - 1 - rate.adjusted()))


def _by_month(chapter: Chapter, name: str, rows: pd.DataFrame, title: str, what: str) -> Piece:
    """Levels of windows of unequal length: their rate a month as bars, all of them in the table."""
    if rows.empty:
        return chapter.nothing(title)
    rows = rates(rows, _disputed(chapter, rows))
    drawn = rows[rows["rate"].notna()]
    unit = str(rows["unit_zh"].iloc[0])
    if len(drawn) < 2:  # one bar compares nothing
        caption = f"{what}，{unit}。各时段长短不同，或有重叠，不能相比，所以只列表，不画图{_one_fact(rows)}"
        return chapter.exhibit(name, rows, title, caption, note=_warned(chapter, rows))

    def draw(_: pd.DataFrame) -> Drawing:
        average = drawn.assign(value=drawn["rate"], measure_zh=drawn["measure_zh"] + "，每月平均（本书计算）")
        frame = bar_frame(average, drawn["period"].map(words.short_period), _last(drawn))
        totals = zip(frame["tip"], labels(drawn), strict=True)
        return charts.bars(frame.assign(tip=[f"{tip}\n公布的数：{total}" for tip, total in totals]))

    extra = {"时段（月）": rows["months"], f"每月平均（{unit}）": rows["rate"], "没有画出的缘由": rows["why"]}
    alt = "每月平均，" + _told(drawn.assign(value=drawn["rate"]))
    caption = (
        f"{what}，{unit}/月，本书计算：公布的数除以时段的月数。各时段长短不同，所以画每月平均；"
        f"没有画出的时段，缘由列在表中{_one_fact(rows)}"
    )
    columns = ("period", "value", "change", *extra, "source")
    from_rows = rows["same_rows"].map(";".join)
    return chapter.exhibit(
        name, rows, f"{title}，每月平均", caption, alt, draw, columns, extra,
        note=_warned(chapter, rows), from_rows=from_rows,
    )  # fmt: skip


def _last(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(rows.index == rows.index[-1], rows.index)


def with_gaps(frame: pd.DataFrame, periods: pd.Series) -> pd.DataFrame:
    """Bars of months or years, with an empty place wherever some between two bars are not there.

    ``frame``: as ``bar_frame`` gives it; ``periods``: what each bar is of, oldest first.
    """
    parts: list[pd.DataFrame] = []
    before: str | None = None
    for number, (at, period) in enumerate(periods.items()):
        if before is not None and not _adjoin(before, period):
            # Labels of one axis must differ: each gap's has spaces of its own, which no reader sees.
            gap = {"label": GAP + "\u200b" * number, "value": 0.0, "text": "", "spoken": False}
            tip = f"{words.period(before)}与{words.period(period)}之间\n未见公布"
            parts.append(pd.DataFrame([{**gap, "tip": tip}]))
        parts.append(frame.loc[[at]])
        before = period
    return pd.concat(parts, ignore_index=True) if parts else frame


def _adjoin(before: str, after: str) -> bool:
    """Whether one month or year follows the other."""
    end, start = words.span(before)[1], words.span(after)[0]
    return end is not None and start is not None and (start - end).days == 1


def _has_gaps(periods: pd.Series) -> bool:
    found = list(periods)
    return any(not _adjoin(a, b) for a, b in itertools.pairwise(found))


# --- the province ----------------------------------------------------------------------------


def _change_bars(rows: pd.DataFrame) -> Drawing:
    label = rows["measure_zh"] + " " + rows["period"].map(words.short_period)
    signed = ["+" * (v > 0) + words.plain(v) + "%" for v in rows["change_pct"]]
    frame = {"label": label, "value": rows["change_pct"], "text": signed, "tip": tips(rows)}
    return charts.changes(pd.DataFrame(frame))


def _subject(chapter: Chapter, rows: pd.DataFrame) -> str:
    """What drawn changes are about, each measure with its times: 湖北省发案数（2023年）与损失（2024年）."""
    times = {
        str(measure): "、".join(dict.fromkeys(of["period"].map(words.period)))
        for measure, of in rows.groupby("measure_zh", sort=False)
    }
    place = chapter.area_zh(chapter.area)
    if len(set(times.values())) == 1:
        return f"{place}{_listed(list(times))}，{next(iter(times.values()))}"
    return f"{place}{_listed([f'{measure}（{when}）' for measure, when in times.items()])}"


def _listed(names: list[str]) -> str:
    """甲, 甲与乙, 甲、乙与丙."""
    return "与".join(part for part in ("、".join(names[:-1]), names[-1]) if part)


def all_one_way(rows: pd.DataFrame) -> str:
    """What several stated changes have in common: 都下降, 都上升; empty where they differ, or of one."""
    if len(rows) > 1 and bool((rows["change_pct"] < 0).all()):
        return "都下降"
    if len(rows) > 1 and bool((rows["change_pct"] > 0).all()):
        return "都上升"
    return ""


def _stated(chapter: Chapter, name: str, rows: pd.DataFrame, title: str, what: str) -> Piece:
    """A chart of changes the sources state without giving a level, those of windows of one length.

    ``title``: the title where there is nothing to say of all that is drawn.
    """
    if rows.empty:
        return chapter.nothing(title)
    equal = equal_spans(rows)
    drawn = rows[equal]
    way = all_one_way(drawn)
    if way:
        title = f"{_subject(chapter, drawn)}，公布的同比{way}"
    alt = "；".join(
        f"{r['measure_zh']}{words.period(r['period'])}{words.change(r['change_pct'])}"
        for _, r in drawn.iterrows()
    )
    caption = f"{chapter.area_zh(chapter.area)}，同比，%。来源只给出变化，没有给出{what}{_one_fact(rows)}"
    columns: tuple[str, ...] = ("measure", "period", "change", "source")
    extra = None
    if not equal.all():
        caption += "。只画长短相同的时段，其余的列在表中"
        extra = {"图中": pd.Series("画出", rows.index).where(equal, "时段长短不同，没有画出")}
        columns = ("measure", "period", "change", "图中", "source")

    def draw(_: pd.DataFrame) -> Drawing:
        return _change_bars(drawn)

    return chapter.exhibit(name, rows, title, caption, alt + "。", draw, columns, extra)


def case_changes(chapter: Chapter) -> Piece:
    """Stated changes of cases and losses, from a common zero."""
    rows = pd.concat([_changes(chapter, m, "yoy") for m in ("cases_occurred", "loss")])
    return _stated(chapter, "case-changes", rows, "发案数与损失的同比变化", "数量；向左为下降")


def justice_changes(chapter: Chapter) -> Piece:
    """Stated changes of arrests, prosecutions and sentences."""
    names = ["persons_arrested", "persons_prosecuted", "persons_sentenced"]
    rows = pd.concat([_changes(chapter, m, "yoy") for m in names])
    return _stated(chapter, "justice-changes", rows, "逮捕、起诉、判处人数的同比变化", "人数")


def _told(rows: pd.DataFrame) -> str:
    return "；".join(
        f"{words.period(p)} {t}" for p, t in zip(rows["period"], labels(rows), strict=True)
    ) + "。"  # fmt: skip


def solved(chapter: Chapter) -> Piece:
    """Cases solved in the province: windows of different length, by month."""
    rows = _windows(chapter, chapter.area, "cases_solved")
    zh = chapter.area_zh(chapter.area)
    return _by_month(chapter, "cases-solved", rows, f"{zh}各时段的破案数", zh)


def stopped(chapter: Chapter) -> Piece:
    """Money stopped in the province, with what does not fit said."""
    rows = _windows(chapter, chapter.area, "funds_stopped")
    zh = chapter.area_zh(chapter.area)
    return _by_month(chapter, "funds-stopped", rows, f"{zh}各时段止付的涉诈资金", zh)


# --- the nation ------------------------------------------------------------------------------


def _whole_years(chapter: Chapter, area: str, measure: str) -> pd.DataFrame:
    rows = _windows(chapter, area, measure)
    return rows[rows["period"].str.fullmatch(r"\d{4}")]


def _year_bars(rows: pd.DataFrame) -> Drawing:
    return charts.columns(with_gaps(bar_frame(rows, rows["period"] + "年", _last(rows)), rows["period"]))


def _years_missing(rows: pd.DataFrame) -> str:
    return f"。“{GAP}”处的年份，本书未见整年数" if _has_gaps(rows["period"]) else ""


def falls_since(rows: pd.DataFrame) -> str | None:
    """The year with the most, where at least two years told follow it, each with less than the one before."""
    values = rows["value"].to_list()
    if not values:
        return None
    peak = values.index(max(values))
    after = values[peak:]
    if len(after) > 2 and all(a > b for a, b in itertools.pairwise(after)):
        return str(rows["period"].iloc[peak])
    return None


def nation_solved(chapter: Chapter) -> Piece:
    """Cases solved in the nation in the whole years told."""
    rows = _whole_years(chapter, NATION, "cases_solved")
    title, top = "全国破案数，有整年数的年份", falls_since(rows)
    if top:
        title = f"全国破案数，有整年数的年份中{top}年最多，此后一年比一年少"
        if _has_gaps(rows.loc[rows["period"] >= top, "period"]):
            title = f"全国破案数，有整年数的年份中{top}年最多，此后公布的各年依次减少"
    caption = "全国，起，整年。与湖北的数字口径不同、规模不同，不放在一条轴上" + _years_missing(rows)
    note = _warned(chapter, rows) if len(rows) else ""
    return chapter.exhibit("nation-cases-solved", rows, title, caption, _told(rows), _year_bars, note=note)


def nation_money(chapter: Chapter) -> Piece:
    """Money intercepted in the nation."""
    rows = _windows(chapter, NATION, "funds_intercepted")
    return _by_month(chapter, "nation-funds", rows, "全国各时段拦截的涉诈资金", "全国")


def nation_stopped(chapter: Chapter) -> Piece:
    """Money stopped in the nation: another measure than money intercepted."""
    rows = _windows(chapter, NATION, "funds_stopped")
    return _by_month(chapter, "nation-funds-stopped", rows, "全国各时段止付的涉诈资金", "全国")


def prosecutions(chapter: Chapter) -> Piece:
    """Persons prosecuted in the nation in the whole years told."""
    rows = _whole_years(chapter, NATION, "persons_prosecuted")
    caption = "全国检察机关起诉电信网络诈骗犯罪人数，整年" + _years_missing(rows)
    note = _warned(chapter, rows) if len(rows) else ""
    return chapter.exhibit(
        "nation-prosecuted", rows, "全国起诉人数，有整年数的年份", caption, _told(rows), _year_bars, note=note
    )


def warning_work(chapter: Chapter) -> Piece:
    """Warning, interception and cleaning up: one row a count, as told."""
    rows = chapter.tables.shown("fraud", area_code=chapter.area, measure=WARNING_WORK)
    rows = rows[rows["value"].notna()].sort_values(["measure", "last_day"], kind="stable")
    return chapter.exhibit(
        "warning-work",
        rows,
        "预警、拦截与惩戒",
        f"{chapter.area_zh(chapter.area)}。各机构各自计数，口径不同，不能相加",
        columns=("measure", "category", "period", "value", "source"),
    )


# --- Tongcheng -------------------------------------------------------------------------------


def _tongcheng(chapter: Chapter, measure: str) -> pd.DataFrame:
    rows = chapter.tables.sound("fraud", area_code=TONGCHENG, measure=measure, category=None)
    rows = rows[rows["value"].notna() & rows["period"].str.fullmatch(r"\d{4}-\d{2}")]
    return rows.sort_values("period", kind="stable")


def month_bars(rows: pd.DataFrame) -> pd.DataFrame:
    """Bars of months, a place left open wherever months between two of them are not there."""
    return with_gaps(bar_frame(rows, rows["period"].str[2:], _last(rows)), rows["period"])


def earlier(rows: pd.DataFrame, period: str, kind: str) -> pd.Series | None:
    """Of one measure's rows, the one of a kind's base period: the month before, the month a year before."""
    base = rows[rows["period"] == percentages.base_period(period, kind)]
    return None if base.empty else base.iloc[0]


def _differences(rows: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.Series]:
    """How much more each month is than a month and a year before; the rows that is computed from."""
    unit = str(rows["unit_zh"].iloc[0])
    found: dict[str, list[float | None]] = {"mom": [], "yoy": []}
    basis = []
    for _, row in rows.iterrows():
        ids = [row["row_id"]]
        for kind, numbers in found.items():
            base = earlier(rows, row["period"], kind)
            numbers.append(
                None if base is None else float(percentages.difference(row["value"], base["value"]))
            )
            ids += [] if base is None else [base["row_id"]]
        basis.append(";".join(ids))
    names = {"mom": f"比上月（{unit}）", "yoy": f"比上年同月（{unit}）"}
    extra = {names[kind]: pd.Series(numbers, rows.index, dtype="float64") for kind, numbers in found.items()}
    return extra, pd.Series(basis, rows.index)


def month_changes(rows: pd.DataFrame, exhibit: str) -> str:
    """How much more or less the last month is than a year and a month before, for a headline (HTML)."""
    last = rows.iloc[-1]
    row_id = trace.computed_id(f"fraud-{exhibit}", last["row_id"])
    parts = []
    for kind in ("yoy", "mom"):
        base = earlier(rows, last["period"], kind)
        if base is not None:
            more = percentages.shown_difference(last["value"], base["value"], str(last["unit_zh"]), row_id)
            parts.append(f"{percentages.against(last['period'], kind)}{more}")
    return " · ".join(parts)


def _monthly(chapter: Chapter, name: str, measure: str, what: str, unit: str) -> Piece:
    rows = _tongcheng(chapter, measure)
    title = f"通城县每月{what}"
    if rows.empty:
        return chapter.nothing(title)

    def draw(rows: pd.DataFrame) -> Drawing:
        frame = month_bars(rows)
        if unit == "元":
            frame["text"] = frame["text"].str.removesuffix("元")
        return charts.columns(frame)

    last = rows.iloc[-1]
    before = earlier(rows, last["period"], "yoy")
    says = f"{words.period(last['period'])}{what}{shown_value(last)}"
    if before is not None:
        own = trace.computed_id(f"{chapter.name}-{name}", last["row_id"])
        more = percentages.shown_difference(last["value"], before["value"], unit, own)
        says += f"，比上年同月{more}"
    extra, from_rows = _differences(rows)
    caption = f"通城县，{unit}，每根柱是一个月" + (
        f"。“{GAP}”处的月份，本书未见通报" if _has_gaps(rows["period"]) else ""
    )
    columns = ("period", "value", "change", *extra, "source")
    return chapter.exhibit(
        name, rows, title, caption, _told(rows), draw, columns, extra, from_rows=from_rows, says=f"{says}。"
    )


def tongcheng_cases(chapter: Chapter) -> Piece:
    """Tongcheng's monthly cases: bars on the months told."""
    return _monthly(chapter, "tongcheng-cases", "cases_filed", "立案", "起")


def tongcheng_loss(chapter: Chapter) -> Piece:
    """Tongcheng's monthly losses: bars on the months told."""
    return _monthly(chapter, "tongcheng-loss", "loss", "损失", "元")


def tongcheng_towns(chapter: Chapter) -> Piece:
    """Losses by town in the last month told, with each town's share of the county's."""
    rows = chapter.tables.sound("fraud", area_code=TONGCHENG, measure="loss", dimension="locality")
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return chapter.nothing("各乡镇的损失")
    period = str(rows["period"].max())
    rows = rows[rows["period"] == period].sort_values("value", ascending=False, kind="stable")

    def draw(rows: pd.DataFrame) -> Drawing:
        top = pd.Series(rows["value"] == rows["value"].max(), rows.index)
        return charts.bars(bar_frame(rows, rows["category_zh"], top))

    alt = "；".join(f"{c} {t}" for c, t in zip(rows["category_zh"], labels(rows), strict=True)) + "。"
    title = f"{words.period(period)}通城县各乡镇的损失"
    totals = _tongcheng(chapter, "loss")
    totals = totals[totals["period"] == period]
    columns: tuple[str, ...] = ("category", "period", "value", "source")
    extra, from_rows, says = None, None, ""
    if len(totals) and percentages.large_enough(totals["value"].iloc[0]):
        whole = totals.iloc[0]
        carried = percentages.places(whole["value"], whole["qualifier"])
        shares = [
            words.rounded(words.decimal(v) / words.decimal(whole["value"]) * 100, carried)
            for v in rows["value"]
        ]
        extra = {"占全县（%）": pd.Series([float(share) for share in shares], rows.index)}
        from_rows = rows["row_id"] + ";" + whole["row_id"]
        columns = ("category", "period", "value", "占全县（%）", "source")
        own = trace.computed_id(f"{chapter.name}-tongcheng-towns", rows["row_id"].iloc[0])
        share = words.number_tag(shares[0], words.plain(shares[0]), own)
        says = f"全县损失的{share}%在{text(rows['category_zh'].iloc[0])}。"
    caption = f"通城县，{words.period(period)}，元。通报没有列出的乡镇不等于没有损失"
    return chapter.exhibit(
        "tongcheng-towns", rows, title, caption, alt, draw, columns, extra, from_rows=from_rows, says=says
    )


def tongcheng_types(chapter: Chapter) -> Piece:
    """What the bulletins name by type and by town, levels and stated shares."""
    rows = chapter.tables.shown("fraud", area_code=TONGCHENG)
    rows = rows[rows["category"].notna() & rows["value"].notna()]
    rows = rows.sort_values(["period", "measure", "dimension", "value"], ascending=[False, True, True, False])
    return chapter.exhibit(
        "tongcheng-breakdown",
        rows,
        "通报列出的类型与乡镇",
        "通城县的月度通报。零是通报写明的零；百分数是通报写明的",
        columns=("period", "measure", "category", "value", "source"),
    )


def claims(chapter: Chapter) -> Piece:
    """The chapter's part of the claims desk."""
    return desk.of_chapter(chapter)


def local(chapter: Chapter) -> Piece:
    """Figures of the prefectures and counties, as told."""
    rows = chapter.tables.shown("fraud", measure=LOCAL)
    rows = rows[~rows["area_code"].isin([NATION, chapter.area, TONGCHENG]) & rows["category"].isna()]
    rows = rows.sort_values(["area_code", "measure", "last_day"], kind="stable")
    return chapter.exhibit(
        "local",
        rows,
        "市州与县公布的主要数字",
        "只列立案、发案、破案、抓获、警情、损失、止付、返还、举报。没有列出的地方不是零，是本书未见公布",
        columns=("area", "measure", "period", "value", "change", "source"),
    )


def everything(chapter: Chapter) -> Piece:
    """All of the province's figures of this chapter."""
    rows = chapter.tables.shown("fraud", area_code=chapter.area)
    rows = rows.sort_values(["measure", "last_day"], kind="stable")
    return chapter.exhibit(
        "province-all",
        rows,
        f"{chapter.area_zh(chapter.area)}的全部数字",
        "每个指标一节，按时间先后；指标的定义见数据字典",
        columns=("measure", "category", "period", "value", "change", "status", "source"),
    )


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    measures = ["cases_filed", "cases_occurred", "cases_solved", "alerts_received", "persons_prosecuted"]
    measures += ["funds_stopped", "funds_intercepted"]
    return chapter.side(
        measures,
        [
            "立案、发案、破案、警情、起诉是不同的指标，不能相减，也不能连成一条线。",
            "来源只给出变化而没有给出数量的，无从知道基数。",
            "各时段长短不同的，图中画每月平均，是本书计算的；起讫没有写全的不画。",
            "没有报案的诈骗不在任何一个数字里。",
        ],
    )
