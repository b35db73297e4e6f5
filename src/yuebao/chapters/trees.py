"""Ancient and notable trees: survey totals, grades, areas, species, and the register."""

from __future__ import annotations

import pandas as pd

from yuebao import charts, suppress, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters.fraud import bar_frame, labels
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Exhibit, Piece, exhibit_piece, text
from yuebao.tables import TRUST

SHENNONGJIA = "429021"
NATION, GRADES = "000000", ["grade_1", "grade_2", "grade_3"]
OLDEST = 15
GIRTHS = 12


def _good(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["value"].notna() & ~rows["obs_status"].isin(["U", "P"])]


def totals(chapter: Chapter, area: str) -> pd.DataFrame:
    """An area's totals through the surveys, oldest first."""
    rows = _good(chapter.tables.shown("trees", area_code=area, measure="trees_total", category=None))
    return rows.sort_values(["last_day", "source_id"], kind="stable")


def latest_totals(chapter: Chapter, levels: tuple[str, ...]) -> pd.DataFrame:
    """The latest total of each area of these levels that has one, dated ones first."""
    areas = chapter.tables.lists["areas"]
    codes = areas[areas["level"].isin(levels)]["area_code"]
    rows = _good(chapter.tables.shown("trees", measure="trees_total", category=None))
    rows = rows[rows["area_code"].isin(codes)]
    dated = rows.assign(_dated=rows["first_day"].notna())
    dated = dated.sort_values(["_dated", "last_day", "source_id"], kind="stable")
    last = dated.drop_duplicates("area_code", keep="last").drop(columns="_dated")
    return last.sort_values("value", ascending=False, kind="stable")


def opening(chapter: Chapter) -> Piece:
    """The lead and the headline figures: the province, its groups, the place of the founding page."""
    held = totals(chapter, chapter.area)
    lead, cards = "", []
    if len(held):
        last = held.iloc[-1]
        amount = shown_value(last)
        lead = f"{last['area_zh']}公布的古树名木总数为{amount}（{words.period(last['period'])}）。"
        cards.append(chapter.card(last))
    grade = _good(
        chapter.tables.shown("trees", area_code=chapter.area, measure="trees_by_grade", category="grade_1")
    )
    if len(grade):
        cards.append(chapter.card(grade.sort_values("last_day").iloc[-1], label="一级古树"))
    groups = _good(
        chapter.tables.shown("trees", area_code=chapter.area, measure="tree_groups", category=None)
    )
    if len(groups):
        cards.append(chapter.card(groups.sort_values("last_day").iloc[-1]))
    known = len(latest_totals(chapter, ("prefecture", "direct")))
    if known:
        lead += "市州一级有总数的地方见下，其余未公布，不作零计。"
    return chapter.opening(lead or "本期没有全省数字。", cards)


def survey_totals(chapter: Chapter) -> Piece:
    """The province's totals and grades through the surveys."""
    rows = totals(chapter, chapter.area)

    def draw(rows: pd.DataFrame) -> Drawing:
        spoken = pd.Series(rows.index == rows.index[-1], rows.index)
        return charts.bars(bar_frame(rows, rows["period"].map(words.period), spoken))

    alt = "；".join(f"{words.period(p)} {t}" for p, t in zip(rows["period"], labels(rows), strict=True))
    return chapter.exhibit(
        "survey-totals",
        rows,
        "全省总数，历次公布",
        f"{chapter.area_zh(chapter.area)}，株。第一次普查只见分等级的数，见下表",
        alt + "。",
        draw,
        columns=("period", "survey", "value", "source"),
    )


def survey_grades(chapter: Chapter) -> Piece:
    """The province's counts by grade through the surveys, and its shares."""
    wanted = ["trees_by_grade", "share_of_nation", "tree_groups", "tree_group_trees"]
    rows = chapter.tables.shown("trees", area_code=chapter.area, measure=wanted)
    rows = rows.sort_values(["last_day", "measure", "category"], kind="stable")
    return chapter.exhibit(
        "survey-grades",
        rows,
        "全省分等级与古树群，历次公布",
        f"{chapter.area_zh(chapter.area)}。第二次普查的二级、三级没有见到公布",
        columns=("period", "survey", "measure", "category", "value", "source"),
    )


