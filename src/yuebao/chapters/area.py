"""One area of the province and its counties: what all chapters know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from yuebao import areas, charts, spans, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters import fraud as fraud_chapter
from yuebao.chapters import trade_in as trade_in_chapter
from yuebao.chapters import trees as trees_chapter
from yuebao.chapters.known import COUNTS, count_cells, known
from yuebao.chapters.trees import ENOUGH, one_count, years
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Exhibit, Piece, exhibit_piece, text
from yuebao.tables import is_sound

COLUMNS = ("area", "measure", "category", "period", "value", "change", "status", "source")
WHOLES = ("all", "car_all", "four_types_together", "digital_appliance_kitchen_ebike")  # sums of others
MOST = 2  # pictures a chapter has on an area's page
EXCLUSIVE = ("grade",)  # dimensions whose parts are known to have nothing in common
SUBJECTS = {"fraud": "诈骗", "trees": "古树", "trade_in": "以旧换新"}


def cut(chapter: Chapter, name: str) -> Chapter:
    """The same area in another chapter, whose revisions are marked and whose name its files bear."""
    return replace(chapter, name=name)


def rows_of(chapter: Chapter, dataset: str) -> pd.DataFrame:
    """Figures of the area, then of each of its counties, one row a figure."""
    held = areas.within(chapter.tables.lists["areas"], chapter.area)
    rows = chapter.tables.shown(dataset)  # all of them: chosen once for all areas
    rows = rows[rows["area_code"].isin(held)]
    order = ["area_code", "measure", "category", "last_day"]
    return rows.sort_values(order, na_position="first", kind="stable")


def _good(rows: pd.DataFrame) -> pd.DataFrame:
    sound = is_sound(rows) & (rows["obs_status"] != "P")
    return rows[sound & rows["value"].notna() & rows["first_day"].notna()]


# --- the top of the page -----------------------------------------------------------


def _latest(rows: pd.DataFrame, order: list[str]) -> pd.Series | None:
    """The latest good figure; of several on one day, the area's own, a total, by ``order``.

    A count whose end no source prints is placed by the day it was published: it is no later than that.
    """
    rows = _good(rows)
    if rows.empty:
        return None
    published = rows["source_date_published"].map(
        lambda day: None if words.missing(day) else words.span(day)[1]
    )
    rows = rows.assign(_until=rows["last_day"].fillna(pd.to_datetime(published)))
    place = {measure: n for n, measure in enumerate(order)}
    ranked = rows.assign(_part=rows["category"].notna(), _place=rows["measure"].map(place).fillna(len(place)))
    by = ["_until", "_place", "_part", "area_code", "measure", "value"]
    return ranked.sort_values(by, ascending=[False, True, True, True, True, False], kind="stable").iloc[0]


def headlines(chapter: Chapter) -> dict[str, pd.Series]:
    """The latest figure of each chapter that has one: cases and money, a total of trees, trade-in.

    Of cases and of trees a count of a whole area or county, not of a village in it.
    """
    may = chapter.tables.drawable
    frauds, trees = may(rows_of(chapter, "fraud")), may(rows_of(chapter, "trees"))
    frauds = frauds[frauds["measure"].isin(fraud_chapter.LOCAL)]
    totals = trees[(trees["measure"] == "trees_total") & trees["category"].isna()]
    own = totals[totals["area_code"] == chapter.area]
    trade = may(rows_of(chapter, "trade_in"))
    found = {
        "fraud": _latest(frauds[frauds["category"].isna()], fraud_chapter.LOCAL),
        "trees": _latest(own if len(_good(own)) else totals, []),
        "trade_in": _latest(trade[~trade["measure"].isin(trade_in_chapter.MARKET)], []),
    }
    return {name: row for name, row in found.items() if row is not None}


def _disputed(chapter: Chapter, dataset: str, row: pd.Series) -> bool:
    """True where the figure is listed as not fitting others."""
    listed = chapter.tables.lists["conflicts"]
    key = ["area_code", "period", "measure", "source_id"]
    same = (listed["dataset"] == dataset) & (listed[key] == row[key]).all(axis=1)
    return bool(
        (
            same & (listed["category"].fillna("") == ("" if pd.isna(row["category"]) else row["category"]))
        ).any()
    )


def _phrase(row: pd.Series) -> str:
    part = "" if words.missing(row["category_zh"]) else f"（{text(row['category_zh'])}）"
    period = words.period(row["period"], row["source_date_published"])
    return f"{text(row['area_zh'])}{period}{text(row['measure_zh'])}{part}{shown_value(row)}"


def _card(chapter: Chapter, dataset: str, row: pd.Series) -> Card:
    part = "" if words.missing(row["category_zh"]) else f"：{row['category_zh']}"
    doubt = f'与别的数对不上，见<a href="{dataset}.html">{chapter_name(chapter, dataset)}</a>'
    change = doubt if _disputed(chapter, dataset, row) else ""
    return cut(chapter, dataset).card(row, label=f"{row['measure_zh']}{part}", change=change)


def chapter_name(chapter: Chapter, dataset: str) -> str:
    """A chapter's Chinese name."""
    return cut(chapter, dataset).title


