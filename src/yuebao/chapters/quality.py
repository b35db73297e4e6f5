"""What was checked and what was found, made from Great Expectations' results, raw values left out."""

from __future__ import annotations

import pandas as pd

from yuebao import markup, run_record, trace, words
from yuebao.chapter import Chapter
from yuebao.exhibits import Piece, text
from yuebao.project import Project
from yuebao.reference import chapter_title

ALL = "all"  # the row that sums the chapters up
COUNTS = ["checks", "cases", "passed", "uncheckable", "errors", "found"]


def opening(chapter: Chapter) -> Piece:
    """How many checks looked at how many cases, and what came of it."""
    total = _outcomes(chapter).iloc[-1]
    said = {name: words.shown_count(int(total[name]), _row(ALL)) for name in COUNTS}
    lead = (
        f"本期共做{said['checks']}项检查，看了{said['cases']}例，错误{said['errors']}例，"
        f"提示{said['found']}例。错误会停止成书；提示与数字一同公布。"
    )
    return Piece(f'{chapter.meta_line()}\n<p class="lead">{lead}</p>\n')


def _row(chapter: str) -> str:
    return trace.own_id("quality-checks-by-chapter", chapter)


def _outcomes(chapter: Chapter) -> pd.DataFrame:
    """One row a chapter: checks, cases, passed, uncheckable, errors, warnings found; the sum at the end."""
    rows = []
    for outcome in chapter.report.outcomes:
        found = outcome.cases - outcome.passed - outcome.uncheckable
        wrong = found if outcome.severity == "error" else 0
        counted = (outcome.cases, outcome.passed, outcome.uncheckable, wrong, found - wrong)
        rows.append((outcome.chapter, 1, *counted))
    frame = pd.DataFrame(rows, columns=["chapter", *COUNTS]).groupby("chapter", sort=True).sum().reset_index()
    total = frame.drop(columns="chapter").sum()
    return pd.concat([frame, pd.DataFrame([{"chapter": ALL, **total}])], ignore_index=True)


def summary(chapter: Chapter) -> Piece:
    """Checks by chapter."""
    frame = _outcomes(chapter)
    frame["chapter_zh"] = frame["chapter"].map(lambda name: chapter_title(name, chapter.tables))
    frame.loc[frame["chapter"] == ALL, "chapter_zh"] = "合计"
    frame["row_id"] = frame["chapter"].map(_row)
    headers = {
        "chapter_zh": "章",
        "checks": "检查项数",
        "cases": "看过的例数",
        "passed": "通过",
        "uncheckable": "无从核对",
        "errors": "错误",
        "found": "提示",
    }
    return chapter.plain_table(
        "checks-by-chapter", frame, "各章检查", "一项检查看一列或一条规则的每一例", headers
    )


def rules_table(chapter: Chapter) -> Piece:
    """The rules no schema can say, one by one."""
    named = [o for o in chapter.report.outcomes if "." not in o.name]  # the schema's own have a dot
    frame = pd.DataFrame(
        [
            {
                "chapter_zh": chapter_title(o.chapter, chapter.tables),
                "title": o.title,
                "severity": {"error": "错误", "warning": "提示"}[o.severity],
                "cases": o.cases,
                "passed": o.passed,
                "uncheckable": o.uncheckable,
                "found": o.cases - o.passed - o.uncheckable,
            }
            for o in named
        ]
    )
    headers = {
        "chapter_zh": "章",
        "title": "规则",
        "severity": "违反时为",
        "cases": "看过的例数",
        "passed": "通过",
        "uncheckable": "无从核对",
        "found": "不通过",
    }
    return chapter.plain_table(
        "checks", frame, "跨行规则", "表结构自身的规则（必填、取值、代码、主键）另有各列的检查", headers
    )


def findings(chapter: Chapter) -> Piece:
    """Every published finding, by chapter."""
    publishers = chapter.tables.lists["sources"].set_index("source_id")["publisher"]
    parts = []
    for name in dict.fromkeys(f.chapter for f in chapter.report.of("warning")):
        title = markup.heading(3, f"{chapter_title(name, chapter.tables)}的提示")
        parts.append(f'<span id="c-{name}"></span>\n\n{title}')
        for found in chapter.report.of("warning", name):
            when = words.period(found.period) if found.period else ""
            subject = "，".join(p for p in (found.area, when, found.measure, found.category) if p)
            publisher = text(publishers.get(found.source_id, ""))
            source = f'<a href="sources.html#{text(found.source_id)}">{publisher}</a>'
            row_id = chapter.tables.row_of(found.file, found.row)
            to = f"{trace.links([row_id], '数字')}，" if row_id else ""
            parts.append(
                f'<p class="finding warning">{text(subject)}。{text(found.says)}。{to}来源：{source}</p>\n'
            )
    missing = [c for c in chapter.tables.chapters if not chapter.report.of("warning", c)]
    for name in missing:
        title = markup.heading(3, f"{chapter_title(name, chapter.tables)}的提示")
        parts.append(f'<span id="c-{name}"></span>\n\n{title}没有。\n')
    columns = [
        "chapter",
        "area",
        "period",
        "measure",
        "category",
        "title",
        "stated",
        "found",
        "says",
        "file",
        "row",
        "source_id",
    ]
    rows = [
        [
            *(getattr(found, name) for name in columns),
            trace.own_id("quality-findings", number),
            chapter.tables.row_of(found.file, found.row),
        ]
        for number, found in enumerate(chapter.report.of("warning"), start=1)
    ]
    columns += ["row_id", "from_rows"]
    link = (
        '<p class="exhibit-tools"><a href="data/latest/quality-findings.csv" download>全部提示 CSV</a></p>\n'
    )
    attachment = {"file": "quality-findings.csv", "title": "提示", "columns": columns, "rows": rows}
    return Piece("\n".join([*parts, link]), attachment)


def left_out(chapter: Chapter) -> Piece:
    """Collected rows that are not in the book, and why."""
    frame = chapter.tables.lists["left_out"].assign(
        place=lambda f: [
            name if row == 0 else f"{name} 第{row}行" for name, row in zip(f["file"], f["row"], strict=True)
        ]
    )
    headers = {"place": "收集文件", "reason_zh": "不收的理由"}
    return chapter.plain_table(
        "left-out", frame, "没有收入的行", "收集到而没有收入本书的行，全部列出", headers
    )


def made(chapter: Chapter, commit: str = "") -> Piece:
    """How this edition was made: files, packages, and the commit where there is one."""
    return run_record.made(Project.find(), chapter.tables, chapter.report, commit)
