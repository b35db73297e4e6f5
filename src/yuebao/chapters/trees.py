"""Ancient and notable trees: survey totals, grades, areas, species, and the register."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import replace

import pandas as pd

from yuebao import areas, charts, suppress, tiles, trace, words
from yuebao.chapter import DATA, Chapter, shown_value
from yuebao.chapters.fraud import bar_frame, labels
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Exhibit, Piece, exhibit_piece, source_links, text
from yuebao.tables import STATUS, TRUST, agreement, bounds, coarseness, is_sound

NATION, GRADES = "000000", ["grade_1", "grade_2", "grade_3"]
ENOUGH = 3  # values that can be set beside each other: fewer are read more easily in the table
OLDEST = 15
GIRTHS = 12
SURVEY = re.compile("第[一二三四五六七八九十]+次普查")  # what a source calls a survey by


def _good(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["value"].notna() & is_sound(rows) & (rows["obs_status"] != "P")]


# --- what is one count, and what may stand beside what ------------------------------


def survey_name(printed: object) -> str:
    """The survey a source names in its own words: 第二次普查; empty where it names none."""
    match = None if words.missing(printed) else SURVEY.search(str(printed))
    return match[0] if match else ""


def _printings(rows: pd.DataFrame) -> list[list[int]]:
    """Positions of ``rows`` (one figure, oldest first) that print one survey's count, a list a survey.

    Rows that name one survey are its printings. So is a later row that names none where what it
    gives is but a rounding of the survey's count. Others are counts of their own.
    """
    names = [survey_name(printed) for printed in rows["survey"]]
    groups: list[list[int]] = []
    for at, name in enumerate(names):
        for group in groups:
            survey = next((names[other] for other in group if names[other]), "")
            pair = rows.iloc[[group[0], at]]
            alike = agreement(list(pair["value"]), list(pair["qualifier"])) != "differs"
            if survey and (name == survey or (not name and alike)):
                group.append(at)
                break
        else:
            groups.append([at])
    return groups


def measurements(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a survey of one figure's printings through time, oldest first.

    Of several printings the one to show is chosen as among sources: status, trust, more digits;
    then the earliest. ``cited`` names the sources of all, ``printings`` lists their row ids, oldest
    first; ``survey_zh`` is the survey's name, empty where no source names it.
    """
    rows = rows.sort_values(["last_day", "source_id"], kind="stable")
    chosen, cited, printings, names = [], [], [], []
    for group in _printings(rows):
        own = rows.iloc[group]
        rank = own.assign(
            _status=own["obs_status"].map(STATUS.index),
            _trust=own["grade_of_trust"].map(TRUST.index),
            _coarse=own["value"].map(lambda value: float(coarseness(value))),
        ).sort_values(["_status", "_trust", "_coarse", "last_day"], kind="stable")
        chosen.append(rank.index[0])
        cited.append(list(dict.fromkeys(source for sources in rank["cited"] for source in sources)))
        printings.append(list(own["row_id"]))
        names.append(next((name for name in own["survey"].map(survey_name) if name), ""))
    shown = rows.loc[chosen].copy()
    shown["cited"], shown["printings"], shown["survey_zh"] = cited, printings, names
    return shown


