"""From any number on a page, one click to the row it came from, and on to its source."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from site_fixtures import Site, number, site
from small import figure, put, tree
from yuebao import downloads, rows, trace, words
from yuebao.exhibits import Exhibit, exhibit_piece
from yuebao.project import Project
from yuebao.schema import LISTS
from yuebao.tables import Tables, assemble

__all__ = ["site"]
# Rows the book counted by itself, of checks, files and editions: no figure of a source is behind them.
COUNTED = (
    "quality-checks",
    "quality-checks-by-chapter",
    "quality-left-out",
    "quality-made",
    "calendar-editions",
)
COUNTED += ("claims-counts", "claims-publishers", "areas-known")


# --- ids -----------------------------------------------------------------------------------


def test_an_id_is_made_of_the_key_alone() -> None:
    key = ["area_code", "category"]
    frame = pd.DataFrame({"area_code": ["420000", "420000"], "category": [None, "甲镇"], "value": [1, 2]})
    ids = trace.row_ids("fraud", frame, key)
    assert ids.is_unique
    assert list(trace.row_ids("fraud", frame.assign(value=[8, 9]), key)) == list(ids)
    assert list(trace.row_ids("fraud", frame.iloc[::-1], key)) == list(ids)[::-1]
    assert not set(trace.row_ids("trees", frame, key)) & set(ids)
    assert ids.str.fullmatch(r"fraud-[0-9a-f]{10}").all()


def test_parts_of_a_key_are_kept_apart() -> None:
    frame = pd.DataFrame({"a": ["x", "xy"], "b": ["yz", "z"]})
    assert trace.row_ids("fraud", frame, ["a", "b"]).is_unique


def test_two_keys_with_one_short_digest_get_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trace.digest
    monkeypatch.setattr(trace, "digest", lambda parts, length: "0" * 10 + whole(parts, length)[10:])
    ids = list(trace.row_ids("fraud", pd.DataFrame({"a": ["x", "y", "x"]}), ["a"]))
    assert ids[0] == ids[2] != ids[1]
    assert all(trace.dataset_of(row) == "fraud" for row in ids)


@pytest.mark.parametrize(
    ("row_id", "place"),
    [
        ("fraud-3f9a1c2b0d", "rows-fraud.html#fraud-3f9a1c2b0d"),
        ("trade_in_policy-3f9a1c2b0d", "rows-trade_in_policy.html#trade_in_policy-3f9a1c2b0d"),
        ("trade_in-targets-3f9a1c2b0d", "trade_in.html#trade_in-targets-3f9a1c2b0d"),
        ("calendar-editions-2024-04", "calendar.html#calendar-editions-2024-04"),
        ("areas-known-420100", "areas.html#areas-known-420100"),
        ("area-420100-neighbours-420200", "area-420100.html#area-420100-neighbours-420200"),
    ],
)
def test_an_id_says_where_its_row_stands(row_id: str, place: str) -> None:
    assert trace.address(row_id) == place


def test_a_number_without_a_row_is_not_set() -> None:
    for none in ("", [], ["fraud-1", ""]):
        with pytest.raises(ValueError, match="without a row"):
            words.number_tag(1, "1", none)


def test_vintages_share_an_id(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=90)])
    held = assemble(project)
    every = held.vintages("fraud")
    of_key = every[(every["area_code"] == "420000") & (every["period"] == "2024-04")]
    of_key = of_key[of_key["measure"] == "cases_filed"]
    assert list(of_key["value"]) == [100, 90]
    assert of_key["row_id"].nunique() == 1
    before = held.as_of("2024-04").labelled("fraud")
    now = held.labelled("fraud")
    assert set(before["row_id"]) <= set(now["row_id"]), "the same figure in every edition"


def test_a_row_page_tells_what_editions_gave(project: Project) -> None:
    about = {"note_zh": "更正<b>", "note": "Corrected.", "remark": "第 3 版右下"}
    put(project, "2024-05", "fraud", [figure(value=90, **about)])
    held = assemble(project)
    page = BeautifulSoup(rows.page(held, held.datasets["fraud"]), "html.parser")
    now = held.labelled("fraud")
    assert {str(li["id"]) for li in page.select("ol.rows > li")} == set(now["row_id"])
    row = now[(now["value"] == 90) & (now["period"] == "2024-04")].iloc[0]
    item = page.select_one(f"li#{row['row_id']}")
    assert item is not None
    text = item.get_text(" ")
    assert "2024-04 期 100起；2024-05 期 90起" in text
    assert "更正<b>" in text, "a note is text"
    assert about["note"] not in text
    assert about["remark"] not in text
    assert item.select_one('a[href="sources.html#s_police"]')


def test_a_row_taken_back_keeps_its_place(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value="", obs_status="M")])
    held = assemble(project)
    gone = held.vintages("fraud").iloc[0]["row_id"]
    page = BeautifulSoup(rows.page(held, held.datasets["fraud"]), "html.parser")
    item = page.select_one(f"li#{gone}")
    assert item is not None
    assert "已撤下" in item.get_text()
    assert not item.select("data"), "a number no download holds is only told"


def test_a_computed_row_has_its_place_in_its_own_table() -> None:
    frame = pd.DataFrame({"n": [1, 2]})
    cells = pd.DataFrame({"数": ["1", "2"]})
    piece = exhibit_piece("quality", Exhibit("n", "数", "数", "数", frame, cells))
    assert piece.attachment is not None
    assert piece.attachment["columns"][-1] == "row_id"
    ids = [row[-1] for row in piece.attachment["rows"]]
    assert ids == ["quality-n-1", "quality-n-2"]
    page = BeautifulSoup(piece.markdown, "html.parser")
    assert [tr.get("id") for tr in page.select("tbody tr")] == ids


# --- positions ------------------------------------------------------------------------------


def test_no_page_of_a_small_book_tells_an_exact_position(project: Project) -> None:
    put(project, "2024-05", "trees_register", [tree(longitude=114.30999, latitude=30.58777)])
    held = assemble(project)
    exact = ("114.305", "30.593", "114.309", "30.587")
    assert held.rows["trees_register"]["longitude"].map(str).str.startswith(exact).any()
    assert list(held.labelled("trees_register")["longitude"]) == [114.31, 114.31]
    told = rows.page(held, held.datasets["trees_register"])
    told += downloads.csv_text(downloads.published(held, held.datasets["trees_register"]))
    assert not [place for place in exact if place in told]


# --- the real book --------------------------------------------------------------------------


class Rows:
    """Every row of the downloads that has an id, with the numbers in it."""

    def __init__(self, site: Site) -> None:
        self.numbers: dict[str, set[Decimal]] = {}
        self.from_rows: dict[str, list[str]] = {}
        self.files: dict[str, list[str]] = {}
        for file in site.downloads:
            header, *lines = site.rows(file)
            if "row_id" not in header:
                continue
            at = header.index("row_id")
            basis = header.index("from_rows") if "from_rows" in header else None
            for line in lines:
                held = self.numbers.setdefault(line[at], set())
                held.update(n for cell in line if (n := number(cell)) is not None)
                self.files.setdefault(line[at], []).append(file)
                if basis is not None and line[basis]:
                    self.from_rows[line[at]] = line[basis].split(";")


def place(site: Site, page: str, href: str) -> tuple[str, Tag | None]:
    """The page and the element a link leads to."""
    target, fragment = urldefrag(href)
    name = Path(target).stem if target else page
    return name, ids_of(site, name).get(unquote(fragment))


IDS: dict[tuple[str, str], dict[str, Tag]] = {}


def ids_of(site: Site, name: str) -> dict[str, Tag]:
    key = (str(site.folder), name)
    if key not in IDS:
        IDS[key] = {str(tag["id"]): tag for tag in site.page(name).select("[id]")}
    return IDS[key]


def where(site: Site, page: str, tag: Tag) -> tuple[str, Tag] | None:
    """The row a number leads to: by its link, or the one it stands in."""
    ids = str(tag["data-row"]).split(" ")
    link = tag.select_one("a[href]") or tag.find_parent("a")
    if link is not None:
        name, found = place(site, page, str(link["href"]))
        return (name, found) if found is not None and found["id"] in ids else None
    for row in ids:
        own = tag.find_parent(id=row)
        if own is not None:
            return page, own
    return None


def test_every_number_leads_to_its_row_and_on_to_a_source(site: Site) -> None:
    held = Rows(site)
    faults, seen = [], 0
    for name in site.names:
        for tag in site.page(name).select("data"):
            seen += 1
            ids = str(tag.get("data-row", "")).split()
            value = Decimal(str(tag["value"]))
            if not ids or any(row not in held.numbers for row in ids):
                faults.append(f"{name}: {tag} names no row of a download")
                continue
            if not any(value in held.numbers[row] for row in ids):
                faults.append(f"{name}: {tag} is not in {[held.files[row] for row in ids]}")
            found = where(site, name, tag)
            if found is None:
                faults.append(f"{name}: {tag} leads nowhere")
                continue
            row = str(found[1]["id"])
            counted = row.startswith(COUNTED) or "-neighbours-" in row
            if not counted and not sources_of(site, held, row, *found):
                faults.append(f"{name}: {tag} leads to {row}, which has no source")
    assert faults == []
    assert seen > 4000


def sources_of(site: Site, held: Rows, row: str, page: str, tag: Tag) -> list[str]:
    """The sources a row's own element names, or the rows it was computed from name."""
    known = ids_of(site, "sources")
    names = [str(a["href"]).partition("#")[2] for a in tag.select('a[href^="sources.html#"]')]
    if any(name not in known for name in names):
        return []
    if trace.dataset_of(row) is None:
        based = held.from_rows.get(row, [])
        linked = {str(a["href"]).partition("#")[2] for a in tag.select('a[href^="rows-"]')}
        if not based or not linked:
            return []
        for other in based:
            found = ids_of(site, trace.page_of(other)).get(other)
            if found is None or not found.select('a[href^="sources.html#"]'):
                return []
        names = names or based
    return names


