"""The end of a build: one step, no half site, and nothing left over after the next run."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

import small
from faulty import KILLED, every
from site_fixtures import tree
from yuebao import (
    book,
    calendar,
    compress,
    digests,
    downloads,
    edition,
    names,
    pages,
    search,
    swap,
    tables,
    validate,
)
from yuebao.pages import Page
from yuebao.project import Project
from yuebao.tables import Tables
from yuebao.validate import Report

MAY = small.SECOND


def _bind(staging: Path, out: Path, month: str) -> Path:
    html = out / "_build" / "html"
    (html / "_static").mkdir(parents=True)
    (html / "index.html").write_text((staging / "index.md").read_text())
    (html / "_static" / "a.css").write_text("")
    return html


def _stage(project: Project, held: Tables, made: list[Page], folder: Path, pdf: str) -> None:
    folder.mkdir()
    (folder / "index.md").write_text((project.data / "word").read_text())


def _make(project: Project, *_: Any) -> list[Page]:
    folder = project.build / "pages"
    folder.mkdir(exist_ok=True)
    half = folder / f"fraud-{(project.data / 'word').read_text()}.1.tmp.ipynb"
    half.write_text("half")
    half.replace(folder / "fraud-0.ipynb")
    return [Page("fraud", None)]


def _write(held: Tables, attachments: list[Any], folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    (folder / "fraud.csv").write_text("a\n1\n")
    return ["fraud.csv"]


@pytest.fixture
def light(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of which a build is a handful of files; ``data/word`` is what its page says."""
    monkeypatch.setattr(tables, "assemble", lambda *_: Tables(MAY, {}, {}, {}))
    monkeypatch.setattr(validate, "report", lambda *_: Report(MAY, (), ()))
    monkeypatch.setattr(calendar, "pieces", lambda *_: [])
    monkeypatch.setattr(calendar, "released", lambda *_: {})
    monkeypatch.setattr(pages, "jobs", lambda *_: [])
    monkeypatch.setattr(pages, "make", _make)
    monkeypatch.setattr(book, "stage", _stage)
    monkeypatch.setattr(book, "bind", _bind)
    monkeypatch.setattr(downloads, "write", _write)
    monkeypatch.setattr(names, "write", lambda *_: None)
    monkeypatch.setattr(search, "index", lambda html: (html / "pagefind").mkdir())
    monkeypatch.setattr(digests, "commit", lambda *_: "")
    monkeypatch.setattr(digests, "code", lambda: "code")
    monkeypatch.setattr(swap, "flush", lambda path: None)  # no waiting for the disk
    say(project, "old")
    return project


def say(project: Project, word: str) -> None:
    (project.data / "word").write_text(word)
    (project.root / "_toc.yml").write_text(word)  # so that the site is made of something else


def left(project: Project) -> set[str]:
    return {path.name for path in project.build.iterdir()}


DONE = {"built", "founding.json", "html", "lock", "pages", "pictures", "run.json"}


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "disk full"])
@pytest.mark.parametrize("exchanging", [True, False], ids=["exchange", "two renames"])
def test_a_build_struck_anywhere_leaves_a_whole_site(
    light: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, exchanging: bool, kill: bool
) -> None:
    if not exchanging:
        monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    edition.build(light)
    old = tree(light.site)
    shutil.copytree(light.build, tmp_path / "kept")
    say(light, "new")
    edition.build(light)
    new = tree(light.site)
    assert old != new
    assert left(light) == DONE

    def again(at: int) -> Path:
        shutil.rmtree(light.build)
        shutil.copytree(tmp_path / "kept", light.build)
        return light.root

    absent = 0
    for root, how, where in every(again, lambda root: edition.build(Project(root)), kill):
        project = Project(root)
        if not project.site.exists():
            assert not exchanging
            assert how == KILLED
            absent += 1
        else:
            assert tree(project.site) in (old, new), (how, where)
            if where == "yuebao.put":
                assert tree(project.site) == old
            if digests.built(project, MAY):
                assert tree(project.site) == new, "the mark speaks of the site that is there"
                assert json.loads((project.build / "run.json").read_text())["outputs"]["files"] == len(new)
        edition.build(project)
        assert tree(project.site) == new, (how, where)
        assert left(project) == DONE, (how, where)
        assert [p.name for p in (project.build / "pages").iterdir()] == ["fraud-0.ipynb"]
    assert absent == (2 if kill and not exchanging else 0)


def test_the_first_build_has_no_old_site_to_keep(light: Project) -> None:
    done = edition.build(light)
    assert not done.unchanged
    assert left(light) == DONE
    assert not light.site.is_symlink()
    assert edition.build(light).unchanged
    assert not edition.build(light, force=True).unchanged


def test_an_edition_comes_with_its_checksums(light: Project) -> None:
    edition.build(light)
    for place in ("latest", MAY):
        held = digests.read_sums((light.site / "data" / place / "SHA256SUMS").read_text())
        folder = light.site / "data" / place
        own = [p for p in folder.iterdir() if p.suffix not in compress.PACKED and p.name != "SHA256SUMS"]
        assert held == digests.sums(folder, own), "the files themselves, not how a server sends them"
        assert (folder / "README.txt.gz").is_file()
        assert {"fraud.csv", f"yuebao-{MAY}.zip"} <= held.keys()


def test_a_run_finds_the_sockets_a_killed_one_left(light: Project) -> None:
    ours = Path(tempfile.mkdtemp(prefix=pages._sockets(str(light.root))))
    others = Path(tempfile.mkdtemp(prefix=pages._sockets("/another/project")))
    (ours / "k-1").touch()
    edition.build(light)
    assert not ours.exists()
    assert others.exists()
    others.rmdir()
