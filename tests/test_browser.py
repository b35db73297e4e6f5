"""The built site in headless Chromium: wide and narrow, light and dark, with scripts and without."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import yaml
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
)

import nginx
import small
from browsers import Quiet
from site_fixtures import Site, site

__all__ = ["site"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SCHEMES = ("light", "dark")
# Pages the engine makes: areas with much, little and no figures, nothing found, one chart in a frame.
MADE = ["area-420100", "area-421200", "area-429005", "404", "embed/fraud-tongcheng-cases"]
ROWS = "rows-fraud"  # long: looked at once


def listed() -> list[str]:
    """The pages of ``_toc.yml``, known before anything is built, and the search page."""
    toc = yaml.safe_load((small.REPO / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(entry["file"] for entry in toc["chapters"]), "search"]


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """The built site on a free port of this machine."""
    handler = functools.partial(Quiet, directory=str(site.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session", autouse=True)  # asked for first: nothing is built where it is missing
def _browser_first(browser: Browser) -> None:
    pass


@dataclass
class Visit:
    """A browser's window and everything that went wrong in it."""

    page: Page
    address: str
    scripts: bool = True
    wrong: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left, or a file was saved
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.wrong.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")

    def go(self, place: str) -> Page:
        self.wrong.clear()
        self.page.goto(f"{self.address}/{place}", wait_until="load")
        return self.page


def _visit(browser: Browser, address: str, scripts: bool) -> Iterator[Visit]:
    context: BrowserContext = browser.new_context(
        viewport=WIDE, java_script_enabled=scripts, locale="zh-CN", reduced_motion="reduce"
    )
    visit = Visit(context.new_page(), address, scripts)
    visit.listen()
    yield visit
    context.close()


@pytest.fixture(scope="module")
def with_scripts(browser: Browser, address: str) -> Iterator[Visit]:
    yield from _visit(browser, address, scripts=True)


@pytest.fixture(scope="module")
def without_scripts(browser: Browser, address: str) -> Iterator[Visit]:
    yield from _visit(browser, address, scripts=False)


# What is seen, measured in the page by the browser's debugger: works without scripts too.
MEASURE = """() => {
  const shown = (node) => {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    return box.width > 0 && box.height > 0 && style.visibility === "visible" && style.display !== "none";
  };
  const rgb = (text) => {
    const found = text.match(/rgba?\\(([^)]+)\\)/);
    if (!found) return null;
    const parts = found[1].split(",").map(Number);
    return parts.length > 3 && parts[3] === 0 ? null : parts.slice(0, 3);
  };
  const light = (colour) => colour.map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const paper = rgb(getComputedStyle(document.body).backgroundColor);
  const colour = (node) => rgb(getComputedStyle(node).fill) || rgb(getComputedStyle(node).stroke);
  const root = document.documentElement;
  const charts = [...document.querySelectorAll(".chart")].map((chart) => {
    const svg = chart.querySelector("svg"), box = svg.getBoundingClientRect();
    const marks = [...svg.querySelectorAll("g.role-mark:not(.mark-text) > *")].filter((mark) => {
      const size = mark.getBoundingClientRect(), fill = colour(mark);
      return (size.width > 0 || size.height > 0) && fill && contrast(fill, paper) > 1.15
        && getComputedStyle(mark).visibility === "visible";
    });
    const texts = [...svg.querySelectorAll("text")].filter(shown);
    const cut = texts.filter((text) => {
      const place = text.getBoundingClientRect();
      return place.left < -0.5 || place.right > root.clientWidth + 0.5;
    });
    const faint = texts.filter((text) => {
      const ink = rgb(getComputedStyle(text).fill);
      return !ink || contrast(ink, paper) < 4.5;
    }).filter((text) => !rgb(getComputedStyle(text).stroke));
    const figure = chart.closest("figure");
    return {
      name: (figure && figure.id) || chart.getAttribute("aria-label").slice(0, 30),
      kind: [...chart.classList].filter((c) => c !== "chart").join(" "),
      seen: shown(svg), width: box.width, height: box.height, marks: marks.length, texts: texts.length,
      cut: cut.map((t) => t.textContent), faint: faint.map((t) => t.textContent),
    };
  });
  return {
    overflow: root.scrollWidth - root.clientWidth,
    paper, ink: contrast(rgb(getComputedStyle(document.body).color), paper),
    charts,
    hidden: [...document.querySelectorAll("main h1, main .lead, main .card-value, main .exhibit-tools a")]
      .filter((node) => !shown(node)).map((node) => node.textContent),
  };
}"""


