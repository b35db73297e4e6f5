"""A chapter's workbook: its datasets, its exhibits, its sources and its dictionary, under Chinese labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from yuebao import attribution, cite, downloads, words
from yuebao.reference import GRADES, chapter_title
from yuebao.schema import Dataset
from yuebao.spreadsheets import CONTENTS, COVER, Sheet, Workbook
from yuebao.tables import Tables

MOST_ROWS = 100_000  # a longer table is offered as CSV and Parquet; a spreadsheet would not open it well
TAB = 31  # UTF-16 units Excel allows on a tab
# What Excel refuses on a tab, also as the full-width characters its East Asian versions refuse,
# and the apostrophe, which it refuses at either end.
_NOT_ON_TAB = re.compile(r"[\[\]:*?/\\'\x00-\x1f［］：＊？／＼＇]+")
_AREA = re.compile(r"-area-(\d{6})(?=[-.])")  # in the file name of an exhibit of one area's page


def titles(tables: Tables) -> dict[str, str]:
    """Column name -> Chinese label, from the Table Schemas and the labels that follow them."""
    found = {name: label[0] for name, label in downloads.LABELS.items()}
    found["edition"] = downloads.LABELS["_edition"][0]
    for dataset in tables.datasets.values():
        for column in dataset.columns:
            found.setdefault(column.name, column.title)
    return found


def _labelled(frame: pd.DataFrame, known: dict[str, str]) -> pd.DataFrame:
    """The table under Chinese headers; two columns of one label keep their names beside it."""
    heads = [known.get(str(name), str(name)) for name in frame.columns]
    twice = {head for head in heads if heads.count(head) > 1}
    named = [f"{h}（{n}）" if h in twice else h for h, n in zip(heads, frame.columns, strict=True)]
    return frame.set_axis(pd.Index(named), axis=1)


def _units(frame: pd.DataFrame, tables: Tables) -> list[str]:
    """A line that says what the units of the table are."""
    if "unit" not in frame:
        return []
    names = tables.lists["units"].set_index("unit")["label_zh"]
    told = [f"{unit} 为{names.get(unit, unit)}" for unit in sorted(frame["unit"].dropna().unique())]
    return [f"单位：{'，'.join(told)}。数值用基本单位，不用万、亿。"] if told else []


def tab(title: str, taken: Iterable[str]) -> str:
    """A title as it goes on a tab: what Excel allows of it, and not one of ``taken``."""
    plain = " ".join(_NOT_ON_TAB.sub(" ", title).split()) or "表"
    others, name, number = {other.casefold() for other in taken}, _cut(plain, TAB), 1
    while name.casefold() in others:
        number += 1
        ending = f" {number}"
        name = _cut(plain, TAB - len(ending)) + ending
    return name


def _cut(text: str, most: int) -> str:
    """As much of the text as goes into ``most`` UTF-16 units, no character halved."""
    while len(text.encode("utf-16-le")) > 2 * most:
        text = text[:-1]
    return text.rstrip()


def _area(item: dict[str, Any]) -> str:
    """The code of the area whose page an exhibit stands on; empty for the chapter's own."""
    found = _AREA.search(item["file"])
    return found[1] if found else ""


def _title(item: dict[str, Any], areas: dict[str, str]) -> str:
    """An exhibit's title that says whose it is: 黄冈市：公布过的诈骗数字."""
    title, area = str(item["title"]), areas.get(_area(item), "")
    own = any(title.startswith((f"{name}：", f"{name}与")) for name in areas.values())
    return title if own or not area else f"{area}：{title}"


def _dataset_sheet(tables: Tables, dataset: Dataset, known: dict[str, str]) -> Sheet:
    frame = downloads.published(tables, dataset)
    lines = [dataset.description, *_units(frame, tables), "来源：每行写明发布者、题名与地址。"]
    return Sheet(tab(dataset.title, ()), dataset.title, lines, _labelled(frame, known))


def _exhibit_sheet(
    tables: Tables, item: dict[str, Any], name: str, title: str, known: dict[str, str]
) -> Sheet:
    frame = pd.DataFrame(item["rows"], columns=item["columns"])
    lines = [item.get("caption") or item["title"], *_units(frame, tables)]
    if item.get("sources"):
        lines.append(f"来源：{attribution.together(item['sources'])}。")
    return Sheet(name, title, lines, _labelled(frame, known))


def _sources_sheet(tables: Tables, chapter: str) -> Sheet:
    used = {
        source
        for dataset in tables.of_chapter(chapter)
        for source in tables.current(dataset.name)["source_id"]
    }
    listed = tables.lists["sources"]
    rows = listed[listed["source_id"].isin(used)][tables.datasets["sources"].public]
    dataset = tables.datasets["sources"]
    heads = {column.name: column.title for column in dataset.columns}
    graded = rows.assign(grade=rows["grade"].map(GRADES))
    return Sheet("来源", "来源", [dataset.description], _labelled(graded, heads))


