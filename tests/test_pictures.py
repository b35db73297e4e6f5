"""Pictures to take away: complete, in our type, in plain colours, and none where a font is missing."""

from __future__ import annotations

import functools
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import jsonschema
import nbformat
import pandas as pd
import pytest

from site_fixtures import Site, site
from test_charts import DRAWINGS
from yuebao import charts, edition, fonts, gallery, pictures
from yuebao.exhibits import CARDS, Card, Exhibit, Piece, cards_html, exhibit_piece
from yuebao.pages import Job, Page, bindable
from yuebao.project import Project

__all__ = ["site"]
EDITION = "2026年6月"
LONG = "补贴翻倍后，报废更新申请快了一倍多；家电还差四分之三，全省登记的古树名木比上一次普查多（第二次普查）"
SVG = "{http://www.w3.org/2000/svg}"
drawable = pytest.mark.skipif(not fonts.available(), reason="no Chinese font on this machine")


def piece(kind: str) -> Piece:
    data = pd.DataFrame({"value": [1]})
    sources = [("s_police", "省公安厅"), ("s_paper", "日报"), ("s_police", "省公安厅")]
    caption = "湖北，万份，2024年；圈为公布之日"
    exhibit = Exhibit("a", LONG, caption, "先慢后快。", data, data, sources, DRAWINGS[kind]())
    return exhibit_piece("fraud", exhibit)


@functools.cache
def _attachment(kind: str) -> str:
    return json.dumps(piece(kind).attachment)


def item(kind: str = "dated", **more: str) -> dict[str, Any]:
    """An attachment as papermill gives it back."""
    return {**json.loads(_attachment(kind)), **more}


CARD = Card(
    label="止付金额",
    value='逾<data value="134000000">1.34</data>',
    unit="亿元",
    change='<span class="down" aria-hidden="true">▼</span> 同比下降<data value="-5.82">5.82</data>%',
    period="湖北省，2024年1—7月",
    source='<a href="sources.html#s_police">省公安厅 2024-08-01</a>',
    name="figure-fraud-funds_stopped",
)


