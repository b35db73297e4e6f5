"""The claims desk: every percentage a source states, beside what published numbers give.

A claim is a stated change, or a share or growth a source gives as a figure; targets and the
rates of a policy claim nothing about what happened and are not here. The comparison is that of
the rules ``stated_changes`` and ``stated_shares``; nothing is computed a second way. The numbers
it is computed from are the claimant's own, or another publisher's: each row says which. A claim
that is doubtful itself is listed apart and counted in no verdict.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from yuebao import attribution, charts, markup, percentages, rules, trace, validate, words
from yuebao.chapter import Chapter
from yuebao.charts import Drawing
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, source_html, text
from yuebao.project import Project
from yuebao.reference import chapter_title
from yuebao.tables import WITHDRAWN, Tables, is_sound

VERDICTS = {
    rules.DISAGREES: "不一致",
    rules.TRUNCATED: "截尾后一致",
    rules.ROUNDING: "在约数范围内",
    rules.AGREES: "一致",
    rules.UNCHECKED: "无从核对",
}
CAPTIONS = {
    rules.DISAGREES: "写明的百分数，与按公布的数重算的结果不相合；照录双方，不判断哪一个有误",
    rules.TRUNCATED: "四舍五入不合，截去末位后相合",
    rules.ROUNDING: "所依据的数本身是约数；写明的百分数落在这些数可能的范围之内",
    rules.AGREES: "重算的结果按写明的位数四舍五入后相等",
    rules.UNCHECKED: "本书没有收到可供重算的数，或比较的口径没有写明",
}
DOUBTFUL, DOUBTFUL_DIFFERS = "doubtful", "doubtful_disagrees"
OWN, OTHER = "own", "other"
BASES = {OWN: "同一公布者", OTHER: "另一公布者"}
TRIFLE = f"基数不到{percentages.MINIMUM_ZH}的，不印重算的百分数，印所据的两个数"
COLUMNS = [
    "row_id", "chapter", "area_zh", "period", "measure_zh", "category_zh", "stated", "stated_pct",
    "recomputed", "found", "verdict", "verdict_zh", "sound", "level", "base_level", "difference", "base",
    "base_zh", "base_publishers", "source_id", "source_publisher", "source_url", "grade_of_trust",
    "from_rows",
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
        cases.append({**case, "found": "未见部分数与总数"})
    return pd.DataFrame(cases, columns=rules.CASE)


def claims(project: Project, tables: Tables) -> pd.DataFrame:
    """One row a claim: the columns of ``claims.csv`` and ``change_kind``.

    Ordered by verdict, then by who claims, those with most claims first, then by chapter.
    ``sound``: whether the claim may be counted. ``level`` and ``base_level``: the numbers it is computed
    from (of a share, the part and the whole), ``base``: whether they are the same publisher's as the claim.
    """
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
                    sound=is_sound(held).array,
                    grade_of_trust=held["grade_of_trust"].array,
                    **_basis(part, held["source_publisher"], frame),
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
        return pd.DataFrame(columns=[*COLUMNS, "figure", "change_kind", "column", "unit_zh"])
    found["verdict_zh"] = found["verdict"].map(VERDICTS)
    order = found.assign(_v=found["verdict"].map({v: n for n, v in enumerate(VERDICTS)}))
    chapters = {"fraud": 0, "trees": 1, "trade_in": 2, "context": 3}
    order["_c"] = order["chapter"].map(lambda name: (chapters.get(name, 9), name))
    order["_n"] = -order.groupby("source_publisher")["row_id"].transform("size")
    by = ["_v", "_n", "source_publisher", "_c", "area_zh", "period", "measure_zh", "row_id"]
    return order.sort_values(by, kind="stable").reset_index(drop=True)


def _basis(part: pd.DataFrame, publishers: pd.Series, frame: pd.DataFrame) -> dict[str, Any]:
    """What each claim is computed from: the two numbers, their difference, and whose they are."""
    basis: dict[str, list[object]] = {
        name: []
        for name in ("level", "base_level", "unit_zh", "difference", "base", "base_zh", "base_publishers")
    }
    cases = zip(part["from_rows"], part["column"], publishers, strict=True)
    for ids, column, publisher in cases:
        if words.missing(ids):
            for values in basis.values():
                values.append(None)
            continue
        rows = frame.loc[str(ids).split(";")]
        now, base = rows["value"].iloc[0], rows["value"].iloc[-1]
        whose = list(dict.fromkeys(rows["source_publisher"]))
        same = OWN if whose == [publisher] else OTHER
        changed = column == "change_pct"
        basis["level"].append(float(now))
        basis["base_level"].append(float(base))
        basis["unit_zh"].append(rows["unit_zh"].iloc[0])
        basis["difference"].append(float(percentages.difference(now, base)) if changed else None)
        basis["base"].append(same)
        basis["base_zh"].append(BASES[same])
        basis["base_publishers"].append("；".join(whose))
    return basis


def _joined(row: str, of: object) -> str:
    return row if words.missing(of) else ";".join(dict.fromkeys([row, *str(of).split(";")]))


def claim_id(figure: str, column: str) -> str:
    """The id of a claim: which figure's, and whether its change or the figure itself."""
    return trace.own_id("claims-desk", trace.digest((figure, column)))


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """The claims a count is made of: the sound ones."""
    return rows[rows["sound"].astype(bool)]


