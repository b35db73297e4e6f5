"""A chart comes alive when it is reached for, under the site's own policy, and nothing moves."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

import small
from browsers import served
from site_fixtures import Site, site
from test_charts import LANES, PANELS
from yuebao import charts, cite, exhibits, interactive
from yuebao.exhibits import Exhibit

__all__ = ["site"]

STATIC = small.REPO / "book" / "_static"
MONTHS = pd.DataFrame(
    {
        "label": ["23-03", "23-05", "24-05"],
        "value": [42.0, 54.0, 27.0],
        "text": ["42起", "54起", "27起"],
        "spoken": [False, False, True],
        "tip": [
            f"通城县 {m}\n立案数：{n}起\n来源：公安局"
            for m, n in (("三月", 42), ("五月", 54), ("去年五月", 27))
        ],
    }
)
YEARS = pd.DataFrame(
    {
        "date": pd.to_datetime(["2000-03-01", "2000-08-01", "2000-06-01", "2000-09-01"]),
        "value": [1e6, 4e6, 2e6, 9e6],
        "text": ["100万份", "2024年 400万份", "200万份", "2025年 900万份"],
        "series": ["2024", "2024", "2025", "2025"],
        "spoken": [False, False, True, True],
    }
)
CHANGES = pd.DataFrame({"label": ["甲", "乙"], "value": [5.5, -9.0], "text": ["+5.5%", "-9%"]})
DRAWN = {
    "months": charts.columns(MONTHS),
    "years": charts.dated(YEARS),
    "changes": charts.changes(CHANGES),
    "lanes": charts.steps(LANES, "2024-01-01", "2025-01-01"),
    "panels": charts.small_multiples(PANELS),
}


def exhibit(name: str, **given: Any) -> Exhibit:
    made = {
        "title": f"题目 {name} <1>",
        "caption": "说明",
        "alt": "替代文字",
        "data": pd.DataFrame({"a": [1]}),
        "table": pd.DataFrame({"数": ['<data value="1">1</data>']}),
        "sources": [("s_police", "省公安厅"), ("s_two", "省公安厅")],
        "drawing": DRAWN.get(name),
    }
    return Exhibit(name=name, **{**made, **given})


PIECES = {name: exhibits.exhibit_piece("x", exhibit(name)) for name in DRAWN}
ATTACHED: list[dict[str, Any]] = [piece.attachment for piece in PIECES.values() if piece.attachment]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one page with each kind of chart, and what ``interactive`` writes for it."""
    html = tmp_path_factory.mktemp("interactive")
    (html / "_static").mkdir()
    for name in ("yuebao.css", "yuebao.js", "yuebao-chart.js", "favicon.svg"):
        (html / "_static" / name).write_bytes((STATIC / name).read_bytes())
    figures = "".join(piece.markdown.partition("\n\n")[2] for piece in PIECES.values())
    figures = cite.fill(figures, cite.Bound("page", "2026-06"))
    (html / "page.html").write_text(
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>t</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="icon" href="_static/favicon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="_static/yuebao.css?v=1"><script src="_static/yuebao.js?v=1"></script>'
        '<script type="module" src="_static/yuebao-chart.js?v=1"></script></head>'
        f"<body>{figures}</body></html>",
        encoding="utf-8",
    )
    interactive.write(ATTACHED, html, "2026-06")
    return html


# --- what is written ---------------------------------------------------------------------


def test_the_attachment_carries_what_others_need() -> None:
    held = json.loads(json.dumps(ATTACHED[0]))
    assert (held["name"], held["file"]) == ("x-months", "x-months.csv")
    assert (held["caption"], held["alt"]) == ("说明", "替代文字")
    assert held["sources"] == [["s_police", "省公安厅", "", ""], ["s_two", "省公安厅", "", ""]]
    assert held["charts"] == {"wide": DRAWN["months"].wide, "narrow": DRAWN["months"].narrow}
    plain = exhibits.exhibit_piece("x", exhibit("none")).attachment
    assert plain is not None
    assert "charts" not in plain


