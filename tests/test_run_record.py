"""The record of a run, and the part of it that goes on a page."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

import small
from yuebao import digests, pages, run_record
from yuebao.exhibits import Piece
from yuebao.project import Project
from yuebao.tables import Tables, assemble
from yuebao.validate import Finding, Outcome, Report

OUTCOME = Outcome("fraud", "fraud", "fraud.value", "必填", "error", "x", 7, 6, 0)
FINDING = Finding(*["fraud"] * 4, "warning", "f.csv", 2, *["x"] * 11)


@pytest.fixture
def held(project: Project) -> Tables:
    (project.site).mkdir(parents=True)
    (project.site / "index.html").write_text("x")
    return assemble(project)


@pytest.fixture
def report() -> Report:
    return Report("2024-05", (OUTCOME,), (FINDING,))


def clock() -> run_record.Clock:
    heard: list[tuple[str, str]] = []
    made = run_record.Clock(lambda stage, detail: heard.append((stage, detail)))
    for stage, detail in (("读取报表", "2024-05"), ("检查", ""), ("", "fraud")):
        made(stage, detail)
    assert heard == [("读取报表", "2024-05"), ("检查", ""), ("", "fraud")]
    return made


def test_the_record(project: Project, held: Tables, report: Report) -> None:
    run_record.write(
        project, run_record.record(project, held, report, clock(), {"fraud": True, "trees": False}, "whole")
    )
    said = json.loads((project.build / "run.json").read_text(encoding="utf-8"))
    assert said == run_record.read(project)
    assert (said["edition"], said["commit"]) == ("2024-05", None)
    assert said["inputs"]["digest"] == "whole"
    files = said["inputs"]["files"]
    assert files["data/returns/2024-05/fraud.csv"] == digests.of_file(
        project.returns / "2024-05" / "fraud.csv"
    )
    assert {"data/areas.csv", "data/schemas/fraud.yaml", "_toc.yml", "validation/fraud.yaml"} <= set(files)
    assert said["findings"] == {"checks": 1, "cases": 7, "error": 0, "warning": 1}
    assert said["pages"] == {"run": ["trees"], "kept": ["fraud"]}
    assert said["rows"]["fraud"] == 6
    assert said["outputs"] == {
        "files": 1,
        "digest": digests.of_sums({"index.html": digests.of_file(project.site / "index.html")}),
    }
    assert said["versions"]["python"] == platform.python_version()
    assert re.fullmatch(r"3\.\d+\.\d+.*", said["versions"]["pandas"])
    assert list(said["seconds"]) == ["读取报表", "检查", "total"]
    assert all(s >= 0 for s in said["seconds"].values())


def test_no_record_is_an_empty_one(project: Project) -> None:
    assert run_record.read(project) == {}


def cells(piece: Piece) -> dict[str, object]:
    assert piece.attachment is not None
    assert piece.attachment["columns"][-1] == "row_id"
    return {name: value for name, value, _ in piece.attachment["rows"]}


def test_the_page_tells_what_is_the_same_in_every_run(project: Project, held: Tables, report: Report) -> None:
    one = run_record.made(project, held, report, "")
    two = run_record.made(project, held, report, "")
    assert one == two
    said = cells(one)
    assert said["报表与代码表：文件数"] == len(digests.data_files(project, "2024-05"))
    assert said["读入的行数"] == sum(len(f) for f in held.rows.values())
    assert (said["错误"], said["提示"], said["看过的例数"]) == (0, 1, 7)
    assert "代码仓库的提交" not in said
    assert platform.node() not in one.markdown or len(platform.node()) < 4
    assert str(project.root) not in one.markdown
    assert not re.search(r"\d{2}:\d{2}", one.markdown), "no time of day"


def test_anyone_can_work_the_digest_out(project: Project, held: Tables, report: Report) -> None:
    said = cells(run_record.made(project, held, report, ""))["报表与代码表：SHA-256"]
    command = "find data -name '*.csv' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    done = subprocess.run(["sh", "-c", command], cwd=project.root, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == said


def test_the_commit_is_told_where_there_is_one(project: Project, held: Tables, report: Report) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    piece = run_record.made(project, held, report, commit)
    assert cells(piece)["代码仓库的提交"] == commit
    assert commit in piece.markdown.replace("<wbr>", "")


# --- the commit ---------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(root), *settings, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(project: Project) -> Project:
    git(project.root, "init", "--quiet")
    (project.root / ".gitignore").write_text("/_build/\n")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "one")
    return project


def test_a_clean_checkout_has_a_commit(repository: Project) -> None:
    head = git(repository.root, "rev-parse", "HEAD")
    assert digests.commit(repository) == head
    repository.build.mkdir()
    (repository.build / "x").touch()
    assert digests.commit(repository) == head, "what is made does not count"


def test_a_changed_checkout_has_none(repository: Project) -> None:
    (repository.root / "new").touch()
    assert digests.commit(repository) == ""
    (repository.root / "new").unlink()
    (repository.root / "_toc.yml").write_text("changed")
    assert digests.commit(repository) == ""


def test_no_checkout_has_none(project: Project) -> None:
    assert digests.commit(project) == ""


def test_a_folder_in_a_checkout_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    inner = small.make(tmp_path / "ignored" / "project")
    (tmp_path / ".gitignore").write_text("ignored/\n")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    assert digests.commit(inner) == "", "the commit of another repository says nothing of it"


def test_only_a_page_that_names_the_commit_is_made_again(repository: Project) -> None:
    repository.notebooks.mkdir()
    for name, more in (("fraud", ""), ("quality", '\\ncommit = \\"\\"')):
        (repository.notebooks / f"{name}.ipynb").write_text(
            '{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "outputs": [],'
            ' "metadata": {"tags": ["parameters"]},'
            f' "source": "edition = \\"x\\"\\narea = \\"y\\"{more}"}}],'
            ' "metadata": {"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}},'
            ' "nbformat": 4, "nbformat_minor": 5}'
        )
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "notebooks")
    keys = []
    for word in ("a", "b"):
        (repository.root / "README").write_text(word)
        git(repository.root, "add", "--all")
        git(repository.root, "commit", "--quiet", "--message", word)
        jobs = pages.jobs(repository, "2024-05")
        assert jobs[1].parameters["commit"] == git(repository.root, "rev-parse", "HEAD")
        keys.append([pages.key(job, "inputs") for job in jobs])
    assert keys[0][0] == keys[1][0]
    assert keys[0][1] != keys[1][1]
    assert digests.everything(repository, "2024-05") != digests.everything(repository, "2024-04")


# --- checksums -----------------------------------------------------------------------------


def test_checksums_are_read_back(tmp_path: Path) -> None:
    for name in ("b", "a b/古树.csv", "A"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    held = digests.sums(tmp_path)
    assert digests.read_sums(digests.sums_text(held)) == held
    assert list(held) == ["A", "a b/古树.csv", "b"]
    (tmp_path / "SHA256SUMS").write_text(digests.sums_text(held), encoding="utf-8")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
