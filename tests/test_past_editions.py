"""Past editions of the book's own data, rebuilt: the same bytes, whatever came later.

An edition's content is every dataset's download, every page its notebooks make, and
every exhibit's download. Charts are compared as specifications, not drawn; checks are
not run.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import small
from small import figure, policy, put, tree
from yuebao import charts, downloads
from yuebao.chapter import Chapter
from yuebao.exhibits import Piece
from yuebao.project import Project
from yuebao.revisions import all_changes
from yuebao.schema import chapter_datasets
from yuebao.tables import Tables, assemble
from yuebao.validate import Report

PAST = ("2024-04", "2024-08", "2025-05")
LATER = "2026-10"
PAGES = ("overview", "fraud", "trees", "trade_in", "context")
Content = dict[str, str]


# --- an edition's content --------------------------------------------------------------


def cells(notebook: str) -> list[str]:
    """The code cells of a page's notebook, without the one of its parameters."""
    raw = json.loads((small.REPO / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in raw["cells"] if cell["cell_type"] == "code"][1:]


def pieces(notebook: str, held: Tables) -> Iterator[Piece]:
    """What each cell shows, run as the notebook's own code."""
    names: dict[str, Any] = {"edition": held.edition, "area": "420000"}
    for cell in cells(notebook):
        *before, last = ast.parse(cell).body
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(before, []), notebook, "exec"), names)
        yield eval(compile(ast.Expression(last.value), notebook, "eval"), names)


def tables_of(held: Tables) -> Content:
    """Every dataset's download."""
    datasets = chapter_datasets(held.datasets).items()
    return {f"{name}.csv": downloads.csv_text(downloads.published(held, d)) for name, d in datasets}


def content(project: Project, edition: str) -> Content:
    """Everything an edition publishes, by name."""
    held = assemble(project, edition)
    found = tables_of(held)
    with pytest.MonkeyPatch.context() as patch:
        report = Report(held.edition, (), ())
        patch.setattr(Chapter, "open", lambda name, edition, area: Chapter(name, edition, area, held, report))
        patch.setattr(
            charts, "svg", lambda spec, name: f'<svg height="9">{json.dumps(spec, ensure_ascii=False)}'
        )
        for page in PAGES:
            for number, piece in enumerate(pieces(page, held), start=1):
                found[f"{page}, piece {number}"] = piece.markdown
                if piece.attachment is not None:
                    rows = pd.DataFrame(piece.attachment["rows"], columns=piece.attachment["columns"])
                    found[piece.attachment["file"]] = downloads.csv_text(rows)
    return found


# --- copies of the project ---------------------------------------------------------------


def copy(folder: Path, upto: str = "9999-12") -> Project:
    """A copy of the book's data, with no month after ``upto``."""
    shutil.copytree(small.REPO / "data", folder / "data")
    shutil.copy(small.REPO / "_config.yml", folder)
    project = Project(folder.resolve())
    for month in project.editions():
        if month > upto:
            shutil.rmtree(project.returns / month)
    return project


def plain(row: pd.Series) -> small.Row:
    return {name: "" if pd.isna(value) else value for name, value in row.items()}


def send_again(held: Tables, dataset: str, edition: str) -> list[small.Row]:
    """Rows of an edition as a later return might send them: the first withdrawn, others revised."""
    frame = held.rows[dataset]
    frame = frame[(frame["_edition"] == edition) & frame["value"].notna()]
    sent = [plain(row) for _, row in frame[held.datasets[dataset].names].head(6).iterrows()]
    for row in sent:
        row["value"] = row["value"] * 2 + 1
    if sent and held.datasets[dataset].is_figures:
        sent[0] |= {"value": "", "obs_status": "M"}
    return sent


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory, real: Tables) -> Project:
    """The project with one more month, which revises, withdraws and adds in every dataset."""
    project = copy(tmp_path_factory.mktemp("later"))
    source = str(real.rows["fraud"]["source_id"].iloc[0])
    added: dict[str, small.Row] = {
        "fraud": figure(period=LATER, measure="cases_filed", value=7, source_id=source),
        "trade_in_policy": policy(programme="汽车报废更新2099", source_id=source),
        "trees_register": tree(record_no="made-up", tree_id="T9999", source_id=source),
    }
    for dataset in chapter_datasets(real.datasets).values():
        rows = [added[dataset.name]] if dataset.name in added else []
        if "value" in dataset.names:
            for edition in PAST:
                rows += send_again(real, dataset.name, edition)
        else:
            first = real.rows[dataset.name].iloc[0][dataset.names]
            rows.append(plain(first) | {"species_zh": "杜撰"})
        put(project, LATER, dataset.name, rows)
    listed = project.data / "editions.csv"
    listed.write_text(listed.read_text(encoding="utf-8") + f"{LATER},{LATER}-31,,杜撰,Made up\n", "utf-8")
    return project


@pytest.fixture(scope="module", params=PAST)
def past(request: pytest.FixtureRequest) -> tuple[str, Content]:
    """A past edition as the repository makes it today, with all later months there."""
    return request.param, content(Project(small.REPO), request.param)


def differing(one: Content, other: Content) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


# --- tests ---------------------------------------------------------------------------------


def test_the_content_is_there(past: tuple[str, Content], real: Tables) -> None:
    edition, held = past
    assert edition < real.edition
    assert {f"{name}.csv" for name in chapter_datasets(real.datasets)} <= set(held)
    for page in PAGES:
        assert [name for name in held if name.startswith(f"{page}, ")]
    assert sum(name.endswith(".csv") for name in held) > 25
    fraud = [str(said) for name, said in held.items() if name.startswith("fraud, ")]
    assert any("这是第一期" in said for said in fraud) == (edition == PAST[0])


def test_without_the_later_months_a_past_edition_is_the_same(
    past: tuple[str, Content], tmp_path: Path
) -> None:
    edition, held = past
    project = copy(tmp_path / "cut", upto=edition)
    assert project.editions()[-1] == edition
    assert differing(held, content(project, edition)) == []


def test_with_one_more_month_a_past_edition_is_the_same(past: tuple[str, Content], later: Project) -> None:
    edition, held = past
    assert later.editions()[-1] == LATER
    assert differing(held, content(later, edition)) == []


def test_the_month_made_up_would_show(later: Project, real: Tables) -> None:
    """The return is no blank: the edition that knows it differs in every dataset."""
    held = assemble(later)
    assert differing(tables_of(held), tables_of(real)) == sorted(tables_of(real))
    for changes in all_changes(held):
        assert changes.before == real.edition
        assert len(changes.revised), changes.dataset
        assert len(changes.dropped) or not held.datasets[changes.dataset].is_figures, changes.dataset


def test_a_row_less_in_its_own_month_would_show(tmp_path: Path) -> None:
    """The comparison can fail."""
    edition = PAST[0]
    project = copy(tmp_path / "short", upto=edition)
    before = tables_of(assemble(project, edition))
    path = project.returns / edition / "trade_in.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert differing(before, tables_of(assemble(project, edition))) == ["trade_in.csv"]
