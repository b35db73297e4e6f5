"""The real book built again: after a change, after a fault, in another month, with a chapter more.

Each test that builds works on a project of its own; the session's site (site_fixtures)
is never touched. What was built once is shared by the tests that only read it.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import small
from site_fixtures import CHAPTERS, Site, drawn, number, project_copy, site, tree
from yuebao import edition
from yuebao.faults import REJECTED, UNEXPECTED, DataRejected, YuebaoError
from yuebao.project import Project

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

BULLETIN = ("421222", "2024-05", "cases_filed", "")  # Tongcheng's cases of May 2024


def command(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The ``yuebao`` command as a user runs it, in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "yuebao", *arguments],
        cwd=project.root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def change_return(path: Path, where: dict[str, str], **new: str) -> None:
    """Change cells of the one row of a return that holds just these values."""
    text = path.read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    (row,) = [line for line in lines if all(line[column] == value for column, value in where.items())]
    row.update(new)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    path.write_text(out.getvalue(), encoding="utf-8")


def return_with(project: Project, dataset: str, where: dict[str, str]) -> Path:
    """The return in which this row stands."""
    found = []
    for path in sorted(project.returns.glob(f"*/{dataset}.csv")):
        for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
            if all(row[column] == value for column, value in where.items()):
                found.append(path)
    (only,) = found
    return only


def add_cell(path: Path, cell: nbformat.NotebookNode) -> None:
    """Put a cell at the end of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    cell["id"] = "added"
    notebook.cells.append(cell)
    nbformat.write(notebook, path)


def section_of(page: BeautifulSoup, title: str) -> Tag:
    """The section of a page under this heading."""
    heading = next(h for h in page.select("h2, h3") if h.find(string=True) == title)
    section = heading.find_parent("section")
    assert section is not None
    return section


