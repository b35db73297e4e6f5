"""Promise 4: the same input gives the same bytes, wherever and whenever it is built."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from site_fixtures import Site, project_copy, site, tree
from yuebao import book, edition, tables
from yuebao.project import Project

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)


def test_two_builds_are_the_same_in_every_file(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder, time zone, language, and order of the file system's own."""
    monkeypatch.setenv("TZ", "America/St_Johns")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    time.tzset()
    second = edition.build(project_copy(tmp_path / "elsewhere" / "a much longer name"))
    monkeypatch.undo()
    time.tzset()
    one, two = tree(site.folder), tree(second.site)
    assert set(one) == set(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert len(one) > 100


def test_the_book_is_made_as_of_the_day_of_its_newest_source(project: Project) -> None:
    held = tables.assemble(project, "2024-04")
    assert book.epoch(held) == "1714406400"  # 2024-04-30T00:00:00+08:00
