"""The claims desk: every percentage a source states, beside what its own numbers give.

A claim is a stated change, or a share or growth a source gives as a figure; targets and the
rates of a policy claim nothing about what happened and are not here. The comparison is that of
the rules ``stated_changes`` and ``stated_shares``; nothing is computed a second way.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from yuebao import attribution, charts, rules, trace, validate, words
from yuebao.chapter import Chapter
from yuebao.charts import Drawing
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, source_html, text
from yuebao.project import Project
from yuebao.reference import chapter_title
from yuebao.tables import WITHDRAWN, Tables

VERDICTS = {
    rules.DISAGREES: "不一致",
    rules.TRUNCATED: "截尾后一致",
    rules.ROUNDING: "在约数范围内",
    rules.AGREES: "一致",
    rules.UNCHECKED: "无从核对",
}
CAPTIONS = {
    rules.DISAGREES: "来源写明的百分数，与按它自己公布的数重算的结果不相合；照录双方，不判断哪一个有误",
    rules.TRUNCATED: "四舍五入不合，截去末位后相合",
    rules.ROUNDING: "所依据的数本身是约数；写明的百分数落在这些数可能的范围之内",
    rules.AGREES: "重算的结果按写明的位数四舍五入后相等",
    rules.UNCHECKED: "没有公布可供重算的数，或比较的口径没有写明",
}
COLUMNS = [
    "row_id", "chapter", "area_zh", "period", "measure_zh", "category_zh", "stated", "stated_pct",
    "recomputed", "found", "verdict", "verdict_zh", "source_id", "source_publisher", "source_url",
    "grade_of_trust", "from_rows",
]  # fmt: skip


def pairs(project: Project, tables: Tables) -> dict[str, dict[str, str]]:
    """By dataset, the measures that are shares and what they are shares of, as ``validation/`` says."""
    found: dict[str, dict[str, str]] = {}
    for check in validate.chapter_checks(project, tables.datasets):
        if check.rule == "stated_shares":
            found.setdefault(check.dataset, {}).update((check.options or {})["pairs"])
    return found


def _unpaired(frame: pd.DataFrame, known: dict[str, str]) -> pd.DataFrame:
    """Shares and growth rates of which no level is told, as cases that cannot be checked."""
    if "kind" not in frame or frame.empty:
        return pd.DataFrame(columns=rules.CASE)
    rows = frame[frame["kind"].isin(["share", "change"]) & (frame["unit"] == "percent")]
    rows = rows[rows["value"].notna() & ~rows["measure"].isin(known)]
    cases = []
    for _, row in rows.iterrows():
        stated = words.amount(row["value"], "%", row["qualifier"])
        case = {name: row.get(name) for name in rules.CASE if name in row.index}
        case |= {"column": "value", "stated": stated, "verdict": rules.UNCHECKED}
        cases.append({**case, "found": "没有公布部分数与总数"})
    return pd.DataFrame(cases, columns=rules.CASE)


def claims(project: Project, tables: Tables) -> pd.DataFrame:
    """One row a claim: the columns of ``claims.csv`` and ``change_kind``, ordered by verdict and chapter."""
    known, parts = pairs(project, tables), []
    for dataset in tables.datasets.values():
        if not dataset.is_figures or dataset.name not in tables.rows:
            continue
        frame = tables.labelled(dataset.name)
        frame = frame[frame["obs_status"] != WITHDRAWN].set_index("row_id")
        shares = known.get(dataset.name, {})
        cases = [
            rules.stated_changes(tables, dataset.name),
            rules.stated_shares(tables, dataset.name, shares),
            _unpaired(tables.labelled(dataset.name), shares),
        ]
        for part in cases:
            part = part[part["row_id"].isin(frame.index)]
            held = frame.loc[part["row_id"]]
            stated = [held[c].iloc[i] for i, c in enumerate(part["column"])]
            parts.append(
                part.assign(
                    figure=part["row_id"],
                    chapter=dataset.chapter,
                    stated_pct=pd.Series(stated, part.index, dtype="float64"),
                    change_kind=held["change_kind"].where((part["column"] == "change_pct").to_numpy()).array,
                    source_publisher=held["source_publisher"].array,
                    source_url=held["source_url"].array,
                    grade_of_trust=held["grade_of_trust"].array,
                    from_rows=[
                        _joined(row, of) for row, of in zip(part["row_id"], part["from_rows"], strict=True)
                    ],
                    row_id=[
                        claim_id(row, column)
                        for row, column in zip(part["row_id"], part["column"], strict=True)
                    ],
                )
            )
    found = pd.concat([part for part in parts if len(part)]) if any(map(len, parts)) else pd.DataFrame()
    if found.empty:
        return pd.DataFrame(columns=[*COLUMNS, "figure", "change_kind", "column"])
    found["verdict_zh"] = found["verdict"].map(VERDICTS)
    order = found.assign(_v=found["verdict"].map({v: n for n, v in enumerate(VERDICTS)}))
    chapters = {"fraud": 0, "trees": 1, "trade_in": 2, "context": 3}
    order["_c"] = order["chapter"].map(lambda name: (chapters.get(name, 9), name))
    order = order.sort_values(["_v", "_c", "area_zh", "period", "measure_zh", "row_id"], kind="stable")
    return order.reset_index(drop=True)


def _joined(row: str, of: object) -> str:
    return row if words.missing(of) else ";".join(dict.fromkeys([row, *str(of).split(";")]))


def claim_id(figure: str, column: str) -> str:
    """The id of a claim: which figure's, and whether its change or the figure itself."""
    return trace.own_id("claims-desk", trace.digest((figure, column)))


