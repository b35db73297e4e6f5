"""Text is text: whatever a return or a list says, every page and file says the same, and nothing more.

The real book is built once with hostile text in every column that can hold text; which columns
those are is read from the schemas. What no output can carry is refused where it is read.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import load as load_ods
from odf.table import TableCell
from odf.teletype import extractText

import hostile
import small
from site_fixtures import Site, project_copy
from small import figure
from test_chrome import PAGES as BOUND
from test_chrome import bind
from yuebao import book as book_checks
from yuebao import characters, edition, markup, returns, schema, spreadsheets
from yuebao.faults import Fault
from yuebao.project import Project
from yuebao.spreadsheets import Sheet, Workbook

# --- the whole book -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machine") / "secret.txt"


@pytest.fixture(scope="module")
def planted_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_copy(tmp_path_factory.mktemp("hostile") / "project")


@pytest.fixture(scope="module")
def planted(planted_project: Project, secret: Path) -> hostile.Planted:
    return hostile.plant(planted_project, secret)


@pytest.fixture(scope="module")
def book(planted_project: Project, planted: hostile.Planted) -> Site:
    """The book of hostile text. That it is built at all is the first thing proved."""
    assert len(planted.cells) > 5_000
    return Site(planted_project, edition.build(planted_project))


def _folded(text: str) -> str:
    """Text as a reader sees it: any run of blanks is one."""
    return re.sub(r"\s+", " ", text).strip()


def _without_apostrophe(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


@pytest.fixture(scope="module")
def expected(book: Site) -> dict[str, pd.DataFrame]:
    """Each dataset's published rows, as they are read: what every file must hold."""
    from yuebao import downloads, tables

    held = tables.assemble(book.project)
    found = {d.name: downloads.published(held, d) for d in held.datasets.values() if d.chapter}
    lists = {n: downloads.known_list(held, held.datasets[n]) for n in held.lists}
    return {**found, **lists}


def _columns(name: str) -> list[str]:
    dataset = schema.load(Project(small.REPO))[name]
    return [column.name for column in hostile.free(dataset) if column.published]


def _texts(frame: pd.DataFrame, names: list[str]) -> Iterator[str]:
    for name in names:
        if name in frame:
            yield from (str(value) for value in frame[name].dropna())


def _all_texts(expected: dict[str, pd.DataFrame], name: str) -> set[str]:
    return {text for text in _texts(expected[name], _columns(name)) if text}


CHAPTER_SETS = {
    "fraud": ["fraud"],
    "trees": ["trees", "trees_register"],
    "trade_in": ["trade_in", "trade_in_policy"],
    "context": ["context"],
}
DATASETS = [name for names in CHAPTER_SETS.values() for name in names]


def test_what_was_planted_is_what_is_read(
    planted: hostile.Planted, expected: dict[str, pd.DataFrame]
) -> None:
    """No text changes on its way in, but for what the one rule of line ends says."""
    for name, frame in expected.items():
        for column in _columns(name):
            if column in frame:
                sent = set(planted.of(name, column))
                read = {str(v) for v in frame[column].dropna()}
                assert not {text for text in read - sent if hostile.HOST in text or "x-evil" in text}, column


@pytest.mark.parametrize(
    "name", [*DATASETS, "areas", "measures", "categories", "units", "sources", "editions"]
)
def test_csv_holds_the_same_text(book: Site, expected: dict[str, pd.DataFrame], name: str) -> None:
    header, *rows = book.rows(f"{name}.csv")
    assert len(rows) == len(expected[name])
    assert all(len(row) == len(header) for row in rows)
    for column in set(_columns(name)) & set(header):
        at = header.index(column)
        wanted = [("" if pd.isna(v) else str(v)) for v in expected[name][column]]
        assert [_without_apostrophe(row[at]) for row in rows] == wanted, column
        assert not [row[at] for row in rows if row[at].startswith(tuple("=+-@＝＋－＠\t\r"))], column


@pytest.mark.parametrize("name", DATASETS)
def test_parquet_and_sdmx_hold_the_same_text(
    book: Site, expected: dict[str, pd.DataFrame], name: str
) -> None:
    folder = book.folder / "data" / "latest"
    read = pd.read_parquet(folder / f"{name}.parquet")
    for column in _columns(name):
        assert list(read[column].fillna("")) == list(expected[name][column].fillna("")), column
    path = folder / "sdmx" / f"{name}.csv"
    if path.is_file():
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        for column, attribute in (("note_zh", "COMMENT_OBS"), ("note", "COMMENT_OBS_EN")):
            assert not [v for v in cells[attribute] if v.startswith(tuple("=+-@＝＋－＠"))]
            said = {_without_apostrophe(v) for v in cells[attribute] if v}
            assert said == set(_texts(expected[name], [column])), attribute


