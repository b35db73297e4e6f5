"""Trade-in: the nation's dated counts, Hubei's points against its targets, what a buyer gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from yuebao import charts, offers, spans, tables, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters.fraud import labels, tips
from yuebao.charts import Drawing
from yuebao.exhibits import Piece
from yuebao.tables import is_sound

NATION = "000000"
MARKET = ["retail_growth", "transaction_growth", "market_vehicles_sold", "appliance_stock"]
DRAWN = "画出"
FACT = ("area_code", "measure", "category", "programme", "counting")  # what makes a count one fact


@dataclass(frozen=True)
class Target:
    """A Hubei target of one year, the latest count of the same measure, and the campaign both belong to.

    ``campaign``: the policy row that tells the campaign's first and last day; None where none does,
    and then nothing is said of its pace.
    """

    target: pd.Series
    done: pd.Series
    share: float  # percent of the target done
    campaign: pd.Series | None = None

    @property
    def elapsed(self) -> float | None:
        """Percent of the campaign gone on the day of the count."""
        days = None if self.campaign is None else words.span(span_of(self.campaign))
        if days is None or days[0] is None or days[1] is None:
            return None
        return float(words.rounded(spans.gone(self.done["last_day"].date(), days[0], days[1]), 1))

    @property
    def row_id(self) -> str:
        """The row of ``trade_in-targets`` that holds both shares."""
        return trace.computed_id("trade_in-targets", self.done["row_id"])

    @property
    def day(self) -> str:
        """The day of the count, in words."""
        return words.period(self.done["period"].split("/")[-1])

    def says(self, goal: str = "当年目标") -> str:
        """Both shares as they go into a page: 为当年目标的26.1%，其时活动期已过43.6%."""
        share = words.number_tag(self.share, words.plain(self.share), self.row_id)
        told = f"为{goal}的{share}%"
        if self.elapsed is None:
            return told
        gone = words.number_tag(self.elapsed, words.plain(self.elapsed), self.row_id)
        return f"{told}，其时活动期已过{gone}%"


def span_of(rule: pd.Series) -> str:
    """The days a policy row covers, as a period."""
    return f"{rule['valid_from']}/{rule['valid_to']}"


def campaign(chapter: Chapter, category: str, day: dt.date) -> pd.Series | None:
    """The policy row that states the first and last day of the area's campaign that a day lies in."""
    rules = chapter.tables.figures(
        "trade_in_policy", area_code=chapter.area, parameter="programme_period", category=category
    )
    stated = (rules["valid_from_basis"] == "stated") & (rules["valid_to_basis"] == "stated")
    for _, rule in rules[stated & is_sound(rules)].iterrows():
        first, last = words.span(span_of(rule))
        if first is not None and last is not None and first <= day <= last:
            return rule
    return None


def counts(chapter: Chapter, measure: str, category: str, programme: str) -> pd.DataFrame:
    """The nation's cumulative counts of one measure, category and programme, each fact once, by last day.

    Only sound ones; not the preliminary, nor what is expected.
    """
    rows = chapter.tables.sound(
        "trade_in",
        area_code=NATION,
        measure=measure,
        category=category,
        programme=programme,
        counting="cumulative",
    )
    rows = rows[rows["value"].notna() & ~rows["obs_status"].isin(["P", "F"])]
    rows = rows.assign(_told=rows["first_day"].notna()).sort_values(
        ["last_day", "_told"], ascending=[True, False], kind="stable"
    )
    return spans.once(rows.drop(columns="_told"), FACT)


def series(chapter: Chapter, measure: str, category: str, programme: str) -> pd.DataFrame:
    """Those of ``counts`` that have a place on a line: one a day, each to a day that its source tells."""
    return drawn(counts(chapter, measure, category, programme))


def in_picture(rows: pd.DataFrame) -> pd.Series:
    """Of each count whether it is drawn, or why not, as its table says it."""
    return pd.Series([word or DRAWN for word in undrawn(rows)], rows.index, dtype="object")


def drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of ``rows`` that have a place on a line."""
    return rows[pd.Series([not word for word in undrawn(rows)], rows.index, dtype="bool")]


def undrawn(rows: pd.DataFrame) -> list[str]:
    """Why a count has no place on a line; empty where it has one.

    A count to a bare month, or to no stated day, has no day; of two that end on one day the one
    with a start is drawn.
    """
    reasons, taken = [], set()
    for _, row in rows.iterrows():
        if words.is_open(row["period"]):
            reasons.append("没有写明止日，没有画出")
        elif spans.ends_in_month(row["period"]):
            reasons.append("止期只写到月，没有画出")
        elif row["last_day"] in taken:
            reasons.append("同日另有一个数，没有画出")
        else:
            reasons.append("")
            taken.add(row["last_day"])
    return reasons


def target(chapter: Chapter) -> Target | None:
    """Appliances: the year's target and the latest count of the same unit within that year."""
    known = chapter.tables
    targets = known.sound(
        "trade_in", area_code=chapter.area, measure="target_units_sold", category="appliance"
    )
    targets = targets[targets["period"].str.fullmatch(r"\d{4}")]
    done = known.sound("trade_in", area_code=chapter.area, measure="units_sold", category="appliance")
    done = done[done["value"].notna() & (done["obs_status"] == "A")].sort_values("last_day", kind="stable")
    for _, count in done.iloc[::-1].iterrows():
        year = str(count["last_day"].year)
        match = targets[targets["period"] == year]
        if len(match):
            aim = match.iloc[0]
            share = float(words.rounded(count["value"] / aim["value"] * 100, 1))
            return Target(aim, count, share, campaign(chapter, "appliance", count["last_day"].date()))
    return None


def _car_pair(chapter: Chapter) -> tuple[pd.Series, pd.Series] | None:
    """Applicants for car subsidies and the year's target of cars: two counts, said beside each other."""
    known = chapter.tables
    people = known.sound("trade_in", area_code=chapter.area, measure="applicants", category="car_all")
    cars = known.sound("trade_in", area_code=chapter.area, measure="target_vehicles", category="car_all")
    for _, row in people.sort_values("last_day", ascending=False).iterrows():
        match = cars[cars["period"] == str(row["last_day"].year)]
        if len(match):
            return row, match.iloc[0]
    return None


def opening(chapter: Chapter) -> Piece:
    """The lead and the headline figures of the latest day Hubei told, and of its target year."""
    lead, cards = [], []
    cars = chapter.tables.sound("trade_in", area_code=chapter.area, measure="vehicles", category="car_all")
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
        lead.append(f"{words.period(goal.done['period'])}，家电{shown_value(goal.done)}，{goal.says()}")
        cards.append(chapter.card(goal.done, label="家电以旧换新", change=goal.says()))
    return chapter.opening("；".join(lead) + "。" if lead else "本期没有湖北的进度数字。", cards)


def targets(chapter: Chapter) -> Piece:
    """Hubei's count against its target, with the share of the campaign gone beside the share done."""
    goal = target(chapter)
    if goal is None:
        return chapter.nothing("完成目标的进度")
    rows = pd.DataFrame([goal.done, goal.target])
    share = pd.Series([goal.share, None], rows.index)
    extra = {"目标完成（%）": share}
    caption = f"湖北，{words.period(goal.done['period'])}占当年目标的比重"
    basis, picture = [goal.done["row_id"], goal.target["row_id"]], None
    alt = f"到{goal.day}，家电{labels(rows)[0]}，为目标的{words.plain(goal.share)}%"
    if goal.campaign is not None and goal.elapsed is not None:
        extra["活动期已过（%）"] = pd.Series([goal.elapsed, None], rows.index)
        basis.append(goal.campaign["row_id"])
        period = span_of(goal.campaign)
        caption += f"；红线为当日活动期已过的比重，活动期为{words.period(period)}"
        if spans.ends_in_month(period):
            caption += "（止期只写到月，按月末计）"
        alt += f"；活动期已过{words.plain(goal.elapsed)}%"
        picture = bullet(goal)
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
        f"到{goal.day}，家电以旧换新与当年目标",
        caption,
        alt + "。",
        None if picture is None else lambda _: picture,
        columns=("measure", "period", "value", *extra, "source"),
        extra=extra,
        from_rows=pd.Series([";".join(basis), goal.target["row_id"]], rows.index),
        note=note,
        says=f"家电{shown_value(goal.done)}，{goal.says()}。",
    )


