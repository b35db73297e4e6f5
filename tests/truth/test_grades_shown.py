"""Where a figure rests on a copy, the copy is named as one beside the figure, with where it was seen."""

from __future__ import annotations

import json
import re

import openpyxl
import pandas as pd
import pytest
from bs4 import Tag

from site_fixtures import Site, site
from yuebao import attribution
from yuebao.attribution import Cited
from yuebao.tables import Tables

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

MARKS = {"mirror": "转载", "unofficial": "非正式"}
# Where a source stands beside a figure. On the sources page each has its grade and address in full;
# a finding's link says no name.
AT_FIGURES = ".card-source, .exhibit-tools, table.data td, ol.rows li"


def follows(link: Tag) -> str:
    """What is said right after a source's name."""
    beside = link.next_sibling
    return beside.get_text() if isinstance(beside, Tag) and "seen" in (beside.get("class") or []) else ""


def grouped(link: Tag) -> str:
    """What stands before the link in its line, from the last mark on: 转载：甲、乙、"""
    before = ""
    for part in link.previous_siblings:
        before = part.get_text() + before
    return before.rpartition("；")[2].removeprefix("来源：")


def test_every_copy_is_named_as_one_at_the_figure(site: Site) -> None:
    sources = site.table("sources").set_index("source_id")
    wrong, marked = [], 0
    for name in site.names:
        for place in site.page(name).select(AT_FIGURES):
            for link in place.select('a[href^="sources.html#"]'):
                source = sources.loc[str(link["href"]).partition("#")[2]]
                mark = MARKS.get(source["grade"], "")
                if link.get_text() == "来源":
                    continue
                said = follows(link)
                host = source["seen_at"] or attribution.host(source["url"])
                if said:
                    right = mark in said and mark != "" and (mark != "转载" or not host or host in said)
                else:
                    right = grouped(link).startswith(f"{mark}：" if mark else "") and (
                        bool(mark) or not re.match("转载：|非正式：", grouped(link))
                    )
                marked += bool(mark)
                if not right:
                    wrong.append(f"{name}: {source.name} {source['grade']}: {grouped(link)}{said}")
    assert wrong[:20] == []
    assert marked > 1000


def test_every_download_with_a_publisher_has_the_grade(site: Site) -> None:
    grades = site.table("sources").set_index("source_id")["grade"]
    for file in site.downloads:
        frame = site.table(file.removesuffix(".csv"))
        if "source_publisher" in frame:
            assert list(frame["grade_of_trust"]) == list(frame["source_id"].map(grades)), file


def test_pictures_and_their_specifications_name_copies(site: Site) -> None:
    latest = site.folder / "data" / "latest"
    count = 0
    for path in sorted(latest.glob("*.vl.json")):
        spec = json.loads(path.read_text(encoding="utf-8"))
        grades = {source.get("grade") for source in spec["usermeta"]["sources"]}
        drawn = path.with_name(path.name.replace(".vl.json", ".svg")).read_text(encoding="utf-8")
        for grade, mark in MARKS.items():
            assert (grade not in grades) or mark in re.sub(r"</text><text[^>]*>|<[^>]+>", "", drawn), (
                path.name
            )
            count += grade in grades
    assert count > 20


def test_frames_and_workbooks_name_copies(site: Site) -> None:
    found = 0
    for path in sorted((site.folder / "embed").glob("*.html")):
        spec = json.loads((site.folder / "data" / "latest" / f"{path.stem}.vl.json").read_text("utf-8"))
        grades = {source.get("grade") for source in spec["usermeta"]["sources"]}
        assert ("mirror" in grades) == ("转载" in path.read_text(encoding="utf-8")), path.name
        found += "mirror" in grades
    assert found > 10
    book = openpyxl.load_workbook(site.folder / "data" / "latest" / "fraud.xlsx", read_only=True)
    lines = [str(c) for s in book for r in s.iter_rows(max_row=5, values_only=True) for c in r if c]
    assert any(line.startswith("来源：") and "转载" in line for line in lines)


# --- the words ---------------------------------------------------------------------------------

COPY = Cited("a", "新华社", "mirror", "copy.example")


def test_a_source_in_words() -> None:
    assert Cited("a", "公安部", "official", "mps.gov.cn").words == "公安部"
    assert Cited("a", "湖北日报", "press", "hubeidaily.net").words == "湖北日报"
    assert COPY.words == "新华社（转载，见于 copy.example）"
    assert COPY.brief == "新华社（转载）"
    assert Cited("a", "新华社", "mirror").words == "新华社（转载，所见之处没有网址）"
    assert Cited("a", "某论坛", "unofficial", "bbs.example").words == "某论坛（非正式）"


def test_a_mark_is_not_said_twice() -> None:
    own = Cited("a", "未载明（转载，引公安部）", "mirror", "copy.example")
    assert own.words == "未载明（引公安部；转载，见于 copy.example）"
    assert Cited("a", "吹风会（转载）", "mirror", "copy.example").words == "吹风会（转载，见于 copy.example）"


def test_several_sources_in_one_line() -> None:
    plain = [Cited(str(n), name, "press") for n, name in enumerate("甲乙丙丁戊己庚", 1)]
    assert attribution.together([COPY]) == COPY.words
    assert attribution.together([COPY, COPY, plain[0]]) == f"{COPY.words}、甲"
    rumour = Cited("r", "论坛", "unofficial", "bbs.example")
    assert attribution.together([COPY, plain[0], rumour, plain[1]]) == "甲、乙；转载：新华社；非正式：论坛"
    assert attribution.together(plain) == "甲、乙、丙、丁、戊、己等7家"
    assert attribution.together([COPY, *plain]) == "甲、乙、丙、丁、戊；转载：新华社；共8家"
    assert attribution.together([]) == ""
    assert attribution.together([*plain, COPY, rumour]) == "甲、乙、丙、丁；转载：新华社；非正式：论坛；共9家"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.sohu.com/a/1", "sohu.com"),
        ("http://m.360elib.com:2027/x", "m.360elib.com"),
        ("sohu.com/a", "sohu.com"),
        (None, ""),
        (pd.NA, ""),
        ("http://[bad", ""),
    ],
)
def test_where_a_copy_was_seen(url: object, host: str) -> None:
    assert attribution.host(url) == host


def test_a_copy_listed_at_the_publishers_own_address_says_where_it_was_read(real: Tables) -> None:
    """Else the page would say that the copy was seen at the original's address."""
    listed = real.lists["sources"]
    own = listed[(listed["grade"] == "mirror") & listed["link"].astype(bool)]
    assert list(own.loc[own["seen_at"].isna(), "source_id"]) == []