def by_area(chapter: Chapter) -> Piece:
    """Totals of the 17 areas: bars for those with one, 未公布 for the rest."""
    rows = latest_totals(chapter, ("prefecture", "direct"))
    areas = chapter.tables.lists["areas"]
    all_17 = areas[areas["level"].isin(["prefecture", "direct"])]
    without = [a for a in all_17["short_zh"] if a not in set(rows["area_short"])]

    def draw(rows: pd.DataFrame) -> Drawing:
        rows = rows[rows["area_code"] != SHENNONGJIA]  # its count would set the scale
        year = rows["last_day"].dt.year.astype(str).where(rows["first_day"].notna(), "年份不详")
        return charts.bars(bar_frame(rows, rows["area_short"] + " " + year))

    drawn = rows[rows["area_code"] != SHENNONGJIA]
    alt = "；".join(f"{a} {t}" for a, t in zip(drawn["area_short"], labels(drawn), strict=True))
    note = f"未公布总数：{text('、'.join(without))}。" if without else ""
    odd = rows[rows["area_code"] == SHENNONGJIA]
    if len(odd):
        amount = shown_value(odd.iloc[0])
        note += (
            f"神农架林区公布百年以上古树{amount}，可能含古树群，与全省总数不称，故不入图，见“对不上的数字”。"
        )
    return chapter.exhibit(
        "by-area",
        rows,
        "市州总数：公布过的与未公布的",
        "各地最近一次公布的古树名木总数，株；年份不同，口径不尽相同，不能相加",
        alt + "。",
        draw,
        columns=("area", "period", "value", "source"),
        note=note,
    )


def by_county(chapter: Chapter) -> Piece:
    """Totals of the counties that have one."""
    rows = latest_totals(chapter, ("county",))

    def draw(rows: pd.DataFrame) -> Drawing:
        year = rows["last_day"].dt.year.astype(str).where(rows["first_day"].notna(), "年份不详")
        return charts.bars(bar_frame(rows, rows["area_short"] + " " + year), step=26)

    alt = "；".join(f"{a} {t}" for a, t in zip(rows["area_short"], labels(rows), strict=True))
    return chapter.exhibit(
        "by-county",
        rows,
        "县级总数：公布过的",
        "各县市区最近一次公布的古树名木总数，株；没有列出的未公布",
        alt + "。",
        draw,
        columns=("area", "period", "value", "source"),
    )


def grade_counts(chapter: Chapter) -> pd.DataFrame:
    """Counts by grade of each place and time that told all three."""
    rows = _good(chapter.tables.shown("trees", measure="trees_by_grade", category=GRADES))
    full = rows.groupby(["area_code", "period"])["category"].transform("nunique") == len(GRADES)
    return rows[full].sort_values(["area_code", "last_day", "category"], kind="stable")


def grades(chapter: Chapter) -> Piece:
    """Where all three grades were told: each grade's share, computed from the counts."""
    rows, key = grade_counts(chapter), ["area_code", "period"]
    whole = rows.groupby(key)["value"].transform("sum")
    share = (rows["value"] / whole * 100).map(lambda v: float(words.rounded(v, 1)))

    def draw(rows: pd.DataFrame) -> Drawing:
        first = rows[rows["category"] == "grade_1"].assign(share=share)
        first = first.sort_values("share", ascending=False)
        frame = pd.DataFrame(
            {
                "label": first["area_short"] + " " + first["last_day"].dt.year.astype(str),
                "value": first["share"],
                "text": [f"{words.plain(v)}%" for v in first["share"]],
                "spoken": first["area_code"] == chapter.area,
            }
        )
        frame["spoken"] = frame["spoken"] if frame["spoken"].any() else True
        return charts.bars(frame)

    firsts = rows[rows["category"] == "grade_1"].assign(share=share)
    alt = "一级古树占比：" + "；".join(
        f"{a} {words.plain(s)}%" for a, s in zip(firsts["area_short"], firsts["share"], strict=True)
    )
    return chapter.exhibit(
        "grades",
        rows,
        "一级古树占各地三个等级之和的比重",
        "只列三个等级都公布过的地方，%，由公布的株数计算；五百年以上为一级",
        alt + "。",
        draw,
        columns=("area", "period", "category", "value", "占三个等级之和（%）", "source"),
        extra={"占三个等级之和（%）": share},
        from_rows=rows.groupby(key)["row_id"].transform(";".join),
    )