def bullet(goal: Target) -> Drawing | None:
    """The count against its target, the share of the campaign gone as a line; None without a campaign."""
    if goal.elapsed is None:
        return None
    aim = words.amount(goal.target["value"], goal.target["unit_zh"])
    done = words.amount(goal.done["value"], goal.done["unit_zh"], goal.done["qualifier"])
    frame = pd.DataFrame(
        {
            "label": [f"家电，目标{aim}"],
            "share": [goal.share / 100],
            "text": [f"{done}，{words.plain(goal.share)}%"],
        }
    )
    return charts.bullets(frame, goal.elapsed / 100, f"到{goal.day}，活动期已过{words.plain(goal.elapsed)}%")


def hubei(chapter: Chapter) -> Piece:
    """Everything Hubei told of its progress, dated."""
    rows = chapter.tables.sound("trade_in", area_code=chapter.area)
    rows = rows[~rows["measure"].isin(MARKET) & (rows["counting"] != "target")]
    rows = spans.once(rows.sort_values(["last_day", "measure", "category"], kind="stable"), FACT)
    return chapter.exhibit(
        "hubei",
        rows,
        "湖北公布过的进度",
        "累计数照来源所给的截止日；多数没有说明起点。申请、车辆、销量、人次是不同的指标",
        columns=("period", "measure", "category", "value", "source"),
    )


def hubei_targets(chapter: Chapter) -> Piece:
    """Hubei's published targets."""
    rows = chapter.tables.sound("trade_in", area_code=chapter.area, counting="target")
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
    rows = chapter.tables.sound("trade_in")
    rows = rows[~rows["area_code"].isin([NATION, chapter.area])]
    rows = spans.once(rows.sort_values(["area_code", "last_day", "measure"], kind="stable"), FACT)
    return chapter.exhibit(
        "cities",
        rows,
        "市州公布过的进度",
        "没有列出的市州，本书未见公布",
        columns=("area", "period", "measure", "category", "value", "source"),
    )


def market(chapter: Chapter) -> Piece:
    """Retail growth and market totals: context, not trade-in counts."""
    rows = chapter.tables.sound("trade_in", area_code=chapter.area, measure=MARKET)
    rows = spans.once(rows.sort_values(["measure", "last_day", "category"], kind="stable"), FACT)
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
    parts = [counts(chapter, measure, category, year) for year in programmes(chapter)]
    parts = [part for part in parts if len(part)]
    rows = pd.concat(parts) if parts else chapter.tables.shown("trade_in").iloc[:0]
    reasons = pd.concat([in_picture(part) for part in parts]) if parts else pd.Series(dtype="object")
    lines = [line for line in map(drawn, parts) if len(line)]
    said = "".join(f"{line['programme'].iloc[0]}年政策：{_range(line)}" for line in lines)
    left_out = bool((reasons != DRAWN).any())
    return chapter.exhibit(
        name,
        rows,
        title,
        f"全国，{unit}，各年政策各自累计，最近一年为绿。圈为所计的最后一日，其间未见公布；"
        "多家刊载同一数字的并列引用",
        said,
        (lambda rows: _by_year(rows[reasons == DRAWN])) if lines else None,
        columns=("period", "value", *(("图中",) if left_out else ()), "source"),
        extra={"图中": reasons} if left_out else None,
        note=_falls(lines),
    )


def _falls(parts: list[pd.DataFrame]) -> str:
    """A word of warning where a cumulative line falls; what fell is among the findings."""
    fallen = [row for part in parts for _, row in part[part["value"].diff() < 0].iterrows()]
    days = "、".join(words.period(row["period"].split("/")[-1]) for row in fallen)
    return f"{days}公布的累计数低于此前公布的数，照录，见检查提示。" if days else ""


