"""Notebooks become pages: checked parameters, papermill, and Markdown out of what they show.

A page is run again when its notebook, its parameters or anything its tables
depend on changed; otherwise the kept run is used. What a cell shows as Markdown
becomes a Markdown cell, so that its headings reach the table of contents and
its words the search; the code stays, folded, at the end of the page.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat

from yuebao import areas, digests, kernels, schema, tables
from yuebao.exhibits import ATTACHMENT, CARDS, PAGE
from yuebao.faults import UsageError, YuebaoError
from yuebao.project import Project

REQUIRED = ("edition", "area")
PROVINCE = "420000"
TOLD = ("kind", "description")  # what the templates read of a page
CELL_SECONDS = 300  # a cell that takes longer has hung


@dataclass(frozen=True)
class Job:
    """One page to make: its name, its notebook and the notebook's parameters."""

    name: str
    notebook: Path
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page made: its notebook ready to be bound, its tables for download, its headline figures.

    ``under``: the page it lies under in the table of contents; empty for one of the book's own row.
    """

    name: str
    notebook: nbformat.NotebookNode
    attachments: list[dict[str, Any]] = field(default_factory=list)
    kept: bool = False
    cards: list[dict[str, str]] = field(default_factory=list)
    under: str = ""


def declared(notebook: Path) -> dict[str, Any]:
    """Parameters a notebook declares in its cell tagged ``parameters``, with their defaults."""
    import papermill

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, Any] = papermill.inspect_notebook(str(notebook))
    return found


def checked(job: Job, project: Project) -> Job:
    """The job, if its parameters are just those its notebook declares.

    Raises UsageError for an unknown parameter, or a required one the notebook
    does not declare, before anything runs.
    """
    known = declared(job.notebook)
    name = project.name(job.notebook)
    for parameter in job.parameters:
        if parameter not in known:
            has = "、".join(known) or "无"
            raise UsageError(f"{name}: 没有参数“{parameter}”（有：{has}）；请改正参数名")
    for parameter in known:
        if parameter not in job.parameters and known[parameter]["default"] in ("", "None", "..."):
            raise UsageError(f"{name}: 缺少参数“{parameter}”；请给出它的值")
    return job


def jobs(project: Project, edition: str) -> list[Job]:
    """One job a notebook of ``notebooks/`` for the whole province, or one an area.

    A notebook whose metadata say ``"each": "area"`` is made once for each of the
    province's areas, as ``<notebook>-<area_code>``.

    Raises UsageError for a notebook that cannot be run so.
    """
    found = []
    for notebook in sorted(project.notebooks.glob("*.ipynb")):
        missing = [p for p in REQUIRED if p not in declared(notebook)]
        if missing:
            said = "、".join(missing)
            mend = "请在标签为 parameters 的单元格中给出默认值"
            raise UsageError(f"{project.name(notebook)}: 没有声明参数 {said}；{mend}")
        parameters = {"edition": edition, "area": PROVINCE}
        if "commit" in declared(notebook):  # so that only a page that names the commit is made again for it
            parameters["commit"] = digests.commit(project)
        wanted = {notebook.stem: PROVINCE}
        if each := nbformat.read(notebook, as_version=4).metadata.get("each"):
            wanted = {f"{notebook.stem}-{code}": code for code in _each(project, notebook, each)}
        for name, area in wanted.items():
            found.append(checked(Job(name, notebook, {**parameters, "area": area}), project))
    return found


def _each(project: Project, notebook: Path, each: object) -> list[str]:
    """The areas a notebook is made for, once each."""
    if each != "area":
        mend = '请写 "area"（每个市州一页），或删去 each'
        raise UsageError(f"{project.name(notebook)}: 元数据 each 为“{each}”，不知道按什么分页；{mend}")
    return areas.codes(tables.read_lists(project, schema.load(project))["areas"])


def key(job: Job, inputs: str) -> str:
    """What the page depends on, as a digest."""
    source = digests.of_files(job.notebook.parent, [job.notebook])
    return digests.of_values(job.name, source, job.parameters, inputs)


def _sockets(root: str) -> str:
    """How the folders of a project's sockets begin, so that a run finds what a killed one left."""
    return f"yuebao-{digests.of_values(root)[:8]}-"


def tidy(project: Project) -> None:
    """Remove what a killed run left half-made. Only for the one who holds the build lock."""
    for left in (project.build / "pages").glob("*.tmp.ipynb"):
        left.unlink(missing_ok=True)
    for folder in Path(tempfile.gettempdir()).glob(f"{_sockets(str(project.root))}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _follow() -> None:
    """End a worker process when the run it works for is killed; its kernel ends with it."""
    parent = parent_process()
    if parent is None:
        return

    def wait_for_the_end() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait_for_the_end, daemon=True).start()