def _dictionary_sheet(tables: Tables, chapter: str) -> Sheet:
    rows = []
    for dataset in tables.of_chapter(chapter):
        frame = downloads.published(tables, dataset)
        units = {column.name: column.unit for column in dataset.columns}
        for field in downloads.fields(dataset, list(frame.columns)):
            rules = field.get("constraints", {})
            told = ["必填"] if rules.get("required") else []
            told += [f"取值：{'、'.join(rules['enum'])}"] if "enum" in rules else []
            if field["name"] in dataset.refers:
                told.append(f"代码表：{dataset.refers[field['name']][0]}")
            rows.append(
                {
                    "数据集": dataset.name,
                    "列": field["name"],
                    "中文名": field["title"],
                    "类型": field["type"],
                    "单位": units.get(field["name"]) or None,
                    "含义": field["description"],
                    "规则": "；".join(told) or None,
                    "缺失的写法": "空单元格",
                }
            )
    return Sheet(
        "数据字典",
        "数据字典",
        ["每一列的名称、类型、含义与规则；与网上的数据字典同出一份表结构。"],
        pd.DataFrame(rows),
    )


def _measures_sheet(tables: Tables, chapter: str) -> Sheet | None:
    measures = tables.lists["measures"]
    rows = measures[measures["chapter"] == chapter]
    if rows.empty:
        return None
    dataset = tables.datasets["measures"]
    heads = {column.name: column.title for column in dataset.columns}
    return Sheet("指标", "指标的定义", [dataset.description], _labelled(rows[dataset.public], heads))


NOTES = (
    ("空单元格", "没有这一项：来源没有给出，或本书没有见到；从不表示零。"),
    (
        "约数",
        "qualifier 列照录来源的限定：over 余、多、超，under 不足，about 约，nearly 近，exact 整。",
    ),
    ("状态", "obs_status 列用 SDMX 代码：A 正常，P 初步数，E 估计，F 预计，U 存疑，M 已撤下。"),
    (
        "来源等级",
        "grade_of_trust 列：official 官方发布，press 新闻媒体，mirror 转载（见到的是别处的副本），"
        "unofficial 非正式。",
    ),
    ("代码", "地区代码、来源编号、树号等以文本存放，开头的零和很长的号码不会丢。"),
    ("公式", "本工作簿不含公式；以等号开头的文字就是文字。CSV 中这类文字前加一个撇号，去掉即为原文。"),
    ("坐标", "古树的坐标保留两位小数，约合一千米。"),
)


OTHERS = (COVER, CONTENTS, "指标", "数据字典", "来源", "History")  # sheets to come; Excel keeps the last


def workbook(
    tables: Tables, chapter: str, attachments: list[dict[str, Any]], address: str = "", released: str = ""
) -> Workbook:
    """One chapter's workbook: the exhibits of its own page first, then those of the areas' pages, by code.

    ``attachments``: every exhibit of the edition; those of the chapter are taken by their file name.
    ``address`` and ``released``: of the site and the edition, where they are known (see ``cite``).
    """
    known = titles(tables)
    title = chapter_title(chapter, tables)
    sheets = [Sheet("注", "注", ["各表通用的约定。"], pd.DataFrame(NOTES, columns=["事项", "说明"]))]
    for dataset in tables.of_chapter(chapter):
        if len(tables.current(dataset.name)) <= MOST_ROWS:
            sheets.append(_dataset_sheet(tables, dataset, known))
    mine = [a for a in attachments if a["file"].startswith(f"{chapter}-") and a["rows"]]
    areas = dict(tables.lists["areas"][["area_code", "name_zh"]].itertuples(index=False, name=None))
    taken = {*OTHERS, *(sheet.name for sheet in sheets)}
    for item in sorted(mine, key=_area):
        told = _title(item, areas)
        sheets.append(_exhibit_sheet(tables, item, tab(told, taken), told, known))
        taken.add(sheets[-1].name)
    measures = _measures_sheet(tables, chapter)
    sheets += [measures] if measures is not None else []
    sheets += [_dictionary_sheet(tables, chapter), _sources_sheet(tables, chapter)]
    sheets = [sheet for sheet in sheets if len(sheet.table)]
    edition = words.period(tables.edition)
    place = f"data/{tables.edition}/{chapter}.xlsx"
    return Workbook(
        title=f"湖北月报 {edition}期：{title}",
        intro=[
            f"{words.period(tables.edition)}期：收到该月底为止已知的数。一行一个公布的数字，每行写明来源。",
            f"引用：{cite.gbt7714(title, tables.edition, cite.where(place, address), released)}",
        ],
        about=[
            f"本工作簿共 {len(sheets)} 张表，目录中点表名可到该表；图表各表与网页上的图表是同一份数据。",
            "同一版本的 CSV、ODS、数据包说明和校验和与本文件同在一个文件夹。",
        ],
        contact=["许可：文字与数据 CC BY 4.0。怎样报告错误，见网站“关于”页的“勘误”一节。"],
        sheets=sheets,
    )
