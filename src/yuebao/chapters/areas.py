"""The areas of the province beside each other: the tile map, what is known where, and the way to each."""

from __future__ import annotations

import pandas as pd

from yuebao import areas, charts, tiles, trace, words
from yuebao.chapter import Chapter
from yuebao.chapters.area import headlines
from yuebao.chapters.known import COUNTS, count_cells, known
from yuebao.chapters.trees import NATION, area_map, grade_counts, years
from yuebao.charts import Drawing
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, text

SHARE = "占三个等级之和（%）"


def opening(chapter: Chapter) -> Piece:
    """What the pages of the areas are, and of which area nothing is known."""
    counts = known(chapter)
    without = counts[counts[list(COUNTS)].sum(axis=1) == 0]["area_short"]
    lead = "湖北的市州每个一页，列出本书所收的当地与所辖县市区的全部数字；没有见到的，写作“未见公布”。"
    if len(without):
        lead += f"截至本期，本书一个数字也没有的有{text('、'.join(without))}。"
    return chapter.head(chapter.meta_line(), lead, [])


def known_map(chapter: Chapter) -> Piece:
    """How many figures the book has of each area: the map, and a table by chapter."""
    counts = known(chapter)
    whole = counts[list(COUNTS)].sum(axis=1)
    told = counts.assign(value=whole.where(whole > 0), text=[words.plain(n) for n in whole])
    ids = [trace.own_id("areas-known", code) for code in counts["area_code"]]
    table = pd.DataFrame({"地区": map(areas.link, counts["area_code"], counts["area_zh"])})
    for column, header in {**COUNTS, "known": "合计"}.items():
        table[header] = count_cells(counts.assign(known=whole)[column], ids)
    data = counts.drop(columns="area_short").assign(known=whole, row_id=ids)
    title = "本书收有各市州多少个数字"
    exhibit = Exhibit(
        name="known",
        title=title,
        caption=f"诈骗、古树、以旧换新与同版要闻的数字，加名录中的树与补贴规则，个；含所辖县市区。{tiles.NOTE}",
        alt="数字多少说的是本书见到并收录的多少，不是诈骗或古树的多少。点方格到该地一页。",
        data=data,
        table=table,
        picture=tiles.tile_map(told, chapter.tables.lists, title, nothing="0"),
    )
    return exhibit_piece(chapter.name, exhibit)


def trees_map(chapter: Chapter) -> Piece:
    """The latest total of trees of each area that has one, on the map."""
    return area_map(chapter, "map")


def grades(chapter: Chapter) -> Piece:
    """The three grades' shares of their sum in each place that told all three, a panel a place."""
    rows = grade_counts(chapter)
    rows = rows[~rows["area_code"].isin([chapter.area, NATION])]
    last = rows.groupby("area_code")["last_day"].transform("max")
    rows = rows[rows["last_day"] == last]
    whole = rows.groupby("area_code")["value"].transform("sum")
    share = (rows["value"] / whole * 100).map(lambda v: float(words.rounded(v, 1)))

    def draw(rows: pd.DataFrame) -> Drawing:
        panel = rows["area_short"] + " " + years(rows)
        return charts.small_multiples(
            pd.DataFrame(
                {
                    "panel": panel,
                    "label": rows["category_zh"],
                    "value": share[rows.index],
                    "text": [words.plain(v) for v in share[rows.index]],
                }
            )
        )

    told = zip(rows["area_short"] + years(rows), rows["category_zh"], share, strict=True)
    return chapter.exhibit(
        "grades",
        rows,
        "三个等级各占多少，一地一格",
        "占三个等级之和的比重，%，由各地最近一次公布的株数计算；本书见到三个等级的地方才列，年份见格名。"
        "各格同一尺度；年份不同，早年的数可能依旧的分级规则",
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
    title = "各市州的诈骗数字，各自最近一次"
    if rows.empty:
        return chapter.nothing(title)
    return chapter.exhibit(
        "fraud",
        rows.rename_axis(index="index"),
        title,
        f"指标与时段各不相同，只说本书所见最近公布过什么，不能互相比较；没有列出的市州{words.MISSING}",
        columns=("area", "measure", "period", "value", "change", "source"),
    )