@dataclass(frozen=True)
class Raise:
    """The days the scrappage subsidy began and was published as raised, and the policy rows that say so."""

    began: pd.Timestamp
    raised: pd.Timestamp
    row_ids: list[str]

    @property
    def events(self) -> pd.DataFrame:
        """The two days as a chart marks them."""
        return pd.DataFrame({"date": [self.began, self.raised], "label": ["补贴启动", "公布提高"]})


def scrappage_raise(chapter: Chapter, programme: str = "2024") -> Raise | None:
    """When the scrappage subsidy began and when the raised one was published, from the policy rows.

    A rule that was replaced ends on the day before the one that replaced it was published.
    """
    rules = chapter.tables.figures(
        "trade_in_policy", area_code=NATION, category="car_scrappage", parameter="subsidy_amount"
    )
    rules = rules[is_sound(rules) & rules["programme"].str.endswith(programme)]
    first = rules[(rules["valid_from_basis"] == "stated") & (rules["valid_to_basis"] == "replaced")]
    if first.empty:
        return None
    began = pd.Timestamp(first["valid_from"].min())
    raised = pd.Timestamp(first["valid_to"].min()) + pd.Timedelta(days=1)
    return Raise(began, raised, list(first["row_id"]))


@dataclass(frozen=True)
class Pace:
    """Applications a day before and after a day, and how many times the one is the other."""

    middle: pd.Series  # the last count up to the day
    last: pd.Series  # the last count of all
    before: float
    since: float

    @property
    def ratio(self) -> float:
        """The later rate divided by the earlier."""
        return float(words.rounded(self.since / self.before, 1))


def pace(rows: pd.DataFrame, change: Raise | None) -> Pace | None:
    """Daily rates of a cumulative series before and after a day, by the days between the counts."""
    if change is None or rows.empty:
        return None
    upto, after = rows[rows["last_day"] <= change.raised], rows[rows["last_day"] > change.raised]
    if upto.empty or after.empty:
        return None
    middle, last = upto.iloc[-1], after.iloc[-1]
    days = (middle["last_day"] - change.began).days, (last["last_day"] - middle["last_day"]).days
    if min(days) < 1 or middle["value"] <= 0:
        return None
    return Pace(middle, last, middle["value"] / days[0], (last["value"] - middle["value"]) / days[1])


def scrappage_2024(chapter: Chapter, level: int = 3) -> Piece:
    """Applications for the scrappage subsidy in 2024, with the policy's dates."""
    rows = counts(chapter, "applications", "car_scrappage", "2024")
    line, change = drawn(rows), scrappage_raise(chapter)
    rate = pace(line, change)
    daily: dict[str, float] = {}
    basis: dict[str, list[str]] = {}
    says = ""
    if rate is not None and change is not None:
        middle, last = str(rate.middle["row_id"]), str(rate.last["row_id"])
        daily = {middle: float(words.rounded(rate.before, 0)), last: float(words.rounded(rate.since, 0))}
        basis = {middle: [middle, *change.row_ids], last: [last, middle, *change.row_ids]}
        row_id = trace.computed_id("trade_in-scrappage-2024", last)
        times = words.number_tag(rate.ratio, words.plain(rate.ratio), row_id)
        until = words.period(rate.last["period"].split("/")[-1])
        day = words.period(str(change.raised.date()))
        says = f"{day}公布提高补贴；其后到{until}，日均申请为此前的{times}倍。"
    ids = rows["row_id"]
    ratios = {rate.last["row_id"]: rate.ratio} if rate is not None else {}
    extra: dict[str, pd.Series] = {}
    if len(line) < len(rows):
        extra["图中"] = in_picture(rows)
    if says:
        extra |= {"日均申请（份）": ids.map(daily), "为此前的倍数": ids.map(ratios)}
    return chapter.exhibit(
        "scrappage-2024",
        rows,
        "2024年汽车报废更新补贴申请",
        "全国，2024年政策，累计，份。圈为所计的最后一日，其间未见公布"
        + ("；虚线为政策日期" if change else ""),
        _range(line),
        (lambda _: _dated(line, change.events if change else None)) if len(line) else None,
        columns=("period", "value", *extra, "source"),
        extra=extra,
        from_rows=ids.map(lambda row: ";".join(basis.get(row, [row]))) if says else None,
        level=level,
        says=says,
    )