def test_each_row_of_a_dataset_has_one_id_and_one_place(site: Site) -> None:
    for name in ("fraud", "trees", "trees_register", "trade_in", "trade_in_policy", "context"):
        table = site.table(name)
        assert table["row_id"].is_unique, name
        places = ids_of(site, f"rows-{name}")
        shown = site.page(f"rows-{name}").select("ol.rows > li")
        assert {str(li["id"]) for li in shown} == set(table["row_id"]), name
        for row, source in zip(table["row_id"], table["source_id"], strict=True):
            assert places[row].select_one(f'a[href="sources.html#{source}"]'), row


def test_every_file_of_an_exhibit_has_its_row_ids(site: Site) -> None:
    known = Rows(site).numbers
    for file in site.downloads:
        if file.removesuffix(".csv") in LISTS:
            continue
        header, *lines = site.rows(file)
        assert "row_id" in header, file
        assert all(line[header.index("row_id")] for line in lines), file
        if "from_rows" in header:
            for line in lines:
                based = [row for row in line[header.index("from_rows")].split(";") if row]
                assert set(based) <= set(known), f"{file}: {line}"


def test_row_pages_are_light_and_out_of_the_bar(site: Site) -> None:
    for path in site.folder.glob("rows-*.html"):
        assert len(gzip.compress(path.read_bytes())) < 120_000, path.name
    bar = {str(a["href"]) for a in site.page("fraud").select("header nav a[href]")}
    assert not [href for href in bar if href.startswith("rows-")]
    assert site.page("rows-fraud").select_one("[data-pagefind-ignore]")


def test_no_published_file_tells_an_exact_position(site: Site) -> None:
    register = pd.concat(
        pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        for path in sorted(site.project.returns.glob("*/trees_register.csv"))
    )
    exact = {v for c in ("longitude", "latitude") for v in register[c].dropna() if len(v.split(".")[-1]) > 2}
    assert exact, "the register has exact positions to keep back"
    for path in site.folder.rglob("*"):
        if path.suffix in (".html", ".csv", ".json", ".svg", ".xml", ".txt"):
            text = path.read_text(encoding="utf-8")
            assert not [v for v in exact if v in text], path.name


def test_the_small_project_still_binds_every_id(project: Project) -> None:
    """A page that is staged links only to rows that are there."""
    held: Tables = assemble(project)
    for dataset in rows.datasets(held):
        page = BeautifulSoup(rows.page(held, dataset), "html.parser")
        found = {str(tag["id"]) for tag in page.select("[id]")}
        for link in page.select('a[href^="#"]'):
            assert str(link["href"])[1:] in found
