"""What a result depends on, as one digest: a page is made again when any of it changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yuebao.project import Project

PACKAGE = Path(__file__).parent


def of_files(root: Path, paths: Iterable[Path]) -> str:
    """Digest of files' names (below ``root``) and bytes; order does not matter."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def of_values(*values: Any) -> str:
    """Digest of plain values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def code() -> str:
    """Digest of the package's own code."""
    return of_files(PACKAGE, PACKAGE.rglob("*.py"))


def inputs(project: Project, edition: str) -> str:
    """Digest of all an edition's tables and checks depend on: data, schemas, rules, code, lock."""
    lists = list(project.data.glob("*.csv"))
    schemas = list(project.schemas.glob("*.yaml"))
    rules = [p for p in project.validation.rglob("*") if p.is_file()]
    lock = [p for p in [project.root / "requirements.lock"] if p.is_file()]
    paths = [*lists, *schemas, *rules, *lock, *project.return_files(edition)]
    return of_values(edition, of_files(project.root, paths), code())


def everything(project: Project, edition: str) -> str:
    """Digest of all the finished site depends on."""
    prose = [p for p in project.prose.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    notebooks = list(project.notebooks.glob("*.ipynb"))
    cards = [project.root / "_config.yml", project.root / "_toc.yml"]
    made = of_files(project.root, [*prose, *notebooks, *cards])
    return of_values(inputs(project, edition), made)


def mark(project: Project) -> Path:
    """The file that says of which digest the site in ``_build/html`` was made."""
    return project.build / "built"


def built(project: Project, edition: str) -> bool:
    """True where the site that is there was made of just what is there now."""
    place = mark(project)
    held = place.is_file() and (project.site / "index.html").is_file()
    return held and place.read_text() == everything(project, edition)