def counts(rows: pd.DataFrame) -> pd.DataFrame:
    """How many claims there are of each verdict and in all: ``verdict``, its word, ``claims``, ``row_id``.

    Then, of those computed again, how many are from the claimant's own numbers and how many from
    another publisher's, how many the publisher with most of them made, in how many sources; and
    how many doubtful claims are in none of these counts.
    """
    sound = counted(rows)
    again = sound[sound["verdict"] != rules.UNCHECKED]
    each = sound["verdict"].value_counts()
    lines = [(v, zh, int(each.get(v, 0))) for v, zh in VERDICTS.items()]
    lines += [("all", "合计", len(sound)), ("recomputed", "能重算的", len(again))]
    lines += [(b, f"能重算的，所据的数出自{zh}", int((again["base"] == b).sum())) for b, zh in BASES.items()]
    most = again[again["source_publisher"] == first_publisher(rows)]
    lines.append(("most", f"能重算的，写明最多的公布者（{first_publisher(rows) or '无'}）", len(most)))
    lines.append(("most_sources", "上一项出自的来源", most["source_id"].nunique()))
    doubtful = rows[~rows["sound"].astype(bool)]
    lines.append((DOUBTFUL, "存疑，不计入以上", len(doubtful)))
    differ = int((doubtful["verdict"] == rules.DISAGREES).sum())
    lines.append((DOUBTFUL_DIFFERS, "存疑的，重算后不一致", differ))
    frame = pd.DataFrame(lines, columns=["verdict", "verdict_zh", "claims"])
    return frame.assign(row_id=[trace.own_id("claims-counts", v) for v in frame["verdict"]])


def first_publisher(rows: pd.DataFrame) -> str:
    """Who made most of the claims that can be computed again; empty where there are none."""
    again = counted(rows)
    again = again[again["verdict"] != rules.UNCHECKED]
    sizes = again.groupby("source_publisher").size().sort_index().sort_values(ascending=False, kind="stable")
    return str(sizes.index[0]) if len(sizes) else ""


def said(rows: pd.DataFrame) -> dict[str, str]:
    """Each count of ``counts``, as it goes into a page."""
    frame = counts(rows)
    numbers = [words.shown_count(n, row) for n, row in zip(frame["claims"], frame["row_id"], strict=True)]
    return dict(zip(frame["verdict"], numbers, strict=True))


def in_words(rows: pd.DataFrame) -> str:
    """What the desk came to: how much can be checked, on whose numbers, who claims, the verdicts."""
    n, sound = said(rows), counted(rows)
    sentences = [
        f"来源写明的百分数共{n['all']}个，{n[rules.UNCHECKED]}个无从核对，能重算的{n['recomputed']}个"
    ]
    again = sound[sound["verdict"] != rules.UNCHECKED]
    if len(again):
        sentences[0] += (
            f"：{n[OWN]}个依据同一公布者的数，{n[OTHER]}个用到另一公布者的数；"
            f"{n['most']}个出自{text(first_publisher(rows))}的{n['most_sources']}份来源"
        )
        sentences.append(
            f"重算的结果，一致{n[rules.AGREES]}个，截尾后一致{n[rules.TRUNCATED]}个，"
            f"在约数范围内{n[rules.ROUNDING]}个，不一致{n[rules.DISAGREES]}个"
        )
    if len(sound) < len(rows):
        sentences.append(f"存疑的{n[DOUBTFUL]}个另列，不计在内，其中重算后不一致的{n[DOUBTFUL_DIFFERS]}个")
    return "".join(f"{sentence}。" for sentence in sentences)


