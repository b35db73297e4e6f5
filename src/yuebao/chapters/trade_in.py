"""Trade-in: the nation's dated counts, Hubei's points against its targets, what a buyer gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from yuebao import charts, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters.fraud import labels, tips
from yuebao.charts import Drawing
from yuebao.exhibits import Piece
from yuebao.tables import TRUST

NATION = "000000"
MARKET = ["retail_growth", "transaction_growth", "market_vehicles_sold", "appliance_stock"]
RAISED = 2.0  # a title says 快了一倍多 only past this ratio of daily rates


@dataclass(frozen=True)
class Target:
    """A Hubei target of one year and the latest count of the same measure that can be set beside it."""

    target: pd.Series
    done: pd.Series
    share: float  # percent of the target done
    elapsed: float  # percent of the year gone on the day of the count

    @property
    def row_id(self) -> str:
        """The row of ``trade_in-targets`` that holds both shares."""
        return trace.computed_id("trade_in-targets", self.done["row_id"])

    @property
    def said(self) -> tuple[str, str]:
        """Both shares as they go into a page, without the sign."""
        return (
            words.number_tag(self.share, words.plain(self.share), self.row_id),
            words.number_tag(self.elapsed, words.plain(self.elapsed), self.row_id),
        )


def year_gone(day: dt.date) -> float:
    """Share of the year gone at the end of ``day``, in percent."""
    first, last = dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    return ((day - first).days + 1) / ((last - first).days + 1) * 100


def series(chapter: Chapter, measure: str, category: str, programme: str) -> pd.DataFrame:
    """One cumulative series of the nation: one measure, category and programme, a row a day.

    Doubtful and preliminary figures are left out; where two windows end on one
    day, the one whose start is told.
    """
    rows = chapter.tables.shown(
        "trade_in",
        area_code=NATION,
        measure=measure,
        category=category,
        programme=programme,
        counting="cumulative",
    )
    rows = rows[rows["value"].notna() & ~rows["obs_status"].isin(["U", "P", "F"]) & rows["last_day"].notna()]
    ordered = rows.assign(_told=rows["first_day"].notna()).sort_values(
        ["last_day", "_told"], ascending=[True, False], kind="stable"
    )
    return ordered.drop_duplicates("last_day").drop(columns="_told")


def target(chapter: Chapter) -> Target | None:
    """Appliances: the year's target and the latest count of the same unit within that year."""
    held = chapter.tables
    targets = held.shown(
        "trade_in", area_code=chapter.area, measure="target_units_sold", category="appliance"
    )
    targets = targets[targets["period"].str.fullmatch(r"\d{4}")]
    done = held.shown("trade_in", area_code=chapter.area, measure="units_sold", category="appliance")
    done = done[done["value"].notna() & (done["obs_status"] == "A")].sort_values("last_day", kind="stable")
    for _, count in done.iloc[::-1].iterrows():
        year = str(count["last_day"].year)
        match = targets[targets["period"] == year]
        if len(match):
            aim = match.iloc[0]
            share = float(words.rounded(count["value"] / aim["value"] * 100, 1))
            return Target(aim, count, share, float(words.rounded(year_gone(count["last_day"].date()), 1)))
    return None


def _car_pair(chapter: Chapter) -> tuple[pd.Series, pd.Series] | None:
    """Applicants for car subsidies and the year's target of cars: two counts, said beside each other."""
    held = chapter.tables
    people = held.shown("trade_in", area_code=chapter.area, measure="applicants", category="car_all")
    cars = held.shown("trade_in", area_code=chapter.area, measure="target_vehicles", category="car_all")
    for _, row in people.sort_values("last_day", ascending=False).iterrows():
        match = cars[cars["period"] == str(row["last_day"].year)]
        if len(match):
            return row, match.iloc[0]
    return None


def opening(chapter: Chapter) -> Piece:
    """The lead and the headline figures of the latest day Hubei told, and of its target year."""
    held = chapter.tables
    lead, cards = [], []
    cars = held.shown("trade_in", area_code=chapter.area, measure="vehicles", category="car_all")
    cars = cars[cars["obs_status"] == "A"].sort_values("last_day", kind="stable")
    if len(cars):
        last = cars.iloc[-1]
        lead.append(f"{words.period(last['period'])}，湖北汽车以旧换新{shown_value(last)}")
        cards.append(chapter.card(last, label=f"汽车以旧换新（{last['programme']}年政策）"))
    pair = _car_pair(chapter)
    if pair:
        people, aim = pair
        lead.append(
            f"{words.period(people['period'])}有{shown_value(people)}申请汽车以旧换新补贴，"
            f"当年目标为{shown_value(aim)}，前者是申请人数，后者是车辆数，不相等同"
        )
        cards.append(
            chapter.card(
                people, label="汽车以旧换新补贴申请人数", change=f"当年目标{shown_value(aim)}（车辆）"
            )
        )
    goal = target(chapter)
    if goal:
        share, gone = goal.said
        lead.append(f"家电{shown_value(goal.done)}，为当年目标的{share}%，年度已过{gone}%")
        cards.append(
            chapter.card(goal.done, label="家电以旧换新", change=f"目标的 {share}%，年度已过 {gone}%")
        )
    return chapter.opening("；".join(lead) + "。" if lead else "本期没有湖北的进度数字。", cards)


