"""Where things lie, and which editions there are."""

from __future__ import annotations

from pathlib import Path

import pytest

import small
from yuebao import digests
from yuebao.faults import DataRejected, Fault, UsageError
from yuebao.project import Project


def test_a_project_is_found_from_any_folder_in_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.returns / "2024-04")
    assert Project.find() == project
    assert Project.find(project.schemas) == project


def test_the_environment_may_say_where(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YUEBAO_ROOT", str(project.root))
    assert Project.find() == project


@pytest.mark.parametrize("missing", ["_config.yml", "data"])
def test_half_a_project_is_none(project: Project, missing: str) -> None:
    (project.root / missing).rename(project.root / "away")
    with pytest.raises(UsageError, match="请在项目文件夹内运行"):
        Project.find(project.root)


def test_editions_are_month_folders_with_something_in_them(project: Project) -> None:
    for name in ("2024-13", "notes", "2024-07"):
        (project.returns / name).mkdir()
    (project.returns / "2024-13" / "fraud.csv").write_text("a", encoding="utf-8")
    (project.returns / "2024-08").write_text("a file", encoding="utf-8")
    small.put(project, "2023-12", "fraud", [small.figure()])
    assert project.editions() == ["2023-12", "2024-04", "2024-05"]


def test_an_edition_by_name(project: Project) -> None:
    assert project.edition() == project.edition("latest") == "2024-05"
    assert project.edition("2024-04") == "2024-04"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("2024", "期“2024”不是 YYYY-MM；请写成如 2024-05"),
        ("2024-13", "期“2024-13”不是 YYYY-MM；请写成如 2024-05"),
        ("2024-03", "期 2024-03 早于创刊期；最早为 2024-04"),
    ],
)
def test_an_edition_that_is_none(project: Project, wanted: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        project.edition(wanted)
    assert str(caught.value) == told
    assert caught.value.exit_code == 2


def test_an_edition_of_the_future_is_none(project: Project) -> None:
    with pytest.raises(UsageError):
        project.edition("2999-01")


def test_names_are_relative_to_the_project(project: Project, tmp_path: Path) -> None:
    assert project.name(project.data / "areas.csv") == "data/areas.csv"
    assert project.name(tmp_path / "x.csv") == (tmp_path / "x.csv").as_posix()


# --- faults ------------------------------------------------------------------------------


def test_a_fault_in_words() -> None:
    assert str(Fault("a.csv", 3, "value（数值）", "错", "请改")) == "a.csv:3: value（数值）: 错；请改"
    assert str(Fault("a.csv", 0, "", "错", "请改")) == "a.csv: 错；请改"


def test_faults_are_told_once_and_in_order() -> None:
    late, early = Fault("b.csv", 2, "", "错", "请改"), Fault("a.csv", 10, "", "错", "请改")
    first = Fault("a.csv", 9, "", "错", "请改")
    rejected = DataRejected([late, early, first, late])
    assert rejected.faults == [first, early, late]
    assert len(str(rejected).splitlines()) == 3


# --- digests -----------------------------------------------------------------------------


def test_a_digest_does_not_depend_on_order(project: Project) -> None:
    paths = sorted(project.data.glob("*.csv"))
    assert digests.of_files(project.root, paths) == digests.of_files(project.root, reversed(paths))


@pytest.mark.parametrize(
    "name",
    [
        "data/returns/2024-04/fraud.csv",
        "data/areas.csv",
        "data/schemas/figures.yaml",
        "validation/fraud.yaml",
        "requirements.lock",
    ],
)
def test_whatever_the_checks_depend_on_changes_the_digest(project: Project, name: str) -> None:
    before = digests.inputs(project, "2024-05")
    with (project.root / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert digests.inputs(project, "2024-05") != before


def test_a_later_month_does_not_change_an_old_editions_digest(project: Project) -> None:
    before = digests.inputs(project, "2024-04")
    small.put(project, "2024-05", "fraud", [small.figure(value=1)])
    assert digests.inputs(project, "2024-04") == before


@pytest.mark.parametrize("name", ["_toc.yml", "_config.yml", "book/about.md", "notebooks/fraud.ipynb"])
def test_prose_changes_the_site_but_not_the_checks(project: Project, name: str) -> None:
    path = project.root / name
    path.parent.mkdir(exist_ok=True)
    inputs, everything = digests.inputs(project, "2024-05"), digests.everything(project, "2024-05")
    path.write_text("x", encoding="utf-8")
    assert digests.inputs(project, "2024-05") == inputs
    assert digests.everything(project, "2024-05") != everything
