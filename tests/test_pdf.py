"""The whole edition as one PDF: what is in it, how it is printed, and what is said where it cannot be."""

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

import small
from yuebao import (
    book,
    calendar,
    chromium,
    cli,
    digests,
    downloads,
    edition,
    names,
    pages,
    pdf,
    pdf_pack,
    search,
    tables,
    validate,
)
from yuebao.faults import UsageError, YuebaoError
from yuebao.pages import Page
from yuebao.project import Project
from yuebao.tables import Tables
from yuebao.validate import Report

MAY = small.SECOND
TOC = {
    "root": "index",
    "chapters": [{"file": "trees", "sections": [{"file": "rows-trees"}]}, {"file": "sources"}],
}
CONFIG: dict[str, Any] = {
    "title": "小月报",
    "sphinx": {"config": {"html_context": {"licence": "CC BY 4.0"}}},
}
CHART = '<svg viewBox="0 0 9 9"><g clip-path="url(#c)"><text y="5">{}</text></g><clipPath id="c"/></svg>'
PAGES = {
    "index": """<h1>小月报<a class="headerlink" href="#id1">#</a></h1>
<p class="lead">登记的古树名木 82.6 万株。</p><h2>三栏</h2>
<p><a href="trees.html#x-trees">古树一章</a> <a href="data/latest/trees.csv">数据</a>
<a href="embed/x.html">嵌入</a> <a href="data/latest/trees.png">图片</a></p>
<details class="admonition hide"><summary>代码</summary>import os</details>""",
    "trees": f"""<h1>古树名木</h1><section id="id1"><h2>各地</h2><figure class="exhibit" id="x-trees">
<div class="chart wide">{CHART.format("宽图")}</div><div class="chart narrow">{CHART.format("窄图")}</div>
<details class="exhibit-table"><summary>数据表</summary><table><tr><td>图中的值</td></tr></table></details>
<p class="exhibit-tools"><a href="data/latest/trees.csv">本图数据 CSV</a>
<span>来源：<a href="sources.html#s1">湖北日报</a></span></p></figure>
<figure class="exhibit"><details class="exhibit-table"><summary>展开全表</summary>
<table><tbody><tr><td>黄冈市</td></tr></tbody></table></details></figure>
<figure><details><summary>长表</summary><table><tbody>{"<tr><td>一行</td></tr>" * (pdf.ROWS + 1)}</tbody>
</table></details></figure></section>""",
    "sources": '<h1>来源</h1><ol><li id="s1">湖北日报 <a href="https://example.org/a">原文</a></li></ol>',
    "rows-trees": "<h1>逐行</h1>",
}

printer = chromium.found()
printing = pytest.mark.skipif(printer is None, reason="no Chromium on this machine")