def counts(found: pd.DataFrame) -> pd.DataFrame:
    """How many claims there are of each verdict and in all: ``verdict``, its word, ``claims``, ``row_id``."""
    each = found["verdict"].value_counts()
    rows = [(v, zh, int(each.get(v, 0))) for v, zh in VERDICTS.items()]
    rows.append(("all", "合计", len(found)))
    frame = pd.DataFrame(rows, columns=["verdict", "verdict_zh", "claims"])
    return frame.assign(row_id=[trace.own_id("claims-counts", v) for v in frame["verdict"]])


def said(found: pd.DataFrame) -> dict[str, str]:
    """Each verdict's count, and ``all``, as it goes into a page."""
    frame = counts(found)
    told = [words.shown_count(n, row) for n, row in zip(frame["claims"], frame["row_id"], strict=True)]
    return dict(zip(frame["verdict"], told, strict=True))


def _percent(value: float, kind: object, row_id: str, here: bool) -> str:
    if words.missing(kind):
        return words.shown(value, "%", "exact", row_id, here=here)
    return words.shown_change(value, str(kind), row_id, here=here)


def _table(rows: pd.DataFrame, tables: Tables, here: bool) -> pd.DataFrame:
    """Claims as a reader's table; ``here``: on the claims desk itself, where a claim's row stands."""
    told, cited = rows.to_dict("records"), attribution.known(tables)
    out = pd.DataFrame(
        {
            "章": [chapter_title(str(r["chapter"]), tables) for r in told],
            "地区": [text(r["area_zh"]) for r in told],
            "时期": [words.period(str(r["period"])) for r in told],
            "指标": [_what(r) for r in told],
            "来源写明": [_percent(r["stated_pct"], r["change_kind"], str(r["figure"]), False) for r in told],
            "按其数字重算": [
                text(r["found"])
                if words.missing(r["recomputed"])
                else _percent(r["recomputed"], r["change_kind"], str(r["row_id"]), here)
                for r in told
            ],
            "依据": [trace.links(str(r["from_rows"]).split(";"), "数字") for r in told],
            "来源": [source_html(cited[str(r["source_id"])]) for r in told],
        }
    )
    if (rows["verdict"] == rules.UNCHECKED).all():
        return out.rename(columns={"按其数字重算": "不能重算的缘由"})
    return out


def _what(row: dict[Any, Any]) -> str:
    category = "" if words.missing(row["category_zh"]) else f"（{row['category_zh']}）"
    return text(f"{row['measure_zh']}{category}")


# --- the page -----------------------------------------------------------------------


