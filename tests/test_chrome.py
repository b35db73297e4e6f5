"""What is expected of a publication around each page: addresses that stay, dates, editions, corrections."""

from __future__ import annotations

import datetime as dt
import functools
import http.server
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

import small
from browsers import Quiet
from site_fixtures import Site, site
from small import figure, policy, progress, put
from yuebao import book, calendar, corrections, permanent, words
from yuebao.faults import YuebaoError
from yuebao.project import Project
from yuebao.publish import place_site
from yuebao.tables import Tables, assemble

__all__ = ["site"]
APRIL, MAY, JUNE = "2024-04", "2024-05", "2024-06"
NOW = dt.datetime(2026, 12, 10, 10, 0, tzinfo=calendar.beijing())


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


# --- a book of three pages, bound with our templates -------------------------------------------

PAGES = {
    "index": "# 月报\n\n```{toctree}\n:hidden:\n\nfraud\nquality\n```\n",
    "fraud": """# 诈骗

<p class="lead">去年 <b>立案</b>，
逾 3 起。</p>

[各地 CSV（全部）](#各地-csv全部) 与 [各地](#here)

## 各地

### 下降了三成

<figure class="exhibit" id="x-fraud-local"><table class="data"></table></figure>

## 各地 CSV（全部）

(here)=
## 各地
""",
    "quality": "# 质量\n\n头一段。\n",
}
BASE = "https://yuebao.example/hubei/"