def words_of(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return "".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    wide, tall = struct.unpack(">II", png[16:24])
    return wide, tall


def drawn(svg: str, scale: int = 1) -> bytes:
    import vl_convert

    return gallery.packed(vl_convert.svg_to_png(svg, scale=scale))


def page(name: str = "fraud", **more: Any) -> Page:
    return Page(name, nbformat.v4.new_notebook(), **more)


def bound(folder: Path, *names: str) -> Path:
    for name in names:
        folder.mkdir(parents=True, exist_ok=True)
        head = '<meta name="description" content="谁说的 &amp; 何时">'
        heading = '<h1>电信<em>网络</em>诈骗<a class="headerlink" href="#x">#</a></h1>'
        (folder / f"{name}.html").write_text(f"<html><head>{head}</head>{heading}</html>", encoding="utf-8")
    return folder


# --- what is on a picture -----------------------------------------------------------------


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_chart_stands_by_itself(kind: str) -> None:
    svg = pictures.chart(item(kind), EDITION)
    told = words_of(svg)
    assert LONG in told
    assert "湖北，万份，2024年；圈为公布之日" in told
    assert "来源：省公安厅、日报；湖北月报 2026年6月期" in told
    assert "var(" not in svg
    assert ElementTree.fromstring(svg).findtext(f"{SVG}desc") == "先慢后快。"


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_chart_lies_within_its_sheet(kind: str) -> None:
    held = item(kind)
    svg = pictures.chart(held, EDITION)
    root = ElementTree.fromstring(svg)
    inner = ElementTree.fromstring(held["svg"]["wide"])
    assert float(root.attrib["width"]) >= float(inner.attrib["width"]) + 2 * pictures.MARGIN
    (moved,) = re.findall(r'translate\(([\d.]+),([\d.]+)\) scale\(1\)" font-family', svg)
    assert float(moved[1]) + float(inner.attrib["height"]) < float(root.attrib["height"])
    assert all(float(t.attrib["y"]) < float(root.attrib["height"]) for t in root.findall(f"{SVG}text"))


def test_a_figure_tells_all_its_card_does() -> None:
    svg = pictures.figure(CARD.plain(), EDITION)
    told = words_of(svg)
    for part in (
        "湖北月报",
        "2026年6月期",
        "止付金额",
        "逾1.34亿元",
        "▼ 同比下降5.82%",
        "湖北省，2024年1—7月",
    ):
        assert part in told
    assert "来源：省公安厅 2024-08-01" in told
    assert f'fill="{pictures.MAIN}"' in svg


@pytest.mark.parametrize("value", ["27", "逾825,854", "123,456,789.12"])
def test_a_figure_fits_its_square(value: str) -> None:
    root = ElementTree.fromstring(pictures.figure({**CARD.plain(), "value": value}, EDITION))
    text = next(t for t in root.iter(f"{SVG}text") if t.findall(f"{SVG}tspan"))
    figure = float(text.attrib["font-size"])
    number = value.removeprefix("逾")
    assert fonts.width(number) * figure + 3 * 60 < pictures.CARD_SIDE - 88


@pytest.mark.parametrize("kind", ["card", "chart", "neither"])
def test_a_page_has_its_title_and_one_thing_more(kind: str) -> None:
    card = CARD.plain() if kind == "card" else None
    chart = item() if kind == "chart" else None
    svg = pictures.page("以旧换新", "进度与目标", EDITION, card, chart)
    told = words_of(svg)
    assert "湖北月报" in told
    assert "以旧换新" in told
    assert "进度与目标" in told
    assert ("1.34" in told, "2.6万" in told) == (kind == "card", kind == "chart")
    assert "var(" not in svg


def test_markup_in_a_title_is_only_text() -> None:
    svg = pictures.chart(item(title="甲<b>&乙"), EDITION)
    assert "甲<b>&乙" in words_of(svg)


# --- lines ---------------------------------------------------------------------------------


def test_lines_hold_to_the_room_and_lose_nothing() -> None:
    found = fonts.lines(LONG, 12)
    assert "".join(found) == LONG
    assert len(found) > 3
    for line in found:
        assert fonts.width(line.rstrip(fonts.NOT_FIRST)) <= 12
        assert line[0] not in fonts.NOT_FIRST
        assert line[-1] not in fonts.NOT_LAST


def test_a_number_is_not_broken() -> None:
    assert fonts.lines("共计一千1,234,567.89%", 6) == ["共计一千", "1,234,567.89%"]


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    found = fonts.lines(LONG, 12, most=2)
    assert len(found) == 2
    assert found[1].endswith("…")
    assert fonts.width(found[1]) <= 12


# --- the specification ---------------------------------------------------------------------


@functools.cache
def schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(alt.load_schema())


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_specification_opens_as_it_is(kind: str) -> None:
    text = pictures.spec(item(kind), EDITION)
    spec = json.loads(text)
    schema().validate(spec)
    assert "var(" not in text
    assert "".join(spec["title"]["text"]) == LONG
    assert spec["description"] == "先慢后快。"
    assert spec["usermeta"]["edition"] == EDITION
    assert spec["usermeta"]["sources"][0] == {
        "source_id": "s_police",
        "publisher": "省公安厅",
        "grade": "",
    }
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6")


# --- drawing -------------------------------------------------------------------------------


@drawable
def test_a_chart_is_drawn_at_twice_its_size() -> None:
    svg = pictures.chart(item(), EDITION)
    root = ElementTree.fromstring(svg)
    expected = (2 * float(root.attrib["width"]), 2 * float(root.attrib["height"]))
    assert size(drawn(svg, 2)) == pytest.approx(expected, abs=1)


@drawable
def test_figures_and_pages_have_their_size() -> None:
    assert size(drawn(pictures.figure(CARD.plain(), EDITION))) == (1080, 1080)
    assert size(drawn(pictures.page("甲", "", EDITION, None, None))) == (1200, 630)


@drawable
def test_the_words_are_printed_and_not_boxes() -> None:
    def titled(title: str) -> bytes:
        return drawn(pictures.page(title, "", EDITION, None, None))

    boxes = titled("\u0378\u0378")
    assert len({titled("月报"), titled("报月"), titled("古树"), boxes}) == 4


@drawable
def test_packing_changes_no_pixel() -> None:
    import vl_convert

    raw = vl_convert.svg_to_png(pictures.figure(CARD.plain(), EDITION))
    small = gallery.packed(raw)
    assert len(small) < len(raw) / 2
    assert pixels(small) == pixels(raw)


def pixels(png: bytes) -> bytes:
    at, found = 8, b""
    while at < len(png):
        (long,) = struct.unpack(">I", png[at : at + 4])
        kind, held = png[at + 4 : at + 8], png[at + 8 : at + 8 + long]
        (check,) = struct.unpack(">I", png[at + 8 + long : at + 12 + long])
        assert check == zlib.crc32(kind + held)
        found += held if kind == b"IDAT" else b""
        at += 12 + long
    return zlib.decompress(found)


def made() -> list[Page]:
    return [page(attachments=[item(), {"file": "b.csv"}], cards=[CARD.plain()])]


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


FILES = {
    "data/latest/fraud-a.svg",
    "data/latest/fraud-a.vl.json",
    "data/latest/figure-fraud-funds_stopped.svg",
}
PNG = {
    "data/latest/fraud-a.png",
    "data/latest/figure-fraud-funds_stopped.png",
    "_static/og/fraud.png",
    "_static/og/about.png",
}


@drawable
def test_every_picture_is_written_and_the_same_twice(empty: Project, tmp_path: Path) -> None:
    first, second = bound(tmp_path / "1", "fraud", "about"), bound(tmp_path / "2", "fraud", "about")
    gallery.write(empty, "2026-06", made(), first)
    kept = empty.build / "pictures"
    times = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert len(times) == len(PNG)
    gallery.write(empty, "2026-06", made(), second)
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == times
    for path in kept.iterdir():
        path.unlink()
    gallery.write(empty, "2026-06", made(), second)
    assert tree(first) == tree(second)
    assert set(tree(first)) == FILES | PNG | {"fraud.html", "about.html"}


@drawable
def test_only_what_changed_is_drawn(tmp_path: Path) -> None:
    plates = gallery.downloads(made(), EDITION)
    with gallery.drawing(plates, tmp_path) as stale:
        assert stale == 2
    changed = [page(attachments=[item(title="另一题")], cards=[CARD.plain()])]
    with gallery.drawing(gallery.downloads(changed, EDITION), tmp_path) as stale:
        assert stale == 1


def test_the_words_of_a_page_come_from_its_own_head(tmp_path: Path) -> None:
    html = bound(tmp_path, "fraud")
    (plate,) = gallery.og(made(), html, EDITION)
    told = words_of(plate.svg)
    assert "电信网络诈骗" in told
    assert "#" not in told
    assert "谁说的 & 何时" in told


# --- without a font --------------------------------------------------------------------------


def test_without_a_font_there_is_no_png_and_no_link_to_one(
    empty: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "fingerprint", lambda: "")
    html = bound(tmp_path / "html", "fraud", "about")
    gallery.write(empty, "2026-06", made(), html)
    assert set(tree(html)) == FILES | {"fraud.html", "about.html"}
    for markdown in (piece("dated").markdown, cards_html([CARD])):
        links = set(re.findall(r'href="(data/latest/[^"]*)"', markdown)) - {"data/latest/fraud-a.csv"}
        assert links
        assert links <= FILES


def test_a_face_that_prints_boxes_is_no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    def boxes(sign: str, family: str, weight: int) -> bytes:
        return sign.encode() if sign < "\u0300" else b"box"

    monkeypatch.setattr(fonts, "_probe", boxes)
    assert fonts.fingerprint.__wrapped__() == ""


def test_no_face_at_all_is_no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEI", "SONG"):
        monkeypatch.setattr(fonts, name, "'No Such Face'")
    assert fonts.fingerprint.__wrapped__() == ""


# --- on the page -----------------------------------------------------------------------------


@drawable
def test_the_page_links_what_there_is() -> None:
    markdown = piece("dated").markdown + cards_html([CARD])
    links = set(re.findall(r'href="(data/latest/[^"]*)"', markdown))
    assert links >= {"data/latest/fraud-a.svg", "data/latest/fraud-a.png", "data/latest/fraud-a.vl.json"}
    assert "data/latest/figure-fraud-funds_stopped.png" in links


def test_a_table_has_no_picture() -> None:
    data = pd.DataFrame({"value": [1]})
    made_of = exhibit_piece("fraud", Exhibit("a", "表", "说明", "说明", data, data))
    assert ".svg" not in made_of.markdown
    assert made_of.attachment is not None
    assert gallery.downloads([page(attachments=[made_of.attachment])], EDITION) == []


def test_cards_reach_the_page_through_the_notebook() -> None:
    bundle = Piece("x", cards=(CARD, CARD.__class__("甲", "1", "", "", "", "")))._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=json.loads(json.dumps(bundle)))
    run = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    held = bindable(Job("fraud", Path("fraud.ipynb"), {}), run)
    assert [card["name"] for card in held.cards] == [CARD.name]
    assert held.cards[0] == CARD.plain()
    assert CARDS in bundle


