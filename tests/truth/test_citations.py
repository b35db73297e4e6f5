"""Every citation is one after GB/T 7714-2015 and leads to a file of the fixed edition.

Also every line that embeds a chart. The grammar is written here anew, not taken from ``yuebao.cite``.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from browsers import served
from site_fixtures import Site, site
from yuebao import cite

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

# 主要责任者. 题名: 其他题名信息[文献类型/载体]. (更新日期)[引用日期]. 获取和访问路径
DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
REFERENCE = re.compile(
    r"(?P<author>湖北月报)\. "
    r"(?P<title>[^\[\]]+): (?P<edition>\d{4}年\d{1,2}月)期\[DS/OL\]\. "
    rf"(?:\((?P<released>{DAY})\))?"
    rf"\[(?P<on>{DAY}|引用日期)\]\. "
    r"(?P<at>https?://[^\s（）]+|（请写明您所见的网址，其后接 (?P<place>[^\s（）]+)）)"
)


@functools.cache
def ids(path: Path) -> frozenset[str]:
    found = re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8"))
    return frozenset(html.unescape(i) for i in found)


def pages(site: Site) -> Iterator[tuple[str, BeautifulSoup]]:
    """Every page of the newest edition, at the root, in frames and as it stays."""
    for name in site.names:
        yield name, site.page(name)
    for path in sorted((site.folder / "embed").glob("*.html")):
        yield f"embed/{path.stem}", BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def fault(site: Site, said: str) -> str:
    """What is wrong with a citation; empty where nothing is."""
    found = REFERENCE.fullmatch(said)
    if found is None:
        return "not after GB/T 7714"
    if found["place"] is None:
        return "" if site.project.address and found["at"].startswith(site.project.address) else "address"
    place, _, part = found["place"].partition("#")
    if not place.startswith((f"editions/{site.result.edition}/", f"data/{site.result.edition}/")):
        return "not of the fixed edition"
    if not (site.folder / place).is_file():
        return "no such file"
    return "" if not part or part in ids(site.folder / place) else "no such place on the page"


def test_every_citation_of_every_page_resolves(site: Site) -> None:
    count, wrong = 0, []
    for name, page in pages(site):
        for tag in page.select("cite"):
            count += 1
            said = tag.get_text()
            if what := fault(site, said):
                wrong.append(f"{name}: {what}: {said}")
    assert wrong[:20] == []
    assert count > 2000


def test_every_row_exhibit_and_chapter_has_its_own_citation(site: Site) -> None:
    for name, page in pages(site):
        for item in page.select("ol.rows > li, figure.exhibit[id^='x-']"):
            if name in ("index",) and not item.select_one(".exhibit-tools"):
                continue
            tag = item.select_one("cite")
            assert tag is not None, f"{name}: {item.get('id')}"
            assert f"#{item['id']}" in tag.get_text(), f"{name}: {item.get('id')}"
        for side in page.select(".side"):
            assert side.select_one("p.cite cite") is not None, name
            assert f"editions/{site.result.edition}/{name}.html" in side.get_text(), name


def test_every_line_to_embed_a_chart_is_of_the_fixed_edition(site: Site) -> None:
    lines = [code.get_text() for _, page in pages(site) for code in page.select(".embed pre code")]
    assert len(lines) > 30
    for line in lines:
        source = re.search(r'src="([^"]+)"', line)
        assert source is not None, line
        place = source[1][source[1].index("editions/") :] if "editions/" in source[1] else source[1]
        assert place.startswith(f"editions/{site.result.edition}/embed/"), line
        assert (site.folder / place).is_file(), line


def test_nowhere_stands_a_stand_in_for_an_address(site: Site) -> None:
    for name, page in pages(site):
        assert "://本站网址" not in page.get_text(), name


def test_a_day_that_is_not_known_is_not_said(site: Site) -> None:
    for name, page in pages(site):
        for tag in page.select("cite"):
            found = REFERENCE.fullmatch(tag.get_text())
            assert found is None or found["released"] is None, f"{name}: {tag.get_text()}"
        for code in page.select("details.cite pre code"):
            assert "  year = " not in code.get_text(), name


def test_files_cite_themselves(site: Site) -> None:
    latest = site.folder / "data" / "latest"
    said = []
    for path in sorted(latest.glob("*.xlsx")):
        cells = (cell.value for row in openpyxl.load_workbook(path)["封面"].iter_rows() for cell in row)
        said += [str(cell) for cell in cells if str(cell).startswith("引用：")]
    said += [line for line in (latest / "README.txt").read_text("utf-8").splitlines() if "[DS" in line]
    assert len(said) == len(list(latest.glob("*.xlsx"))) + 1
    assert [f"{fault(site, line.removeprefix('引用：'))}: {line}" for line in said] == [
        f": {line}" for line in said
    ]


# --- with an address, and with a date ------------------------------------------------------------


def test_the_form_with_all_its_parts() -> None:
    at = cite.where("editions/2026-11/fraud.html", "https://yuebao.example/")
    said = cite.gbt7714("电信网络诈骗", "2026-11", at, "2026-12-10", "2027-01-02")
    assert said == (
        "湖北月报. 电信网络诈骗: 2026年11月期[DS/OL]. (2026-12-10)[2027-01-02]. "
        "https://yuebao.example/editions/2026-11/fraud.html"
    )
    assert REFERENCE.fullmatch(said)
    entry = cite.bibtex("电信网络诈骗", "2026-11", "fraud", at, "2026-12-10")
    assert "year = {2026}" in entry
    assert "month = dec" in entry
    assert f"url = {{{at}}}" in entry


def test_an_address_of_the_site_is_put_in_when_a_page_is_bound() -> None:
    body = cite.folded("一 &amp; 二", "x-a") + cite.embed_slot("图 &amp; 表", "fraud-a", 300)
    body += '<span class="to-fill">接上</span>'
    filled = cite.fill(body, cite.Bound("fraud", "2026-11", "https://yuebao.example/hb", "2026-12-10"))
    soup = BeautifulSoup(filled, "html.parser")
    said = soup.select_one("cite")
    assert said is not None
    assert REFERENCE.fullmatch(said.get_text())
    assert "一 & 二" in said.get_text()
    assert said.get_text().endswith("https://yuebao.example/hb/editions/2026-11/fraud.html#x-a")
    code = soup.select_one("code")
    assert code is not None
    frame = BeautifulSoup(code.get_text(), "html.parser").iframe
    assert frame is not None
    assert frame["src"] == "https://yuebao.example/hb/editions/2026-11/embed/fraud-a.html"
    assert frame["title"] == "图 & 表"
    assert "接上" not in filled


@pytest.mark.browser
@pytest.mark.parametrize("folder", ["", "editions/{edition}/"])
def test_the_readers_browser_fills_in_day_and_address(site: Site, browser: Browser, folder: str) -> None:
    below = folder.format(edition=site.result.edition)
    with served(site.folder) as address:
        page = browser.new_page()
        for name in ("fraud", "rows-context", "embed/fraud-cases-solved"):
            page.goto(f"{address}/{below}{name}.html")
            for said in page.locator("cite").all_text_contents()[:50]:
                found = REFERENCE.fullmatch(said)
                assert found is not None, said
                assert found["on"] != "引用日期", said
                assert found["at"].startswith(f"{address}/editions/{site.result.edition}/{name}.html"[:40]), (
                    said
                )
                place = found["at"].removeprefix(f"{address}/").partition("#")[0]
                assert (site.folder / place).is_file(), said
        page.close()
