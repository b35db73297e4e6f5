"""What every test may ask for: a small project of its own, and the real tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

import small
from browsers import browser
from yuebao import tables
from yuebao.project import Project
from yuebao.tables import Tables

__all__ = ["browser"]

settings.register_profile("plain", deadline=None, derandomize=True, database=None)
settings.load_profile("plain")


@pytest.fixture(autouse=True)
def _no_root_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A YUEBAO_ROOT of the one who runs the tests must not lead them elsewhere."""
    monkeypatch.delenv("YUEBAO_ROOT", raising=False)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A small project without returns."""
    return small.make(tmp_path / "project")


@pytest.fixture
def project(empty: Project) -> Project:
    """A small project with good returns in two months."""
    return small.fill(empty)


@pytest.fixture(scope="session")
def real() -> Tables:
    """The newest edition's tables, from the repository's own data."""
    return tables.assemble(Project(small.REPO))