def opening(chapter: Chapter) -> Piece:
    """The area's name as the page's title, its latest figures, and what was not seen."""
    name = chapter.area_zh(chapter.area)
    held = areas.within(chapter.tables.lists["areas"], chapter.area)
    names = {chapter.area_zh(code) for code in held}
    warned = sum(finding.area in names for finding in chapter.report.of("warning"))
    spoken = f"{name}及所辖县市区" if len(held) > 1 else name
    meta = chapter.meta_line(text(spoken), f'检查：提示 <a href="quality.html">{warned} 条</a>')
    found = headlines(chapter)
    counts = known(chapter).set_index("area_code").loc[chapter.area]
    without = [said for subject, said in SUBJECTS.items() if not counts[subject]]
    lead = "；".join(_phrase(row) for row in found.values())
    lead = f"{lead}。" if lead else ""
    below = [said for subject, said in SUBJECTS.items() if counts[subject] and subject not in found]
    lead += f"本书所收的{'、'.join(below)}数字见下。" if below else ""
    if len(without) == len(SUBJECTS):
        lead += f"截至本期，本书没有见到{text(spoken)}公布诈骗、古树或以旧换新的数字；"
        lead += f"{words.MISSING}不等于没有。"
    elif without:
        lead += f"{'、'.join(without)}的数字截至本期{words.MISSING}。"
    cards = [_card(chapter, dataset, row) for dataset, row in found.items()]
    return chapter.head(meta, lead, cards, title=name)


# --- the chapters --------------------------------------------------------------------