# --- the same input gives the same bytes; a second project to change ---------------------------


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same book built from nothing a second time, in another folder."""
    project = project_copy(tmp_path_factory.mktemp("second") / "a folder with spaces")
    return Site(project, edition.build(project))


def test_the_same_input_gives_the_same_bytes(site: Site, second: Site) -> None:
    assert second.result.pages_run == site.result.pages_run > 0
    one, other = tree(site.folder), tree(second.folder)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_no_page_tells_where_or_when_it_was_made(site: Site) -> None:
    place = re.compile(rb"(?<![\w.:/%-])/(?:tmp|root|home|work)/|pytest-of|ipykernel_\d")
    for path in site.folder.rglob("*"):
        if path.suffix in (".html", ".css", ".csv", ".json", ".svg"):
            found = place.search(path.read_bytes())
            assert found is None, f"{path.name}: {found.group()!r}"


def test_an_unchanged_book_is_not_built_again(second: Site) -> None:
    before = tree(second.folder)
    again = edition.build(second.project)
    assert again.unchanged
    assert again.pages_run == 0
    assert again.seconds < 5
    assert tree(second.folder) == before
    said = command(second.project, "build", "--no-pdf")
    assert said.returncode == 0, said.stderr
    assert "没有变化" in said.stdout


# --- fail closed ----------------------------------------------------------------------------------


@pytest.fixture
def restored(second: Site) -> Iterator[Project]:
    """The second project, its data and notebooks put back afterwards."""
    project = second.project
    yield project
    for name in ("data", "notebooks"):
        shutil.rmtree(project.root / name)
        shutil.copytree(small.REPO / name, project.root / name, ignore=shutil.ignore_patterns(".*"))


def test_a_bad_return_stops_the_run_and_leaves_the_site(second: Site, restored: Project) -> None:
    before = tree(restored.site)
    where = dict(zip(("area_code", "period", "measure", "category"), BULLETIN, strict=True))
    path = return_with(restored, "fraud", {**where, "change_kind": "mom"})
    change_return(path, {**where, "change_kind": "mom"}, value="二十七起", source_id="")
    register = restored.returns / "2024-04" / "trees_register.csv"
    first = next(csv.DictReader(io.StringIO(register.read_text(encoding="utf-8-sig"))))
    change_return(register, {"record_no": first["record_no"]}, age_years="很老")
    (restored.returns / restored.edition() / "buses.csv").write_text("a\n1\n", encoding="utf-8")

    with pytest.raises(DataRejected) as caught:
        edition.build(restored)
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 4, told
    name = restored.name(path)
    assert any(re.match(rf"{name}:\d+: value（数值）: “二十七起”不是数字；", line) for line in told)
    assert any(re.match(rf"{name}:\d+: source_id（来源）: .*必填", line) for line in told)
    assert any(line.startswith("data/returns/2024-04/trees_register.csv:2: age_years") for line in told)
    assert any(f"{restored.edition()}/buses.csv: 不知道这是哪个数据集的报表；" in line for line in told)

    said = command(restored, "build", "--no-pdf")
    assert said.returncode == REJECTED
    for line in told:
        assert line in said.stderr
    assert "共 4 处问题；没有改动已成的网站。" in said.stderr
    assert "Traceback" not in said.stderr
    assert tree(restored.site) == before


def test_a_code_that_does_not_exist_stops_the_run_too(second: Site, restored: Project) -> None:
    """A fault only Great Expectations finds: the cells are well formed."""
    before = tree(restored.site)
    where = dict(zip(("area_code", "period", "measure", "category"), BULLETIN, strict=True))
    path = return_with(restored, "fraud", {**where, "change_kind": "mom"})
    change_return(path, {**where, "change_kind": "mom"}, source_id="nobody")
    with pytest.raises(DataRejected) as caught:
        edition.build(restored)
    (fault,) = caught.value.faults
    assert fault.file == restored.name(path)
    assert "nobody" in fault.what
    assert "sources.csv" in fault.mend
    assert tree(restored.site) == before


def test_a_check_of_a_whole_table_stops_the_run_too(tmp_path: Path) -> None:
    """An expectation that names no rows, such as a count of rows, still fails closed."""
    project = small.fill(small.make(tmp_path / "project"))
    path = project.validation / "fraud.yaml"
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    check = {"name": "few_rows", "type": "expect_table_row_count_to_be_between", "kwargs": {"max_value": 1}}
    check |= {"dataset": "fraud", "severity": "error", "title": "至多一行", "mend": "请核对行数"}
    suite["checks"].append(check)
    path.write_text(yaml.safe_dump(suite, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(DataRejected, match="至多一行"):
        edition.check(project, "latest")


def test_a_notebook_that_fails_is_named_and_leaves_the_site(second: Site, restored: Project) -> None:
    before = tree(restored.site)
    path = restored.notebooks / "context.ipynb"
    codes = sum(c.cell_type == "code" for c in nbformat.read(path, as_version=4).cells)
    add_cell(path, new_code_cell('raise ValueError("这里没有数")'))
    with pytest.raises(YuebaoError) as caught:
        edition.build(restored)
    told = str(caught.value)
    assert "notebooks/context.ipynb" in told
    assert "ValueError: 这里没有数" in told
    assert caught.value.exit_code == UNEXPECTED
    assert tree(restored.site) == before
    # the number a reader sees in Jupyter, where papermill's own parameter cell is not
    assert f"第 {codes + 1} 个代码单元格" in told


def test_after_the_faults_are_mended_the_book_is_as_it_was(second: Site) -> None:
    assert edition.build(second.project).unchanged


# --- never stale ------------------------------------------------------------------------------------


def test_a_notebook_whose_text_changed_is_run_again_alone(second: Site, restored: Project) -> None:
    before = tree(restored.site)
    add_cell(restored.notebooks / "context.ipynb", new_markdown_cell("## 后来加的一节\n\n后来加的话。"))
    done = edition.build(restored)
    assert not done.unchanged
    assert (done.pages_run, done.pages_kept) == (1, second.result.pages_run - 1)
    page = Site(restored, done).page("context")
    assert section_of(page, "后来加的一节")["id"]
    after = tree(restored.site)
    changed = {name for name in before if before[name] != after.get(name)}
    assert "context.html" in changed
    assert {name for name in changed if name.endswith((".html", ".csv", ".json")) and "/" not in name} == {
        "context.html"
    }


def test_a_changed_return_changes_every_page_that_shows_it(site: Site, restored: Project) -> None:
    """One value in one return: 27 becomes 26."""
    where = dict(zip(("area_code", "period", "measure", "category"), BULLETIN, strict=True))
    path = return_with(restored, "fraud", {**where, "value": "27"})
    change_return(path, {**where, "value": "27"}, value="26")
    done = edition.build(restored)
    assert not done.unchanged
    now = Site(restored, done)

    def told(of: Site) -> list[str]:
        fraud, front = of.page("fraud"), of.page("index")
        chart = fraud.select_one("#x-fraud-tongcheng-cases .chart.wide")
        table = fraud.select_one("#x-fraud-tongcheng-cases tbody tr:last-child td.num data")
        card = front.select_one(".column .card-value data")
        small_chart = front.select_one(".column .chart")
        assert chart is not None
        assert table is not None
        assert card is not None
        assert small_chart is not None
        return [
            drawn(fraud.select_one("#x-fraud-tongcheng-cases")).splitlines()[-1],  # type: ignore[arg-type]
            str(chart["aria-label"]).rstrip("。").split("；")[-1],
            str(table["value"]),
            str(card["value"]),
            card.get_text(),
            str(small_chart["aria-label"]).rstrip("。").split("；")[-1],
            of.table("fraud-tongcheng-cases")["value"].iloc[-1],
        ]

    assert told(site) == ["27起", "2024年5月 27起", "27", "27", "27", "2024年5月 27起", "27"]
    assert told(now) == ["26起", "2024年5月 26起", "26", "26", "26", "2024年5月 26起", "26"]
    # what follows from it follows: the stated rise no longer agrees with the levels
    said = [t.get_text() for t in now.page("fraud").select(".finding")]
    assert any("92.86%" in text and "26起对14起，多12起" in text for text in said), said
    assert done.warnings > site.result.warnings
    # and nothing else changed but what the one value is about
    one, other = tree(site.folder), tree(now.folder)
    changed = {name for name in one if one[name] != other.get(name)}
    assert "trees.csv" not in {Path(name).name for name in changed}
    assert {"fraud.html", "index.html", "data/latest/fraud.csv", "quality.html"} <= changed
    assert not {"trees.html", "trade_in.html", "context.html", "dictionary.html"} & changed


# --- an older edition ---------------------------------------------------------------------------------


def months_told(text: str) -> set[str]:
    """Every month a text speaks of, in words or in figures, as YYYY-MM."""
    found = {f"{y}-{int(m):02d}" for y, m in re.findall(r"(\d{4})年(\d{1,2})月", text)}
    return found | set(re.findall(r"(?<![\d\w])(20\d\d-(?:0[1-9]|1[0-2]))(?![\d])", text))


def rows_known_later(of: Site) -> list[str]:
    """Rows of the datasets and exhibits that became known, or are about a time, after the edition."""
    month = of.result.edition
    found = []
    for file in of.downloads:
        if "source_id" not in of.rows(file)[0] or file in ("sources.csv", "conflicts.csv"):
            continue
        for row in of.table(file.removesuffix(".csv")).to_dict("records"):
            late = [row.get("edition", ""), row.get("source_date_published", "")]
            if row.get("obs_status") not in ("F", "", None) and row.get("counting") != "target":
                late.append(row["period"].split("/")[0])
            found += [f"{file}: {row}" for text in late if text[:7] > month and text[:4].isdigit()]
    return found


def months_told_later(of: Site) -> list[str]:
    """Months after the edition that its own pages speak of, the dates a policy is to end aside."""
    found = []
    for name in (*CHAPTERS, "index", "quality"):
        text = of.text(name)
        for figure in of.page(name).select('[id^="x-trade_in-buyer"]'):
            text = text.replace(figure.get_text(" "), " ")
        found += [f"{name}: {month}" for month in sorted(months_told(text)) if month > of.result.edition]
    return found


def sources_known_later(of: Site) -> list[str]:
    """Sources published after the edition that are in its lists or on its page of sources."""
    table = of.table("sources").set_index("source_id")["date_published"]
    late = table[(table.str[:7] > of.result.edition) & (table.str.len() >= 7)]
    on_page = {str(t["id"]) for t in of.page("sources").select("li[id]")}
    assert not set(late.index) & on_page
    return list(late.index)


@pytest.fixture(scope="module")
def first_edition(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The edition of the founding page."""
    project = project_copy(tmp_path_factory.mktemp("first") / "project")
    return Site(project, edition.build(project, "2024-04"))