def by_species(chapter: Chapter) -> Piece:
    """Counts by species, each in the place that told it."""
    rows = _good(chapter.tables.shown("trees", measure="trees_by_species"))
    rows = rows.sort_values("value", ascending=False, kind="stable")

    def draw(rows: pd.DataFrame) -> Drawing:
        return charts.bars(bar_frame(rows, rows["area_short"] + " " + rows["category_zh"]))

    label = rows["area_short"] + " " + rows["category_zh"]
    alt = "；".join(f"{name} {t}" for name, t in zip(label, labels(rows), strict=True))
    return chapter.exhibit(
        "by-species",
        rows,
        "各地公布过的树种株数",
        "株；一地一种，不是全省的树种构成",
        alt + "。",
        draw,
        columns=("area", "category", "period", "value", "source"),
    )


def group_of_13(chapter: Chapter) -> Piece:
    """The trees of the founding page's photograph, by species."""
    rows = chapter.tables.shown("trees", area_code="420304", measure="tree_group_trees")
    kinds = rows[rows["category"] != "柳陂镇"].sort_values("value", ascending=False, kind="stable")
    both = pd.concat([kinds, rows[rows["category"] == "柳陂镇"]])

    def draw(_: pd.DataFrame) -> Drawing:
        return charts.bars(bar_frame(kinds, kinds["category_zh"].str.split("：").str[-1]))

    alt = "；".join(f"{n} {t}" for n, t in zip(kinds["category_zh"], labels(kinds), strict=True))
    return chapter.exhibit(
        "group-of-13",
        both,
        "创刊版面上的古树群",
        "郧阳区柳陂镇王家学村，株，树种名照来源所印。创刊版面印作“柳坡镇”，另两份报道作“柳陂镇”",
        alt + "。",
        draw if len(kinds) else None,
        columns=("category", "period", "value", "source"),
    )


# --- the register --------------------------------------------------------------


def register(chapter: Chapter) -> pd.DataFrame:
    """One row a tree: of its records, the one to show (trust, later publication, most complete)."""
    frame = chapter.tables.labelled("trees_register")
    measured = ["age_years", "height_m", "girth_cm", "crown_m"]
    ranked = frame.assign(
        _trust=frame["grade_of_trust"].map({g: i for i, g in enumerate(TRUST)}),
        _full=frame[measured].notna().sum(axis=1),
        _date=frame["source_date_published"].fillna(""),
    ).sort_values(
        ["_trust", "_full", "_date", "record_no"], ascending=[True, False, False, True], kind="stable"
    )
    counts = frame.groupby("tree_id").size()
    one = ranked.drop_duplicates("tree_id").drop(columns=["_trust", "_full", "_date"])
    return one.assign(records=one["tree_id"].map(counts)).sort_values("tree_id")


def register_table(chapter: Chapter, name: str, rows: pd.DataFrame, title: str, caption: str,
                   drawing: Drawing | None, alt: str) -> Piece:  # fmt: skip
    """Trees of the register as a table, one row a tree, with a chart where one is given."""
    show = {
        "species_zh": "树种", "area_zh": "县市区", "age": "树龄", "grade": "等级", "height_m": "树高（米）",
        "girth_cm": "胸围（厘米）", "crown_m": "冠幅（米）", "vigour_zh": "生长势", "records": "记录数",
    }  # fmt: skip
    cells = rows.assign(
        age=[
            words.shown(int(a), "年", q, row) if pd.notna(a) else ""
            for a, q, row in zip(rows["age_years"], rows["age_qualifier"], rows["row_id"], strict=True)
        ]
    )
    show = {column: header for column, header in show.items() if (cells[column].fillna("") != "").any()}
    return chapter.register_exhibit(name, rows, cells, show, title, caption, drawing, alt)


def trusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Records that may be ranked: not of the lowest grade of trust."""
    return rows[rows["grade_of_trust"] != "unofficial"]


def _ranking(
    chapter: Chapter, name: str, measured: str, count: int, unit: str, title: str, caption: str
) -> Piece:
    """The trees with the largest value of one column, a labelled bar each."""
    rows = trusted(register(chapter))
    rows = rows[rows[measured].notna()]
    rows = rows.sort_values([measured, "tree_id"], ascending=[False, True]).head(count)
    if rows.empty:
        return chapter.nothing(title)
    qualifiers = rows["age_qualifier"] if measured == "age_years" else pd.Series("exact", rows.index)
    told = [words.amount(float(v), unit, q) for v, q in zip(rows[measured], qualifiers, strict=True)]
    label = rows["area_short"] + " " + rows["species_zh"] + " " + rows["tree_id"]
    frame = pd.DataFrame(
        {"label": label, "value": rows[measured].astype(float), "text": told, "spoken": True}
    )
    first = rows.iloc[0]
    alt = f"居首的是{first['area_zh']}的{first['species_zh']}，{told[0]}；所列最末为{told[-1]}。"
    return register_table(chapter, name, rows, title, caption, charts.bars(frame, step=26), alt)


def oldest(chapter: Chapter) -> Piece:
    """The oldest trees told."""
    caption = "树龄，年，照来源所印；多为估测或传说，没有年轮测定。不含来源可信等级最低的记录"
    return _ranking(chapter, "oldest", "age_years", OLDEST, "年", "公布过的最老的树", caption)


def largest(chapter: Chapter) -> Piece:
    """The largest girths told."""
    caption = "胸围，厘米；只公布直径的树不在此列"
    return _ranking(chapter, "largest", "girth_cm", GIRTHS, "厘米", "公布过胸围的最粗的树", caption)


def age_and_height(chapter: Chapter) -> Piece:
    """Age against height, one ring a tree."""
    rows = register(chapter)
    rows = trusted(rows[rows["age_years"].notna() & rows["height_m"].notna()])
    if rows.empty:
        return chapter.nothing("树龄与树高")
    named = rows["height_m"] == rows["height_m"].max()
    text_ = (rows["area_short"] + " " + rows["species_zh"]).where(named, "")
    frame = pd.DataFrame({"x": rows["age_years"].astype(int), "y": rows["height_m"], "text": text_})
    frame["tip"] = [
        f"{area} {species}\n树龄 {age}年\n树高 {words.plain(height)}米"
        for area, species, age, height in zip(
            rows["area_short"], rows["species_zh"], frame["x"], frame["y"], strict=True
        )
    ]
    high = rows[named].iloc[0]
    return register_table(
        chapter,
        "age-height",
        rows,
        "树龄与树高",
        "一圈一株；横轴树龄（年），纵轴树高（米）。只有两项都公布过的树",
        charts.scatter(frame, "树龄（年）", "树高（米）"),
        f"树龄与树高没有画出趋势线；最高的是{high['area_zh']}的{high['species_zh']}，{words.plain(high['height_m'])}米。",
    )


def vigour(chapter: Chapter) -> Piece:
    """Counts by condition: the register's few, and the totals told."""
    rows = chapter.tables.shown(
        "trees", measure=["trees_by_condition", "scattered_by_condition", "normal_vigour_share"]
    )
    rows = rows.sort_values(["area_code", "last_day", "category"], kind="stable")
    return chapter.exhibit(
        "vigour",
        rows,
        "生长势与生长环境",
        "公布过的几个数；全省没有公布。名录中另有少数几株印有生长势，见名录",
        columns=("area", "period", "measure", "category", "value", "source"),
    )