def targets(chapter: Chapter) -> Piece:
    """Hubei's count against its target, with the share of the year gone beside the share done."""
    goal = target(chapter)
    if goal is None:
        return chapter.nothing("完成目标的进度")
    behind = goal.share < goal.elapsed
    title = "家电以旧换新的进度落后于时间" if behind else "家电以旧换新的进度快于时间"
    day = words.period(goal.done["period"])
    rows = pd.DataFrame([goal.done, goal.target])
    share = pd.Series([goal.share, None], rows.index)
    gone = pd.Series([goal.elapsed, None], rows.index)

    def draw(_: pd.DataFrame) -> Drawing:
        aim = words.amount(goal.target["value"], goal.target["unit_zh"])
        frame = pd.DataFrame(
            {
                "label": [f"家电，目标{aim}"],
                "share": [goal.share / 100],
                "text": [f"{labels(rows)[0]}，{words.plain(goal.share)}%"],
            }
        )
        return charts.bullets(frame, goal.elapsed / 100, f"年度已过{words.plain(goal.elapsed)}%")

    pair = _car_pair(chapter)
    note = ""
    if pair:
        people, aim = pair
        note = (
            f"汽车的目标是{shown_value(aim)}，{words.period(people['period'])}公布的是{shown_value(people)}"
            "（申请人数，报废与置换合计）；人数与车辆数不同，故不算完成比例。"
        )
    return chapter.exhibit(
        "targets",
        rows,
        title,
        f"湖北，{day}占当年目标的比重；红线为当日年度已过的比重",
        f"{day}，家电{labels(rows)[0]}，为目标的{words.plain(goal.share)}%；年度已过{words.plain(goal.elapsed)}%。",
        draw,
        columns=("measure", "period", "value", "目标完成（%）", "年度已过（%）", "source"),
        extra={"目标完成（%）": share, "年度已过（%）": gone},
        from_rows=pd.Series([";".join(rows["row_id"]), goal.target["row_id"]], rows.index),
        note=note,
    )


def hubei(chapter: Chapter) -> Piece:
    """Everything Hubei told of its progress, dated."""
    rows = chapter.tables.shown("trade_in", area_code=chapter.area)
    rows = rows[~rows["measure"].isin(MARKET) & (rows["counting"] != "target") & (rows["obs_status"] != "U")]
    rows = rows.sort_values(["last_day", "measure", "category"], kind="stable")
    return chapter.exhibit(
        "hubei",
        rows,
        "湖北公布过的进度",
        "累计数照来源所给的截止日；多数没有说明起点。申请、车辆、销量、人次是不同的指标",
        columns=("period", "measure", "category", "value", "source"),
    )


def hubei_targets(chapter: Chapter) -> Piece:
    """Hubei's published targets."""
    rows = chapter.tables.shown("trade_in", area_code=chapter.area, counting="target")
    rows = rows.sort_values(["last_day", "measure", "category"], kind="stable")
    return chapter.exhibit(
        "hubei-targets",
        rows,
        "湖北公布过的目标",
        "时期是目标所定的年份",
        columns=("period", "measure", "category", "value", "status", "source"),
    )


def cities(chapter: Chapter) -> Piece:
    """What Hubei's cities told."""
    rows = chapter.tables.shown("trade_in")
    rows = rows[~rows["area_code"].isin([NATION, chapter.area])]
    rows = rows.sort_values(["area_code", "last_day", "measure"], kind="stable")
    return chapter.exhibit(
        "cities",
        rows,
        "市州公布过的进度",
        "没有列出的市州未公布",
        columns=("area", "period", "measure", "category", "value", "source"),
    )


