"""Searching: every query finds the page it was taken from, names by pinyin, filters and their addresses."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

import small
from site_fixtures import Site, site
from yuebao import names
from yuebao.tables import Tables

__all__ = ["site"]

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
OLD = "2024-05"
NAMED = {"古树名木": "trees", "电信网络诈骗": "fraud", "古树": "trees", "古树名木普查": "methods"}


# --- names and pinyin, without a site ------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "initials", "whole"),
    [
        ("电信网络诈骗", "dxwlzp", "dianxinwangluozhapian"),
        ("武汉市", "whs", "wuhanshi"),
        ("十堰市", "sys", "shiyanshi"),
        ("郧阳区", "yyq", "yunyangqu"),
        ("黄陂区", "hpq", "huangpiqu"),
        ("监利市", "jls", "jianlishi"),
        ("蕲春县", "qcx", "qichunxian"),
        ("重点保护", "zdbh", "zhongdianbaohu"),
        ("重庆", "cq", "chongqing"),
        ("朴树", "ps", "poshu"),
        ("绿松石", "lss", "lvsongshi"),
        ("App预警", "ayj", "appyujing"),
        ("490年树龄", "490nsl", "490nianshuling"),
        ("“断卡”行动", "dkxd", "duankaxingdong"),
    ],
)
def test_pinyin(name: str, initials: str, whole: str) -> None:
    assert names.pinyin(name) == (initials, whole)


def test_every_area_reads_as_it_is_written_in_english() -> None:
    areas = pd.read_csv(small.REPO / "data" / "areas.csv", dtype=str)
    wrong = []
    for _, area in areas[areas["level"] != "nation"].iterrows():
        english = re.sub("[^a-z]", "", area["name_en"].lower().split(" ")[0])
        if not names.pinyin(area["name_zh"])[1].startswith(english):
            wrong.append((area["name_zh"], area["name_en"], names.pinyin(area["name_zh"])[1]))
    assert wrong == []


def _page(folder: Path, name: str, title: str, body: str = "") -> None:
    text = f"<article data-pagefind-body><h1>{title}</h1>{body}</article>"
    (folder / f"{name}.html").write_text(text, encoding="utf-8")


def _held() -> Tables:
    lists = {name: pd.DataFrame(small.CODES[name]) for name in ("areas", "measures")}
    return Tables(small.FIRST, {}, lists, {})


def _item(name: str, columns: list[str], *rows: list[str]) -> dict[str, Any]:
    return {"file": f"{name}.csv", "title": f"题{name}", "columns": columns, "rows": list(rows)}


def test_a_name_leads_to_the_exhibit_most_about_it_or_to_the_dictionary(tmp_path: Path) -> None:
    for name in ("fraud-all", "fraud-loss"):
        _page(tmp_path, name, name, f'<figure class="exhibit" id="x-{name}"></figure>')
    _page(tmp_path, "dictionary", "数据字典")
    _page(tmp_path, "area-420100", "武汉市")
    columns = ["area_code", "measure"]
    items = [
        _item("fraud-all", columns, ["420102", "loss"], ["420100", "cases_filed"]),
        _item("fraud-loss", columns, ["420102", "loss"]),
        _item("fraud-gone", columns, ["420103", "applications"]),  # on no page
    ]
    found = {(n.kind, n.name): n.place for n in names.collect(_held(), items, tmp_path)}
    assert found["指标", "损失"] == "fraud-loss.html#x-fraud-loss"
    assert found["指标", "立案"] == "fraud-all.html#x-fraud-all"
    assert found["指标", "申请"] == "dictionary.html#m-applications"
    assert found["地区", "武汉市"] == "area-420100.html"
    assert found["地区", "江岸区"] == "fraud-loss.html#x-fraud-loss"
    assert ("地区", "江汉区") not in found
    assert ("页", "武汉市") not in found


def test_the_same_names_give_the_same_bytes(tmp_path: Path) -> None:
    _page(tmp_path, "dictionary", "数据字典")
    names.write(_held(), [], tmp_path)
    once = (tmp_path / names.FILE).read_bytes()
    names.write(_held(), [], tmp_path)
    assert (tmp_path / names.FILE).read_bytes() == once
    assert ["数据字典", "sjzd", "shujuzidian", "页", "dictionary.html", ""] in json.loads(once)


# --- the real book's names -----------------------------------------------------------------


def test_the_index_of_names_is_small_and_leads_somewhere(site: Site) -> None:
    path = site.folder / names.FILE
    assert len(gzip.compress(path.read_bytes(), 9)) < 25 * 1024
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert {row[3] for row in rows} == set(names.KINDS)
    for name, *_, at, _where in rows:
        file, _, place = at.partition("#")
        assert not place or site.page(Path(file).stem).find(id=place), (name, at)


# --- in the browser ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site under its security policy, with an earlier edition under editions/."""
    web = tmp_path_factory.mktemp("searched") / "web"
    shutil.copytree(site.folder, web, ignore=shutil.ignore_patterns("data"))
    shutil.copytree(web, web.parent / "old")
    shutil.move(web.parent / "old", web / "editions" / OLD)
    search = web / "search.html"
    page = BeautifulSoup(search.read_text(encoding="utf-8"), "html.parser")
    if page.select_one("#search-edition") is None:  # no earlier edition has come out: as if one had
        picker = f'<select id="search-edition" name="edition"><option value="">本期</option><option value="{OLD}" data-place="editions/{OLD}/">{OLD}</option></select>'  # noqa: E501
        page.select_one("#search-form").append(BeautifulSoup(picker, "html.parser"))  # type: ignore[union-attr]
        search.write_text(str(page), encoding="utf-8")

    class Guarded(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Guarded, directory=str(web))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(browser: Browser, root: str) -> Iterator[Page]:
    """One page for every query; whatever its console complains of fails the test that asks."""
    one = browser.new_page(base_url=root)
    one.on("console", lambda m: COMPLAINTS.append(m.text) if m.type == "error" else None)
    yield one
    one.close()