def look(visit: Visit, name: str) -> None:
    """Open a page once and look at it wide and narrow, light and dark."""
    page = visit.go(f"{name}.html")
    papers = set()
    for size in (WIDE, NARROW):
        for scheme in SCHEMES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            place = f"{name}.html, {size['width']} px, {scheme}"
            seen = page.evaluate(MEASURE)
            papers.add(tuple(seen["paper"]))
            assert seen["overflow"] <= 0, f"{place}: wider than the window by {seen['overflow']}"
            assert seen["ink"] >= 4.5, place
            assert seen["hidden"] == [], place
            charts(seen["charts"], place, "wide" if size is WIDE else "narrow")
            save(visit, name, f"{size['width']}-{scheme}")
    assert len(papers) == 2, f"{name}: light and dark differ"
    page.wait_for_load_state("networkidle")
    assert visit.wrong == [], name


def save(visit: Visit, name: str, mode: str) -> None:
    """Keep the whole page as a picture in the folder that SCREENSHOTS names, where it names one."""
    if folder := os.environ.get("SCREENSHOTS"):
        file = f"{name.replace('/', '-')}-{mode}-{'js' if visit.scripts else 'nojs'}.png"
        # Of the rows the first window: the whole takes seconds. The folder is made where it is missing.
        visit.page.screenshot(path=Path(folder) / file, full_page=name != ROWS)


def charts(found: list[dict[str, Any]], place: str, wanted: str) -> None:
    """Of each exhibit's two drawings one is seen, and what is seen is drawn."""
    exhibits: dict[str, list[dict[str, Any]]] = {}
    for chart in found:
        exhibits.setdefault(chart["name"], []).append(chart)
    for name, drawings in exhibits.items():
        seen = [chart for chart in drawings if chart["seen"]]
        assert len(seen) == 1, f"{place}: {name}: {len(seen)} of {len(drawings)} drawings are seen"
        (chart,) = seen
        assert len(drawings) == 1 or chart["kind"] == wanted, f"{place}: {name}"
        assert chart["width"] > 200, f"{place}: {name}: {chart['width']}"
        assert chart["height"] > 20, f"{place}: {name}: {chart['height']}"
        assert chart["marks"] > 0, f"{place}: {name}: nothing is drawn"
        assert chart["texts"] > 0, f"{place}: {name}: nothing is named"
        assert chart["cut"] == [], f"{place}: {name}: cut off"
        assert chart["faint"] == [], f"{place}: {name}: too faint to read"


@pytest.mark.parametrize("name", [*listed(), *MADE, ROWS])
def test_every_page_with_scripts(with_scripts: Visit, name: str) -> None:
    look(with_scripts, name)


@pytest.mark.parametrize("name", [*listed(), *MADE])
def test_every_page_without_scripts(without_scripts: Visit, name: str) -> None:
    look(without_scripts, name)


def test_the_charts_are_there_at_all(with_scripts: Visit) -> None:
    counts = {}
    for name in ("index", "fraud", "trees", "trade_in"):
        with_scripts.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        seen = with_scripts.go(f"{name}.html").evaluate(MEASURE)
        counts[name] = sum(chart["seen"] for chart in seen["charts"])
    assert counts["index"] >= 4
    # Trade-in has a progress bar and five lines through time: what a buyer gets is told in tables.
    assert counts["trade_in"] >= 6, counts
    assert all(counts[name] >= 7 for name in ("fraud", "trees")), counts


# --- searching -----------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["古树名木", "电信网络诈骗", "以旧换新"])
def test_search_finds(with_scripts: Visit, query: str) -> None:
    page = with_scripts.go(f"search.html?q={quote(query)}")
    page.wait_for_selector("#search-results > li h2 a", timeout=20_000)
    first = page.locator("#search-results > li h2 a").first
    assert query in page.locator("#search-results").inner_text()
    assert "页。" in page.locator("#search-status").inner_text()
    first.click()
    page.wait_for_url(lambda address: not urlsplit(address).path.endswith("search.html"))
    assert query in page.locator("article").inner_text()
    assert with_scripts.wrong == []


def test_the_form_of_any_page_searches(with_scripts: Visit) -> None:
    page = with_scripts.go("about.html")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.fill("header input[name=q]", "通城县")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results > li", timeout=20_000)
    assert "通城县" in page.locator("#search-results").inner_text()


def test_search_says_when_there_is_nothing(with_scripts: Visit) -> None:
    page = with_scripts.go(f"search.html?q={quote('蒸汽机车')}")
    page.wait_for_selector("#search-status:has-text('没有找到')", timeout=20_000)
    assert with_scripts.wrong == []