def over_time(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Figures told three times or more that may stand beside each other: one area, one measure, totals.

    Of a stock, one row a count, several printings of one survey being one; of what happened in a
    window, windows of one length only. The longest run first.
    """
    rows = _good(rows[rows["category"].isna()])
    runs = []
    for _, run in rows.groupby(["area_code", "measure"], sort=True):
        if "survey" in run and run["kind"].iloc[0] == "stock":
            run = trees_chapter.measurements(run)
        elif not spans.comparable(run):
            continue
        if len(run) >= ENOUGH:
            runs.append(run.sort_values(["last_day", "first_day"], kind="stable"))
    return sorted(runs, key=len, reverse=True)


def by_part(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Figures one source told for three parts or more, without their sum: of one measure the newest."""
    rows = _good(rows[rows["category"].notna() & ~rows["category"].isin(WHOLES)])
    key = ["area_code", "measure", "period", "dimension", "source_id"]
    runs = [run for _, run in rows.groupby(key, sort=True) if len(run) >= ENOUGH]
    runs = sorted(runs, key=lambda run: (run["last_day"].iloc[0], len(run)), reverse=True)
    newest: dict[tuple[str, str], pd.DataFrame] = {}
    for run in runs:
        newest.setdefault((run["area_code"].iloc[0], run["measure"].iloc[0]), run)
    return list(newest.values())


def _told(rows: pd.DataFrame, label: pd.Series) -> str:
    pairs = zip(label, fraud_chapter.labels(rows), strict=True)
    return "；".join(f"{name} {amount}" for name, amount in pairs) + "。"


def _bars(label: pd.Series, last: bool = False) -> Callable[[pd.DataFrame], Drawing]:
    def draw(rows: pd.DataFrame) -> Drawing:
        spoken = pd.Series(rows.index == rows.index[-1], rows.index) if last else None
        return charts.bars(fraud_chapter.bar_frame(rows, label[rows.index], spoken))

    return draw


def _run_exhibit(chapter: Chapter, run: pd.DataFrame) -> Piece:
    """A figure through time as bars, the last one in colour."""
    first = run.iloc[0]
    alike = "一次调查一条" if first["kind"] == "stock" else "各时段长短相同"
    caption = f"{first['area_zh']}，{first['unit_zh']}。{alike}；没有画出的时段{words.MISSING}"
    return chapter.exhibit(
        f"{areas.page(chapter.area)}-{first['measure']}-{first['area_code']}",
        run,
        f"{first['area_zh']}：{first['measure_zh']}，历次公布",
        caption,
        _told(run, run["period"].map(words.period)),
        _bars(run["period"].map(words.short_period), last=True),
        columns=("period", "value", "change", "source"),
    )


def _part_exhibit(chapter: Chapter, run: pd.DataFrame) -> Piece:
    """One figure by its parts as bars: grades and ages in their order, others by size."""
    first = run.iloc[0]
    ordered = first["dimension"] in ("grade", "age")
    run = run.sort_values("category" if ordered else "value", ascending=ordered, kind="stable")
    caption = f"{first['area_zh']}，{words.period(first['period'])}，{first['unit_zh']}，出自同一来源"
    caption += "" if first["dimension"] in EXCLUSIVE else "；各项可能互相包含，不能相加"
    return chapter.exhibit(
        f"{areas.page(chapter.area)}-{first['measure']}-{first['dimension']}-{first['area_code']}",
        run,
        f"{first['area_zh']}：{first['measure_zh']}",
        f"{caption}。没有列出的{words.MISSING}",
        _told(run, run["category_zh"]),
        _bars(run["category_zh"]),
        columns=("category", "period", "value", "source"),
    )


def _pictures(chapter: Chapter, rows: pd.DataFrame) -> list[Piece]:
    """Of each place's figures the few that can be drawn: through time first, then by parts."""
    rows = chapter.tables.drawable(rows)
    drawn = [(_run_exhibit, run) for run in over_time(rows)] + [(_part_exhibit, run) for run in by_part(rows)]
    return [draw(chapter, run) for draw, run in drawn[:MOST]]


def _all_rows(chapter: Chapter, rows: pd.DataFrame, title: str, caption: str) -> Piece:
    where = f"{chapter.area_zh(chapter.area)}及所辖县市区"
    return chapter.exhibit(
        areas.page(chapter.area),
        rows,
        title,
        f"{where}。{caption}" if rows["area_code"].nunique() > 1 else caption,
        columns=COLUMNS,
        group="地区",
        note=chapter.why_not_drawn(rows),
    )


def fraud(chapter: Chapter) -> list[Piece]:
    """What the police of the area and its counties told."""
    own = cut(chapter, "fraud")
    rows = rows_of(chapter, "fraud")
    caption = "各地各时段的通报，口径不尽相同，不能相加"
    return [*_pictures(own, rows), _all_rows(own, rows, "公布过的诈骗数字", caption)]


def trees(chapter: Chapter) -> list[Piece]:
    """Totals of counties counted together beside each other, then all counts, then the single trees."""
    own = cut(chapter, "trees")
    rows = rows_of(chapter, "trees")
    totals = trees_chapter.latest_totals(own, ("county",))
    totals = one_count(own.tables.drawable(totals[totals["area_code"].isin(set(rows["area_code"]))]))
    parts = [_totals(own, totals)] if len(totals) else []
    caption = "历次调查与报道，年份、口径不尽相同，不能相加"
    parts += _pictures(own, rows)[: MOST - len(parts)]
    parts.append(_all_rows(own, rows, "公布过的古树数字", caption))
    parts.append(_register(own))
    return parts


def _totals(chapter: Chapter, rows: pd.DataFrame) -> Piece:
    """Totals of counties that one source told for one time."""
    label, first = rows["area_short"] + " " + years(rows), rows.iloc[0]
    return chapter.exhibit(
        f"{areas.page(chapter.area)}-totals",
        rows,
        f"{chapter.area_zh(chapter.area)}所辖县市区的古树名木总数",
        f"{words.period(first['period'])}，株，出自同一来源；没有列出的县市区{words.MISSING}单独的总数",
        _told(rows, label),
        _bars(label),
        columns=("area", "period", "value", "source"),
    )


def _register(chapter: Chapter) -> Piece:
    held = areas.within(chapter.tables.lists["areas"], chapter.area)
    rows = trees_chapter.register(chapter)
    rows = rows[rows["area_code"].isin(held)].sort_values(["area_code", "species_zh", "tree_id"])
    title = "名录中在此地的树"
    if rows.empty:
        return chapter.nothing(title, sentence="名录中没有此地的树。")
    caption = "一行一株，只收见诸报道、铭牌与名单的树；树龄照来源所印，多为估测"
    name = f"{areas.page(chapter.area)}-register"
    return trees_chapter.register_table(chapter, name, rows, title, caption, None, "")


def trade_in(chapter: Chapter) -> list[Piece]:
    """Trade-in counts and rules told locally."""
    own = cut(chapter, "trade_in")
    rows = rows_of(chapter, "trade_in")
    caption = "累计数照来源所给的截止日；申请、车辆、销量、人次是不同的指标，不能相加"
    parts = [*_pictures(own, rows), _all_rows(own, rows, "公布过的进度", caption)]
    held = areas.within(chapter.tables.lists["areas"], chapter.area)
    rules = own.tables.labelled("trade_in_policy")
    rules = rules[rules["area_code"].isin(held)]
    rules = rules.sort_values(["area_code", "programme", "category", "valid_from"], kind="stable")
    title = "当地的补贴规则"
    if rules.empty:
        note = '全省与全国的规则见<a href="trade_in.html">以旧换新</a>。\n'
        return [*parts, Piece(own.nothing(title).markdown + "\n" + note)]
    said = "当地公布的规则与起止日期；全省与全国的规则见“以旧换新”一章"
    name = f"{areas.page(chapter.area)}-policy"
    return [*parts, own.policy_exhibit(name, rules, title, said, None, "")]


def context(chapter: Chapter) -> list[Piece]:
    """The founding page's other figures, where they are of this area; else nothing."""
    rows = rows_of(chapter, "context")
    if rows.empty:
        return []
    caption = "湖北日报创刊版面所载，另见“同版要闻”一章"
    own = cut(chapter, "context")
    return [Piece("## 同版要闻\n"), _all_rows(own, rows, "绿松石、税务与法院的数字", caption)]


# --- beside other areas ----------------------------------------------------------------


def neighbours(chapter: Chapter) -> Piece:
    """How much is known of the area and of those that border it, with their pages."""
    lists = chapter.tables.lists
    codes = [chapter.area, *areas.beside(lists["neighbours"], chapter.area)]
    counts = known(chapter).set_index("area_code").loc[codes].reset_index()
    latest = trees_chapter.latest_totals(chapter, areas.LEVELS)
    known_totals, totals = latest[latest["area_code"].isin(codes)], latest.set_index("area_code")
    rows = counts.join(
        totals[["value", "unit_zh", "qualifier", "period", "source_id", "row_id"]], on="area_code"
    )
    page, here = areas.page(chapter.area), rows["area_code"] == chapter.area
    ids = [trace.own_id(f"{page}-neighbours", code) for code in codes]
    table = pd.DataFrame(
        {
            "地区": [
                f"<b>{text(name)}</b>" if own else areas.link(code, name)
                for code, name, own in zip(rows["area_code"], rows["area_zh"], here, strict=True)
            ]
        }
    )
    for column in [c for c in COUNTS if rows[c].any()]:  # of what there is nowhere nothing need be said
        table[COUNTS[column]] = count_cells(rows[column], ids)
    table["古树名木总数"] = [shown_value(row) for _, row in rows.iterrows()]
    table["总数的时期"] = ["" if words.missing(p) else words.period(p) for p in rows["period"]]
    data = rows[["area_code", "area_zh", *COUNTS, "value", "qualifier", "period", "source_id"]]
    told = data["source_id"].notna()
    exhibit = Exhibit(
        name="neighbours",
        title="与相邻的市州相比",
        caption="本书收有多少个数字（含所辖县市区，存疑的也算），以及最近一次公布的古树名木总数；"
        "年份、口径不同，不能排名次",
        alt="",
        data=data.rename(columns={"value": "trees_total"}).assign(row_id=ids),
        table=table,
        sources=chapter.cited(data[told]),
        note=chapter.why_not_drawn(known_totals),
    )
    return exhibit_piece(page, exhibit)


def side(chapter: Chapter) -> Piece:
    """Definitions, what an area's numbers cannot tell, citation, downloads."""
    told = pd.concat([rows_of(chapter, name)[["measure"]] for name in SUBJECTS])
    measures = list(told["measure"].value_counts(sort=True).head(5).index)
    name = chapter.area_zh(chapter.area)
    return chapter.side(
        measures,
        [
            f"{words.MISSING}不等于没有，更不等于零。",
            "县市区的数不能相加成市州的数：公布的县少，年份、口径也不同。",
            "收有的数字多，只说明本书见到的多，不说明诈骗多或古树多。",
            "不同市州的数字不能排名次：时段、口径、来源都不一样。",
        ],
        title=name,
        datasets=[d for d in chapter.tables.datasets.values() if d.chapter],
    )
