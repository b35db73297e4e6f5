"""Telecom and online fraud: the province beside the nation, Tongcheng's months, warning work."""

from __future__ import annotations

import pandas as pd

from yuebao import attribution, charts, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters import claims as desk
from yuebao.charts import Drawing
from yuebao.exhibits import Piece

NATION, TONGCHENG = "000000", "421222"
ADDED_UP = "各时段长短不同，不能直接比较快慢"
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
    """The lead and three headline figures: cases, losses, money stopped."""
    cases = _changes(chapter, "cases_occurred", "yoy")
    loss = _changes(chapter, "loss", "yoy")
    stopped = _stopped(chapter)
    lead, cards = [], []
    if len(cases):
        last = cases.iloc[-1]
        said = words.shown_change(last["change_pct"], "yoy", last["row_id"])
        lead.append(f"{last['area_zh']}{words.period(last['period'])}电信网络诈骗发案数{said}")
        cards.append(chapter.change_card(last, "发案数"))
    if len(loss):
        last = loss.iloc[-1]
        said = words.shown_change(last["change_pct"], "yoy", last["row_id"])
        lead.append(f"{words.period(last['period'])}损失{said}")
        cards.append(chapter.change_card(last, "损失金额"))
    if len(stopped):
        trusted = stopped[stopped["grade_of_trust"].isin(["official", "press"])]
        last = (trusted if len(trusted) else stopped).iloc[-1]
        amount = shown_value(last)
        lead.append(f"{words.period(last['period'])}止付涉诈资金{amount}")
        cards.append(chapter.card(last))
    return chapter.opening("；".join(lead) + "。" if lead else "本期没有全省数字。", cards)


def _changes(chapter: Chapter, measure: str, kind: str) -> pd.DataFrame:
    """Hubei's stated changes of one measure, oldest first; of two windows ending in one month, one."""
    rows = chapter.tables.shown("fraud", area_code=chapter.area, measure=measure, change_kind=kind)
    rows = rows[rows["category"].isna() & rows["change_pct"].notna()]
    return rows.sort_values(["last_day", "first_day"], kind="stable")


def _stopped(chapter: Chapter) -> pd.DataFrame:
    rows = chapter.tables.shown("fraud", area_code=chapter.area, measure="funds_stopped")
    rows = rows[rows["value"].notna()].sort_values(["last_day", "source_id"], kind="stable")
    return rows[rows["first_day"].notna()]


def _change_bars(rows: pd.DataFrame) -> Drawing:
    label = rows["measure_zh"] + " " + rows["period"].map(words.short_period)
    told = ["+" * (v > 0) + words.plain(v) + "%" for v in rows["change_pct"]]
    frame = {"label": label, "value": rows["change_pct"], "text": told, "tip": tips(rows)}
    return charts.changes(pd.DataFrame(frame))


def _stated(chapter: Chapter, name: str, rows: pd.DataFrame, title: str, what: str) -> Piece:
    """A chart of changes the sources state without giving a level."""
    parts = [
        f"{r['measure_zh']}{words.period(r['period'])}{words.change(r['change_pct'])}"
        for _, r in rows.iterrows()
    ]
    caption = f"{chapter.area_zh(chapter.area)}，同比，%。来源只公布变化，没有公布{what}"
    columns = ("measure", "period", "change", "source")
    return chapter.exhibit(name, rows, title, caption, "；".join(parts) + "。", _change_bars, columns)


def case_changes(chapter: Chapter) -> Piece:
    """Stated changes of cases and losses, from a common zero."""
    rows = pd.concat([_changes(chapter, m, "yoy") for m in ("cases_occurred", "loss")])
    falls = len(rows) > 0 and bool((rows["change_pct"] < 0).all())
    title = "公布的同比变化都是下降" if falls else "发案数与损失的同比变化"
    return _stated(chapter, "case-changes", rows, title, "数量；向左为下降")


def justice_changes(chapter: Chapter) -> Piece:
    """Stated changes of arrests, prosecutions and sentences."""
    names = ["persons_arrested", "persons_prosecuted", "persons_sentenced"]
    rows = pd.concat([_changes(chapter, m, "yoy") for m in names])
    rises = len(rows) > 0 and bool((rows["change_pct"] > 0).all())
    title = "逮捕、起诉、判处的人数都在上升" if rises else "逮捕、起诉、判处人数的同比变化"
    return _stated(chapter, "justice-changes", rows, title, "人数")