def market(chapter: Chapter) -> Piece:
    """Retail growth and market totals: context, not trade-in counts."""
    rows = chapter.tables.shown("trade_in", area_code=chapter.area, measure=MARKET)
    rows = rows.sort_values(["measure", "last_day", "category"], kind="stable")
    return chapter.exhibit(
        "market",
        rows,
        "市场背景：零售增长、刷卡增长与保有量",
        "这些不是以旧换新的数，只供参考",
        columns=("measure", "category", "period", "value", "change", "source"),
    )


# --- the nation ----------------------------------------------------------------


def programmes(chapter: Chapter) -> list[str]:
    """The single programme years the edition knows, oldest first."""
    told = chapter.tables.labelled("trade_in")["programme"].unique()
    return sorted(year for year in told if len(year) == 4 and year.isdigit())


def _dated(rows: pd.DataFrame, events: pd.DataFrame | None = None) -> Drawing:
    frame = pd.DataFrame(
        {
            "date": rows["last_day"],
            "value": rows["value"],
            "text": labels(rows),
            "series": "一",
            "spoken": True,
            "tip": tips(rows),
        }
    )
    return charts.dated(frame, events)


def _by_year(rows: pd.DataFrame) -> Drawing:
    """One line a programme year over the same months: days are laid on a leap year."""
    newest = rows["programme"].max()
    frame = pd.DataFrame(
        {
            "date": pd.to_datetime(rows["last_day"].dt.strftime("2000-%m-%d")),
            "value": rows["value"],
            "text": rows["programme"] + "年 " + pd.Series(labels(rows), rows.index),
            "series": rows["programme"],
            "spoken": rows["programme"] == newest,
            "tip": tips(rows),
        }
    )
    return charts.dated(frame)