def _execute(notebook: str, out: str, parameters: dict[str, Any], root: str) -> None:
    """Run one notebook in the worker process's kernel."""
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    # A kernel that is told to stop says so on its way out; what matters comes back as an error.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.environ["YUEBAO_ROOT"] = root
    os.environ["TZ"] = "UTC"  # Vega lays dates out in local time: the same picture wherever it is drawn
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    papermill.execute_notebook(
        notebook,
        out,
        parameters=parameters,
        kernel_name="python3",
        progress_bar=False,
        cwd=str(Path(notebook).parent),
        request_save_on_cell_execute=False,
        execution_timeout=CELL_SECONDS,
        km=kernels.manager(_sockets(root), str(Path(notebook).parent)),
    )


def _failure(project: Project, job: Job, error: Exception) -> YuebaoError:
    counted = getattr(error, "exec_count", None)
    cell = counted - 1 if counted else None  # papermill's own cell of parameters is no cell of the notebook
    what = f"{getattr(error, 'ename', type(error).__name__)}: {getattr(error, 'evalue', error)}"
    place = f"第 {cell} 个代码单元格" if cell else "运行"
    name = project.name(job.notebook)
    return YuebaoError(f"{name}: {place}出错：{what}；请在 Jupyter 中打开此笔记本运行，改正后重建")


def make(
    project: Project,
    wanted: list[Job],
    inputs: str,
    done: Callable[[Page], None] = lambda page: None,
) -> list[Page]:
    """Run what must be run, two at a time, and give every page in the order asked for.

    Raises YuebaoError naming the notebook and the cell where one fails.
    """
    folder = project.build / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {job.name: folder / f"{job.name}-{key(job, inputs)[:32]}.ipynb" for job in wanted}
    pages: dict[str, Page] = {}
    stale = []
    for job in wanted:
        if kept[job.name].is_file():
            pages[job.name] = bindable(job, nbformat.read(kept[job.name], as_version=4), kept=True)
            done(pages[job.name])
        else:
            stale.append(job)
    if stale:
        workers = min(os.cpu_count() or 1, len(stale))
        with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_follow) as pool:
            running = {}
            for job in stale:
                out = kept[job.name].with_suffix(f".{os.getpid()}.tmp.ipynb")
                arguments = (str(job.notebook), str(out), job.parameters, str(project.root))
                running[pool.submit(_execute, *arguments)] = (job, out)
            for future in as_completed(running):
                job, out = running[future]
                error = future.exception()
                if error is not None:
                    for other in running:
                        other.cancel()
                    out.unlink(missing_ok=True)
                    raise _failure(project, job, error) from error  # type: ignore[arg-type]
                for old in folder.glob(f"{job.name}-*.ipynb"):
                    if ".tmp." not in old.name:
                        old.unlink()
                out.replace(kept[job.name])
                pages[job.name] = bindable(job, nbformat.read(kept[job.name], as_version=4))
                done(pages[job.name])
    return [pages[job.name] for job in wanted]


def _pieces(cell: nbformat.NotebookNode) -> Iterator[dict[str, Any]]:
    """What the cell shows as Markdown, each with what hangs on it, by MIME type."""
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "text/markdown" in data:
            yield data


def bindable(job: Job, run: nbformat.NotebookNode, kept: bool = False) -> Page:
    """A page out of an executed notebook: shown Markdown as cells, the code in one folded cell at the end.

    Times, paths and execution counts are dropped, so that one input gives the same bytes. What a
    shown piece says of the whole page (``exhibits.PAGE``) stands before what the notebook says of it.
    """
    cells, attachments, cards, code = [], [], [], []
    said = {name: run.metadata[name] for name in TOLD if name in run.metadata}
    for cell in run.cells:
        if cell.cell_type != "code":
            cells.append(nbformat.v4.new_markdown_cell(cell.source))
            continue
        code.append(re.sub(r"^# Parameters\n", "# 本期的参数\n", cell.source))
        for data in _pieces(cell):
            cells.append(nbformat.v4.new_markdown_cell(data["text/markdown"]))
            said |= data.get(PAGE, {})
            if ATTACHMENT in data:
                attachments.append(data[ATTACHMENT])
            cards += [card for card in data.get(CARDS, ()) if card["name"]]
    folded = nbformat.v4.new_code_cell("\n\n".join(code))
    folded.metadata["tags"] = ["hide-input"]
    cells.append(folded)
    for number, cell in enumerate(cells):
        cell["id"] = f"{job.name}-{number}"
    page = nbformat.v4.new_notebook(cells=cells)
    page.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    page.metadata.update(said)
    return Page(job.name, page, attachments, kept, cards, str(run.metadata.get("under", "")))