def _windows(chapter: Chapter, area: str, measure: str) -> pd.DataFrame:
    rows = chapter.tables.shown("fraud", area_code=area, measure=measure, category=None)
    rows = rows[rows["value"].notna() & (rows["obs_status"] != "U")]
    return rows.sort_values(["last_day", "first_day"], kind="stable")


def _bars_by_period(rows: pd.DataFrame) -> Drawing:
    spoken = pd.Series(rows.index == rows.index[-1], rows.index)
    return charts.bars(bar_frame(rows, rows["period"].map(words.short_period), spoken))


def _told(rows: pd.DataFrame) -> str:
    return "；".join(
        f"{words.period(p)} {t}" for p, t in zip(rows["period"], labels(rows), strict=True)
    ) + "。"  # fmt: skip


def solved(chapter: Chapter) -> Piece:
    """Cases solved in the province, as told: windows of different length."""
    rows = _windows(chapter, chapter.area, "cases_solved")
    return chapter.exhibit(
        "cases-solved",
        rows,
        "破案数只在几个时段公布过",
        f"{chapter.area_zh(chapter.area)}，起。{ADDED_UP}；没有画出的时段未公布",
        _told(rows),
        _bars_by_period,
    )


def _whole_years(chapter: Chapter, area: str, measure: str) -> pd.DataFrame:
    rows = _windows(chapter, area, measure)
    return rows[rows["period"].str.fullmatch(r"\d{4}")]


def nation_solved(chapter: Chapter) -> Piece:
    """Cases solved in the nation in the whole years told."""
    rows = _whole_years(chapter, NATION, "cases_solved")
    title = "全国破案数，有整年数的年份"
    if len(rows) > 2:
        values = rows["value"].to_list()
        peak = values.index(max(values))
        top = rows.iloc[peak]
        if peak < len(values) - 2 and values[peak:] == sorted(values[peak:], reverse=True):
            title = f"全国破案数在{top['period']}年之后逐次减少"

    def draw(rows: pd.DataFrame) -> Drawing:
        spoken = pd.Series(rows.index == rows.index[-1], rows.index)
        return charts.columns(bar_frame(rows, rows["period"] + "年", spoken))

    caption = "全国，起，整年。缺的年份没有公布整年数；与湖北的数字口径不同、规模不同，不放在一条轴上"
    return chapter.exhibit("nation-cases-solved", rows, title, caption, _told(rows), draw)


def stopped(chapter: Chapter) -> Piece:
    """Money stopped in the province, as told, with what does not fit said."""
    rows = _stopped(chapter)
    return chapter.exhibit(
        "funds-stopped",
        rows,
        "止付的涉诈资金，各时段公布的数",
        f"{chapter.area_zh(chapter.area)}，元。{ADDED_UP}；时段有重叠",
        _told(rows),
        _bars_by_period,
        note="有的时段彼此对不上，见下文“对不上的数字”。",
    )


def nation_money(chapter: Chapter) -> Piece:
    """Money intercepted or stopped in the nation: two measures, two panels."""
    parts = [_windows(chapter, NATION, m) for m in ("funds_intercepted", "funds_stopped")]
    rows = pd.concat(parts)
    rows = rows[rows["first_day"].notna()]

    def draw(rows: pd.DataFrame) -> Drawing:
        label = rows["measure_zh"].str[:2] + " " + rows["period"].map(words.short_period)
        return charts.bars(bar_frame(rows, label, rows["measure"] == "funds_intercepted"))

    alt = "；".join(
        f"{m}{words.period(p)} {t}"
        for m, p, t in zip(rows["measure_zh"], rows["period"], labels(rows), strict=True)
    )
    return chapter.exhibit(
        "nation-funds",
        rows,
        "全国拦截和止付的资金，各时段公布的数",
        f"全国，元。拦截（绿）与止付（灰）是两个指标；{ADDED_UP}",
        alt + "。",
        draw,
        columns=("measure", "period", "value", "change", "source"),
    )