def test_the_first_edition_knows_what_was_known_then(first_edition: Site) -> None:
    of = first_edition
    assert of.result.edition == "2024-04"
    for name in of.names:
        page = of.page(name)
        assert "2024年4月" in page.title.get_text(), name  # type: ignore[union-attr]
    assert sorted(p.name for p in (of.folder / "data").iterdir()) == ["2024-04", "latest"]
    fraud = of.table("fraud")
    assert set(fraud["edition"]) == {"2024-04"}
    assert len(fraud) > 100
    told = "\n".join(of.text(name) for name in (*CHAPTERS, "index", "quality"))
    for later in ("81.77", "448.63", "21.56%", "28.52%", "10.01万", "26.1万", "43,100", "4.31万"):
        assert later not in told, later
    assert re.search(r"5\.82\s*%", told), "the founding page's own figure"
    assert number("-5.82") in of.numbers("fraud.csv")


def test_the_first_edition_knows_nothing_later(first_edition: Site) -> None:
    assert rows_known_later(first_edition) == []
    assert months_told_later(first_edition) == []


def test_the_first_edition_lists_no_later_source_or_conflict(first_edition: Site) -> None:
    assert sources_known_later(first_edition) == []
    known = {
        (row["source_id"], row["area_code"], row["period"], row["measure"])
        for name in ("fraud", "trees", "trade_in", "context")
        for row in first_edition.table(name).to_dict("records")
    }
    listed = first_edition.table("conflicts").to_dict("records")
    later = [r for r in listed if (r["source_id"], r["area_code"], r["period"], r["measure"]) not in known]
    assert later == []