def put_site(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in PAGES.items():
        text = f"<html><body><nav>导航条</nav><article id='content'>{body}</article></body></html>"
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    (folder / "_static").mkdir()
    (folder / "_static" / "yuebao.css").write_bytes(
        (small.REPO / "book" / "_static" / "yuebao.css").read_bytes()
    )
    return folder


def put_staging(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_toc.yml").write_text(yaml.safe_dump(TOC), encoding="utf-8")
    (folder / "_config.yml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three finished pages and one of rows."""
    return put_site(tmp_path / "site")


def whole(site: Path, baseurl: str = "") -> str:
    said = pdf.imprint({**CONFIG, "html": {"baseurl": baseurl}}, MAY)
    return pdf.document(site, TOC, said).text({"trees": 7})


# --- the document -----------------------------------------------------------------------


def test_pages_in_the_order_of_reading_at_any_depth() -> None:
    assert pdf.in_order(TOC) == ["index", "trees", "rows-trees", "sources"]
    parts = {"root": "index", "parts": [{"caption": "一", "chapters": [{"file": "a"}, {"file": "b"}]}]}
    assert pdf.in_order(parts) == ["index", "a", "b"]
    assert pdf.under(TOC) == {"rows-trees": "trees"}
    assert pdf.under(parts) == {}


def test_pages_below_another_are_listed_with_it(site: Path) -> None:
    toc = {"root": "index", "chapters": [{"file": "trees", "sections": [{"file": "sources"}]}]}
    text = pdf.document(site, toc, pdf.imprint(CONFIG, MAY)).text({"trees": 7, "sources": 9})
    assert '<b>古树名木</b><span></span>7</a><p><a href="#sources">来源 9</a></p></li>' in text
    assert "<b>来源</b>" not in text


def test_links_lead_to_places_inside(site: Path) -> None:
    text = whole(site)
    assert '<a href="#trees--x-trees">古树一章</a>' in text
    assert 'id="trees--x-trees"' in text
    assert '来源：<a href="#sources--s1">湖北日报</a>' in text
    assert 'clip-path="url(#trees--c)"' in text
    assert '<clippath id="trees--c">' in text
    assert 'href="https://example.org/a"' in text


def test_files_are_named_where_the_site_has_no_address(site: Path) -> None:
    text = whole(site)
    assert "数据（trees.csv）" in text
    assert 'href="data/' not in text
    assert "图片" not in text
    assert 'href="embed/' not in text


def test_files_of_this_edition_are_linked_where_the_site_has_one(site: Path) -> None:
    text = whole(site, "https://example.org/book/")
    assert f'href="https://example.org/book/data/{MAY}/trees.csv"' in text
    assert 'href="https://example.org/book/embed/x.html"' in text


def test_what_is_of_use_on_a_screen_only_is_left_out(site: Path) -> None:
    text = whole(site)
    for absent in (
        "import os",
        "窄图",
        "图中的值",
        "本图数据 CSV",
        'headerlink"',
        "导航条",
        "<h1>逐行",
        "一行",
        "展开全表",
    ):
        assert absent not in text.split("</style>")[1], absent
    for present in ("宽图", "黄冈市", f"全表 {pdf.ROWS + 1} 行", "逐行列出下载文件的各页没有收入"):
        assert present in text, present


def test_the_cover_has_contents_citation_and_licence(site: Path) -> None:
    cover = whole(site).split('class="pdf-cover"')[1].split('class="pdf-page')[0]
    for said in (
        "小月报",
        "2024年5月",
        "登记的古树名木 82.6 万株",
        "本期概览",
        "<b>古树名木</b><span>各地</span>7</a>",
    ):
        assert said in cover, said
    assert "湖北月报. 整期: 2024年5月期[DS/OL]. [引用日期]. " in cover
    assert "data/2024-05/yuebao-2024-05.pdf" in cover
    assert "CC BY 4.0" in cover


# --- the printed file -------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The same site printed twice, in two folders."""
    if printer is None:
        pytest.skip("no Chromium on this machine")
    made = []
    for name in ("one", "another, longer"):
        root = tmp_path_factory.mktemp(name)
        made.append(pdf.make(printer, put_site(root / "site"), put_staging(root / "st"), MAY, root / "kept"))
        assert not (root / "site" / ".whole.html").exists()
    return made[0], made[1]


def titles(outline: list[Any]) -> list[str]:
    return [t for one in outline for t in (titles(one) if isinstance(one, list) else [str(one["/Title"])])]


@printing
def test_the_same_bytes_twice(printed: tuple[bytes, bytes]) -> None:
    assert printed[0] == printed[1]
    assert len(printed[0]) < 300_000


@printing
def test_bookmarks_pages_and_words(printed: tuple[bytes, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[0]))
    assert len(reader.pages) == 4
    assert titles(reader.outline) == ["本期概览", "三栏", "古树名木", "各地", "来源"]
    text = [page.extract_text() for page in reader.pages]
    assert "古树名木" in text[2], "not as radicals"
    assert "黄冈市" in text[2]
    assert "小月报 2024年5月" in text[2]
    assert "3 / 4" in text[2]
    assert "/ 4" not in text[0]
    assert reader.metadata is not None
    assert dict(reader.metadata) == {
        "/Title": "小月报 2024年5月",
        "/Author": "小月报",
        "/Subject": "2024年5月整期",
    }
    assert reader.root_object["/Lang"] == "zh-CN"
    assert reader.root_object["/MarkInfo"]["/Marked"]


@printing
def test_every_link_inside_has_its_place(printed: tuple[bytes, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[0]))
    places = reader.root_object["/Dests"]
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    inside = [str(link["/Dest"]) for link in links if "/Dest" in link]
    assert set(inside) == {"/index", "/trees", "/sources", "/trees--x-trees", "/sources--s1"}
    assert all(name in places for name in inside)
    assert {str(link["/A"]["/URI"]) for link in links if "/A" in link} == {"https://example.org/a"}


@printing
def test_an_unchanged_book_is_not_printed_again(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printer is not None
    staging, kept = put_staging(tmp_path / "st"), tmp_path / "kept"
    calls = []

    def fake(program: Path, text: str, folder: Path, draft: bool = False) -> bytes:
        calls.append(draft)
        return plain_pdf()

    monkeypatch.setattr(chromium, "printed", fake)
    first = pdf.make(printer, site, staging, MAY, kept)
    assert calls == [True, False]
    assert pdf.make(printer, site, staging, MAY, kept) == first
    assert len(calls) == 2
    (site / "trees.html").write_text("<article><h1>另一页</h1></article>", encoding="utf-8")
    pdf.make(printer, site, staging, MAY, kept)
    assert len(calls) == 4


# --- packing ----------------------------------------------------------------------------


def plain_pdf(title: str = "各地各地") -> bytes:
    """A PDF laid out as Chromium does, of one empty page and one bookmark."""
    drawn = zlib.compress(b"q Q endobj")
    coded = title.encode("utf-16-be").hex().upper().encode()
    bodies = [
        b"<</Title (x)\n/CreationDate (D:20260101000000+00'00')>>",
        b"<</Type /Catalog\n/Pages 3 0 R\n/Outlines 5 0 R>>",
        b"<</Type /Pages\n/Count 1\n/Kids [4 0 R]>>",
        b"<</Type /Page\n/Parent 3 0 R\n/MediaBox [0 0 9 9]\n/Contents 7 0 R>>",
        b"<</Type /Outlines\n/First 6 0 R\n/Last 6 0 R\n/Count 1>>",
        b"<</Title <FEFF%b>\n/Dest [4 0 R /XYZ 0 9 0]\n/Parent 5 0 R>>" % coded,
        b"<</Filter /FlateDecode\n/Length %d>> stream\n%b\nendstream" % (len(drawn), drawn),
    ]
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    tail = b"trailer\n<</Size 8\n/Root 2 0 R\n/Info 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 8\n0000000000 65535 f \n" + table + tail


def test_packed_is_the_same_document_without_its_time() -> None:
    packed = pdf_pack.pack(plain_pdf(), {"Title": "月报"}, b"0123456789abcdef")
    reader = PdfReader(BytesIO(packed), strict=True)
    assert dict(reader.metadata or {}) == {"/Title": "月报"}
    assert titles(reader.outline) == ["各地"], "Chromium doubles a heading at the top of a page"
    contents = reader.pages[0].get_contents()
    assert contents is not None
    assert contents.get_data().strip() == b"q Q endobj"
    assert titles(PdfReader(BytesIO(pdf_pack.pack(plain_pdf("各地"), {}, bytes(16)))).outline) == ["各地"]


def cmap(*sections: str) -> bytes:
    table = "begincmap\n" + "".join(f"{part}\n" for part in sections) + "endcmap\n"
    packed = zlib.compress(table.encode())
    return b"<</Filter /FlateDecode\n/Length %d>> stream\n%b\nendstream" % (len(packed), packed)


def test_radicals_are_read_as_the_characters_they_look_like() -> None:
    made = pdf_pack._readable(
        cmap(
            "2 beginbfchar\n<10> <2F4A>\n<34> <6E20>\nendbfchar",
            "2 beginbfrange\n<0A> <0C> <2EE8>\n<20> <30> <4E00>\nendbfrange",
        )
    )
    table = zlib.decompress(made[made.index(b"stream\n") + 7 :].removesuffix(b"\nendstream")).decode()
    assert "2 beginbfchar\n<10> <6728>\n<34> <6E20>\nendbfchar\n" in table  # 木
    assert "4 beginbfrange\n<0A> <0A> <9EA6>\n<0B> <0B> <9EC4>\n<0C> <0C> <9EFE>\n" in table  # 麦黄黾
    assert "<20> <30> <4E00>\nendbfrange" in table
    plain = cmap("1 beginbfchar\n<10> <6728>\nendbfchar")
    assert pdf_pack._readable(plain) == plain


@pytest.mark.parametrize(
    "broken", [b"", b"%PDF-1.4\nstartxref\n0\n%%EOF", plain_pdf().replace(b"3 0 obj", b"3 9 obj")]
)
def test_what_is_no_such_pdf_is_not_packed(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pdf_pack.pack(broken, {}, bytes(16))


# --- no Chromium, or one that fails -----------------------------------------------------


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def light(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of which a build is a few short pages; the front page links the PDF it is told of."""

    def bind(staging: Path, out: Path, month: str) -> Path:
        html = put_site(out / "html")
        link = (staging / "link").read_text()
        (html / "index.html").write_text(f"<article><h1>小月报</h1>{link}</article>", encoding="utf-8")
        (html / "trees.html").write_text("<article><h1>古树名木</h1></article>", encoding="utf-8")
        (html / "sources.html").write_text("<article><h1>来源</h1></article>", encoding="utf-8")
        return html

    def stage(project: Project, held: Tables, made: list[Page], folder: Path, name: str) -> None:
        put_staging(folder)
        (folder / "link").write_text(f'<a href="data/latest/{name}">PDF</a>' if name else "")

    monkeypatch.setattr(tables, "assemble", lambda *_: Tables(MAY, {}, {}, {}))
    monkeypatch.setattr(validate, "report", lambda *_: Report(MAY, (), ()))
    monkeypatch.setattr(calendar, "pieces", lambda *_: [])
    monkeypatch.setattr(calendar, "released", lambda *_: {})
    monkeypatch.setattr(pages, "jobs", lambda *_: [])
    monkeypatch.setattr(pages, "make", lambda *_: [])
    monkeypatch.setattr(book, "stage", stage)
    monkeypatch.setattr(book, "bind", bind)
    monkeypatch.setattr(
        downloads, "write", lambda held, attachments, folder: folder.mkdir(parents=True, exist_ok=True)
    )
    monkeypatch.setattr(search, "index", lambda *_: None)
    monkeypatch.setattr(names, "write", lambda *_: None)
    monkeypatch.setattr(edition.revisions, "totals", lambda *_: {"new": 0, "revised": 0, "dropped": 0})
    monkeypatch.setenv("YUEBAO_ROOT", str(project.root))
    return project


def test_a_chromium_that_is_named_and_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chromium.ENV, "/nowhere/chromium")
    with pytest.raises(UsageError, match="YUEBAO_CHROMIUM 所指的 /nowhere/chromium"):
        chromium.found()


def test_without_chromium_no_file_no_link_one_line(
    light: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(chromium.ENV, raising=False)
    monkeypatch.setattr(chromium, "NAMES", ("no-such-chromium",))
    monkeypatch.setattr(chromium, "MACOS", ())
    assert cli.app(["build"], standalone_mode=False) in (None, 0)
    assert capsys.readouterr().err.count(chromium.NONE) == 1
    assert list(light.site.rglob("*.pdf")) == []
    assert "PDF" not in (light.site / "index.html").read_text(encoding="utf-8")
    assert digests.built(light, MAY)
    with pytest.raises(UsageError, match="没有找到 Chromium"):
        edition.build(light, whole_pdf=True)


def test_the_pdf_is_among_the_downloads_of_both_folders(
    light: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chromium.ENV, str(script(tmp_path / "chromium", "exit 0")))
    monkeypatch.setattr(chromium, "printed", lambda *_, **__: plain_pdf())
    edition.build(light, whole_pdf=True)
    name = f"yuebao-{MAY}.pdf"
    for place in ("latest", MAY):
        folder = light.site / "data" / place
        assert len(PdfReader(folder / name).pages) == 1
        assert digests.read_sums((folder / "SHA256SUMS").read_text())[name] == digests.of_file(folder / name)
    assert digests.built(light, MAY)
    assert digests.built(light, MAY, pdf=True)
    assert not digests.built(light, MAY, pdf=False)
    assert edition.build(light, whole_pdf=True).unchanged
    assert not edition.build(light).unchanged, "without the PDF it is another site"
    assert digests.built(light, MAY, pdf=False)
    assert not (light.site / "data" / MAY / name).exists()


def test_a_chromium_that_fails_leaves_the_old_site(
    light: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition.build(light)
    before = {p: p.read_bytes() for p in light.site.rglob("*") if p.is_file()}
    for what in (
        "exit 1",
        "exit 0",
        'for a; do case $a in --print-to-pdf=*) echo no > "${a#*=}";; esac; done',
    ):
        monkeypatch.setenv(chromium.ENV, str(script(tmp_path / "chromium", what)))
        with pytest.raises(YuebaoError, match=r"^chromium .*；请换一个 Chromium") as caught:
            edition.build(light, whole_pdf=True)
        assert "\n" not in str(caught.value)
        assert {p: p.read_bytes() for p in light.site.rglob("*") if p.is_file()} == before
    monkeypatch.setattr(chromium, "TIMEOUT", 0.2)
    monkeypatch.setenv(chromium.ENV, str(script(tmp_path / "chromium", "[ $# = 1 ] || exec sleep 5")))
    with pytest.raises(YuebaoError, match="印整期 PDF 超过"):
        edition.build(light, whole_pdf=True)
    edition.build(light, force=True)
    assert not (light.build / "bound").exists()


def test_the_pages_are_told_the_name_of_the_pdf(project: Project, tmp_path: Path) -> None:
    (project.root / "book").mkdir()
    held = tables.assemble(project, MAY)
    for name in ("", "yuebao-2024-05.pdf"):
        book.stage(project, held, [], tmp_path / "staging", name)
        config = yaml.safe_load((tmp_path / "staging" / "_config.yml").read_text(encoding="utf-8"))
        assert config["sphinx"]["config"]["html_context"].get("pdf", "") == name