def prosecutions(chapter: Chapter) -> Piece:
    """Persons prosecuted in the nation in the whole years told."""
    rows = _whole_years(chapter, NATION, "persons_prosecuted")

    def draw(rows: pd.DataFrame) -> Drawing:
        spoken = pd.Series(rows.index == rows.index[-1], rows.index)
        return charts.columns(bar_frame(rows, rows["period"] + "年", spoken))

    caption = "全国检察机关起诉电信网络诈骗犯罪人数，整年。湖北只公布口径更宽的网络犯罪起诉人数，见全部数字"
    return chapter.exhibit(
        "nation-prosecuted", rows, "全国起诉人数，有整年数的年份", caption, _told(rows), draw
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


def _tongcheng(chapter: Chapter, measure: str) -> pd.DataFrame:
    rows = chapter.tables.shown("fraud", area_code=TONGCHENG, measure=measure, category=None)
    rows = rows[rows["value"].notna() & rows["period"].str.fullmatch(r"\d{4}-\d{2}")]
    return rows.sort_values("period", kind="stable")


def _monthly(chapter: Chapter, name: str, measure: str, what: str, unit: str) -> Piece:
    rows = _tongcheng(chapter, measure)

    def draw(rows: pd.DataFrame) -> Drawing:
        spoken = pd.Series(rows.index == rows.index[-1], rows.index)
        frame = bar_frame(rows, rows["period"].str[2:], spoken)
        if unit == "元":
            frame["text"] = frame["text"].str.removesuffix("元")
        return charts.columns(frame)

    title = f"通城县每月{what}"
    if len(rows):
        last = rows.iloc[-1]
        before = rows[rows["period"] == words.shifted_year(last["period"])]
        if len(before):
            way = "少" if last["value"] < before["value"].iloc[0] else "多"
            title = f"{words.period(last['period'])}通城县{what}比上年同月{way}"
    caption = f"通城县，{unit}。只画出通报过的月份，其间的月份未公布"
    return chapter.exhibit(name, rows, title, caption, _told(rows), draw)


def tongcheng_cases(chapter: Chapter) -> Piece:
    """Tongcheng's monthly cases: bars on the months told."""
    return _monthly(chapter, "tongcheng-cases", "cases_filed", "立案", "起")


def tongcheng_loss(chapter: Chapter) -> Piece:
    """Tongcheng's monthly losses: bars on the months told."""
    return _monthly(chapter, "tongcheng-loss", "loss", "损失", "元")


def tongcheng_towns(chapter: Chapter) -> Piece:
    """Losses by town in the last month told."""
    rows = chapter.tables.shown("fraud", area_code=TONGCHENG, measure="loss", dimension="locality")
    if len(rows):
        rows = rows[rows["period"] == rows["period"].max()].sort_values("value", ascending=False)

    def draw(rows: pd.DataFrame) -> Drawing:
        top = pd.Series(rows["value"] == rows["value"].max(), rows.index)
        return charts.bars(bar_frame(rows, rows["category_zh"], top))

    alt = "；".join(f"{c} {t}" for c, t in zip(rows["category_zh"], labels(rows), strict=True)) + "。"
    title = f"{rows['category_zh'].iloc[0]}占了损失的大部分" if _most(rows) else "各乡镇的损失"
    period = words.period(rows["period"].iloc[0]) if len(rows) else ""
    return chapter.exhibit(
        "tongcheng-towns",
        rows,
        title,
        f"通城县，{period}，元。通报没有列出的乡镇不等于没有损失",
        alt,
        draw,
        columns=("category", "period", "value", "source"),
    )


def _most(rows: pd.DataFrame) -> bool:
    return len(rows) > 0 and rows["value"].iloc[0] > rows["value"].sum() / 2


def tongcheng_types(chapter: Chapter) -> Piece:
    """What the bulletins name by type and by town, levels and stated shares."""
    rows = chapter.tables.shown("fraud", area_code=TONGCHENG)
    rows = rows[rows["category"].notna() & rows["value"].notna()]
    rows = rows.sort_values(["period", "measure", "dimension", "value"], ascending=[False, True, True, False])
    return chapter.exhibit(
        "tongcheng-breakdown",
        rows,
        "通报列出的类型与乡镇",
        "通城县两期月度通报。零是通报写明的零",
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
        "只列立案、发案、破案、抓获、警情、损失、止付、返还。没有列出的地方未公布，不是零",
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
            "多数来源只公布变化而不公布数量，无从知道基数。",
            "累计数的起止日各不相同，不能直接比较快慢。",
            "没有报案的诈骗不在任何一个数字里。",
        ],
    )
