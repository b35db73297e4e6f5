"""One notebook, seventeen pages: the areas, the tile map, and what an area's page says."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import small
from site_fixtures import Site, site
from yuebao import areas, book, pages, schema, tables, tiles, words
from yuebao.chapter import Chapter
from yuebao.chapters import area as place
from yuebao.chapters.known import COUNTS, known
from yuebao.exhibits import PAGE
from yuebao.faults import UsageError, YuebaoError
from yuebao.pages import Job, Page
from yuebao.project import Project

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

PAIR = ["area_code", "neighbour_code"]
QIANJIANG = "429005"  # nothing of it was published


def codes() -> list[str]:
    listed = pd.read_csv(small.REPO / "data" / "areas.csv", dtype=str)
    return list(listed.loc[listed["parent_code"] == "420000", "area_code"])


@pytest.fixture(scope="module")
def lists() -> dict[str, pd.DataFrame]:
    project = Project(small.REPO)
    return tables.read_lists(project, schema.load(project))


# --- one notebook, many pages ------------------------------------------------------------


def notebook(project: Project, each: str, parameters: str = 'edition = "x"\narea = "420100"') -> Path:
    made = new_notebook(cells=[new_code_cell(parameters, metadata={"tags": ["parameters"]})])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata.update(each=each, under="areas", kernelspec=kernel)
    project.notebooks.mkdir()
    path = project.notebooks / "area.ipynb"
    nbformat.write(made, path)
    return path


def test_a_notebook_that_says_so_is_made_for_every_area(project: Project) -> None:
    notebook(project, "area")
    assert [(j.name, j.parameters) for j in pages.jobs(project, "2024-05")] == [
        ("area-420100", {"edition": "2024-05", "area": "420100"})
    ]


def test_the_book_has_seventeen_of_them() -> None:
    made = pages.jobs(Project(small.REPO), "2024-05")
    wanted = {f"area-{code}": code for code in codes()}
    assert len(wanted) == 17
    assert {j.name: j.parameters["area"] for j in made if j.notebook.stem == "area"} == wanted
    assert {j.parameters["area"] for j in made if j.notebook.stem != "area"} == {"420000"}


@pytest.mark.parametrize(
    ("each", "parameters", "said"),
    [
        ("county", 'edition = "x"\narea = "420100"', "元数据 each 为“county”，不知道按什么分页；请写"),
        ("area", 'edition = "x"', "没有声明参数 area；请"),
        ("area", 'edition = "x"\narea = "420100"\nyear = None', "缺少参数“year”；请给出它的值"),
    ],
)
def test_one_that_cannot_be_run_so_is_refused(
    project: Project, each: str, parameters: str, said: str
) -> None:
    notebook(project, each, parameters)
    with pytest.raises(UsageError) as caught:
        pages.jobs(project, "2024-05")
    assert str(caught.value).startswith(f"notebooks/area.ipynb: {said}")


def test_a_page_says_what_it_is_about_and_where_it_lies() -> None:
    cell = new_code_cell("1")
    shown = {"text/markdown": "# 武汉市", PAGE: {"description": "破案数1,580起。"}}
    cell.outputs = [new_output("display_data", data=shown)]
    run = new_notebook(cells=[new_markdown_cell("甲"), cell])
    run.metadata.update(kind="area", description="不用的话", under="areas")
    page = pages.bindable(Job("area-420100", Path("area.ipynb"), {}), run)
    assert page.under == "areas"
    assert page.notebook.metadata["description"] == "破案数1,580起。"
    assert page.notebook.metadata["kind"] == "area"


def test_pages_lie_under_the_one_they_name(project: Project) -> None:
    (project.root / "_toc.yml").write_text("root: index\nchapters:\n- file: areas\n- file: about\n", "utf-8")
    made = [Page("areas", None), *(Page(f"area-{n}", None, under="areas") for n in (1, 2))]  # type: ignore[arg-type]
    assert book._toc(project, made, [])["chapters"] == [
        {"file": "areas", "sections": [{"file": "area-1"}, {"file": "area-2"}]},
        {"file": "about"},
    ]
    with pytest.raises(YuebaoError, match="area-1: 目录中没有它的上级页“places”"):
        book._toc(project, [Page("area-1", None, under="places")], [])  # type: ignore[arg-type]


# --- neighbours and tiles ----------------------------------------------------------------


def test_who_borders_whom_is_said_from_both_sides(lists: dict[str, pd.DataFrame]) -> None:
    pairs = set(lists["neighbours"][PAIR].itertuples(index=False, name=None))
    assert {(b, a) for a, b in pairs} == pairs
    assert not [a for a, b in pairs if a == b]
    assert {a for a, _ in pairs} == set(codes())
    assert set(areas.beside(lists["neighbours"], QIANJIANG)) == {"420800", "421000", "429004", "429006"}
    assert set(areas.beside(lists["neighbours"], "429021")) == {"420300", "420500", "420600", "422800"}


def test_every_area_has_a_place_of_its_own_near_its_neighbours(lists: dict[str, pd.DataFrame]) -> None:
    at = {t["area_code"]: (t["tile_row"], t["tile_column"]) for _, t in lists["tiles"].iterrows()}
    assert sorted(at) == sorted(codes())
    assert len(set(at.values())) == len(at)
    near = [
        max(abs(at[a][0] - at[b][0]), abs(at[a][1] - at[b][1]))
        for a, b in lists["neighbours"][PAIR].itertuples(index=False, name=None)
    ]
    assert max(near) <= 2
    assert near.count(1) / len(near) > 0.8, "most that border each other touch on the map"


def test_shades_go_by_place_and_ties_are_alike() -> None:
    values = pd.Series([5.0, None, 1.0, 5.0, 9.0, 2.0])
    assert list(tiles.shades(values)) == [4, 0, 1, 4, 5, 2]
    assert list(tiles.shades(pd.Series([None, None], dtype=float))) == [0, 0]


def test_the_map_is_read_from_north_to_south(lists: dict[str, pd.DataFrame]) -> None:
    frame = pd.DataFrame({"area_code": ["420100"], "value": [7.0], "text": ["七"]})
    page = BeautifulSoup(tiles.tile_map(frame, lists, "甲<乙"), "html.parser")
    items = page.select("ol.tiles > li.tile > a[href]")
    assert [a["href"] for a in items][:3] == ["area-420300.html", "area-420600.html", "area-421300.html"]
    assert [a.get_text(" ", strip=True) for a in items].count("武汉 七") == 1
    assert sum("未见公布" in a.get_text() for a in items) == 16
    assert not page.select("[style], [tabindex]")
    assert page.ol is not None
    assert page.ol["aria-label"] == "甲<乙"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_shade_carries_its_text() -> None:
    css = (small.REPO / "book" / "_static" / "yuebao.css").read_text(encoding="utf-8")
    schemes = re.findall(r"--t1:[^}]*", css)
    assert len(schemes) == 3  # light; dark by the system; dark by the reader
    assert schemes[1].split() == schemes[2].split()
    for scheme in schemes:
        colour = dict(re.findall(r"--([\w-]+):(#\w{6})", scheme))
        for shade in range(1, 6):
            text, ground = colour["t-top" if shade == 5 else "t-ink"], colour[f"t{shade}"]
            dark, light = sorted([luminance(text), luminance(ground)])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground}"


def test_the_key_says_what_each_shade_and_mark_means(lists: dict[str, pd.DataFrame]) -> None:
    areas_ = codes()[:4]
    frame = pd.DataFrame({"area_code": areas_, "value": [3.0, 9.0, 700.0, None]})
    frame = frame.assign(text=["三", "九", "七百", ""], when="2024", drawn=[True, True, False, True])
    page = BeautifulSoup(tiles.tile_map(frame, lists, "图"), "html.parser")
    entries = {str(li.span["class"][0]): li.get_text() for li in page.select(".tile-key li") if li.span}
    assert entries == {"t0": "未见公布", "t3": "3", "t5": "9", "tx": "不入图"}
    marked = page.select("li.tx")
    assert len(marked) == 1
    assert "七百" not in marked[0].get_text()
    assert not page.select("li.t5 ~ span.tx")
    assert "深" not in tiles.NOTE, "on a dark page the shades go the other way"


# --- the real book's pages ---------------------------------------------------------------


def test_each_area_has_its_page_under_one_entry_of_the_bar(site: Site) -> None:
    assert len(site.areas) == 17
    for name, called in site.areas.items():
        page = site.page(name)
        h1 = page.select_one("h1")
        assert h1 is not None
        assert next(h1.stripped_strings) == called
        assert page.select_one('nav.crumbs a[href="areas.html"]'), name
        bar = [str(a["href"]) for a in page.select("header nav a[href]")]
        assert bar.count("areas.html") == 1
        assert not [link for link in bar if link.startswith("area-")], "one entry, not seventeen"


def test_the_lead_is_what_a_search_engine_shows(site: Site) -> None:
    seen = set()
    for name in site.areas:
        page = site.page(name)
        lead, said = page.select_one(".lead"), page.select_one('meta[name="description"]')
        assert lead is not None
        assert said is not None
        assert said["content"] == lead.get_text()
        seen.add(said["content"])
    assert len(seen) == 17


def test_an_area_of_which_nothing_is_known_says_so(site: Site) -> None:
    page = site.page(f"area-{QIANJIANG}")
    assert len(page.select("p.missing")) == 5
    lead = page.select_one(".lead")
    assert lead is not None
    assert "未见公布不等于没有" in lead.get_text()
    own = page.select_one("#x-area-429005-neighbours tbody tr")
    assert own is not None
    assert {str(tag["value"]) for tag in own.select("data")} == {"0"}, "of the book's own rows there is none"
    assert "未见公布" in own.get_text(), "of the trees there is no total"


@pytest.mark.parametrize("dataset", ["fraud", "trees", "trade_in", "context"])
def test_the_pages_hold_the_figures_of_the_dataset_once_each(site: Site, dataset: str) -> None:
    """Every figure of the area and its counties, and nobody else's."""
    whole = site.table(dataset)
    whole = whole[whole["obs_status"] != "M"]
    key = ["area_code", "period", "measure", "category"]
    for name in site.areas:
        code = name.removeprefix("area-")
        listed = site.table("areas")
        within = {code, *listed.loc[listed["parent_code"] == code, "area_code"]}
        expected = whole[whole["area_code"].isin(within)]
        file = f"{dataset}-{name}"
        if expected.empty:
            assert f"{file}.csv" not in site.downloads
            continue
        told = site.table(file)
        told = told if "category" in told else told.assign(category="")
        assert set(map(tuple, told[key].values)) == set(map(tuple, expected[key].values)), file
        values = set(map(tuple, expected[[*key, "value"]].values))
        assert set(map(tuple, told[[*key, "value"]].values)) <= values, file
        assert site.page(name).select_one(f"#x-{file}"), file


