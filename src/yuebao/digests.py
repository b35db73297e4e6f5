"""What a result depends on, as one digest: a page is made again when any of it changed."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from yuebao import fonts
from yuebao.project import Project

PACKAGE = Path(__file__).parent
# What the book is made with; their versions are part of every digest.
PACKAGES = (
    "altair", "brotli", "feedgen", "frictionless", "furo", "gptables", "great-expectations", "jupyter-book",
    "nbformat", "odfpy", "pagefind-bin-extended", "pandas", "papermill", "pyarrow", "pypinyin", "pysdmx",
    "python-calamine", "sphinx", "vl-convert-python", "xlsxwriter",
)  # fmt: skip
SUMS = "SHA256SUMS"


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


# --- checksums anyone can repeat ------------------------------------------------


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums(root: Path, paths: Iterable[Path] | None = None) -> dict[str, str]:
    """SHA-256 of every file below ``root`` (or of ``paths``) by its name there, in order."""
    found = (p for p in root.rglob("*") if p.is_file()) if paths is None else paths
    named = {path.relative_to(root).as_posix(): path for path in found}
    return {name: of_file(named[name]) for name in sorted(named)}


def sums_text(checksums: dict[str, str]) -> str:
    """Checksums as ``sha256sum -c`` reads them."""
    return "".join(f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items()))


def read_sums(text: str) -> dict[str, str]:
    """Checksums back from ``sums_text``."""
    lines = (line.split("  ", 1) for line in text.splitlines() if line)
    return {name: checksum for checksum, name in lines}


def of_sums(checksums: dict[str, str]) -> str:
    """One digest of many files: the SHA-256 of their ``sums_text``."""
    return hashlib.sha256(sums_text(checksums).encode()).hexdigest()


# --- what an edition depends on ---------------------------------------------------


def code() -> str:
    """Digest of the package's own code."""
    return of_files(PACKAGE, PACKAGE.rglob("*.py"))


@functools.cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages the book is made with; empty for one not installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def commit(project: Project) -> str:
    """The commit the project is at, where it is the root of a git checkout without changes; else empty.

    What is not told by it, the working copy's own changes, would make it say something untrue.
    """

    def git(*arguments: str) -> str | None:
        try:
            run = subprocess.run(
                ["git", "--no-optional-locks", "-C", str(project.root), *arguments],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        return run.stdout.strip() if run.returncode == 0 else None

    said = git("rev-parse", "--show-toplevel", "HEAD")
    top, _, head = (said or "").partition("\n")
    if not head or Path(top).resolve() != project.root:
        return ""
    return head if git("status", "--porcelain") == "" else ""


def data_files(project: Project, edition: str) -> list[Path]:
    """The returns and code lists an edition is made of."""
    return sorted([*project.data.glob("*.csv"), *project.return_files(edition)])


def rule_files(project: Project) -> list[Path]:
    """Schemas, checks and the list of packages."""
    schemas = list(project.schemas.glob("*.yaml"))
    rules = [p for p in project.validation.rglob("*") if p.is_file()]
    lock = [p for p in [project.root / "requirements.lock"] if p.is_file()]
    return sorted([*schemas, *rules, *lock])


def page_files(project: Project) -> list[Path]:
    """Prose, notebooks and the book's own cards."""
    prose = [p for p in project.prose.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    notebooks = list(project.notebooks.glob("*.ipynb"))
    return sorted([*prose, *notebooks, project.root / "_config.yml", project.root / "_toc.yml"])


def inputs(project: Project, edition: str) -> str:
    """Digest of all an edition's tables and checks depend on: data, schemas, rules, code, packages.

    And the faces its pictures are drawn in: with a font put on the machine, pages link what was missing.
    """
    paths = [*data_files(project, edition), *rule_files(project)]
    return of_values(edition, of_files(project.root, paths), code(), versions(), fonts.fingerprint())


def everything(project: Project, edition: str) -> str:
    """Digest of all the finished site depends on; the quality page names the commit."""
    made = of_files(project.root, page_files(project))
    return of_values(inputs(project, edition), made, commit(project))


def mark(project: Project) -> Path:
    """The file that says of which digest the site in ``_build/html`` was made."""
    return project.build / "built"


def marked(whole: str, pdf: bool) -> str:
    """What ``mark`` says of a site made of ``whole``, with or without the PDF of the edition."""
    return f"{whole}\npdf" if pdf else whole


def built(project: Project, edition: str, pdf: bool | None = None) -> bool:
    """True where the site that is there was made of just what is there now.

    ``pdf``: that it has (or has not) the PDF of the whole edition; None for either.
    """
    place = mark(project)
    held = place.is_file() and (project.site / "index.html").is_file()
    if not held:
        return False
    whole = everything(project, edition)
    return place.read_text() in [marked(whole, has) for has in (True, False) if pdf in (None, has)]