def test_every_chart_has_its_files(folder: Path) -> None:
    for name in DRAWN:
        for size in interactive.SIZES:
            path = folder / "charts" / f"x-{name}.{size}.json"
            held = json.loads(path.read_text(encoding="utf-8"))
            assert (folder / "_static" / held["runtime"]).is_file()
            assert held["spec"]["autosize"] == "none"
            assert "mark" not in held["spec"], "Vega, not Vega-Lite"
        assert (folder / "embed" / f"x-{name}.html").is_file()


def test_what_is_loaded_is_small(folder: Path) -> None:
    def packed(path: Path) -> int:
        return len(gzip.compress(path.read_bytes()))

    assert packed(STATIC / "yuebao-chart.js") <= 3 * 1024
    (program,) = (folder / "_static").glob("vega-*.js")
    assert packed(program) <= 170 * 1024
    assert max(packed(path) for path in (folder / "charts").iterdir()) <= 4 * 1024


def test_the_runtime_is_whole_and_always_the_same(folder: Path) -> None:
    (program,) = (folder / "_static").glob("vega-*.js")
    text = program.read_text(encoding="utf-8")
    assert text == interactive.runtime()
    assert not re.search(r"\bimport\s*[({*\"']", text), "it loads nothing more"


def test_nothing_is_written_for_charts_that_stand_on_no_page(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>没有图</p>", encoding="utf-8")
    assert interactive.write(ATTACHED, tmp_path, "2026-06") == []
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_an_embed_page_is_one_chart_with_its_words(folder: Path) -> None:
    text = (folder / "embed" / "x-months.html").read_text(encoding="utf-8")
    assert "<h1>题目 months &lt;1&gt;</h1>" in text
    assert text.count("来源：省公安厅<") == 1
    assert '<meta name="robots" content="noindex">' in text
    assert 'href="../page.html#x-x-months"' in text
    assert 'href="../_static/yuebao.css?v=1"' in text
    assert "2026年6月期" in text
    assert "style=" not in text


def test_a_simulated_chart_says_so_in_a_frame_too(tmp_path: Path) -> None:
    bar = '<p class="demo-bar" role="note"><strong>模拟数据</strong></p>'
    figure = PIECES["months"].markdown.partition("\n\n")[2]
    (tmp_path / "page.html").write_text(f"<body>{bar}{figure}</body>", encoding="utf-8")
    interactive.write(ATTACHED[:1], tmp_path, "2026-06")
    assert bar in (tmp_path / "embed" / "x-months.html").read_text(encoding="utf-8")


def test_the_line_to_embed_is_of_the_fixed_page() -> None:
    body = PIECES["months"].markdown
    without = cite.fill(body, cite.Bound("fraud", "2026-06"))
    assert '<span class="cited-at" data-at="2026-06/embed/x-months.html">editions/2026-06/embed' in without
    assert "接上您所见的本站网址" in without
    assert "data-embed" not in without
    filled = cite.fill(body, cite.Bound("fraud", "2026-06", "https://yuebao.example/hb"))
    assert "接上您所见的本站网址" not in filled
    assert "https://yuebao.example/hb/editions/2026-06/embed/x-months.html" in filled


# --- in a browser ----------------------------------------------------------------------------


@dataclass
class Window:
    """A page and everything the browser complained of."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def listen(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def go(self, place: str = "page.html", width: int = 1280) -> Page:
        self.wrong.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="light")
        self.page.goto(f"{self.address}/{place}", wait_until="load")
        self.page.mouse.move(0, 0)
        return self.page


@pytest.fixture(scope="module")
def window(folder: Path, browser: Browser) -> Iterator[Window]:
    with served(folder) as address:
        context = browser.new_context(locale="zh-CN", permissions=["clipboard-read", "clipboard-write"])
        made = Window(context.new_page(), address)
        made.listen()
        yield made
        context.close()


in_browser = pytest.mark.browser
BOX = "#x-x-{}>.chart:visible"
PLACES = """box => ({
  box: Object.values(box.getBoundingClientRect().toJSON()),
  svg: Object.values(box.querySelector("svg").getBoundingClientRect().toJSON()),
  page: document.documentElement.scrollHeight,
  words: [...box.querySelectorAll("text")].filter(t => t.textContent).map(t => {
    const place = t.getBoundingClientRect(); return [t.textContent, place.x, place.y];
  }).sort(),
})"""


def alive(page: Page, name: str) -> Any:
    """Reach for a chart, and wait until it is live."""
    box = page.locator(BOX.format(name))
    box.scroll_into_view_if_needed()
    box.hover(position={"x": 2, "y": 2})
    page.wait_for_function("box => box.classList.contains('live')", arg=box.element_handle())
    return box


@in_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_a_chart_comes_alive(window: Window, width: int) -> None:
    page = window.go(width=width)
    page.evaluate(
        """window.shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries().map(e => e.value)))
          .observe({type: "layout-shift", buffered: false})"""
    )
    for name in DRAWN:
        box = page.locator(BOX.format(name))
        box.scroll_into_view_if_needed()
        before = box.evaluate(PLACES)
        alive(page, name)
        after = box.evaluate(PLACES)
        assert before["box"] == after["box"], name
        assert before["svg"] == after["svg"], name
        assert before["page"] == after["page"], name
        assert [w[0] for w in before["words"]] == [w[0] for w in after["words"]], name
        for old, new in zip(before["words"], after["words"], strict=True):
            assert old[1:] == pytest.approx(new[1:], abs=1.5), (name, old, new)
    page.wait_for_timeout(100)
    assert sum(page.evaluate("shifts")) <= 0.01
    assert window.wrong == []


@in_browser
def test_a_mark_says_its_figures_when_it_is_pointed_at(window: Window) -> None:
    page = window.go()
    box = alive(page, "months")
    box.locator("g.mark-rect.role-mark path").nth(1).hover()
    tip = page.locator(".chart-tip")
    assert tip.locator("span").all_text_contents() == ["通城县 五月", "立案数：54起", "来源：公安局"]
    faint = box.locator("text.faint").all_text_contents()
    assert faint == ["42起", "27起"]
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    assert box.locator(".faint").count() == 0
    page.mouse.move(0, 0)
    assert window.wrong == []


@in_browser
def test_where_there_are_two_series_the_other_steps_back(window: Window) -> None:
    page = window.go()
    box = alive(page, "years")
    box.locator("g.mark-symbol path").last.hover()
    assert page.locator(".chart-tip span").last.text_content() == "2025年 900万份"
    lines = box.locator("g.mark-line path")
    assert lines.evaluate_all("all => all.map(p => [p.__data__.datum.series, p.matches('.faint')])") == [
        ["2024", True],
        ["2025", False],
    ]


@in_browser
def test_the_keyboard_goes_from_mark_to_mark(window: Window) -> None:
    page = window.go(width=390)
    box = page.locator(BOX.format("changes"))
    page.keyboard.press("Tab")  # so that the browser knows a keyboard is used
    box.focus()
    tip = page.locator(".chart-tip")
    tip.wait_for()
    assert "←" in (tip.text_content() or "")
    said = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Home", "End", "ArrowLeft"):
        page.keyboard.press(key)
        said.append(tip.locator("span").first.text_content())
    assert said == ["甲", "乙", "乙", "甲", "乙", "甲"]
    assert tip.get_attribute("role") == "status"
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    assert box.evaluate("box => box === document.activeElement")
    assert window.wrong == []


@in_browser
def test_a_mark_pressed_stays_in_front_until_it_is_pressed_again(window: Window) -> None:
    page = window.go()
    box, tip = alive(page, "months"), page.locator(".chart-tip")
    bars, faint = box.locator("g.mark-rect.role-mark path"), box.locator("text.faint")
    note = tip.locator("span", has_text="只看")
    bars.nth(1).click()
    assert note.all_text_contents() == ["只看 通城县 五月；再按一次恢复"]
    bars.nth(0).hover()
    assert tip.locator("span").first.text_content() == "通城县 三月", "the others still tell"
    assert note.count() == 0
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden")
    assert faint.all_text_contents() == ["42起", "27起"]
    bars.nth(1).click()
    assert (note.count(), faint.count()) == (0, 2), "as pointed at"
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden")
    assert faint.count() == 0

    box = alive(page, "years")
    page.keyboard.press("Tab")
    box.focus()
    for key in ("Home", "Enter"):
        page.keyboard.press(key)
    assert note.text_content() == "只看 2024；再按一次恢复"
    assert tip.get_attribute("role") == "status"
    page.keyboard.press("End")
    assert note.count() == 0
    assert box.locator("text.faint").all_text_contents() == ["2025年 900万份"] * 2
    page.keyboard.press("Escape")
    assert box.locator(".faint").count() == 0
    assert window.wrong == []


@in_browser
def test_a_finger_tells_first_and_pins_second(window: Window, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    try:
        page = context.new_page()
        page.goto(f"{window.address}/page.html")
        box = page.locator(BOX.format("months"))
        box.tap(position={"x": 2, "y": 2})
        page.wait_for_function("box => box.classList.contains('live')", arg=box.element_handle())
        bar, note = box.locator("g.mark-rect.role-mark path").nth(1), page.locator(".chart-tip span")
        told = []
        for _ in range(3):
            bar.tap()
            told.append("只看" in (note.last.text_content() or ""))
        assert told == [False, True, False]
    finally:
        context.close()


@in_browser
def test_without_its_files_the_picture_stays_and_a_second_reach_succeeds(window: Window) -> None:
    page = window.go()
    box = page.locator(BOX.format("months"))
    before = box.inner_html()
    page.context.set_offline(True)
    box.hover(position={"x": 2, "y": 2})
    page.wait_for_timeout(200)
    page.context.set_offline(False)
    assert box.inner_html() == before
    assert not [line for line in window.wrong if "ERR_INTERNET_DISCONNECTED" not in line]
    page.mouse.move(0, 0)
    alive(page, "months")


@in_browser
def test_a_live_chart_follows_light_and_dark(window: Window) -> None:
    page = window.go()
    box = alive(page, "months")
    fill = (
        "() => getComputedStyle(document.querySelector('.live g.mark-rect.role-mark path:last-child')).fill"
    )
    seen = [page.evaluate(fill)]
    page.emulate_media(color_scheme="dark")
    seen.append(page.evaluate(fill))
    assert seen == ["rgb(20, 125, 120)", "rgb(85, 196, 187)"]
    face = box.locator("text").first.evaluate("t => getComputedStyle(t).fontFamily")
    assert face == page.evaluate("getComputedStyle(document.body).fontFamily")


@in_browser
def test_the_embed_page_works_in_a_frame_of_any_width(window: Window) -> None:
    for width in (320, 700):
        page = window.go("embed/x-months.html", width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = alive(page, "months")
        box.locator("g.mark-rect.role-mark path").first.hover()
        assert page.locator(".chart-tip").is_visible()
        assert window.wrong == []


@in_browser
def test_the_line_to_embed_has_the_sites_address_and_is_copied(window: Window) -> None:
    page = window.go()
    line = page.locator("#x-x-months .embed")
    line.locator("summary").click()
    line.locator(".copy").click()
    page.wait_for_function("document.querySelector('.copy').textContent === '已复制'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == line.locator("code").text_content()
    assert f'src="{window.address}/editions/2026-06/embed/x-months.html"' in copied
    assert "题目 months" in copied
    assert "本站网址" not in (line.text_content() or "")
    said = page.locator("#x-x-months .cite cite").text_content() or ""
    assert "引用日期" not in said
    assert said.endswith(f" {window.address}/editions/2026-06/page.html#x-x-months")


# --- the real book ----------------------------------------------------------------------------


def test_every_chart_of_the_book_can_come_alive(site: Site) -> None:
    found = 0
    for name in site.listed:
        for box in site.page(name).select('figure.exhibit[id^="x-"] > .chart'):
            figure = str((box.parent or {})["id"]).removeprefix("x-")
            (size,) = set(interactive.SIZES) & set(box["class"])
            assert (site.folder / "charts" / f"{figure}.{size}.json").is_file(), figure
            assert (site.folder / "embed" / f"{figure}.html").is_file(), figure
            found += 1
        assert not re.search(r"_static/vega-", str(site.page(name))), "asked for on demand only"
    assert found > 40