def opening(chapter: Chapter) -> Piece:
    """How many claims there are and what came of them."""
    found = claims(Project.find(), chapter.tables)
    n = said(found)
    lead = (
        f"来源写明的百分数共{n['all']}个，按来源自己公布的数重算：一致{n[rules.AGREES]}个，"
        f"截尾后一致{n[rules.TRUNCATED]}个，在约数范围内{n[rules.ROUNDING]}个，"
        f"不一致{n[rules.DISAGREES]}个，无从核对{n[rules.UNCHECKED]}个。"
    )
    when = words.period(chapter.edition)
    meta = (
        f'<p class="meta"><b>数据截至 {chapter.edition}</b><span>湖北月报 {when}期</span>'
        '<span><a href="data/latest/claims.csv" download>全部核对 CSV</a></span></p>'
    )
    return Piece(f'{meta}\n\n<p class="lead">{lead}</p>\n')


def summary(chapter: Chapter) -> Piece:
    """Counts by verdict, as bars."""
    frame = counts(claims(Project.find(), chapter.tables))
    told = [f"{row.verdict_zh} {row.claims} 个" for row in frame.itertuples(index=False)]
    table = pd.DataFrame(
        {
            "核对": frame["verdict_zh"].map(text),
            "个数": [
                words.shown_count(n, row, here=True)
                for n, row in zip(frame["claims"], frame["row_id"], strict=True)
            ],
        }
    )
    caption = "来源写明的百分数，个，按核对的结果分"
    alt = "；".join(told) + "。"
    data = frame[["verdict", "verdict_zh", "claims", "row_id"]]
    exhibit = Exhibit("counts", "核对的结果", caption, alt, data, table, drawing=_bars(frame))
    return exhibit_piece("claims", exhibit)


def _bars(frame: pd.DataFrame) -> Drawing:
    each = frame[frame["verdict"] != "all"]
    bars = pd.DataFrame(
        {
            "label": each["verdict_zh"],
            "value": each["claims"],
            "text": each["claims"].map(lambda n: "".join(words.scaled(n))),
            "spoken": each["verdict"] == rules.DISAGREES,
        }
    )
    return charts.bars(bars)


def of_verdict(chapter: Chapter, verdict: str) -> Piece:
    """The claims of one verdict, chapter by chapter."""
    rows = claims(Project.find(), chapter.tables)
    rows = rows[rows["verdict"] == verdict]
    title = VERDICTS[verdict]
    if rows.empty:
        return Piece(f"### {title}\n\n没有。\n")
    table = _table(rows, chapter.tables, here=True)
    name = {rules.TRUNCATED: "truncated", rules.ROUNDING: "rounding"}.get(verdict, verdict)
    exhibit = Exhibit(name, title, CAPTIONS[verdict], CAPTIONS[verdict], rows[COLUMNS], table, group="章")
    return exhibit_piece("claims", exhibit)


def whole(chapter: Chapter) -> Piece:
    """All claims as one file."""
    rows = claims(Project.find(), chapter.tables)
    caption = "每行一个来源写明的百分数"
    exhibit = Exhibit("desk", "全部核对", caption, caption, rows[COLUMNS], pd.DataFrame())
    attachment = {
        **(exhibit_piece("claims", exhibit).attachment or {}),
        "file": "claims.csv",
        "name": "claims",
    }
    link = '<a href="data/latest/claims.csv" download>全部核对 CSV</a>'
    return Piece(f'<p class="exhibit-tools">{link}</p>\n', attachment)


def of_chapter(chapter: Chapter) -> Piece:
    """A chapter's claims that are not just what its numbers give, a part of the desk for its own page."""
    title = "来源写明的百分数，按它自己的数字重算"
    rows = claims(Project.find(), chapter.tables)
    rows = rows[
        (rows["chapter"] == chapter.name)
        & rows["verdict"].isin([rules.DISAGREES, rules.TRUNCATED, rules.ROUNDING])
    ]
    if rows.empty:
        return chapter.nothing(title)
    table = _table(rows, chapter.tables, here=False).drop(columns="章")
    table.insert(5, "核对", list(rows["verdict_zh"]))
    caption = "只列重算后不相等的。“截尾后一致”是四舍五入不合、截去末位后相合；“在约数范围内”是所据的数是约数"
    piece = exhibit_piece(chapter.name, Exhibit("claims", title, caption, caption, rows[COLUMNS], table))
    more = '相等的与无从核对的，连同各章的，见<a href="claims.html">核对台</a>。'
    return Piece(f"{piece.markdown}\n{more}\n", piece.attachment)