def one_count(rows: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Of stocks told at different times, the most that one source tells of one time; empty below ``ENOUGH``.

    Bars compare: only what was counted together stands side by side. ``by``: what else is alike.
    """
    rows = rows[rows["first_day"].notna()]
    if rows.empty:
        return rows
    sizes = rows.groupby([*by, "source_id", "period"])["row_id"].transform("size")
    most: pd.DataFrame = rows[(sizes == sizes.max()) & (sizes >= ENOUGH)]
    if most.empty:
        return most
    last = most.sort_values(["last_day", "source_id"], kind="stable").iloc[-1]
    alike = [*by, "source_id", "period"]
    together: pd.DataFrame = most[(most[alike] == last[alike]).all(axis=1)]
    return together


def totals(chapter: Chapter, area: str) -> pd.DataFrame:
    """An area's totals through the surveys, one row a survey, oldest first."""
    rows = _good(chapter.tables.shown("trees", area_code=area, measure="trees_total", category=None))
    return measurements(rows)


def latest_totals(chapter: Chapter, levels: tuple[str, ...]) -> pd.DataFrame:
    """The latest total of each area of these levels that has one, dated ones first."""
    listed = chapter.tables.lists["areas"]
    codes = listed[listed["level"].isin(levels)]["area_code"]
    rows = _good(chapter.tables.shown("trees", measure="trees_total", category=None))
    rows = rows[rows["area_code"].isin(codes)]
    dated = rows.assign(_dated=rows["first_day"].notna())
    dated = dated.sort_values(["_dated", "last_day", "source_id"], kind="stable")
    last = dated.drop_duplicates("area_code", keep="last").drop(columns="_dated")
    return last.sort_values("value", ascending=False, kind="stable")


def years(rows: pd.DataFrame) -> pd.Series:
    """The year each count is of, as a label has it."""
    year = rows["last_day"].dt.year.astype("Int64").astype(str) + "年"
    named: pd.Series = year.where(rows["first_day"].notna(), "年份不详")
    return named


# --- the chapter's page --------------------------------------------------------------


def spoken_total(chapter: Chapter) -> str:
    """The newest survey's total in words, as HTML: 第二次普查的古树名木总数825,854株（2019年公布）."""
    rows = totals(chapter, chapter.area)
    if rows.empty:
        return ""
    last = rows.iloc[-1]
    survey = f"{last['survey_zh']}的" if last["survey_zh"] else ""
    amount = f"{shown_value(last)}（{words.period(last['period'])}）"
    return f"{text(last['area_zh'])}{survey}{text(last['measure_zh'])}为{amount}"


def _reprinted(chapter: Chapter, last: pd.Series) -> str:
    """The other printings of a survey's count, as a clause in HTML; empty where there is none."""
    rows = chapter.tables.shown("trees")
    rows = rows[rows["row_id"].isin(last["printings"]) & (rows["row_id"] != last["row_id"])]
    rows = rows.sort_values("last_day", kind="stable")
    if rows.empty or not last["survey_zh"]:
        return ""
    amounts = "、".join(f"{shown_value(row)}（{words.period(row['period'])}）" for _, row in rows.iterrows())
    return f"另刊作{amounts}，与此数只是舍入不同"


def opening(chapter: Chapter) -> Piece:
    """The lead and the headline figures: the province, its groups, the place of the founding page."""
    rows = totals(chapter, chapter.area)
    lead, cards = "", []
    if len(rows):
        last = rows.iloc[-1]
        clauses = [spoken_total(chapter), _reprinted(chapter, last)]
        lead = "；".join(clause for clause in clauses if clause) + "。"
        cards.append(_total_card(chapter, last, last["measure_zh"]))
    grade = _good(
        chapter.tables.shown("trees", area_code=chapter.area, measure="trees_by_grade", category="grade_1")
    )
    if len(grade):
        cards.append(chapter.card(measurements(grade).iloc[-1], label="一级古树"))
    groups = _good(
        chapter.tables.shown("trees", area_code=chapter.area, measure="tree_groups", category=None)
    )
    if len(groups):
        cards.append(chapter.card(measurements(groups).iloc[-1]))
    if len(latest_totals(chapter, areas.LEVELS)):
        lead += f"市州一级，本书见到总数的地方见下，其余{words.MISSING}，不作零计。"
    return chapter.opening(lead or "本期没有全省数字。", cards)


def _total_card(chapter: Chapter, row: pd.Series, label: str) -> Card:
    return chapter.card(row, label=label, change=text(row["survey_zh"]))


def surveys(chapter: Chapter) -> pd.DataFrame:
    """The province's count in each survey, oldest first: the total told, else the sum of its grades.

    Columns as of a figure, with ``survey_zh``, ``printings``, ``computed`` and ``from_rows`` (of a
    sum, the ids of the grades joined by ``;``).
    """
    told = totals(chapter, chapter.area).assign(computed=False, from_rows=None)
    grade_rows = _good(
        chapter.tables.shown("trees", area_code=chapter.area, measure="trees_by_grade", category=GRADES)
    )
    sums = []
    for (survey, _), rows in grade_rows.groupby([grade_rows["survey"].map(survey_name), "period"], sort=True):
        if survey and survey not in set(told["survey_zh"]) and set(rows["category"]) == set(GRADES):
            sums.append(_sum_of_grades(chapter, str(survey), rows.sort_values("category")))
    if not sums:
        return told
    both = pd.concat([pd.DataFrame(sums), told], ignore_index=True) if len(told) else pd.DataFrame(sums)
    return both.sort_values("last_day", kind="stable")


def _sum_of_grades(chapter: Chapter, survey: str, rows: pd.DataFrame) -> dict[Hashable, object]:
    """A survey's three grades added up, as a row; no more exact than the coarsest of them."""
    limits = [bounds(v, q) for v, q in zip(rows["value"], rows["qualifier"], strict=True)]
    exact = all(low == high for low, high in limits)
    step = max(coarseness(value) for value in rows["value"])
    whole = words.decimal(float(rows["value"].sum()))
    measures = chapter.tables.lists["measures"].set_index("measure")
    return {
        **rows.iloc[0].to_dict(),
        "measure": "trees_total",
        "measure_zh": str(measures["label_zh"]["trees_total"]),
        "category": None,
        "category_zh": None,
        "value": float(whole if exact else words.rounded(whole / step, 0) * step),
        "qualifier": "exact" if exact else "about",
        "cited": list(dict.fromkeys(source for sources in rows["cited"] for source in sources)),
        "row_id": trace.own_id(f"{chapter.name}-survey-totals", survey),
        "survey_zh": survey,
        "printings": list(rows["row_id"]),
        "computed": True,
        "from_rows": ";".join(rows["row_id"]),
    }


def survey_labels(rows: pd.DataFrame) -> pd.Series:
    """Rows of ``surveys`` as a chart names them: 第一次普查 2005年，各等级之和."""
    named = rows["survey_zh"] + " " + rows["period"].map(words.period)
    return (named + "，各等级之和").where(rows["computed"].astype(bool), named).str.strip()


def survey_bars(rows: pd.DataFrame, step: int = 30) -> Drawing:
    """Rows of ``surveys`` as bars, the newest in colour."""
    spoken = pd.Series(rows.index == rows.index[-1], rows.index)
    frame = bar_frame(rows, survey_labels(rows), spoken)
    frame["tip"] += pd.Series("\n由本书把各等级相加", rows.index).where(rows["computed"].astype(bool), "")
    return charts.bars(frame, step=step)


def survey_alt(rows: pd.DataFrame) -> str:
    """Rows of ``surveys`` in words."""
    pairs = zip(survey_labels(rows), labels(rows), strict=True)
    return "；".join(f"{name} {amount}" for name, amount in pairs) + "。"


def _survey_amount(row: pd.Series) -> str:
    return words.shown(row["value"], row["unit_zh"], row["qualifier"], row["row_id"], bool(row["computed"]))


def survey_totals(chapter: Chapter) -> Piece:
    """The province's total in each survey, with all its printings, or with the grades it is the sum of."""
    rows, title = surveys(chapter), "全省总数，历次普查"
    if rows.empty:
        return chapter.nothing(title)
    rows = rows.reset_index(drop=True)
    known = chapter.tables.shown("trees").set_index("row_id")
    cells = []
    for _, row in rows.iterrows():
        parts = known.loc[row["printings"]].rename_axis("row_id").reset_index()
        if row["computed"]:
            said = [f"{text(part['category_zh'])} {shown_value(part)}" for _, part in parts.iterrows()]
            cells.append(f"由本书相加：{'、'.join(said)}")
        else:
            said = [f"{shown_value(part)}（{words.period(part['period'])}）" for _, part in parts.iterrows()]
            cells.append(f"公布：{'、'.join(said)}")
    cited = [chapter.cited(rows.loc[[at]]) for at in rows.index]
    table = pd.DataFrame(
        {
            "普查": [text(row["survey_zh"] or words.period(row["period"])) for _, row in rows.iterrows()],
            "株数": [_survey_amount(row) for _, row in rows.iterrows()],
            "怎样得来": cells,
            "来源": [source_links(sources) for sources in cited],
        }
    )
    data = rows[[c for c in DATA if c in rows and c not in ("row_id", "category", "category_zh")]]
    data = data.assign(
        cited=data["cited"].map(";".join),
        **{name: rows[name] for name in ("computed", "from_rows", "row_id")},
        printings=rows["printings"].map(";".join),
    )
    for at in range(rows["printings"].str.len().max()):  # what each of ``printings`` says
        data[f"printed_{at + 1}"] = rows["printings"].str[at].map(known["value"])
    caption = f"{chapter.area_zh(chapter.area)}，株。一次普查一条；同一次普查的几次刊载算一个数，并列引用"
    if rows["computed"].any():
        caption += "。没有见到总数的，由本书把三个等级相加，只到最粗的一位，不含名木"
    drawn = rows[is_sound(rows)]
    exhibit = Exhibit(
        name="survey-totals",
        title=title,
        caption=caption,
        alt=survey_alt(drawn),
        data=data,
        table=table,
        sources=chapter.cited(rows),
        drawing=survey_bars(drawn) if len(drawn) else None,
    )
    return exhibit_piece(chapter.name, exhibit)


def survey_grades(chapter: Chapter) -> Piece:
    """The province's counts by grade through the surveys, and its shares."""
    wanted = ["trees_by_grade", "share_of_nation", "tree_groups", "tree_group_trees"]
    rows = chapter.tables.sound("trees", area_code=chapter.area, measure=wanted)
    rows = rows.sort_values(["last_day", "measure", "category"], kind="stable")
    return chapter.exhibit(
        "survey-grades",
        rows,
        "全省分等级与古树群，历次公布",
        "。".join([chapter.area_zh(chapter.area), *_grades_not_seen(chapter, rows)]),
        columns=("period", "survey", "measure", "category", "value", "source"),
    )


def _grades_not_seen(chapter: Chapter, rows: pd.DataFrame) -> list[str]:
    """Of each survey some of whose grades are known, the others: 第二次普查的二级、三级未见公布."""
    label = chapter.tables.lists["categories"].set_index("category")["label_zh"]
    graded = rows[rows["measure"] == "trees_by_grade"]
    sentences = []
    for survey, own in graded.groupby(graded["survey"].map(survey_name), sort=True):
        without = [str(label[grade]) for grade in GRADES if grade not in set(own["category"])]
        if survey and without:
            sentences.append(f"{survey}的{'、'.join(without)}{words.MISSING}")
    return sentences


def by_area(chapter: Chapter) -> Piece:
    """The latest total of each of the province's areas on the tile map."""
    return area_map(chapter, "by-area")


def area_map(chapter: Chapter, name: str) -> Piece:
    """The areas' latest totals as a tile map and a table, on the page of ``chapter``.

    No bars: the totals are of different years and ways of counting. ``name``: the exhibit's.
    """
    rows = latest_totals(chapter, areas.LEVELS)
    title = "各市州的古树名木总数，各自最近一次"
    if rows.empty:
        return chapter.nothing(title)
    listed = chapter.tables.lists["areas"].set_index("area_code")["short_zh"]
    without = [str(listed[code]) for code in areas.codes(chapter.tables.lists["areas"])
               if code not in set(rows["area_code"])]  # fmt: skip
    note = f"{words.MISSING}总数：{text('、'.join(without))}。" if without else ""
    drawn = chapter.tables.drawable(rows)
    amounts = [words.amount(v, "", q) for v, q in zip(rows["value"], rows["qualifier"], strict=True)]
    tiled = rows.assign(text=amounts, when=years(rows), drawn=rows.index.isin(drawn.index))
    own = ["area_code", "area_zh", "period", "measure", "measure_zh", "value", "unit", "qualifier"]
    own += ["source_id", "row_id"]
    label = drawn["area_short"] + " " + years(drawn)
    exhibit = Exhibit(
        name=name,
        title=title,
        caption="株，有注明年份的取其中最近的，年份写在格内；年份、口径不同，不能相加，也不能排名次。"
        f"{tiles.NOTE}",
        alt="；".join(f"{place} {amount}" for place, amount in zip(label, labels(drawn), strict=True)) + "。",
        data=rows[own],
        table=replace(chapter, name="trees").table(rows, ("area", "period", "value", "source")),
        sources=chapter.cited(rows),
        picture=tiles.tile_map(tiled, chapter.tables.lists, title),
        note=note + chapter.why_not_drawn(rows),
    )
    return exhibit_piece(chapter.name, exhibit)


def by_county(chapter: Chapter) -> Piece:
    """Totals of the counties that have one, by year; drawn are those counted together."""
    rows = latest_totals(chapter, ("county",))
    dated = rows["last_day"].where(rows["first_day"].notna())
    rows = rows.assign(_day=dated).sort_values(
        ["_day", "value"], ascending=[False, False], na_position="last", kind="stable"
    )
    rows = rows.drop(columns="_day")
    together = one_count(chapter.tables.drawable(rows))
    label = together["area_short"] + " " + years(together)
    caption = f"各县市区最近一次公布的古树名木总数，株，按年份排列；没有列出的{words.MISSING}"
    if len(together):
        last = together.iloc[0]
        caption += (
            f"。图只画同一来源同一时期给出的（{words.period(last['period'])}，"
            f"{last['source_publisher']}），其余年份、口径不同，只列在表中"
        )
    return chapter.exhibit(
        "by-county",
        rows,
        "县级总数",
        caption,
        _pairs(label, together),
        _bars_of(together, label) if len(together) else None,
        columns=("area", "period", "value", "source"),
    )


def _pairs(label: pd.Series, rows: pd.DataFrame) -> str:
    """A chart's marks in words; empty where there is no mark."""
    pairs = zip(label, labels(rows), strict=True)
    return "；".join(f"{name} {amount}" for name, amount in pairs) + "。" if len(rows) else ""


def _bars_of(drawn: pd.DataFrame, label: pd.Series, step: int = 26) -> Callable[[pd.DataFrame], Drawing]:
    """Bars of the rows ``drawn`` alone, as far as they may be."""

    def draw(rows: pd.DataFrame) -> Drawing:
        own = drawn[drawn.index.isin(rows.index)]
        return charts.bars(bar_frame(own, label[own.index]), step=step)

    return draw


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

    def firsts(rows: pd.DataFrame) -> pd.DataFrame:
        first = rows[rows["category"] == "grade_1"].assign(share=share)
        return first.sort_values("share", ascending=False, kind="stable")

    def draw(rows: pd.DataFrame) -> Drawing:
        first = firsts(rows)
        frame = pd.DataFrame(
            {
                "label": first["area_short"] + " " + years(first),
                "value": first["share"],
                "text": [f"{words.plain(v)}%" for v in first["share"]],
                "spoken": first["area_code"] == chapter.area,
            }
        )
        frame["spoken"] = frame["spoken"] if frame["spoken"].any() else True
        return charts.bars(frame)

    first = firsts(chapter.tables.drawable(rows))
    told = zip(first["area_short"], years(first), first["share"], strict=True)
    alt = "一级古树占比：" + "；".join(f"{area} {year} {words.plain(s)}%" for area, year, s in told)
    return chapter.exhibit(
        "grades",
        rows,
        "一级古树占三个等级之和的比重，各地各自一次调查",
        "%，由同一次公布的三个等级的株数计算，年份见地名之后；本书见到三个等级的地方才列。"
        "早年的数可能依旧的分级规则",
        alt + "。",
        draw,
        columns=("area", "period", "category", "value", "占三个等级之和（%）", "source"),
        extra={"占三个等级之和（%）": share},
        from_rows=rows.groupby(key)["row_id"].transform(";".join),
    )


def by_species(chapter: Chapter) -> Piece:
    """Counts by species, each in the place that told it; drawn are those counted together."""
    rows = _good(chapter.tables.shown("trees", measure="trees_by_species"))
    rows = rows.sort_values(["area_code", "last_day", "value"], ascending=[True, True, False], kind="stable")
    together = one_count(chapter.tables.drawable(rows), ("area_code",))
    caption = "株；各地各年各自公布的几种，不是全省的树种构成，也不能互相比较"
    if len(together):
        first = together.iloc[0]
        caption += f"。图只画同一次公布的：{first['area_zh']}，{words.period(first['period'])}"
    return chapter.exhibit(
        "by-species",
        rows,
        "各地公布的树种株数",
        caption,
        _pairs(together["category_zh"], together),
        _bars_of(together, together["area_short"] + " " + together["category_zh"]) if len(together) else None,
        columns=("area", "category", "period", "value", "source"),
    )


def group_of_13(chapter: Chapter) -> Piece:
    """The trees of the founding page's photograph, by species."""
    rows = chapter.tables.sound("trees", area_code="420304", measure="tree_group_trees")
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
        age=pd.Series(
            [
                words.shown(int(a), "年", q, row) if pd.notna(a) else ""
                for a, q, row in zip(rows["age_years"], rows["age_qualifier"], rows["row_id"], strict=True)
            ],
            rows.index,
            dtype=object,  # the type of what words.shown makes is what tells it from text
        )
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
    """The oldest trees of the register."""
    caption = "树龄，年，照来源所印；多为估测或传说，没有年轮测定。不含来源可信等级最低的记录"
    return _ranking(chapter, "oldest", "age_years", OLDEST, "年", "名录中树龄最大的树", caption)


def largest(chapter: Chapter) -> Piece:
    """The largest girths of the register."""
    caption = "胸围，厘米；来源只给直径的树不在此列"
    return _ranking(chapter, "largest", "girth_cm", GIRTHS, "厘米", "名录中胸围最大的树", caption)


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
        "一圈一株；横轴树龄（年），纵轴树高（米）。只有名录中两项都有的树",
        charts.scatter(frame, "树龄（年）", "树高（米）"),
        f"树龄与树高没有画出趋势线；最高的是{high['area_zh']}的{high['species_zh']}，{words.plain(high['height_m'])}米。",
    )