@pytest.mark.parametrize("chapter", sorted(CHAPTER_SETS))
def test_workbooks_hold_the_same_text(book: Site, expected: dict[str, pd.DataFrame], chapter: str) -> None:
    folder = book.folder / "data" / "latest"
    wanted = {text for name in CHAPTER_SETS[chapter] for text in _all_texts(expected, name)}
    wanted |= set(_texts(expected["sources"], ["title", "publisher", "url"])) & set(
        _texts(pd.concat([expected[n] for n in CHAPTER_SETS[chapter]]), ["source_title", "source_publisher"])
    )
    xlsx = openpyxl.load_workbook(folder / f"{chapter}.xlsx")
    cells = [cell for sheet in xlsx.worksheets for row in sheet.iter_rows() for cell in row]
    assert wanted <= {str(cell.value) for cell in cells if cell.value is not None}
    assert not [cell for cell in cells if cell.data_type == "f"], "no formula"
    links = [cell.hyperlink for cell in cells if cell.hyperlink is not None]
    assert not [link for link in links if link.target], "no link leads out of the workbook"
    ods = load_ods(folder / f"{chapter}.ods")
    assert wanted <= {extractText(cell) for cell in ods.getElementsByType(TableCell)}


@pytest.mark.parametrize("name", DATASETS)
def test_rows_say_the_same_text(book: Site, expected: dict[str, pd.DataFrame], name: str) -> None:
    said = book.page(f"rows-{name}").get_text()
    frame = expected[name]
    missing = [text for text in _texts(frame, [c for c in _columns(name) if c not in ("note", "record_no")])
               if text not in said]  # fmt: skip
    assert not missing
    assert not [text for text in _texts(frame, ["area_zh", "measure_zh", "category_zh"]) if text not in said]


def test_lists_stand_on_their_pages_as_they_are(book: Site, expected: dict[str, pd.DataFrame]) -> None:
    places = {
        ("sources", "sources"): ["publisher", "title", "url"],
        ("dictionary", "measures"): ["label_zh", "label_en", "definition_zh", "definition_en"],
        ("quality", "left_out"): ["file", "reason_zh"],
        ("calendar", "editions"): ["note_zh"],
    }
    for (page, name), columns in places.items():
        said = book.page(page).get_text()
        assert not [text for text in _texts(expected[name], columns) if text not in said], page
    for chapter in ("fraud", "trees", "trade_in"):
        said = _folded(book.page(chapter).get_text())
        rows = expected["conflicts"]
        rows = rows[rows["chapter"] == chapter]
        assert not [text for text in rows["question_zh"] if _folded(text) not in said], chapter


def test_an_area_is_called_by_its_name(book: Site, expected: dict[str, pd.DataFrame]) -> None:
    names = expected["areas"].set_index("area_code")["name_zh"]
    for page in book.areas:
        soup = book.page(page)
        heading = soup.select_one("h1")
        assert heading is not None
        assert soup.title is not None
        for link in heading.select(".headerlink"):
            assert link.extract()
        wanted = _folded(names[page.removeprefix("area-")])
        assert _folded(heading.get_text()) == wanted
        assert wanted in _folded(soup.title.get_text())
        crumb = soup.select_one('.crumbs [aria-current="page"]')
        assert crumb is not None
        assert _folded(crumb.get_text()) == wanted


# The elements the book makes.
OURS = """
a abbr article aside b body br button caption cite clippath code data dd defs desc details div
dl dt fieldset figcaption figure footer form g h1 h2 h3 h4 head header html i input label legend
li line link main meta nav noscript ol option p path pre rect script section select span strong
svg table tbody td text th thead time title tr tspan ul circle em colgroup col summary small wbr
"""
OF_PROSE = {"about.html": {"blockquote"}}  # what only the prose of a page holds, where no data text stands
PAGES = ("*.html", "embed/*.html", "editions/*/*.html")


