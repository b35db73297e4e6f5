"""The reference pages made from the schemas and the code lists: dictionary and sources."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from yuebao import trace, words
from yuebao.exhibits import table_html, text
from yuebao.markup import heading, one_line
from yuebao.schema import Dataset
from yuebao.tables import Tables

GRADES = {
    "official": "官方发布",
    "press": "新闻媒体",
    "mirror": "转载副本",
    "unofficial": "非正式",
}


def _anchor(identifier: str) -> str:
    return f'<span id="{text(identifier)}"></span>'


def _english(said: object) -> str:
    """English words on a Chinese page, marked as such for those who have it read to them."""
    return f'<span lang="en">{text(said)}</span>'


def _rules(dataset: Dataset) -> pd.DataFrame:
    rows = []
    for column in (dataset.column(name) for name in dataset.public):
        rules = []
        if column.required:
            rules.append("必填")
        if column.unique:
            rules.append("不重复")
        if column.enum:
            rules.append("取值：" + text("、".join(column.enum)))
        if column.pattern:
            rules.append(f"格式：<code>{text(column.pattern)}</code>")
        if column.limits:
            rules.append(text(column.limits))
        if column.name in dataset.refers:
            rules.append(f"代码表：{dataset.refers[column.name][0]}")
        if column.name in dataset.key:
            rules.append("主键")
        rows.append(
            {
                "列": f"<code>{text(column.name)}</code>",
                "中文名": text(column.title),
                "类型": text(column.type),
                "单位": text(column.unit) or "—",
                "含义": text(column.description),
                "English": _english(column.description_en),
                "规则": "；".join(rules) or "—",
            }
        )
    table = pd.DataFrame(rows)
    return table if (table["单位"] != "—").any() else table.drop(columns="单位")


def dictionary(tables: Tables) -> str:
    """The data dictionary: every dataset's columns, then the measures."""
    parts = [
        "---\nkind: prose\ndescription: 每个数据集每一列的名称、类型、含义与规则\n---\n\n# 数据字典\n",
        '<p class="lead">每个数据集的每一列：名称、类型、含义与规则。'
        "下载文件、检查规则与本页出自同一份表结构（Table Schema）。</p>\n",
        "文件为 UTF-8 编码（带 BOM）的 CSV，第一行是列名；空单元格表示没有这一项："
        "来源没有给出，或本书没有见到，从不表示零。数值用基本单位。各数据集在自己的列之后另有行号（`row_id`）、地区、指标、单位、来源的名称与地址，及该行进入本书的期"
        "（`edition`）。以 `=`、`+`、`-`、`@`（全角的也是）或撇号开头的文字前加一个撇号，"
        "以免表格软件当作公式运行；"
        "去掉即为原文。"
        "行号指一行，各期不变；页面上的数字带着它（`data-row`），点开就到那一行。本书自己算出的行，行号以所在的"
        "页和表开头，`from_rows` 列出它所依据的行。"
        "在 Excel 中打开时，`area_code` 等代码列请用“数据—自文本/CSV”导入并设为文本，以保留前导零。\n",
    ]
    for dataset in tables.datasets.values():
        if not dataset.chapter and dataset.name not in tables.lists:
            continue
        parts.append(heading(2, dataset.title))
        parts.append(f"{text(dataset.description)} {_english(dataset.description_en)}\n")
        parts.append(f'文件：<a href="data/latest/{dataset.name}.csv" download>{dataset.name}.csv</a>\n')
        parts.append(one_line(table_html(_rules(dataset), dataset.title)) + "\n")
    parts.append("## 指标的定义\n")
    units = tables.lists["units"].set_index("unit")["label_zh"]
    for chapter, rows in tables.lists["measures"].groupby("chapter", sort=True):
        table = pd.DataFrame(
            {
                "指标": [f"{_anchor('m-' + m)}<code>{text(m)}</code>" for m in rows["measure"]],
                "名称": rows["label_zh"].map(text),
                "单位": rows["unit"].map(units).map(text),
                "定义": rows["definition_zh"].map(text),
                "English": (rows["label_en"] + ": " + rows["definition_en"]).map(_english),
            }
        )
        parts.append(heading(3, chapter_title(str(chapter), tables)))
        parts.append(one_line(table_html(table, f"{chapter_title(str(chapter), tables)}的指标")) + "\n")
    return "\n".join(parts)


CHAPTER_TITLES = {
    "fraud": "电信网络诈骗",
    "trees": "古树名木",
    "trade_in": "以旧换新",
    "context": "同版要闻",
    "lists": "代码表",
}


def chapter_title(chapter: str, tables: Tables) -> str:
    """A chapter's Chinese name: where it has none here, its first dataset's title."""
    titles = [dataset.title for dataset in tables.of_chapter(chapter)]
    return CHAPTER_TITLES.get(chapter, titles[0] if titles else chapter)


def filed(tables: Tables) -> dict[str, str]:
    """Chapter -> its Chinese name, under which the search files the chapter's pages."""
    return {chapter: chapter_title(chapter, tables) for chapter in tables.chapters}


def address(url: object, link: object) -> str:
    """A source's address: a link only where the host is the publisher's own."""
    if words.missing(url):
        return "未见网址"
    shown = text(url)
    if bool(link) and re.match("https?://", str(url)):
        return f'<a href="{shown}" rel="noopener">{shown}</a>'
    return f'<span class="address">{shown}</span>'