def bind(folder: Path, pages: dict[str, str] = PAGES, **context: object) -> dict[str, BeautifulSoup]:
    """The pages as our templates and our extension make them."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    own = small.REPO / "book"
    sys.path.insert(0, str(own / "_ext"))
    try:
        settings = {
            "extensions": ["myst_parser", "yuebao_page"],
            "myst_heading_anchors": 3,
            "language": "zh_CN",
            "html_theme": "furo",
            "html_title": "月报",
            "templates_path": [str(own / "_templates")],
            "html_static_path": [str(own / "_static")],
            "html_js_files": sorted(path.name for path in (own / "_static").glob("yuebao*.js")),
            "html_additional_pages": {"search": "search.html", "404": "404.html"},
            "html_baseurl": BASE,
            "html_permalinks_icon": "#",
            "html_context": {
                "edition": MAY,
                "edition_zh": "2024年5月",
                "until": "2024年5月（诈骗）",
                **context,
            },
        }
        out = str(folder / "html")
        with docutils_namespace():  # what one book registers is no other's
            app = Sphinx(
                str(source), None, out, str(folder / "trees"), "html", settings, status=None,
                warningiserror=True, freshenv=True,
            )  # fmt: skip
            app.build()
    finally:
        sys.path.remove(str(own / "_ext"))
    return {path.stem: soup(path.read_text(encoding="utf-8")) for path in (folder / "html").glob("*.html")}


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    return bind(
        tmp_path_factory.mktemp("bound"),
        og_folder=f"{BASE}_static/og",
        jsonld={"fraud": '{"@type": "Dataset", "name": "</script>"}'},
        feeds=[{"title": "各期", "href": "feed.atom"}],
        released="补编，当月没有发布",
        next_release="2026年11月期，计划 2026年12月10日10:00（北京时间）发布",
        next_day="2026年12月10日",
        editions=[{"edition": APRIL, "name": "2024年4月期", "released": "2024年5月10日"}],
    )


def content(page: BeautifulSoup, name: str) -> str:
    tag = page.select_one(f'meta[property="{name}"], meta[name="{name}"]')
    return str(tag["content"]) if tag else ""


def test_headings_have_addresses_that_stay(bound: dict[str, BeautifulSoup]) -> None:
    sections = [str(tag["id"]) for tag in bound["fraud"].select("section[id]")]
    assert sections == ["诈骗", "各地", "fraud-local", "各地-CSV-全部", "各地-2"]
    for heading in bound["fraud"].select("h2, h3"):
        link = heading.select_one("a.headerlink")
        assert link is not None
        assert link["href"] == f"#{heading.find_parent('section')['id']}"  # type: ignore[index]
    ids = [str(tag["id"]) for tag in bound["fraud"].select("[id]")]
    assert len(ids) == len(set(ids))


def test_links_inside_a_page_follow_the_new_addresses(bound: dict[str, BeautifulSoup]) -> None:
    links = [str(a["href"]) for a in bound["fraud"].select("article p a[href^='#']")]
    ids = {str(tag["id"]) for tag in bound["fraud"].select("[id]")}
    assert len(links) == 2
    assert {link[1:] for link in links} <= ids
    assert links[1] == "#here", "a label in the text keeps its name"


def test_the_head_of_a_page(bound: dict[str, BeautifulSoup]) -> None:
    page = bound["fraud"]
    for name in ("fraud", "quality", "index"):
        canonical = bound[name].select_one('link[rel="canonical"]')
        assert canonical is not None
        assert canonical["href"] == content(bound[name], "og:url") == f"{BASE}{name}.html"
        assert content(bound[name], "og:image") == f"{BASE}_static/og/{name}.png"
        assert content(bound[name], "twitter:card") == "summary_large_image"
        assert content(bound[name], "og:title")
    assert content(page, "description") == content(page, "og:description") == "去年立案，逾3起。"
    assert content(bound["quality"], "description") == "头一段。"
    feed = page.select_one('link[type="application/atom+xml"]')
    assert feed is not None
    assert (feed["href"], feed["title"]) == ("feed.atom", "各期")
    (data,) = page.select('script[type="application/ld+json"]')
    assert json.loads(data.get_text()) == {"@type": "Dataset", "name": "</script>"}
    assert "<" not in data.get_text(), "no sign of HTML stands in a script"
    assert not bound["quality"].select('script[type="application/ld+json"]')


def test_scripts_go_where_they_are_needed(bound: dict[str, BeautifulSoup]) -> None:
    def scripts(name: str) -> set[str]:
        return {Path(str(s["src"]).split("?")[0]).stem for s in bound[name].select("script[src]")}

    assert scripts("fraud") == {"yuebao", "yuebao-tables"}
    assert scripts("quality") == {"yuebao"}
    assert scripts("search") == {"yuebao", "yuebao-search"}


def test_the_bar_is_in_two_lines(bound: dict[str, BeautifulSoup]) -> None:
    lines = [[a.get_text() for a in line.select("a")] for line in bound["quality"].select("header nav ul")]
    assert lines == [["首页", "诈骗"], ["质量"]]
    (here,) = bound["quality"].select("header nav [aria-current]")
    assert here.get_text() == "质量"


def test_a_page_says_its_dates_and_the_editions_that_came_out(bound: dict[str, BeautifulSoup]) -> None:
    for name in ("index", "fraud", "quality", "search"):
        imprint = bound[name].select_one("footer")
        assert imprint is not None
        said = imprint.get_text()
        assert "2024年5月期，补编，当月没有发布；全书最新的数字说到 2024年5月（诈骗）" in said
        assert "2026年11月期，计划 2026年12月10日10:00（北京时间）发布" in said
        switcher = bound[name].select_one("details.editions")
        assert switcher is not None
        links = [str(a["href"]) for a in switcher.select("a")]
        own = [f"editions/{MAY}/{name}.html"] if name != "search" else []
        assert links == [f"editions/{APRIL}/index.html", *own]


def test_where_nothing_was_found_links_start_at_the_servers_root(bound: dict[str, BeautifulSoup]) -> None:
    page = bound["404"]
    assert page.html is not None
    assert page.html["data-content_root"] == "/hubei/"
    places = [
        str(t.get("href") or t.get("src") or t.get("action")) for t in page.select("[href], [src], form")
    ]
    assert "/hubei/search.html" in places
    assert {"/hubei/fraud.html", "/hubei/quality.html", "/hubei/index.html"} <= set(places)
    for place in places:
        assert place.startswith(("/hubei/", "#", "https://")), place
    assert not page.select_one('meta[name="robots"]')  # the answer's own 404 keeps it out of search engines


def test_links_from_the_servers_root_are_checked(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><body></body></html>", encoding="utf-8")
    links = '<a href="/hubei/index.html">x</a><a href="/hubei/gone.html">x</a>'
    page = f'<html data-content_root="/hubei/"><body>{links}</body></html>'
    (tmp_path / "404.html").write_text(page, encoding="utf-8")
    assert book.faults(tmp_path) == ["404.html: 链接的文件不存在 /hubei/gone.html"]


# --- dates ------------------------------------------------------------------------------------


def listed(project: Project, *lines: str, edition: str = "latest") -> Tables:
    small.put_list(project, "editions", small.rows("edition released embargo_until note_zh note_en", *lines))
    return assemble(project, edition)


def test_only_editions_that_came_out_are_told(project: Project) -> None:
    none = calendar.dates(listed(project, "2024-04 | | | 创刊期 |"))
    assert none["editions"] == []
    assert (none["until"], none["released"]) == ("2024年5月（电信网络诈骗）", "补编，当月没有发布")
    assert none["next_release"] == "2026年11月期，计划 2026年12月10日10:00（北京时间）发布"
    held = listed(project, "2024-04 | 2024-05-10 | | |", "2024-05 | 2024-06-10 | | |")
    assert calendar.dates(held)["editions"] == [
        {"edition": APRIL, "name": "2024年4月期", "released": "2024年5月10日"}
    ], "the edition's own release is not known to it"


def test_an_edition_of_the_plan_says_its_day(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "FIRST_PLANNED", MAY)
    told = calendar.dates(listed(project, "2024-04 | | | |"))
    assert told["released"] == "计划 2024年6月10日10:00（北京时间）发布"
    assert told["next_release"] == "2024年6月期，计划 2024年7月10日10:00（北京时间）发布"
    assert told["next_day"] == "2024年7月10日"


# --- pages that stay ----------------------------------------------------------------------------

PAGE = """<!doctype html><html><head><link rel="canonical" href="https://y.example/fraud.html">
<meta property="og:url" content="https://y.example/fraud.html">
<meta property="og:image" content="https://y.example/_static/og/fraud.png">
<link rel="alternate" type="application/atom+xml" title="各期" href="feed.atom">
<link rel="stylesheet" href="_static/a.css"></head><body><main class="sheet">
<a href="data/latest/fraud.csv">x</a><a href="data/2024-04/fraud.csv">x</a>
<a href="editions/2024-04/index.html">x</a>
<a href="trees.html#x">x</a><a href="https://y.example/other.html">x</a></main></body></html>"""


def test_a_page_that_stays() -> None:
    kept = soup(permanent.page(PAGE, "fraud.html", MAY))
    assert kept.select_one("link")["href"] == "https://y.example/editions/2024-05/fraud.html"  # type: ignore[index]
    assert content(kept, "og:url") == "https://y.example/editions/2024-05/fraud.html"
    assert content(kept, "og:image") == "https://y.example/editions/2024-05/_static/og/fraud.png"
    feed = kept.select_one('link[rel="alternate"]')
    assert feed is not None
    assert feed["href"] == "../../feed.atom"
    note, *links = [str(a["href"]) for a in kept.select("a")]
    assert note == "../../index.html"
    assert links == [
        "../../data/2024-05/fraud.csv",
        "../../data/2024-04/fraud.csv",
        "../../editions/2024-04/index.html",
        "trees.html#x",
        "https://y.example/other.html",
    ]
    assert "2024年5月期的固定页面" in kept.get_text()
    assert 'href="_static/a.css"' in permanent.page(PAGE, "fraud.html", MAY)


def test_a_page_in_a_folder_stays_too() -> None:
    kept = permanent.page('<a href="../data/latest/a.csv"></a><main class="sheet">', "embed/a.html", MAY)
    assert 'href="../../../data/2024-05/a.csv"' in kept
    assert 'href="../../../index.html"' in kept


def edition_site(folder: Path, month: str, *earlier: str) -> Path:
    """A little finished site of an edition, its pages that stay included."""
    links = "".join(f'<a href="{permanent.address(m)}">{m}</a>' for m in earlier)
    page = f'<html><head></head><body><main class="sheet">{month}{links}<a href="data/latest/a.csv">x</a>'
    for name, text in {
        "index.html": page,
        "_static/a.css": month,
        "data/latest/a.csv": month,
        f"data/{month}/a.csv": month,
        "404.html": "x",
        "feed.atom": "x",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    permanent.keep(folder, month)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_pages_of_each_edition_stay_on_the_web_root(tmp_path: Path) -> None:
    www = tmp_path / "www"
    place_site(edition_site(tmp_path / "april", APRIL), www, APRIL, NOW)
    april = {n: b for n, b in files(www).items() if n.startswith("editions/")}
    assert set(april) == {f"editions/{APRIL}/index.html", f"editions/{APRIL}/_static/a.css"}
    place_site(edition_site(tmp_path / "may", MAY, APRIL), www, MAY, NOW)
    place_site(edition_site(tmp_path / "june", JUNE, MAY, APRIL), www, JUNE, NOW)
    out = files(www)
    assert {n: b for n, b in out.items() if n.startswith(f"editions/{APRIL}/")} == april
    assert MAY.encode() in out[f"editions/{MAY}/index.html"]
    assert JUNE.encode() in out["index.html"]
    assert out[f"editions/{APRIL}/_static/a.css"] == APRIL.encode(), "with the style it had"
    assert book.faults(www) == []
    kept = tmp_path / f"www.yuebao/releases/0001-{APRIL}/editions/{APRIL}/index.html"
    assert kept.stat().st_ino == (www / "editions" / APRIL / "index.html").stat().st_ino


def test_a_page_that_should_stay_and_was_altered_stops_the_next_edition(tmp_path: Path) -> None:
    www = tmp_path / "www"
    place_site(edition_site(tmp_path / "april", APRIL), www, APRIL, NOW)
    page = www / "editions" / APRIL / "index.html"
    page.chmod(0o644)
    page.write_text("altered")
    with pytest.raises(YuebaoError, match=rf"被改动过：\n  editions/{APRIL}/index\.html"):
        place_site(edition_site(tmp_path / "may", MAY), www, MAY, NOW)


def test_an_edition_that_is_not_there_is_not_linked_to(tmp_path: Path) -> None:
    with pytest.raises(YuebaoError, match=r"链接的文件不存在 editions/2024-04/index\.html"):
        place_site(edition_site(tmp_path / "may", MAY, APRIL), tmp_path / "www", MAY, NOW)
    assert book.faults(tmp_path / "may", [APRIL]) == [], "while it is built it may be"


# --- corrections --------------------------------------------------------------------------------


def table(project: Project) -> list[list[str]]:
    cells = soup(corrections.page(assemble(project))).select("tbody tr")
    return [[cell.get_text() for cell in row.select("td")] for row in cells]


def test_without_corrections_the_page_says_so(project: Project) -> None:
    held = assemble(project)
    assert corrections.rows(held).empty
    assert corrections.pieces(held) == []
    assert "截至本期，没有更正或撤回过已收入的数字。" in corrections.page(held)


def test_corrections_are_those_of_the_tables(project: Project) -> None:
    again = small.GOOD[MAY]["fraud"]
    put(project, MAY, "fraud", [*again, figure(value=103, note_zh="原通报有误")])
    put(project, JUNE, "fraud", [figure(value=103), figure(measure="loss", value="", obs_status="M")])
    put(project, JUNE, "trees_register", [small.tree(age_years=600, longitude=114.4)])
    put(project, JUNE, "trade_in_policy", [policy(value=15000)])
    held = assemble(project)
    rows = corrections.rows(held)
    told = rows[["edition", "kind", "dataset", "old", "new", "old_edition"]].astype("object")
    assert told.where(told.notna(), None).values.tolist() == [
        [JUNE, "withdrawn", "fraud", 26000, None, APRIL],
        [JUNE, "revised", "trade_in_policy", 10000, 15000, APRIL],
        [JUNE, "revised", "trees_register", "树龄（年） 500", "树龄（年） 600", APRIL],
        [MAY, "revised", "fraud", 100, 103, APRIL],
    ]
    revised = held.revisions("fraud")
    assert set(rows[rows["dataset"] == "fraud"]["new"].dropna()) <= set(revised["new"])
    shown = table(project)
    assert shown[0][:1] + shown[0][4:7] == ["2024年6月期", "损失", words.amount(26000, "元"), "撤回"]
    assert shown[3][5:8] == ["100起", "103起", "原通报有误"]
    assert shown[1][7] == "来源或报表未说明"
    (piece,) = corrections.pieces(held)
    assert piece.attachment is not None
    assert piece.attachment["file"] == "corrections-list.csv"
    assert len(piece.attachment["rows"]) == len(shown) == 4
    assert "114.4" not in corrections.page(held), "where a protected tree stands is not told closer"


def test_an_earlier_edition_does_not_know_later_corrections(project: Project) -> None:
    put(project, MAY, "fraud", [figure(value=103)])
    assert corrections.rows(assemble(project, APRIL)).empty
    assert len(corrections.rows(assemble(project, MAY))) == 1


def test_a_figure_corrected_twice_is_told_twice(project: Project) -> None:
    for month, value in ((MAY, 103), (JUNE, 100), ("2024-07", 103)):
        put(project, month, "fraud", [figure(value=value)])
    rows = corrections.rows(assemble(project))
    assert rows[["edition", "old", "new"]].values.tolist() == [
        ["2024-07", 100, 103],
        [JUNE, 103, 100],
        [MAY, 100, 103],
    ]


def test_a_withdrawal_sent_again_is_told_once(project: Project) -> None:
    gone = progress(value="", obs_status="M")
    for month in (MAY, JUNE):
        put(project, month, "trade_in", [gone])
    rows = corrections.rows(assemble(project))
    assert rows[["edition", "kind", "old"]].values.tolist() == [[MAY, "withdrawn", 100]]


# --- the whole site -----------------------------------------------------------------------------


def test_every_page_has_its_head_and_addresses_that_stay(site: Site) -> None:
    for name in site.names:
        page = site.page(name)
        for wanted in ("description", "og:title", "og:description", "og:type", "twitter:card"):
            assert content(page, wanted), f"{name}: {wanted}"
        ids = [str(tag["id"]) for tag in page.select("[id]")]
        assert len(ids) == len(set(ids)), name
        assert not [i for i in ids if re.fullmatch(r"id\d+", i)], name
    said = [content(site.page(name), "description") for name in site.names]
    assert len(set(said)) == len(said), "each page its own"


def test_every_page_stays_under_its_edition(site: Site) -> None:
    month = site.result.edition
    kept = {p.stem for p in (site.folder / "editions" / month).glob("*.html")}
    assert kept == set(site.names) - {"404"}
    for name in ("index", "fraud", "calendar", "corrections"):
        page = soup((site.folder / permanent.address(month, name)).read_text(encoding="utf-8"))
        assert page.select_one('.fixed-note a[href="../../index.html"]'), name
        bookmark = site.page(name).select_one('a[rel="bookmark"]')
        assert bookmark is not None
        assert bookmark["href"] == permanent.address(month, name)


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A window on the site, as its own host (where a page may write to the clipboard)."""
    handler = functools.partial(Quiet, directory=str(site.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{server.server_port}/",
            permissions=["clipboard-read", "clipboard-write"],
            locale="zh-CN",
        )
        yield context.new_page()
        context.close()
        server.shutdown()


SORTED = "table => [...table.tBodies[0].rows].map(row => row.cells[0].textContent)"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_table_sorts_by_key(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("calendar.html")
    table = page.locator("#x-calendar-editions table")
    printed = table.evaluate(SORTED)
    head = table.locator("th").first
    head.locator("button").focus()
    orders = {}
    for _ in range(3):
        page.keyboard.press("Enter")
        orders[head.get_attribute("aria-sort")] = table.evaluate(SORTED)
    assert printed[0] != printed[-1]
    assert orders == {"ascending": printed[::-1], "descending": printed, "none": printed}
    assert head.locator("button").bounding_box()["width"] > 20, "and it can be seen"  # type: ignore[index]


@pytest.mark.browser
def test_numbers_sort_by_their_value_and_empty_cells_last(page: Page) -> None:
    row = "<tr><td>{}</td></tr>"
    cells = [
        '<data value="90000">9万</data>',
        '<data value="800">800</data>',
        "—",
        '<data value="-3">-3</data>',
        "",
    ]
    rows = "".join(map(row.format, cells))
    html = f'<table class="data"><thead><tr><th>数</th></tr></thead><tbody>{rows}</tbody></table>'
    page.goto("about.html")
    page.evaluate("html => document.querySelector('article').innerHTML = html", html)
    page.evaluate("() => import(new URL('_static/yuebao-tables.js', location.href).href)")
    button = page.locator("th button")
    button.click()
    assert page.locator("table").evaluate(SORTED) == ["-3", "800", "9万", "—", ""]
    button.click()
    assert page.locator("table").evaluate(SORTED) == ["9万", "800", "-3", "—", ""]


@pytest.mark.browser
def test_the_mark_beside_a_heading_copies_its_address(page: Page) -> None:
    page.goto("methods.html")
    link = page.locator("article h2 a.headerlink").first
    place = str(link.get_attribute("href"))
    link.focus()
    page.keyboard.press("Enter")
    page.locator("[role=status]", has_text="已复制").wait_for(state="attached")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert unquote(copied).endswith(f"methods.html{place}")
    assert unquote(page.url) == unquote(copied), "and leads there"


@pytest.mark.browser
def test_the_page_for_what_is_not_found_works_anywhere(page: Page, site: Site) -> None:
    text = (site.folder / "404.html").read_text(encoding="utf-8")
    page.route(
        "**/no/such/page.html", lambda route: route.fulfill(status=404, body=text, content_type="text/html")
    )
    page.goto("no/such/page.html")
    assert page.evaluate("() => getComputedStyle(document.querySelector('h1')).borderBottomWidth") == "3px"
    page.locator("#search-q").fill("古树")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator("#search-results li").first.wait_for()
