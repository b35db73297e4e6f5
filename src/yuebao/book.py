"""Staging, Jupyter Book, and checks of the finished site.

Everything is laid out in ``_build/staging`` and bound there; Jupyter Book does
not execute anything. The finished site is checked before anyone sees it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import yaml

from yuebao import calendar, corrections, errata, feeds, fonts, metadata, reference, rows, words
from yuebao.faults import YuebaoError
from yuebao.pages import Page
from yuebao.project import Project
from yuebao.tables import Tables

ROOT_PAGE = {"overview": "index"}
STRANGE = ("iframe", "object", "embed", "applet", "base", "frame", "frameset", "portal")
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset")
RUNS = ("javascript", "vbscript", "file", "blob")
# What a program writes where it has nothing. Data text never looks so: ``markup.filled`` sees to it, in what
# the book writes itself and in what Sphinx and its templates do.
UNFILLED = re.compile(r"\{\{[^}]*\}\}|>nan<|>None<|>NaN<|undefined</")
FIXED = re.compile(r"(?:\.\./)*(?:data|editions)/(\d{4}-\d{2})/")


def staged_name(page: str) -> str:
    """The name a notebook's page has on the site: the overview is the front page."""
    return ROOT_PAGE.get(page, page)


def _toc(project: Project, pages: list[Page], row_pages: list[str]) -> dict[str, Any]:
    """The table of contents, with any notebook it does not name put after the chapters, and the row pages.

    A page that lies under another becomes a section of it, and so is not in the bar of pages.
    """
    toc: dict[str, Any] = yaml.safe_load((project.root / "_toc.yml").read_text(encoding="utf-8"))
    named = {toc["root"], *(entry["file"] for entry in toc["chapters"])}
    extra = [staged_name(p.name) for p in pages if staged_name(p.name) not in named and not p.under]
    place = next((i for i, e in enumerate(toc["chapters"]) if e["file"] == "quality"), 0)
    toc["chapters"][place:place] = [{"file": name} for name in extra]
    entries = {entry["file"]: entry for entry in toc["chapters"]}
    if "sources" in entries:
        entries["sources"]["sections"] = [{"file": name} for name in row_pages]
    for page in pages:
        if page.under:
            if page.under not in entries:
                raise YuebaoError(f"{page.name}: 目录中没有它的上级页“{page.under}”；请在 _toc.yml 中加上")
            entries[page.under].setdefault("sections", []).append({"file": page.name})
    return toc