def test_the_map_tells_what_the_table_under_it_tells(site: Site) -> None:
    for name, figure, file, column in (
        ("areas", "#x-areas-known", "areas-known", "known"),
        ("trees", "#x-trees-by-area", "trees-by-area", "value"),
    ):
        exhibit = site.page(name).select_one(figure)
        assert exhibit is not None
        held = site.table(file).set_index("area_code")[column]
        assert [str(t) for t in exhibit.select("ol.tiles [tabindex]")] == []
        links = exhibit.select("ol.tiles a[href]")
        assert sorted(str(a["href"]) for a in links) == sorted(f"{page}.html" for page in site.areas)
        for a in links:
            code = str(a["href"])[5:11]
            shade, printed = str(a.find_parent("li")["class"][-1]), a.span.get_text()  # type: ignore[index, union-attr]
            value = held.get(code, "")
            if shade == "tx":
                assert printed == tiles.NOT_DRAWN
                continue
            nothing = "0" if column == "known" else "未见公布"
            none = value in ("", "0")
            assert printed.lstrip("逾近约") == (nothing if none else "".join(words.scaled(float(value))))
            assert (shade == "t0") == none


# --- an edition of the past --------------------------------------------------------------


def test_a_past_edition_knows_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUEBAO_ROOT", str(small.REPO))
    first = Chapter.open("area", "2024-04", "421200")
    assert "2024年4月" in place.opening(first).markdown or "2024年3月" in place.opening(first).markdown
    assert "2024年5月" not in "".join(p.markdown for p in place.fraud(first))
    assert len(place.trade_in(Chapter.open("area", "2024-04", QIANJIANG))) == 2
    now = Chapter.open("area", "latest", "421200")
    before, after = (known(c).set_index("area_code")[list(COUNTS)] for c in (first, now))
    assert (before <= after).all(axis=None)
    assert before["trade_in"].sum() < after["trade_in"].sum()
    assert Chapter.open("area", "latest", "420100").tables is now.tables, "an edition is read once"