Given = list[tuple[str, str]]  # what a source gave: the measure's name and the row's id


def _given(tables: Tables) -> dict[str, dict[str, Given]]:
    """What each source gave, by source and chapter."""
    uses: dict[str, dict[str, Given]] = {}
    for dataset in tables.datasets.values():
        if not dataset.chapter:
            continue
        frame = tables.labelled(dataset.name)
        names = frame["measure_zh"] if "measure_zh" in frame else pd.Series(dataset.title, frame.index)
        for source, rows in frame.assign(_name=names).groupby("source_id"):
            found = zip(rows["_name"].astype(str), rows["row_id"], strict=True)
            uses.setdefault(str(source), {}).setdefault(dataset.chapter, []).extend(found)
    return uses


def _count_id(source: str) -> str:
    return trace.own_id("sources-figures", source)


def source_counts(tables: Tables) -> dict[str, Any]:
    """How many figures each source gave, and which, as an attachment."""
    uses = _given(tables)
    listed = tables.lists["sources"].set_index("source_id") if uses else pd.DataFrame()
    rows = []
    for source, told in sorted(uses.items()):
        ids = [row for given in told.values() for _, row in given]
        rows.append([source, listed["publisher"][source], len(ids), _count_id(source), ";".join(ids)])
    return {
        "file": "sources-figures.csv",
        "name": "sources-figures",
        "title": "各来源给出的数字",
        "caption": "每个来源给出几个数字，是哪几行",
        "alt": "每个来源给出几个数字，是哪几行",
        "sources": [],
        "columns": ["source_id", "publisher", "figures", "row_id", "from_rows"],
        "rows": rows,
    }


def _source_item(source: pd.Series, given: Given) -> str:
    """A source's entry: who, what, when, where seen, and the first row it gave.

    The page lists every source of the book, some 600, and is to stay near 80 kB: all of a source's
    rows are in sources-figures.csv, and each row names its source.
    """
    name, row = given[0]
    first = f'<a href="{trace.address(row)}">{text(name)}</a>' + ("等" if len(given) > 1 else "")
    date = text(source["date_published"]) or "日期未注明"
    own = _count_id(source["source_id"])
    note = "" if words.missing(source["note_zh"]) else f"<br>注：{text(source['note_zh'])}"
    return (
        f'<li id="{text(source["source_id"])}"><p><b>{text(source["publisher"])}</b>　'
        f"{text(source['title'])}　{date}，{GRADES[source['grade']]}<br>"
        f"{address(source['url'], source['link'])}{note}</p>"
        f'<p id="{own}">给出 {words.shown_count(len(given), own, here=True)} 个数字：{first}</p></li>'
    )


def _looked_for(tables: Tables) -> str:
    """The originals that were looked for, and what was seen: a table; empty where nothing is listed."""
    listed = tables.lists["looked_for"]
    if listed.empty:
        return ""
    results = tables.datasets["looked_for"].column("result").labels
    table = pd.DataFrame(
        {
            "为哪个数字": listed["figure_zh"].map(text),
            "找谁的页面": listed["body_zh"].map(text),
            "日期": listed["looked_on"].map(text),
            "结果": [text(results[code][0]) for code in listed["result"]],
            "说明": listed["note_zh"].map(text),
        }
    )
    return (
        "## 找过的原件\n\n"
        "页首的数字出自转载或媒体的，编者去找过发布机关自己的页面。找过什么、见到什么，列在这里"
        '（<a href="data/latest/looked_for.csv" download>looked_for.csv</a>）；'
        "“没有见到”只说没有见到，不说没有发布。\n\n" + table_html(table, "找过的原件") + "\n"
    )


def sources(tables: Tables) -> str:
    """Every source an edition uses, and the figures it gave."""
    uses = _given(tables)
    parts = [
        "---\nkind: prose\ndescription: 每个数字的出处，以及每个来源给了多少数字\n---\n\n# 来源\n",
        '<p class="lead">本期每个数字的出处，以及每个来源给了多少数字。</p>\n',
        "可信等级：官方发布为公共机构自己的网站或公报；新闻媒体为媒体自己的网站；转载副本为署名媒体或机关的文章在别处的副本，"
        "其网址只印出、不做链接，以免把读者带到不相干的网站；非正式为论坛、个人页面与未署名页面，不用于标题数字。"
        '完整字段见 <a href="data/latest/sources.csv" download>sources.csv</a>，各来源给出哪些行见'
        ' <a href="data/latest/sources-figures.csv" download>sources-figures.csv</a>。\n',
    ]
    listed = tables.lists["sources"]
    listed = listed[listed["source_id"].isin(uses)]
    order = ["fraud", "trees", "trade_in", "context"]
    order += sorted({c for told in uses.values() for c in told} - set(order))
    done: set[str] = set()
    for chapter in order:
        rows = []
        for _, source in listed.sort_values(["date_published", "source_id"], na_position="first").iterrows():
            told = uses[str(source["source_id"])]
            if chapter not in told or source["source_id"] in done:
                continue
            done.add(str(source["source_id"]))
            rows.append(_source_item(source, [item for given in told.values() for item in given]))
        if rows:
            parts.append(heading(2, chapter_title(chapter, tables)))
            parts.append(f'<ol class="sources">{one_line("".join(rows))}</ol>\n')
    return "\n".join([*parts, _looked_for(tables)])