def sales(chapter: Chapter) -> Piece:
    """Sales the programmes brought, year by year: the last count of each.

    Bars only where the counts cover windows of one length; a table otherwise.
    """
    parts = [series(chapter, "sales", "all", year).tail(1) for year in programmes(chapter)]
    parts = [part for part in parts if len(part)]
    rows = pd.concat(parts) if parts else chapter.tables.shown("trade_in").iloc[:0]
    alike = spans.comparable(rows)

    def draw(rows: pd.DataFrame) -> Drawing:
        frame = pd.DataFrame(
            {
                "label": rows["programme"] + "年",
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
        "全国，元" + ("" if alike else "；各年所计的时段长短不一，只列表，不作图比较"),
        "；".join(f"{p}年 {t}" for p, t in zip(rows["programme"], labels(rows), strict=True)) + "。",
        draw if alike else None,
        columns=("period", "value", "source"),
    )


def preliminary(chapter: Chapter) -> Piece:
    """Figures first told as preliminary, beside those that replaced them."""
    frame = chapter.tables.labelled("trade_in")
    frame = frame[is_sound(frame)]
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
    frame = chapter.tables.labelled("trade_in")
    frame = frame[is_sound(frame) & frame["value"].notna()]
    key = ["area_code", "period", "measure", "category", "programme"]
    wide = frame.groupby(key, dropna=False, sort=False)["value"].transform("nunique") > 1
    parts = [
        rows
        for _, rows in frame[wide].groupby(key, dropna=False, sort=False)
        if tables.agreement(list(rows["value"]), list(rows["qualifier"])) == "differs"
    ]
    rows = pd.concat(parts) if parts else frame.iloc[:0]
    rows = rows.sort_values([*key, "value"], kind="stable")
    return chapter.exhibit(
        "disagreements",
        rows,
        "同一个数字，来源所给不同",
        "时期、指标、品类都相同而数值不同的，照录各家",
        columns=("period", "measure", "category", "value", "status", "source"),
    )


# --- the policy ----------------------------------------------------------------

BUYS = {
    "scrappage": (["car_scrappage"], "报废旧车买新车"),
    "replacement": (["car_replacement", "car_all"], "卖旧车买新车"),
    "appliances": (["appliance", "appliance_and_home", "appliances_recycled"], "买家电"),
    "digital": (["digital"], "买手机等数码产品"),
    "home": (["renovation"], "家装厨卫"),
    "ebikes": (["ebike"], "换电动自行车"),
}


def buyer(chapter: Chapter, name: str) -> Piece:
    """What a buyer of one kind of goods gets, by the nation's rules and Hubei's: a line an offer."""
    categories, title = BUYS[name]
    rules = chapter.tables.figures("trade_in_policy", area_code=[NATION, chapter.area], category=categories)
    rules = rules[rules["parameter"].isin(offers.PARAMETERS)]
    caption = (
        "全国与湖北的补贴规则，一行一条，比例、定额与上限合为一条；“推定”的日期来源未写明，"
        "由政策年度推得。不含非正式来源"
    )
    return chapter.policy_exhibit(f"buyer-{name}", rules, title, caption, None, "")


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    return chapter.side(
        ["applications", "applicants", "vehicles", "units_sold", "sales", "person_times"],
        [
            "申请、申请人、车辆、销量、人次是不同的指标，不能相加，也不能互换。",
            "不能说明没有补贴时会卖多少。",
            "本书只见到湖北在少数几个日子的进度，其间的快慢无从知道。",
            "各市州的进度大多未见公布。",
            "零售增长等市场背景不是以旧换新的成绩。",
        ],
    )