def whole_register(chapter: Chapter) -> Piece:
    """Every tree of the register, one row a tree."""
    rows = register(chapter).sort_values(["area_code", "species_zh", "tree_id"])
    return register_table(
        chapter,
        "register",
        rows,
        "名录：公布过的单株记录",
        "一行一株；同一株有多条记录时，按来源可信等级、完整程度、发布先后取一条，记录数见末列。"
        "这不是任何一县的完整名录。全部记录见 trees_register.csv",
        None,
        "",
    )


def register_counts(chapter: Chapter) -> Piece:
    """How many records of the register there are of each grade, counted by the book."""
    counted = chapter.tables.counts("trees_register", ["grade"])
    frame = chapter.tables.labelled("trees_register")
    frame = frame[frame["grade"].notna()]
    basis = frame.groupby("grade")["row_id"].agg(";".join)
    rows = counted.assign(
        grade=counted["grade"].fillna("合计"),
        from_rows=counted["grade"].map(basis).fillna(";".join(frame["row_id"])),
    )
    rows["row_id"] = [trace.own_id("trees-register-counts", n) for n in range(1, len(rows) + 1)]
    cells = [
        suppress.SHOWN if words.missing(n) else words.shown_count(int(n), row, here=True)
        for n, row in zip(rows["count"], rows["row_id"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "等级": rows["grade"].map(text),
            "记录数": cells,
            "依据": '<a href="rows-trees_register.html">名录逐行</a>',
        }
    )
    caption = "名录中印有等级的记录，条，由本书计数；同一株可有多条。名录不全，不是各等级实有的株数"
    sources = chapter.cited(frame)
    exhibit = Exhibit("register-counts", "名录的记录，按等级", caption, caption, rows, table, sources)
    return exhibit_piece(chapter.name, exhibit)


def local(chapter: Chapter) -> Piece:
    """Local counts told once: villages, groves, gardens."""
    wanted = ["local_trees", "tree_group_trees", "trees_by_age", "ginkgo_by_age", "ginkgo_by_grade",
              "osmanthus_by_grade", "tree_groups"]  # fmt: skip
    rows = chapter.tables.shown("trees", measure=wanted)
    rows = rows[~rows["area_code"].isin([NATION, chapter.area])]
    rows = rows.sort_values(["area_code", "measure", "last_day", "category"], kind="stable")
    return chapter.exhibit(
        "local",
        rows,
        "村、镇与古树群",
        "各地零散公布的数，照录",
        columns=("area", "measure", "category", "period", "value", "status", "source"),
    )


def nation(chapter: Chapter) -> Piece:
    """The nation's second survey, for comparison."""
    rows = chapter.tables.shown("trees", area_code=NATION, measure="scattered_by_age")
    bands = ["age_100_299", "age_300_499", "age_500_plus"]
    rows = rows[rows["category"].isin(bands)].sort_values("category", kind="stable")

    def draw(rows: pd.DataFrame) -> Drawing:
        return charts.bars(bar_frame(rows, rows["category_zh"], pd.Series(False, rows.index)))

    alt = "；".join(f"{c} {t}" for c, t in zip(rows["category_zh"], labels(rows), strict=True))
    return chapter.exhibit(
        "nation-age",
        rows,
        "全国散生古树按树龄，第二次普查",
        "全国，株，供比较；散生，不含古树群",
        alt + "。",
        draw,
        columns=("category", "period", "value", "source"),
    )


def card_total(chapter: Chapter) -> Card | None:
    """The province's latest total as a card for the front page."""
    held = totals(chapter, chapter.area)
    return chapter.card(held.iloc[-1], label="古树名木总数") if len(held) else None


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    return chapter.side(
        ["trees_total", "trees_by_grade", "trees_by_species", "tree_groups", "tree_group_trees"],
        [
            "各地的总数出自不同年份、不同口径的调查，相加不等于全省。",
            "散生与古树群是否都计入，多数来源没有说明。",
            "名录只有见诸报道和铭牌的树，不是抽样，不能据以推断全体。",
            "多数树龄是估测，来源之间可差数百年。",
            "没有公布不等于没有古树。",
        ],
    )
