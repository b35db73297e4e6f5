"""The areas of the province beside each other: the tile map, what is known where, and the way to each."""

from __future__ import annotations

import pandas as pd

from yuebao import areas, charts, tiles, trace, words
from yuebao.chapter import Chapter
from yuebao.chapters.area import cut, headlines
from yuebao.chapters.fraud import labels
from yuebao.chapters.known import COUNTS, count_cells, known
from yuebao.chapters.trees import NATION, grade_counts, latest_totals
from yuebao.charts import Drawing
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, text

SHARE = "占三个等级之和（%）"


def opening(chapter: Chapter) -> Piece:
    """What the pages of the areas are, and of which area nothing is known."""
    counts = known(chapter)
    without = counts[counts[list(COUNTS)].sum(axis=1) == 0]["area_short"]
    lead = "湖北的市州每个一页，列出本书所收的当地与所辖县市区的全部数字；没有公布的照写未公布。"
    if len(without):
        lead += f"截至本期没有收到任何数字的有{text('、'.join(without))}。"
    return chapter.head(chapter.meta_line(), lead, [])


def known_map(chapter: Chapter) -> Piece:
    """How many figures the book has of each area: the map, and a table by chapter."""
    counts = known(chapter)
    whole = counts[list(COUNTS)].sum(axis=1)
    value = whole.where(whole > 0)
    told = counts.assign(value=value, text=[words.plain(n) for n in whole])
    ids = [trace.own_id("areas-known", code) for code in counts["area_code"]]
    table = pd.DataFrame({"地区": map(areas.link, counts["area_code"], counts["area_zh"])})
    for column, header in {**COUNTS, "known": "合计"}.items():
        cells = counts.assign(known=whole)[column]
        table[header] = count_cells(cells, ids)
    data = counts.drop(columns="area_short").assign(known=whole, row_id=ids)
    for column in (*COUNTS, "known"):
        data[column] = data[column].where(data[column] > 0)
    title = "本书收有各市州多少个数字"
    exhibit = Exhibit(
        name="known",
        title=title,
        caption=f"诈骗、古树、以旧换新与同版要闻的数字，加名录中的树与补贴规则，个；含所辖县市区。{tiles.NOTE}",
        alt="数字多少说的是公布与收集的多少，不是诈骗或古树的多少。点方格到该地一页。",
        data=data,
        table=table,
        picture=tiles.tile_map(told, chapter.tables.lists, title),
    )
    return exhibit_piece(chapter.name, exhibit)


def trees_map(chapter: Chapter) -> Piece:
    """The latest total of trees of each area that has one, on the map."""
    rows = latest_totals(chapter, areas.LEVELS)
    title = "古树名木总数，公布过的市州"
    if rows.empty:
        return chapter.nothing(title)
    said = [words.amount(v, "", q) for v, q in zip(rows["value"], rows["qualifier"], strict=True)]
    own = ["area_code", "area_zh", "period", "measure", "measure_zh", "value", "unit", "qualifier"]
    own += ["source_id", "row_id"]
    exhibit = Exhibit(
        name="map",
        title=title,
        caption=f"各市州最近一次公布的古树名木总数，株；年份与口径不同，不能相加。{tiles.NOTE}",
        alt="；".join(f"{a} {t}" for a, t in zip(rows["area_short"], labels(rows), strict=True)) + "。",
        data=rows[own],
        table=cut(chapter, "trees").table(rows, ("area", "period", "value", "source")),
        sources=chapter.cited(rows),
        picture=tiles.tile_map(rows.assign(text=said), chapter.tables.lists, title),
    )
    return exhibit_piece(chapter.name, exhibit)


def grades(chapter: Chapter) -> Piece:
    """The three grades' shares of their sum in each place that told all three, a panel a place."""
    rows = grade_counts(chapter)
    rows = rows[~rows["area_code"].isin([chapter.area, NATION])]
    last = rows.groupby("area_code")["last_day"].transform("max")
    rows = rows[rows["last_day"] == last]
    whole = rows.groupby("area_code")["value"].transform("sum")
    share = (rows["value"] / whole * 100).map(lambda v: float(words.rounded(v, 1)))

    def draw(rows: pd.DataFrame) -> Drawing:
        panel = rows["area_short"] + " " + rows["last_day"].dt.year.astype(str)
        return charts.small_multiples(
            pd.DataFrame(
                {
                    "panel": panel,
                    "label": rows["category_zh"],
                    "value": share,
                    "text": [words.plain(v) for v in share],
                }
            )
        )

    told = zip(rows["area_short"], rows["category_zh"], share, strict=True)
    return chapter.exhibit(
        "grades",
        rows,
        "三个等级各占多少，公布齐全的地方",
        "占三个等级之和的比重，%，由各地最近一次公布的株数计算；每格一地，各格同一尺度",
        "；".join(f"{a}{c} {words.plain(s)}%" for a, c, s in told) + "。",
        draw,
        columns=("area", "period", "category", "value", SHARE, "source"),
        extra={SHARE: share},
        from_rows=rows.groupby("area_code")["row_id"].transform(";".join),
        group="地区",
    )


def latest_fraud(chapter: Chapter) -> Piece:
    """The latest fraud figure of each area, whatever it counts."""
    found = []
    for code in areas.codes(chapter.tables.lists["areas"]):
        held = headlines(Chapter(chapter.name, chapter.edition, code, chapter.tables, chapter.report))
        if "fraud" in held:
            found.append(held["fraud"])
    rows = pd.DataFrame(found)
    title = "各市州最近一次公布的诈骗数字"
    if rows.empty:
        return chapter.nothing(title)
    return chapter.exhibit(
        "fraud",
        rows.rename_axis(index="index"),
        title,
        "指标与时段各不相同，只说最近公布过什么，不能互相比较；没有列出的市州未公布",
        columns=("area", "measure", "period", "value", "change", "source"),
    )