# --- a chapter more ------------------------------------------------------------------------------------

SCHEMA: dict[str, Any] = {
    "name": "libraries",
    "chapter": "libraries",
    "title": "公共图书馆",
    "title_en": "Public libraries",
    "description": "公共图书馆的藏书与座位。",
    "description_en": "Books and seats of public libraries.",
    "fields": [
        {
            "name": column,
            "type": kind,
            "title": title,
            "title_en": english,
            "description": f"{title}。",
            "description_en": f"{english}.",
            "constraints": {"required": True, **rules},
        }
        for column, kind, title, english, rules in (
            ("library_no", "string", "馆号", "Library number", {"unique": True, "pattern": "L[0-9]{2}"}),
            ("area_code", "string", "地区代码", "Area code", {"pattern": "[0-9]{6}"}),
            ("library_zh", "string", "馆名", "Library", {}),
            ("books", "integer", "藏书（册）", "Books", {"minimum": 0}),
            ("seats", "integer", "座位（个）", "Seats", {"minimum": 0}),
            ("source_id", "string", "来源", "Source", {}),
        )
    ],
    "primaryKey": ["library_no"],
    "foreignKeys": [
        {"fields": code, "reference": {"resource": listed, "fields": code}}
        for code, listed in (("area_code", "areas"), ("source_id", "sources"))
    ],
}
CHECKS: dict[str, Any] = {
    "chapter": "libraries",
    "checks": [
        {
            "name": "more_books_than_seats",
            "type": "expect_column_pair_values_a_to_be_greater_than_b",
            "kwargs": {"column_A": "books", "column_B": "seats"},
            "dataset": "libraries",
            "severity": "error",
            "title": "藏书多于座位",
            "mend": "请核对藏书与座位是否填反",
        },
        {
            "name": "seats_at_most",
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "seats", "max_value": 2000},
            "dataset": "libraries",
            "severity": "warning",
            "title": "座位不超过两千",
            "mend": "请核对座位数",
        },
    ],
}
LIBRARIES = (
    "library_no,area_code,library_zh,books,seats,source_id\n"
    "L01,420100,甲馆,4321000,1357,{source}\n"
    "L02,421222,乙馆,98760,246,{source}\n"
)
NOTEBOOK = (
    "# 公共图书馆",
    'edition = "latest"\narea = "420000"',
    """from yuebao import words
from yuebao.chapter import Chapter

chapter = Chapter.open("libraries", edition=edition, area=area)
rows = chapter.tables.labelled("libraries").sort_values("library_no")
most = rows.sort_values("books").iloc[-1]
chapter.opening(f"收入{words.shown(int(most['books']), '册', 'exact', most['row_id'])}藏书的一馆。", [])""",
    "## 各馆",
    """chapter.plain_table(
    "all", rows, "藏书与座位", "册，个",
    {"library_zh": "馆名", "area_zh": "地区", "books": "藏书", "seats": "座位"},
)""",
    "## 检查提示",
    "chapter.findings()",
    'chapter.side([], ["座位多不等于读者多。"])',
)