def _percent(value: float, kind: object, row_id: str, here: bool) -> str:
    if words.missing(kind):
        return words.shown(value, "%", "exact", row_id, here=here)
    return words.shown_change(value, str(kind), row_id, here=here)


def _table(rows: pd.DataFrame, tables: Tables, here: bool) -> pd.DataFrame:
    """Claims as a reader's table; ``here``: on the claims desk itself, where a claim's row stands."""
    told, cited = rows.to_dict("records"), attribution.known(tables)
    out = pd.DataFrame(
        {
            "公布者": [text(r["source_publisher"]) for r in told],
            "章": [text(chapter_title(str(r["chapter"]), tables)) for r in told],
            "地区": [text(r["area_zh"]) for r in told],
            "时期": [words.period(str(r["period"])) for r in told],
            "指标": [_what(r) for r in told],
            "来源写明": [_percent(r["stated_pct"], r["change_kind"], str(r["figure"]), False) for r in told],
            "重算": [_again(r, here) for r in told],
            "依据的来源": [
                f"{r['base_zh']}：{text(_others(r))}" if r["base"] == OTHER else text(r["base_zh"])
                for r in told
            ],
            "依据": [trace.links(str(r["from_rows"]).split(";"), "数字") for r in told],
            "来源": [source_html(cited[str(r["source_id"])]) for r in told],
        }
    )
    if (rows["verdict"] == rules.UNCHECKED).all():
        return out.drop(columns="依据的来源").rename(columns={"重算": "不能重算的缘由"})
    return out


def _others(row: dict[Any, Any]) -> str:
    """The publishers of a claim's numbers who are not the claimant."""
    return "；".join(p for p in str(row["base_publishers"]).split("；") if p != row["source_publisher"])


def _again(row: dict[Any, Any], here: bool) -> str:
    """What came out, as a percentage; of a base too small for one, the two numbers it is made of."""
    if words.missing(row["recomputed"]):
        return text(row["found"])
    claim, unit = str(row["row_id"]), text(row["unit_zh"])
    if percentages.large_enough(row["base_level"]):
        return _percent(row["recomputed"], row["change_kind"], claim, here)
    now, base = (words.shown_count(row[name], claim, here) for name in ("level", "base_level"))
    if words.missing(row["change_kind"]):
        return f"{base}{unit}中的{now}{unit}"
    more = percentages.shown_difference(row["level"], row["base_level"], unit, claim, here)
    return f"{now}{unit}对{base}{unit}，{more}"


def _what(row: dict[Any, Any]) -> str:
    category = "" if words.missing(row["category_zh"]) else f"（{row['category_zh']}）"
    return text(f"{row['measure_zh']}{category}")


# --- the page -----------------------------------------------------------------------


def opening(chapter: Chapter) -> Piece:
    """How many claims there are and what came of them."""
    lead = in_words(claims(Project.find(), chapter.tables))
    meta = chapter.meta_line('<a href="data/latest/claims.csv" download>全部核对 CSV</a>')
    return Piece(f'{meta}\n<p class="lead">{lead}</p>\n')


def summary(chapter: Chapter) -> Piece:
    """Counts by verdict, as bars."""
    frame = counts(claims(Project.find(), chapter.tables))
    verdicts = frame[frame["verdict"].isin([*VERDICTS, "all"])]
    told = [f"{row.verdict_zh} {row.claims} 个" for row in verdicts.itertuples(index=False)]
    table = pd.DataFrame(
        {
            "核对": frame["verdict_zh"].map(text),
            "个数": [
                words.shown_count(n, row, here=True)
                for n, row in zip(frame["claims"], frame["row_id"], strict=True)
            ],
        }
    )
    caption = "来源写明的百分数，个，按核对的结果分；存疑的不计。数据表中另有能重算的依据谁的数、出自谁"
    alt = "；".join(told) + "。"
    data = frame[["verdict", "verdict_zh", "claims", "row_id"]]
    exhibit = Exhibit("counts", "核对的结果", caption, alt, data, table, drawing=_bars(frame))
    return exhibit_piece("claims", exhibit)


