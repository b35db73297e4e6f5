"""A workbook's sheets say what they hold: area and measure, the chapter's own exhibits first."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from site_fixtures import Site, site
from yuebao.workbooks import TAB, tab

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

CHAPTERS = ("fraud", "trees", "trade_in", "context")
FORBIDDEN = re.compile(r"[\[\]:*?/\\'［］：＊？／＼]")
OTHERS = {"封面", "目录", "注", "指标", "数据字典", "来源"}


def path(site: Site, chapter: str, ending: str = "xlsx") -> Path:
    return site.folder / "data" / "latest" / f"{chapter}.{ending}"


def contents(site: Site, chapter: str) -> list[tuple[str, str]]:
    """The contents' lines: the sheet's name and what it says of it."""
    sheet = openpyxl.load_workbook(path(site, chapter))["目录"]
    rows = [[str(cell.value) for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    names = set(openpyxl.load_workbook(path(site, chapter), read_only=True).sheetnames)
    return [(row[0], row[1]) for row in rows if len(row) == 2 and row[0] in names]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_names_are_what_excel_takes_and_each_is_one(site: Site, chapter: str) -> None:
    names = openpyxl.load_workbook(path(site, chapter), read_only=True).sheetnames
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31, name
        assert not FORBIDDEN.search(name), name
        assert not re.fullmatch(r"图表\d+", name), "a number says nothing of what is on the sheet"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_contents_tell_every_sheet_from_every_other(site: Site, chapter: str) -> None:
    listed = contents(site, chapter)
    assert [name for name, _ in listed] == openpyxl.load_workbook(
        path(site, chapter), read_only=True
    ).sheetnames[2:]
    titles = [title for _, title in listed]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_sheet_of_one_area_says_which_and_comes_after_the_chapters_own(site: Site, chapter: str) -> None:
    own = {site.page(chapter).select_one(f'figure[id="{f["id"]}"]') and str(f["id"]) for f in
           site.page(chapter).select("figure.exhibit[id^='x-']")}  # fmt: skip
    titles = {
        str(heading.get_text()).removesuffix("#").strip()
        for heading in site.page(chapter).select("h2, h3")
        if (section := heading.find_parent("section")) is not None
        and any(f"x-{i}" in own for i in (str(section.get("id")),))
    }
    exhibits = [(n, t) for n, t in contents(site, chapter) if n not in OTHERS]
    areas = set(site.table("areas")["name_zh"])
    first_area = next(
        (i for i, (_, t) in enumerate(exhibits) if t not in titles and any(t.startswith(a) for a in areas)),
        len(exhibits),
    )
    last_own = max((i for i, (_, t) in enumerate(exhibits) if t in titles), default=-1)
    assert last_own < first_area
    for name, title in exhibits[first_area:]:
        area = next((a for a in areas if title.startswith(a)), None)
        assert area is not None, title
        assert name.startswith(area), name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_ods_has_the_same_sheets_and_links_that_work(site: Site, chapter: str) -> None:
    with zipfile.ZipFile(path(site, chapter, "ods")) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    table, text = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}", "{http://www.w3.org/1999/xlink}href"
    names = [str(t.get(f"{table}name")) for t in root.iter(f"{table}table")]
    assert names == openpyxl.load_workbook(path(site, chapter), read_only=True).sheetnames
    links = [str(a.get(text)) for a in root.iter() if a.get(text)]
    targets = [link.removeprefix("#").removesuffix(".A1").strip("'") for link in links]
    assert targets == names[2:]


def test_a_title_on_a_tab() -> None:
    assert tab("破案数", ()) == "破案数"
    assert tab("武汉市：破案数，历次公布", ()) == "武汉市 破案数，历次公布"
    assert tab("a[b]:c*d?e/f\\g'h", ()) == "a b c d e f g h"
    assert tab("破案数", ("破案数",)) == "破案数 2"
    assert tab("Sheet", ("sheet", "SHEET 2")) == "Sheet 3"
    assert tab("：", ()) == "表"
    long = "长" * 40
    assert tab(long, ()) == "长" * TAB
    assert tab(long, ("长" * TAB,)) == "长" * (TAB - 2) + " 2"
    assert len(tab("𠮷" * 20, ()).encode("utf-16-le")) // 2 <= TAB