def test_without_scripts_the_search_page_lists_the_pages(without_scripts: Visit) -> None:
    page = without_scripts.go("search.html")
    text = page.locator("main").inner_text()
    for title in ("古树名木", "电信网络诈骗", "以旧换新"):
        assert title in text
    assert "需要 JavaScript" in text


# --- the keyboard ----------------------------------------------------------------------------


def focused(page: Page) -> dict[str, str]:
    return page.evaluate(
        """() => {
          const node = document.activeElement, style = getComputedStyle(node);
          const box = node.getBoundingClientRect();
          return {tag: node.tagName, id: node.id, kind: node.className, text: node.textContent.trim(),
                  href: node.getAttribute("href") || "", seen: box.width > 0 && box.top >= 0,
                  ring: style.outlineStyle !== "none"};
        }"""
    )


def test_the_skip_link_comes_first_and_leads_to_the_text(with_scripts: Visit) -> None:
    page = with_scripts.go("fraud.html")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.keyboard.press("Tab")
    first = focused(page)
    assert (first["kind"], first["href"]) == ("skip", "#content")
    assert first["seen"]
    page.keyboard.press("Enter")
    assert focused(page)["id"] == "content"
    page.keyboard.press("Tab")
    inside = page.evaluate("() => document.activeElement.closest('article') !== null")
    assert inside, "the next stop is in the text"


def test_every_page_can_be_reached_by_tab(with_scripts: Visit) -> None:
    page = with_scripts.go("fraud.html")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        now = focused(page)
        if page.evaluate("() => document.activeElement.closest('main') !== null"):
            break
        assert now["seen"], now
        assert now["ring"], now
        reached.append(now["href"])
    assert {f"{name}.html" for name in listed() if name not in ("search", "fraud")} <= set(reached)


def test_the_menu_of_a_phone_opens_by_key(with_scripts: Visit) -> None:
    page = with_scripts.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    with_scripts.go("fraud.html")
    assert not page.locator("header nav").is_visible()
    for _ in range(3):
        page.keyboard.press("Tab")
        if focused(page)["kind"] == "menu-button":
            break
    assert focused(page)["kind"] == "menu-button"
    button = page.locator(".menu-button")
    assert button.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert page.locator("header nav").is_visible()
    page.keyboard.press("Tab")
    assert focused(page)["tag"] == "A"
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")


def test_the_menu_is_open_without_scripts(without_scripts: Visit) -> None:
    page = without_scripts.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    without_scripts.go("fraud.html")
    assert page.locator("header nav").is_visible()
    assert not page.locator(".menu-button").is_visible()


def test_a_theme_once_chosen_stays(with_scripts: Visit) -> None:
    page = with_scripts.page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    with_scripts.go("about.html")
    before = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-button").click()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
    with_scripts.go("trees.html")
    after = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.evaluate("() => localStorage.clear()")
    assert after != before


def test_a_folded_table_opens_by_key(without_scripts: Visit) -> None:
    page = without_scripts.page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    without_scripts.go("fraud.html")
    table = page.locator("#x-fraud-tongcheng-cases table")
    assert not table.is_visible()
    page.locator("#x-fraud-tongcheng-cases .exhibit-table summary").focus()
    page.keyboard.press("Enter")
    assert table.is_visible()
    assert "27" in table.inner_text()


def test_a_download_is_what_the_page_links(with_scripts: Visit, site: Site) -> None:
    page = with_scripts.go("fraud.html")
    with page.expect_download() as held:
        page.locator("#x-fraud-tongcheng-cases .exhibit-tools a[download][href$='.csv']").click()
    assert held.value.suggested_filename == "fraud-tongcheng-cases.csv"
    own = site.folder / "data" / "latest" / "fraud-tongcheng-cases.csv"
    assert Path(held.value.path()).read_bytes() == own.read_bytes()


def test_nothing_on_a_page_is_against_the_policy_of_the_web_server(
    browser: Browser, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if nginx.found() is None:
        assert os.environ.get("CI") != "true", "no nginx: apt-get install nginx"
        pytest.skip("no nginx: apt-get install nginx")
    work = tmp_path_factory.mktemp("nginx")
    with nginx.serving(site.folder, work, brotli=nginx.BROTLI.is_file()) as address:
        for visit in _visit(browser, address, scripts=True):
            for name in listed():
                visit.go(f"{name}.html")
                assert visit.wrong == [], name
            page = visit.go(f"search.html?q={quote('古树名木')}")
            page.locator("#search-results li").first.wait_for()
            assert visit.wrong == []