def test_the_theme_is_resolved_to_its_light_colours() -> None:
    assert pictures.resolved(charts.MAIN) == "#147d78"
    assert (
        pictures.resolved(f'fill="{charts.INK}" stroke="{charts.CARD}"') == 'fill="#1c2021" stroke="#ffffff"'
    )


def test_a_font_come_new_makes_the_pages_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = edition.digests.inputs(project, "2024-05")
    monkeypatch.setattr(fonts, "fingerprint", lambda: "another")
    assert edition.digests.inputs(project, "2024-05") != before


def test_every_chart_figure_and_page_of_the_book_has_its_pictures(site: Site) -> None:
    endings = ("svg", "png", "vl.json") if fonts.available() else ("svg", "vl.json")
    sums = (site.folder / "data" / "latest" / "SHA256SUMS").read_text(encoding="utf-8")
    charted = cards = 0
    for name in site.names:
        parsed = site.page(name)
        if fonts.available():
            address = parsed.select_one('meta[property="og:image"]')
            assert address is not None, name
            assert size((site.folder / str(address["content"])).read_bytes()) == (1200, 630)
        for figure in parsed.select("figure.exhibit[id]:has(> .chart)"):
            charted += 1
            for ending in endings:
                file = f"{str(figure['id']).removeprefix('x-')}.{ending}"
                assert (site.folder / "data" / "latest" / file).is_file()
                assert figure.select(f'.exhibit-tools a[href="data/latest/{file}"]'), file
                assert f"  {file}\n" in sums
        for link in parsed.select('.card-source a[href^="data/latest/figure-"]'):
            cards += 1
            assert (site.folder / str(link["href"])).is_file()
    assert charted > 20
    assert cards == sum(len(site.page(name).select(".card, .column")) for name in site.names)