def _range(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    said = labels(rows)
    return (
        f"公布了{len(rows)}个日期：自{words.period(rows['period'].iloc[0])}的{said[0]}"
        f"至{words.period(rows['period'].iloc[-1])}的{said[-1]}。"
    )


def through_years(chapter: Chapter, name: str, measure: str, category: str, title: str, unit: str) -> Piece:
    """A chart of one measure and category of the nation: a line a programme year, never across years."""
    parts = [series(chapter, measure, category, year) for year in programmes(chapter)]
    parts = [part for part in parts if len(part)]
    rows = pd.concat(parts) if parts else chapter.tables.shown("trade_in").iloc[:0]
    said = "".join(f"{part['programme'].iloc[0]}年政策：{_range(part)}" for part in parts)
    return chapter.exhibit(
        name,
        rows,
        title,
        f"全国，{unit}，各年政策各自累计，最近一年为绿。圈为公布之日，其间未公布；多家刊载同一数字的并列引用",
        said,
        _by_year,
        columns=("period", "value", "source"),
        note=_falls(parts),
    )


def _falls(parts: list[pd.DataFrame]) -> str:
    """A word of warning where a cumulative line falls; what fell is among the findings."""
    fallen = [row for part in parts for _, row in part[part["value"].diff() < 0].iterrows()]
    days = "、".join(words.period(row["period"].split("/")[-1]) for row in fallen)
    return f"{days}公布的累计数低于此前公布的数，照录，见检查提示。" if days else ""


def scrappage_events(chapter: Chapter, programme: str = "2024") -> pd.DataFrame:
    """When the scrappage subsidy began and when it was raised, from the policy rows."""
    rows = chapter.tables.labelled("trade_in_policy")
    rows = rows[(rows["category"] == "car_scrappage") & (rows["parameter"] == "subsidy_amount")]
    rows = rows[rows["programme"].str.endswith(programme) & (rows["area_code"] == NATION)]
    first = rows[rows["condition"].fillna("").str.contains("首版")]
    events = []
    starts = first["valid_from"].dropna()
    if len(starts):
        events.append({"date": pd.Timestamp(starts.min()), "label": "补贴启动"})
    ends = first["valid_to"].dropna()
    ends = ends[ends < f"{programme}-12-31"]
    if len(ends) and rows["condition"].fillna("").str.contains("提高后").any():
        events.append({"date": pd.Timestamp(ends.min()) + pd.Timedelta(days=1), "label": "公布提高"})
    return pd.DataFrame(events, columns=["date", "label"])


def faster_after(rows: pd.DataFrame, events: pd.DataFrame) -> float | None:
    """Daily rate after the last event divided by that from the first event to it."""
    if len(events) < 2 or rows.empty:
        return None
    start, raised = events["date"].iloc[0], events["date"].iloc[-1]
    upto, after = rows[rows["last_day"] <= raised], rows[rows["last_day"] > raised]
    if upto.empty or after.empty:
        return None
    middle, last = upto.iloc[-1], after.iloc[-1]
    before = middle["value"] / max(1, (middle["last_day"] - start).days)
    since = (last["value"] - middle["value"]) / max(1, (last["last_day"] - middle["last_day"]).days)
    return float(since / before)


def scrappage_2024(chapter: Chapter, level: int = 3) -> Piece:
    """Applications for the scrappage subsidy in 2024, with the policy's dates."""
    rows = series(chapter, "applications", "car_scrappage", "2024")
    events = scrappage_events(chapter)
    ratio = faster_after(rows, events)
    title = "2024年汽车报废更新补贴申请"
    if ratio is not None and ratio > RAISED:
        title = "公布提高补贴后，报废更新申请快了一倍多"
    return chapter.exhibit(
        "scrappage-2024",
        rows,
        title,
        "全国，2024年政策，累计，份。圈为商务部等公布之日，其间未公布；虚线为政策日期",
        _range(rows),
        lambda rows: _dated(rows, events),
        columns=("period", "value", "source"),
        level=level,
    )


def sales(chapter: Chapter) -> Piece:
    """Sales the programmes brought, year by year: the last count of each."""
    parts = [series(chapter, "sales", "all", year).tail(1) for year in programmes(chapter)]
    parts = [part for part in parts if len(part)]
    rows = pd.concat(parts) if parts else chapter.tables.shown("trade_in").iloc[:0]

    def draw(rows: pd.DataFrame) -> Drawing:
        frame = pd.DataFrame(
            {
                "label": rows["programme"] + "年，" + rows["last_day"].dt.strftime("至%m-%d"),
                "value": rows["value"],
                "text": labels(rows),
                "spoken": rows["programme"] == rows["programme"].max(),
                "tip": tips(rows),
            }
        )
        return charts.bars(frame, step=36)

    return chapter.exhibit(
        "sales",
        rows,
        "带动的销售额，各年政策的最后一个累计数",
        "全国，元；各年的截止日不同，见图上所注",
        "；".join(f"{p}年 {t}" for p, t in zip(rows["programme"], labels(rows), strict=True)) + "。",
        draw,
        columns=("period", "value", "source"),
    )


def preliminary(chapter: Chapter) -> Piece:
    """Figures first told as preliminary, beside those that replaced them."""
    frame = chapter.tables.labelled("trade_in")
    first = frame[frame["obs_status"] == "P"]
    rows = []
    for _, row in first.iterrows():
        same = frame[
            (frame["area_code"] == row["area_code"])
            & (frame["measure"] == row["measure"])
            & (frame["category"] == row["category"])
            & (frame["programme"] == row["programme"])
            & (frame["last_day"] == row["last_day"])
            & (frame["obs_status"] == "A")
        ]
        rows += [row] if len(same) == 0 else [row, same.sort_values("source_date_published").iloc[-1]]
    held = pd.DataFrame(rows)
    if len(held):
        held = held.drop_duplicates(["measure", "category", "period", "value", "obs_status"])
        held = held.sort_values(
            ["measure", "category", "last_day", "obs_status"], ascending=[True, True, True, False]
        )
    return chapter.exhibit(
        "preliminary",
        held if len(held) else frame.iloc[:0],
        "初步数与后来的数",
        "先公布的初步数，其下为后来替换它的数；图和标题只用后者",
        columns=("measure", "category", "period", "value", "status", "source"),
    )


def disagreements(chapter: Chapter) -> Piece:
    """Where sources give one figure with different values: all of them."""
    shown = chapter.tables.shown("trade_in")
    wide = shown[shown["agreement"] == "differs"]
    frame = chapter.tables.labelled("trade_in")
    key = ["area_code", "period", "measure", "category", "programme"]
    rows = frame.merge(wide[key].drop_duplicates(), on=key) if len(wide) else frame.iloc[:0]
    rows = rows[rows["value"].notna()].sort_values([*key, "value"], kind="stable")
    return chapter.exhibit(
        "disagreements",
        rows,
        "同一个数字，来源所给不同",
        "时期、指标、品类都相同而数值不同的，照录各家",
        columns=("period", "measure", "category", "value", "status", "source"),
    )


# --- the policy ----------------------------------------------------------------

OFFERS = ("subsidy_amount", "subsidy_rate", "subsidy_cap", "subsidy_floor", "items_per_person")


def offers(chapter: Chapter) -> pd.DataFrame:
    """What a buyer gets, national and Hubei: one row a rule, the most trusted source of it."""
    rows = chapter.tables.labelled("trade_in_policy")
    rows = rows[rows["parameter"].isin(OFFERS) & rows["area_code"].isin([NATION, chapter.area])]
    ranked = rows.assign(
        _trust=rows["grade_of_trust"].map({g: i for i, g in enumerate(TRUST)}),
        _open=rows["valid_to"].isna(),
    ).sort_values(["_trust", "_open", "source_id"], kind="stable")
    ranked = ranked[ranked["grade_of_trust"] != "unofficial"]
    one = ranked.drop_duplicates(["area_code", "programme", "parameter", "category", "condition", "value"])
    one = one.drop(columns=["_trust", "_open"])
    return one.sort_values(
        ["category", "area_code", "programme", "parameter", "condition"], na_position="first", kind="stable"
    )


def _value_words(row: pd.Series) -> str:
    return words.amount(row["value"], row["unit_zh"])


def buyer_cars(chapter: Chapter) -> Piece:
    """What a buyer of a car gets through time: scrappage amounts, one lane a rule."""
    rows = offers(chapter)
    rows = rows[(rows["category"] == "car_scrappage") & (rows["area_code"] == NATION)]
    rows = rows[rows["parameter"].isin(["subsidy_amount", "subsidy_cap"])]
    return _policy_lanes(chapter, "buyer-scrappage", rows, "报废旧车买新车，补贴多少")


def buyer_replacement(chapter: Chapter) -> Piece:
    """Hubei's replacement amounts through time, by kind and price of the car."""
    rows = offers(chapter)
    rows = rows[(rows["category"] == "car_replacement") & (rows["area_code"] == chapter.area)]
    rows = rows[rows["parameter"].isin(["subsidy_amount", "subsidy_cap"])]
    return _policy_lanes(chapter, "buyer-replacement", rows, "在湖北卖旧车买新车，补贴多少")


def buyer_appliances(chapter: Chapter) -> Piece:
    """What a buyer of an appliance gets through time."""
    rows = offers(chapter)
    rows = rows[rows["category"].isin(["appliance", "appliance_and_home"])]
    rows = rows[rows["parameter"].isin(["subsidy_rate", "subsidy_cap"])]
    return _policy_lanes(chapter, "buyer-appliances", rows, "买家电，补多少、最多多少")


def _condition(row: pd.Series) -> str:
    return "" if words.missing(row["condition"]) else str(row["condition"])


def _policy_lanes(chapter: Chapter, name: str, rows: pd.DataFrame, title: str) -> Piece:
    dated_rows = rows[rows["valid_from"].notna()]
    if dated_rows.empty:
        return chapter.nothing(title)
    year_end = f"{chapter.edition[:4]}-12-31"

    def day(value: object, last: bool) -> str:
        if words.missing(value):
            return ""
        bounds = words.span(str(value))
        return str(bounds[1] if last else bounds[0])

    frame = pd.DataFrame(
        {
            "lane": [
                f"{r['area_short']} {r['programme']} {r['measure_zh']} {_condition(r)} {i}"
                for i, r in dated_rows.iterrows()
            ],
            "start": [day(v, False) for v in dated_rows["valid_from"]],
            "end": [day(v, True) for v in dated_rows["valid_to"]],
            "text": [
                f"{_value_words(r)}　{r['measure_zh']}，{_condition(r) or r['category_zh']}"
                for _, r in dated_rows.iterrows()
            ],
        }
    ).sort_values(["start", "lane"], kind="stable")
    lanes = charts.steps(frame, frame["start"].min(), max(frame["end"].max(), year_end))
    return chapter.policy_exhibit(
        name,
        rows,
        title,
        "条为有效期；圈为生效日，止期未写明；不含非正式来源",
        lanes,
        f"共{len(dated_rows)}条规则，自{frame['start'].min()}起。",
    )


def policy_table(chapter: Chapter) -> Piece:
    """Every rule a buyer meets, from sources that are not unofficial."""
    rows = offers(chapter)
    return chapter.policy_exhibit(
        "policy",
        rows,
        "买的人得到什么：全部规则",
        "全国与湖北，每条规则取可信等级最高的来源；不含非正式来源。全部政策行见 trade_in_policy.csv",
        None,
        "",
    )


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    return chapter.side(
        ["applications", "applicants", "vehicles", "units_sold", "sales", "person_times"],
        [
            "申请、申请人、车辆、销量、人次是不同的指标，不能相加，也不能互换。",
            "不能说明没有补贴时会卖多少。",
            "湖北只在少数几个日子公布过进度，其间的快慢无从知道。",
            "各市州的进度大多未公布。",
            "零售增长等市场背景不是以旧换新的成绩。",
        ],
    )