def _bars(frame: pd.DataFrame) -> Drawing:
    each = frame[frame["verdict"].isin(list(VERDICTS))]
    bars = pd.DataFrame(
        {
            "label": each["verdict_zh"],
            "value": each["claims"],
            "text": each["claims"].map(lambda n: "".join(words.scaled(n))),
            "spoken": each["verdict"] == rules.DISAGREES,
        }
    )
    return charts.bars(bars)


def publishers(chapter: Chapter) -> Piece:
    """Who claims: for each publisher its sources, its claims, and on whose numbers they can be checked."""
    title = "按写明者分"
    sound = counted(claims(Project.find(), chapter.tables))
    if sound.empty:
        return chapter.nothing(title)
    lines = []
    for publisher, rows in sound.groupby("source_publisher", sort=True):
        again = rows[rows["verdict"] != rules.UNCHECKED]
        lines.append(
            {
                "publisher": publisher,
                "sources": rows["source_id"].nunique(),
                "claims": len(rows),
                "unchecked": len(rows) - len(again),
                "own": int((again["base"] == OWN).sum()),
                "other": int((again["base"] == OTHER).sum()),
                "disagrees": int((again["verdict"] == rules.DISAGREES).sum()),
                "row_id": trace.own_id("claims-publishers", trace.digest((publisher,))),
            }
        )
    frame = pd.DataFrame(lines).sort_values(["claims", "publisher"], ascending=[False, True], kind="stable")
    headers = {
        "publisher": "公布者", "sources": "来源", "claims": "写明的百分数", "unchecked": "无从核对",
        "own": "按同一公布者的数重算", "other": "用到另一公布者的数", "disagrees": "不一致",
    }  # fmt: skip
    caption = "个；存疑的不计。“来源”是写明百分数的来源份数"
    return chapter.plain_table("publishers", frame, title, caption, headers)


def of_verdict(chapter: Chapter, verdict: str) -> Piece:
    """The claims of one verdict, publisher by publisher."""
    rows = counted(claims(Project.find(), chapter.tables))
    name = {rules.TRUNCATED: "truncated", rules.ROUNDING: "rounding"}.get(verdict, verdict)
    caption = CAPTIONS[verdict] + ("" if verdict == rules.UNCHECKED else f"。{TRIFLE}")
    return _listed(chapter, rows[rows["verdict"] == verdict], name, VERDICTS[verdict], caption)


def of_doubtful(chapter: Chapter) -> Piece:
    """Claims that are doubtful themselves, with what came of them: counted in no verdict."""
    rows = claims(Project.find(), chapter.tables)
    caption = f"写明的百分数存疑，或只见于非正式来源；核对的结果照列，不计入各项个数。{TRIFLE}"
    return _listed(chapter, rows[~rows["sound"].astype(bool)], DOUBTFUL, "存疑的，另列", caption)


def _listed(chapter: Chapter, rows: pd.DataFrame, name: str, title: str, caption: str) -> Piece:
    if rows.empty:
        return Piece(f"{markup.heading(3, title)}没有。\n")
    table = _table(rows, chapter.tables, here=True).drop(columns="章")  # room for what is compared
    if name == DOUBTFUL:
        table.insert(1, "核对", list(rows["verdict_zh"]))
    exhibit = Exhibit(name, title, caption, caption, rows[COLUMNS], table, group="公布者")
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
    """A chapter's claims that are not just what the numbers give, a part of the desk for its own page."""
    title = "来源写明的百分数，按公布的数重算"
    rows = claims(Project.find(), chapter.tables)
    rows = rows[
        (rows["chapter"] == chapter.name)
        & rows["verdict"].isin([rules.DISAGREES, rules.TRUNCATED, rules.ROUNDING])
    ]
    if rows.empty:
        return chapter.nothing(title)
    table = _table(rows, chapter.tables, here=False).drop(columns=["章", "公布者"])
    sound = rows["sound"].astype(bool)
    table.insert(5, "核对", list(rows["verdict_zh"].where(sound, rows["verdict_zh"] + "（存疑）")))
    caption = (
        "只列重算后不相等的。“截尾后一致”是四舍五入不合、截去末位后相合；“在约数范围内”是所据的数是约数。"
        f"{TRIFLE}"
    )
    piece = exhibit_piece(chapter.name, Exhibit("claims", title, caption, caption, rows[COLUMNS], table))
    more = '相等的与无从核对的，连同各章的，见<a href="claims.html">核对台</a>。'
    return Piece(f"{piece.markdown}\n{more}\n", piece.attachment)