def _pages(book: Site) -> Iterator[tuple[str, BeautifulSoup]]:
    for pattern in PAGES:
        for path in sorted(book.folder.glob(pattern)):
            yield path.name, BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_no_element_no_link_and_no_script_comes_of_a_text(book: Site) -> None:
    ours = set(OURS.split())
    wrong: list[str] = []
    for name, soup in _pages(book):
        for tag in soup.find_all(True):
            if tag.name not in ours | OF_PROSE.get(name, set()):
                wrong.append(f"{name}: <{tag.name}>")
            if tag.name == "script" and not tag.get("src") and tag.get("type") != "application/ld+json":
                wrong.append(f"{name}: {str(tag)[:80]}")
            for key, value in tag.attrs.items():
                held = " ".join(value) if isinstance(value, list) else str(value)
                if key.startswith("on") or (key in ("x", "y") and not re.fullmatch(r"[-\d.]+", held)):
                    wrong.append(f"{name}: {tag.name} {key}={held[:40]}")
                if key in ("href", "src", "action", "data", "srcset"):
                    parts = urlsplit(held)
                    if parts.hostname == hostile.HOST or parts.scheme in ("javascript", "file", "data"):
                        wrong.append(f"{name}: {key}={held[:80]}")
    assert not wrong[:20]