COMPLAINTS: list[str] = []
DONE = "() => !/^(|正在查找…)$/.test(document.getElementById('search-status').textContent)"


def ask(page: Page, query: str, more: str = "") -> list[str]:
    """The pages found, in order."""
    COMPLAINTS.clear()
    page.goto(f"/search.html?q={quote(query)}{more}")
    page.wait_for_function(DONE)
    assert COMPLAINTS == []
    return pages_of(page, "#search-results > li > h2 a")


def pages_of(page: Page, selector: str) -> list[str]:
    links = page.eval_on_selector_all(selector, "all => all.map(a => a.href)")
    return [Path(urlsplit(link).path).stem for link in links]


def taken(site: Site) -> list[tuple[str, str]]:
    """Queries as they stand on the pages, each with its page: headings, cells, numbers."""
    found = []
    titles = {h.find(string=True).strip() for n in site.names if (h := site.page(n).h1)}  # type: ignore[union-attr]
    for name in ("fraud", "trees", "trade_in", "context", "quality", "methods"):
        article = site.page(name).select_one("article")
        assert article is not None
        hidden = {id(t) for f in article.select(".exhibit-table") for t in f.find_all(True)}
        headings = [h.find(string=True).strip() for h in article.select("h2, h3")]  # type: ignore[union-attr]
        cells = [c.get_text().strip() for c in article.select("td") if id(c) not in hidden]
        numbers = [c.get_text().strip() for c in article.select("data") if id(c) not in hidden]
        headings = [h for h in headings if re.fullmatch(r"[\u4e00-\u9fff]{4,12}", h)]
        headings = [h for h in headings if h not in titles]  # a page's own name leads to that page
        cells = [c for c in cells if re.fullmatch(r"[\u4e00-\u9fff]{3,10}", c) and c not in titles]
        numbers = [n for n in numbers if re.fullmatch(r"\d+\.\d+|\d{1,3}(,\d{3})+", n)]
        for kind in (headings, cells, numbers):
            once = list(dict.fromkeys(kind))
            found += [(text, name) for text in once[:: max(1, len(once) // 2)][:2]]
    return found


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_every_query_finds_its_page(site: Site, page: Page) -> None:
    queries = [*NAMED.items(), *taken(site), ("26.1万", "trade_in"), ("5.82%", "fraud"), ("通城县", "fraud")]
    assert len(queries) >= 24
    missed = {(q, name): got for q, name in queries if name not in (got := ask(page, q))[:6]}
    assert missed == {}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("dxwlzp", "电信网络诈骗"),
        ("whs", "武汉市"),
        ("wuhan", "武汉市"),
        ("zigui", "秭归县"),
        ("立案", "立案数"),
    ],
)
def test_names_are_reached_directly(page: Page, typed: str, name: str) -> None:
    ask(page, typed)
    direct = page.locator("#search-direct li a").all_inner_texts()
    assert name in direct
    assert len(direct) <= 8
    assert "直达" in page.inner_text("#search-status")
    if typed in ("dxwlzp", "whs"):  # wuhan itself stands in English on some pages
        assert "正文里没有这个词" in page.inner_text("#search-status")


@pytest.mark.browser
def test_a_chapter_narrows_the_list_and_stays_in_the_address(page: Page) -> None:
    everything = ask(page, "湖北")
    said = page.locator("#search-chapters label").all_inner_texts()
    counts = {m[1]: int(m[2]) for s in said if (m := re.fullmatch(r"\s*(\D+?)\s*(\d+)", s))}
    assert counts.pop("全部") == len(everything) == sum(counts.values())
    page.get_by_label("古树名木").check()
    page.wait_for_function("() => document.querySelectorAll('#search-results > li').length === 1")
    assert parse_qs(urlsplit(page.url).query) == {"q": ["湖北"], "chapter": ["古树名木"]}
    assert pages_of(page, "#search-results > li > h2 a") == ["trees"]
    assert ask(page, "湖北", f"&chapter={quote('古树名木')}") == ["trees"]
    assert page.get_by_label("古树名木").is_checked()
    assert ask(page, "湖北", "&chapter=nonsense") == everything


@pytest.mark.browser
def test_an_earlier_edition_is_searched_in_its_own_index(page: Page) -> None:
    found = ask(page, "古树名木", f"&edition={OLD}")
    assert "trees" in found
    links = page.eval_on_selector_all(
        "#search-results h2 a, #search-direct a", "all => all.map(a => a.pathname)"
    )
    assert links
    assert all(link.startswith(f"/editions/{OLD}/") for link in links)
    assert page.input_value("#search-edition") == OLD


@pytest.mark.browser
def test_who_finds_nothing_is_told_where_to_look(page: Page) -> None:
    assert ask(page, "古树名木蒸汽机") == []
    assert "没有找到" in page.inner_text("#search-status")
    page.wait_for_selector("#search-shorter a")
    assert page.inner_text("#search-shorter a") == "古树名木"
    assert page.locator("#search-none a[href='dictionary.html']").is_visible()
    page.click("#search-shorter a")
    page.wait_for_selector("#search-results > li")
