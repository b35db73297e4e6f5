"""The real book, built once a session, and the ways the tests read it."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup, Tag

import small
from yuebao import edition
from yuebao.edition import Result
from yuebao.project import Project

TRACKED = ("data", "notebooks", "validation", "book")
FILES = ("_config.yml", "_toc.yml", "requirements.lock")
CHAPTERS = ("fraud", "trees", "trade_in", "context")
BUILT: dict[str, Site] = {}


def project_copy(root: Path) -> Project:
    """The repository's data, notebooks, rules and prose in a folder of their own."""
    for name in TRACKED:
        shutil.copytree(small.REPO / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in FILES:
        if (small.REPO / name).is_file():
            shutil.copy(small.REPO / name, root / name)
    return Project(root.resolve())


def number(text: str) -> Decimal | None:
    """A cell as a number, or None."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


@dataclass(frozen=True, eq=False)
class Site:
    """A finished site: its project, the run that made it, its pages and downloads."""

    project: Project
    result: Result

    @property
    def folder(self) -> Path:
        return self.result.site

    @functools.cached_property
    def listed(self) -> list[str]:
        """The pages ``_toc.yml`` names, the front page first."""
        toc = yaml.safe_load((self.project.root / "_toc.yml").read_text(encoding="utf-8"))
        return [toc["root"], *(entry["file"] for entry in toc["chapters"])]

    @functools.cached_property
    def areas(self) -> dict[str, str]:
        """The pages of the province's areas, and the area's name."""
        lines = (self.project.data / "areas.csv").read_text(encoding="utf-8").splitlines()
        rows = csv.DictReader(lines)
        return {
            f"area-{r['area_code']}": r["name_zh"] for r in rows if r["level"] in ("prefecture", "direct")
        }

    @functools.cached_property
    def names(self) -> list[str]:
        """Every page there is."""
        return sorted(p.stem for p in self.folder.glob("*.html"))

    @functools.cached_property
    def _pages(self) -> dict[str, BeautifulSoup]:
        return {
            name: BeautifulSoup((self.folder / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
            for name in self.names
        }

    def page(self, name: str) -> BeautifulSoup:
        """A page, parsed once; do not change it."""
        return self._pages[name]

    def text(self, name: str) -> str:
        """What a reader can read on a page, charts and their descriptions included."""
        article = self.page(name).select_one("article")
        assert article is not None
        labels = [str(tag["aria-label"]) for tag in article.select("[aria-label]")]
        return "\n".join([article.get_text(" "), *labels])

    @functools.cached_property
    def _rows(self) -> dict[str, list[list[str]]]:
        found = {}
        for path in sorted((self.folder / "data" / "latest").glob("*.csv")):
            text = path.read_bytes().decode("utf-8-sig")
            found[path.name] = list(csv.reader(io.StringIO(text, newline="")))
        return found

    @property
    def downloads(self) -> list[str]:
        """Names of the CSV files of the newest edition."""
        return list(self._rows)

    def rows(self, file: str) -> list[list[str]]:
        """A download's lines as cells, the header first."""
        return self._rows[file]

    def table(self, name: str) -> pd.DataFrame:
        """A download as text cells; empty ones are empty strings."""
        header, *lines = self._rows[f"{name}.csv"]
        return pd.DataFrame(lines, columns=header, dtype=str)

    @functools.cached_property
    def _numbers(self) -> dict[str, set[Decimal]]:
        return {
            file: {n for row in rows[1:] for cell in row if (n := number(cell)) is not None}
            for file, rows in self._rows.items()
        }

    def numbers(self, *files: str) -> set[Decimal]:
        """Every number that stands in a cell of the downloads named."""
        return set().union(*(self._numbers[file] for file in files))

    def of_chapter(self, chapter: str) -> list[str]:
        """The downloads a chapter's page offers: its datasets and its exhibits' tables."""
        links = self.page(chapter).select('a[href^="data/latest/"]')
        return sorted({str(a["href"]).rsplit("/", 1)[1] for a in links} & set(self.downloads))


def tree(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` with the checksum of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def figures(page: BeautifulSoup) -> Iterator[Tag]:
    """A page's exhibits that have a download of their own."""
    yield from page.select("figure.exhibit[id]")


def drawn(figure: Tag) -> str:
    """The words a chart prints beside its marks (not on its axes), once each, line by line."""
    texts = [t.get_text() for t in figure.select("svg g.mark-text.role-mark text")]
    return "\n".join(dict.fromkeys(texts))


# --- numbers in running text -------------------------------------------------------------

_DAY = r"\d{1,2}日"
_MONTH = r"\d{1,2}(?:—\d{1,2})?月"
_YEAR = r"\d{4}(?:—\d{4})?年"
_ISO = r"\d{4}-\d{2}(?:-\d{2})?"
_DOTTED = r"\d{4}(?:\.\d{1,2}){0,2}—\d{4}(?:\.\d{1,2}){0,2}"
DATES = re.compile(rf"{_ISO}|{_DOTTED}|{_YEAR}(?:{_MONTH}(?:{_DAY})?)?|{_MONTH}(?:{_DAY})?|{_DAY}")
_SCALES = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}
_NUMBER = re.compile(r"(?<![\w.,])([+\-−＋]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(万亿|万|亿)?")


def told(text: str) -> list[tuple[str, Decimal]]:
    """Numbers told in a text, dates left out, each as printed and as a size without its sign."""
    # ``\w`` before a digit would also be a Chinese character: set words and digits apart first.
    apart = re.sub(r"(?<=[\u2e80-\uffef])(?=\d)", " ", DATES.sub(" ", text))
    return [
        (match.group(), Decimal(match[2].replace(",", "")) * _SCALES[match[3] or ""])
        for match in _NUMBER.finditer(apart)
    ]


# --- the fixture -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The newest edition of the real book. Built once, also where two modules ask for it."""
    if "latest" not in BUILT:
        project = project_copy(tmp_path_factory.mktemp("real") / "project")
        BUILT["latest"] = Site(project, edition.build(project))
    return BUILT["latest"]