def vigour(chapter: Chapter) -> Piece:
    """Counts by condition: the register's few, and the totals told."""
    rows = chapter.tables.sound(
        "trees", measure=["trees_by_condition", "scattered_by_condition", "normal_vigour_share"]
    )
    rows = rows.sort_values(["area_code", "last_day", "category"], kind="stable")
    province = "" if (rows["area_code"] == chapter.area).any() else f"；全省的数{words.MISSING}"
    return chapter.exhibit(
        "vigour",
        rows,
        "生长势与生长环境",
        f"本书所见的几个数{province}。名录中另有几株印有生长势，见名录",
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
    rows = chapter.tables.sound("trees", measure=wanted)
    rows = rows[~rows["area_code"].isin([NATION, chapter.area])]
    rows = rows.sort_values(["area_code", "measure", "last_day", "category"], kind="stable")
    return chapter.exhibit(
        "local",
        rows,
        "村、镇与古树群",
        "各地零散公布的数，照录",
        columns=("area", "measure", "category", "period", "value", "source"),
    )


def nation(chapter: Chapter) -> Piece:
    """The nation's second survey, for comparison."""
    rows = chapter.tables.sound("trees", area_code=NATION, measure="scattered_by_age")
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
    rows = totals(chapter, chapter.area)
    return _total_card(chapter, rows.iloc[-1], "古树名木总数") if len(rows) else None


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    return chapter.side(
        ["trees_total", "trees_by_grade", "trees_by_species", "tree_groups", "tree_group_trees"],
        [
            "各地的总数出自不同年份、不同口径的调查，相加不等于全省，也不能排名次。",
            "散生与古树群是否都计入，本书所见的来源大多没有说明。",
            "名录只有见诸报道和铭牌的树，不是抽样，不能据以推断全体。",
            "多数树龄是估测，来源之间可差数百年。",
            f"{words.MISSING}不等于没有古树。",
        ],
    )