def test_nothing_of_the_machine_is_on_the_site(book: Site, secret: Path) -> None:
    for path in sorted(p for p in book.folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert hostile.SECRET.encode() not in content, path
        if path.suffix in (".zip", ".xlsx", ".ods"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert not [n for n in archive.namelist() if hostile.SECRET.encode() in archive.read(n)], path
    assert not (book.folder / "_images").exists()
    assert not (book.folder / "_downloads").exists()


def test_what_machines_read_is_well_formed_and_says_the_same(
    book: Site, expected: dict[str, pd.DataFrame]
) -> None:
    for feed in ("editions.atom", "revisions.atom"):
        parsed = feedparser.parse((book.folder / feed).read_bytes())
        assert not parsed.bozo, feed
    names = {_folded(name) for name in expected["areas"]["name_zh"]}
    entries = feedparser.parse((book.folder / "revisions.atom").read_bytes()).entries
    assert not entries or any(any(name in _folded(e.title) for name in names) for e in entries)
    for path in sorted(book.folder.rglob("*.json")):
        json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((book.folder / "data" / "latest").glob("*.svg")):
        picture = BeautifulSoup(path.read_text(encoding="utf-8"), "xml")
        assert picture.svg is not None
        assert not picture.find_all(["script", "x-evil", "iframe", "image"]), path
    for _, soup in _pages(book):
        for script in soup.select('script[type="application/ld+json"]'):
            json.loads(script.get_text())
    listed = json.loads((book.folder / "search-names.json").read_text(encoding="utf-8"))
    assert names & {_folded(row[0]) for row in listed}


def test_no_file_lies_outside_its_folder(book: Site) -> None:
    folder = book.folder / "data" / "latest"
    strange = [p for p in folder.rglob("*") if p.is_file() and not re.fullmatch(r"[\w.-]+", p.name)]
    assert not strange
    assert not list(book.folder.parent.glob("x*"))


# --- one function for HTML and Markdown -----------------------------------------------------

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SIGNS = st.text(st.sampled_from("<>&\"'`*_[](){}!#$%^~|\\=-+:.@/ \t\n1a字;"), max_size=20)


def _plain(text: str) -> bool:
    return characters.refused(text) is None


def _rendered(source: str) -> BeautifulSoup:
    """Markdown as the book's MyST reads it, without directives' work: its tokens as HTML."""
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.mdit_to_docutils.base import DocutilsRenderer
    from myst_parser.parsers.mdit import create_md_parser

    assert DocutilsRenderer is not None
    config = MdParserConfig(enable_extensions={"colon_fence", "deflist", "attrs_inline"})
    parser = create_md_parser(config, lambda md: RendererHTML(md))
    return BeautifulSoup(parser.render(source), "html.parser")


@given(st.one_of(ANY, SIGNS).filter(_plain).map(characters.unbroken))
def test_an_escaped_text_is_the_text_wherever_it_stands(text: str) -> None:
    safe = markup.escaped(text)
    assert "\n" not in safe
    block = f'<ul><li title="{safe}"><p>{safe}</p></li></ul>\n\n尾'
    soup = _rendered(block)
    assert [tag.name for tag in soup.find_all(True)] == ["ul", "li", "p", "p"]
    assert soup.li is not None
    assert soup.li["title"] == text
    assert soup.li.get_text() == text
    inline = _rendered(f"前{safe}后\n\n### {safe}\n\n字\n")
    assert [tag.name for tag in inline.find_all(True)] in (["p", "h3", "p"], ["p", "br", "h3", "p"])
    assert inline.p is not None
    assert inline.p.get_text() == f"前{text}后"
    alone = _rendered(f"{safe}\n\n字\n")
    assert {tag.name for tag in alone.find_all(True)} == {"p"}


@given(st.one_of(ANY, SIGNS).filter(_plain).map(characters.unbroken))
def test_a_heading_is_its_text_on_one_line(text: str) -> None:
    soup = _rendered(markup.heading(2, f"甲{text}乙") + "字\n")
    assert [tag.name for tag in soup.find_all(True)] == ["h2", "p"]
    assert soup.h2 is not None
    assert soup.h2.get_text() == " ".join(f"甲{text}乙".split())


@pytest.mark.parametrize("text", ["None", "nan", "NaN", "undefined", "{{x}}", "{% x %}"])
def test_a_text_never_looks_like_what_a_program_left_unfilled(text: str) -> None:
    assert not book_checks.UNFILLED.findall(f"<td>{markup.escaped(text)}</td>")


@pytest.mark.parametrize("text", ["None", "nan", "NaN", "undefined", "{{x}} {% x %} <b> &amp; # _x_"])
def test_a_title_is_its_text_wherever_sphinx_and_its_templates_repeat_it(tmp_path: Path, text: str) -> None:
    """Heading, title, bar, crumbs, list of sections, next page, and the lists of all pages."""
    sections = "".join(markup.heading(2, f"{n}{text}") + markup.heading(3, text) for n in range(3))
    titled = markup.heading(1, text) + "字\n\n" + sections
    pages = bind(tmp_path, {**BOUND, "fraud": titled, "quality": markup.heading(1, text)})
    for path in sorted((tmp_path / "html").glob("*.html")):
        assert not book_checks.UNFILLED.findall(path.read_text(encoding="utf-8")), path.name
    page = pages["fraud"]
    assert page.title is not None
    assert page.title.get_text().startswith(f"{text} · ")
    repeated = 'article h1, article h3, .crumbs [aria-current="page"], header.bar a[aria-current="page"]'
    words = {tag.get_text().removesuffix("#") for tag in page.select(repeated)}
    assert words == {text}
    assert {tag.get_text() for tag in page.select(".contents-list a")} == {
        text,
        *(f"{n}{text}" for n in range(3)),
    }
    assert text in {a.get_text() for a in pages["search"].select("noscript a")}
    assert text in {a.get_text() for a in pages["404"].select(".all-pages a")}
    assert text in page.select_one('link[rel="next"]')["title"]  # type: ignore[index]


@given(ANY, ANY)
def test_two_texts_never_share_a_file_name(one: str, other: str) -> None:
    names = markup.file_name(one), markup.file_name(other)
    assert all(re.fullmatch(r"[\w-]*", name) for name in names)
    assert one == other or names[0] != names[1]


def test_front_matter_holds_what_it_was_given() -> None:
    import yaml

    said = {"kind": "prose", "description": "a: b\n---\n# c 'd' \"e\""}
    head = markup.front_matter(**said)
    assert yaml.safe_load(head.strip().removeprefix("---").removesuffix("---")) == said


def test_only_what_the_book_made_is_html_in_a_cell() -> None:
    from yuebao import chapter, words

    typed = '<data value="1" data-row="x">1</data>'
    assert BeautifulSoup(chapter._plain_cell(typed, "fraud-0123456789"), "html.parser").get_text() == typed
    made = words.shown(1, "起", "exact", "fraud-0123456789")
    assert chapter._plain_cell(made, "fraud-0123456789") == made


# --- workbooks --------------------------------------------------------------------------------

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12)
MARKED = st.text(st.sampled_from("[]()$=+-@{}'ab字\n"), min_size=1, max_size=12)


def _book(cells: list[str]) -> Workbook:
    table = pd.DataFrame({"甲[a](b)": pd.Series(cells, dtype=object), "乙": 1.0})
    sheet = Sheet("表", "题[1](u)和[2](v)", ["$$note 1$$ [x](http://evil.example/)"], table)
    return Workbook("书", ["[a](b)"], ["$$x$$"], ["c"], [sheet])


@given(st.lists(st.one_of(CELLS, MARKED).filter(_plain).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_a_workbook_holds_the_very_text(cells: list[str]) -> None:
    made = _book(cells)
    xlsx = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(made)))
    found = {str(c.value) for sheet in xlsx.worksheets for row in sheet.iter_rows() for c in row if c.value}
    assert {*cells, "甲[a](b)", "题[1](u)和[2](v)", "$$note 1$$ [x](http://evil.example/)", "$$x$$"} <= found
    ods = load_ods(io.BytesIO(spreadsheets.ods(made)))
    assert {*cells, "甲[a](b)"} <= {extractText(cell) for cell in ods.getElementsByType(TableCell)}


# --- what cannot be carried is refused where it is read ----------------------------------------

REFUSED = {
    "\x01": "U+0001", "\x08": "U+0008", "\x1f": "U+001F", "\x7f": "U+007F", "\x9b": "U+009B",
    "\u200e": "U+200E",
    "\u202e": "U+202E", "\u2066": "U+2066", "\u200c": "U+200C", "\xad": "U+00AD", "\ufffe": "U+FFFE",
    "\ufdd0": "U+FDD0", "\U0001fffe": "U+1FFFE", "\ufff9": "U+FFF9", "\U000e0041": "U+E0041", "ש": "U+05E9",
    "ب": "U+0628",
}  # fmt: skip


def _read(project: Project, dataset: str, content: str) -> list[Fault]:
    held = schema.load(project)[dataset]
    path = small.put_bytes(project, "2024-06", f"{dataset}.csv", content.encode())
    return returns.read(path, held, project)[1]


@pytest.mark.parametrize(("mark", "named"), REFUSED.items(), ids=REFUSED.values())
@pytest.mark.parametrize("column", ["note_zh", "area_code", "value", "period", "source_id"])
def test_a_mark_that_cannot_be_carried_is_named(project: Project, mark: str, named: str, column: str) -> None:
    good = figure(note_zh="注")
    row = {**good, column: f"{good[column]}{mark}1"}
    faults = _read(project, "fraud", small.csv_text([figure(period="2024-05"), row]))
    assert [(f.row, f.column.split("（")[0]) for f in faults] == [(3, column)]
    sentence = str(faults[0])
    assert named in sentence
    assert "请" in sentence
    assert "\n" not in sentence
    assert mark not in sentence or mark in "שب", "a fault shows what it names, never the mark itself"


def test_lists_keep_the_same_rule(project: Project) -> None:
    from yuebao import tables
    from yuebao.faults import DataRejected

    small.put_list(
        project, "sources", [{**r, "title": r["title"] + "\u202e"} for r in small.CODES["sources"]]
    )
    with pytest.raises(DataRejected, match=r"sources.csv:2: title.*U\+202E"):
        tables.assemble(project)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://x/", "//x/", 'https://x/"y']
)
def test_an_address_that_is_none_is_refused(project: Project, address: str) -> None:
    from yuebao import rowcheck, tables
    from yuebao.faults import DataRejected

    small.put_list(project, "sources", [{**r, "url": address} for r in small.CODES["sources"][:1]])
    assert rowcheck is not None
    with pytest.raises(DataRejected, match="url"):
        edition.check(project, "latest")
    assert tables is not None


@given(
    st.lists(
        st.sampled_from(["\r\n", "\r", "\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "字"]), max_size=9
    )
)
def test_every_line_end_is_one_line_feed(parts: list[str]) -> None:
    joined = "".join(parts).replace("\r\n", "\n").replace("\r", "\n")
    assert characters.unbroken(joined) == "".join("\n" if part != "字" and part else part for part in
                                                  re.findall("字|[^字]", joined))  # fmt: skip
    assert characters.unbroken("甲\r\n\r\n乙") == "甲\n\n乙"


def test_a_cell_longer_than_excel_holds_is_refused(project: Project) -> None:
    faults = _read(project, "fraud", small.csv_text([figure(note_zh="长" * 32_768)]))
    assert [(f.row, "32,767" in f.what) for f in faults] == [(2, True)]
    assert not _read(project, "fraud", small.csv_text([figure(note_zh="长" * 32_767)]))