def add_chapter(project: Project, month: str) -> set[str]:
    """A new chapter: four files and nothing else; gives their names."""
    source = next(csv.DictReader(io.StringIO((project.data / "sources.csv").read_text(encoding="utf-8-sig"))))
    cells = [new_markdown_cell(text) if text.startswith("#") else new_code_cell(text) for text in NOTEBOOK]
    cells[1].metadata["tags"] = ["parameters"]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["kind"] = "chapter"
    for number_, cell in enumerate(notebook.cells):
        cell["id"] = f"libraries-{number_}"
    before = set(tree(project.root))
    nbformat.write(notebook, project.notebooks / "libraries.ipynb")
    for folder, content in ((project.schemas, SCHEMA), (project.validation, CHECKS)):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / "libraries.yaml").write_text(text, encoding="utf-8")
    text = LIBRARIES.format(source=source["source_id"])
    (project.returns / month / "libraries.csv").write_text(text, encoding="utf-8")
    return set(tree(project.root)) - before


@pytest.fixture(scope="module")
def with_chapter(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The edition of August 2024 with a chapter that is not in the repository."""
    project = project_copy(tmp_path_factory.mktemp("chapter") / "project")
    assert add_chapter(project, "2024-05") == {
        "notebooks/libraries.ipynb",
        "validation/libraries.yaml",
        "data/schemas/libraries.yaml",
        "data/returns/2024-05/libraries.csv",
    }
    return Site(project, edition.build(project, "2024-08"))


def test_a_new_chapter_is_in_the_navigation(with_chapter: Site) -> None:
    for name in with_chapter.names:
        links = with_chapter.page(name).select("header nav a")
        titles = [a.get_text() for a in links]
        assert "公共图书馆" in titles, name
        assert titles.index("公共图书馆") < titles.index("检查与质量"), "after the chapters"
    turn = with_chapter.page("libraries").select(".turn a")
    assert len(turn) == 2


def test_a_new_chapter_has_its_page(with_chapter: Site) -> None:
    page = with_chapter.page("libraries")
    assert page.h1.find(string=True) == "公共图书馆"  # type: ignore[union-attr]
    figure = page.select_one("#x-libraries-all")
    assert figure is not None
    assert [d["value"] for d in figure.select("data")] == ["4321000", "1357", "98760", "246"]
    assert "武汉市" in figure.get_text()
    assert page.select_one(".side #downloads").find_next("ul").select('a[href="data/latest/libraries.csv"]')  # type: ignore[union-attr]
    assert "没有发现需要提示的地方" in page.get_text()


def test_a_new_chapter_is_in_the_downloads(with_chapter: Site) -> None:
    table = with_chapter.table("libraries")
    assert list(table["books"]) == ["4321000", "98760"]
    assert list(table["area_zh"]) == ["武汉市", "通城县"]
    assert (table["source_title"] != "").all()
    assert set(table["edition"]) == {"2024-05"}
    assert list(with_chapter.table("libraries-all")["seats"]) == ["1357", "246"]
    package = (with_chapter.folder / "data" / "latest" / "datapackage.json").read_text(encoding="utf-8")
    assert '"path": "libraries.csv"' in package
    assert with_chapter.page("index").select_one('a[href="data/latest/libraries.csv"]')


def test_a_new_chapter_is_in_the_reference_pages(with_chapter: Site) -> None:
    section = section_of(with_chapter.page("dictionary"), "公共图书馆")
    for column in ("library_no", "books", "seats"):
        assert column in section.get_text()
    quality = with_chapter.page("quality")
    assert "藏书多于座位" in quality.get_text()
    assert quality.select_one("#c-libraries")
    checks = with_chapter.table("quality-checks-by-chapter")["chapter_zh"]
    assert "公共图书馆" in set(checks), "a chapter is called by its Chinese name"
    source = with_chapter.table("libraries")["source_id"].iloc[0]
    assert with_chapter.page("sources").select_one(f"#{source}")


def test_a_new_chapters_checks_stop_the_run(with_chapter: Site) -> None:
    project = with_chapter.project
    before = tree(project.site)
    path = project.returns / "2024-05" / "libraries.csv"
    good = path.read_text(encoding="utf-8")
    try:
        path.write_text(good.replace("98760,246", "246,98760"), encoding="utf-8")
        with pytest.raises(DataRejected) as caught:
            edition.build(project, "2024-08")
    finally:
        path.write_text(good, encoding="utf-8")
    assert any("藏书多于座位" in str(fault) for fault in caught.value.faults)
    assert {f.file for f in caught.value.faults} == {"data/returns/2024-05/libraries.csv"}
    assert tree(project.site) == before


def test_an_edition_in_between_knows_what_was_known_then(with_chapter: Site) -> None:
    """The same build is that of an older month: August 2024."""
    of = with_chapter
    told = "\n".join(of.text(name) for name in (*CHAPTERS, "index", "quality"))
    for later in ("21.56%", "28.52%", "10.01万"):
        assert later not in told, later
    for then in ("448.63%", "26.1万", "4.31万", "43.6%"):
        assert then in told, then
    assert max(of.table("trade_in")["edition"]) == "2024-08"


def test_an_edition_in_between_knows_nothing_later(with_chapter: Site) -> None:
    assert rows_known_later(with_chapter) == []
    assert months_told_later(with_chapter) == []


# --- each notebook by itself ------------------------------------------------------------------------------


def test_each_notebook_runs_by_itself_on_its_defaults(site: Site) -> None:
    """As in Jupyter: no parameters, started in the notebooks' folder, outputs as on the page."""
    import nbclient

    folder = site.project.notebooks

    def run(path: Path) -> nbformat.NotebookNode:
        notebook = nbformat.read(path, as_version=4)
        client = nbclient.NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        return client.execute()

    paths = sorted(folder.glob("*.ipynb"))
    assert len(paths) >= 6
    with ThreadPoolExecutor(2) as pool:
        for path, notebook in zip(paths, pool.map(run, paths), strict=True):
            shown = [
                output["data"]["text/markdown"]
                for cell in notebook.cells
                for output in cell.get("outputs", ())
                if "text/markdown" in output.get("data", {})
            ]
            assert shown, path.name
            errors = [o for c in notebook.cells for o in c.get("outputs", ()) if o.output_type == "error"]
            assert errors == [], path.name
            stands = {"overview": "index", "area": "area-420100"}  # of the areas, the one its defaults name
            page = site.page(stands.get(path.stem, path.stem)).get_text()
            for heading in re.findall(r"^#{2,3} (.+)$", "\n".join(shown), re.M):
                assert heading in page, f"{path.name}: {heading}"
    assert sorted(p.name for p in folder.iterdir()) == [p.name for p in paths], "nothing is left beside them"