def _config(project: Project, tables: Tables, pdf: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((project.root / "_config.yml").read_text(encoding="utf-8"))
    context = config.setdefault("sphinx", {}).setdefault("config", {}).setdefault("html_context", {})
    context["edition"] = tables.edition
    context["edition_zh"] = words.period(tables.edition)
    context |= calendar.dates(tables)
    context["released_on"] = calendar.release_day(tables)
    context["report"] = errata.checked(str(context.get("report") or ""))
    context["filed"] = reference.filed(tables)
    if fonts.available():  # the pages are drawn after they are bound: gallery.og
        base = project.address
        context["og_folder"] = f"{base.rstrip('/')}/_static/og" if base else "_static/og"
    context["feeds"] = feeds.alternates()
    context["jsonld"] = {c: metadata.schema_org(tables, c, project.address) for c in tables.chapters}
    if pdf:
        context["pdf"] = pdf
    return config


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def stage(project: Project, tables: Tables, pages: list[Page], folder: Path, pdf: str = "") -> None:
    """Lay out everything Jupyter Book needs in ``folder``, which is made anew.

    ``pdf``: the name of the PDF of the whole edition the pages link to, where one will be made.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project.prose, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for page in pages:
        nbformat.write(page.notebook, folder / f"{staged_name(page.name)}.ipynb")
    (folder / "dictionary.md").write_text(reference.dictionary(tables), encoding="utf-8")
    (folder / "sources.md").write_text(reference.sources(tables), encoding="utf-8")
    row_pages = {rows.page_name(dataset): rows.page(tables, dataset) for dataset in rows.datasets(tables)}
    for name, text in row_pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "calendar.md").write_text(calendar.page(tables), encoding="utf-8")
    (folder / "corrections.md").write_text(corrections.page(tables), encoding="utf-8")
    _write_yaml(folder / "_config.yml", _config(project, tables, pdf))
    _write_yaml(folder / "_toc.yml", _toc(project, pages, list(row_pages)))


def epoch(tables: Tables) -> str:
    """The time the book is made as of, for SOURCE_DATE_EPOCH: see ``calendar.Dates``."""
    return str(int(calendar.dates_of(tables).updated.timestamp()))


def bind(folder: Path, out: Path, made_as_of: str) -> Path:
    """Run Jupyter Book on the staged ``folder``; gives the folder of the HTML.

    ``made_as_of``: see ``epoch``; a SOURCE_DATE_EPOCH from outside is kept.

    Raises YuebaoError with Sphinx's own warnings and errors where the book does
    not bind cleanly.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    command += [str(folder), "--path-output", str(out), "--quiet", "--warningiserror", "--keep-going"]
    env = {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    env["TZ"] = "UTC"
    env.setdefault("SOURCE_DATE_EPOCH", made_as_of)
    run = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    html = out / "_build" / "html"
    if run.returncode or not (html / "index.html").is_file():
        lines = [
            line for line in (run.stdout + run.stderr).splitlines() if "WARNING" in line or "ERROR" in line
        ]
        said = "\n".join(lines[:20]) or (run.stdout + run.stderr)[-2000:]
        raise YuebaoError(f"Jupyter Book 未能装订：\n{said}\n请改正上述页面后重建")
    for copied in ("_images", "_downloads"):
        if (html / copied).exists():  # a page's Markdown named a file, and Sphinx took it from this machine
            files = "、".join(sorted(p.name for p in (html / copied).rglob("*") if p.is_file())[:5])
            raise YuebaoError(f"页面引来了文件 {files}；书页只用本书自己做的图与下载，请删去这处引用")
    for leftover in ("objects.inv", ".buildinfo", "searchindex.js", "_sources", "reports"):
        target = html / leftover
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    return html


# --- checks of the finished site ----------------------------------------------


class _Links(HTMLParser):
    """Every address a page loads or links to, and every id it has."""

    LOADS: ClassVar = {"script": "src", "img": "src", "link": "href", "source": "src"}

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.strange: list[
            str
        ] = []  # what no page of the book has, and what only a text run as HTML would bring
        self.base = ""  # the path of the site, on a page whose addresses begin at the server's root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html" and (found.get("data-content_root") or "").startswith("/"):
            self.base = str(found["data-content_root"])
        if found.get("id"):
            self.ids.add(str(found["id"]))
        self._look(tag, found)
        loaded = found.get(self.LOADS.get(tag, ""))
        if loaded and not (tag == "link" and found.get("rel") == "canonical"):
            self.loads.append(loaded)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))

    def _look(self, tag: str, given: dict[str, str | None]) -> None:
        """Note elements, handlers and addresses that would run, frame or lead away."""
        inline = tag == "script" and not given.get("src") and given.get("type") != "application/ld+json"
        if tag in STRANGE or inline or (tag == "meta" and given.get("http-equiv")):
            self.strange.append(f"<{tag}>")
        for name, value in given.items():
            scheme = re.sub(r"[\x00-\x20]", "", value or "").partition(":")[0].lower()
            if name.startswith("on") or (name in ADDRESSES and scheme in RUNS):
                self.strange.append(f'<{tag} {name}="{(value or "")[:60]}">')


def _parsed(path: Path) -> _Links:
    parser = _Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


def _foreign(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or (bool(parts.scheme) and parts.scheme not in ("data", "mailto"))


def faults(html: Path, elsewhere: Container[str] = (), out: Container[str] = ()) -> list[str]:
    """What is wrong with a finished site: dead links, foreign requests, words left unfilled.

    ``elsewhere``: earlier editions whose fixed files and pages lie on the web root and not in this folder.
    ``out``: earlier editions that went out; their pages in this folder were checked then and never change.
    """

    def settled(path: Path) -> bool:
        fixed = FIXED.match(path.relative_to(html).as_posix())
        return fixed is not None and fixed[1] in out

    pages = {path: _parsed(path) for path in sorted(html.rglob("*.html")) if not settled(path)}
    found = []
    for path, page in pages.items():
        name = path.relative_to(html).as_posix()
        found += [f"{name}: 不该有的元素 {element}" for element in page.strange]
        for address in page.loads:
            if _foreign(address):
                found.append(f"{name}: 向外站请求 {address}")
        for address in page.loads + page.links:
            if _foreign(address) or address.startswith(("mailto:", "data:")):
                continue
            target, fragment = urldefrag(address)
            target = unquote(target.split("?")[0])
            below = html / target.removeprefix(page.base) if page.base else path.parent / target
            place = below.resolve() if target else path
            place = place / "index.html" if place.is_dir() else place
            if not (place.is_file() and place.is_relative_to(html.resolve())):
                if not ((fixed := FIXED.match(address)) and fixed[1] in elsewhere):
                    found.append(f"{name}: 链接的文件不存在 {address}")
            elif fragment and place in pages and unquote(fragment) not in pages[place].ids:
                found.append(f"{name}: 链接的位置不存在 {address}")
        for leftover in UNFILLED.findall(path.read_text(encoding="utf-8")):
            found.append(f"{name}: 未填的内容 {leftover}")
    return found


def check(html: Path, elsewhere: Container[str] = (), out: Container[str] = ()) -> None:
    """Raise YuebaoError where ``faults`` finds any."""
    found = faults(html, elsewhere, out)
    if found:
        raise YuebaoError("成书未通过检查：\n" + "\n".join(found[:40]) + "\n请改正后重建")
