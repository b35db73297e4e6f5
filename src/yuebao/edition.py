"""The whole run: returns in, a checked site out, or nothing at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yuebao import book, digests, downloads, pages, search, tables, validate
from yuebao.faults import UsageError
from yuebao.project import Project
from yuebao.stages import STAGES

Step = Callable[[str, str], None]


@dataclass(frozen=True)
class Result:
    """What a run did."""

    edition: str
    site: Path
    unchanged: bool
    warnings: int
    pages_run: int
    pages_kept: int
    seconds: float


def silent(stage: str, detail: str) -> None:
    """A step reporter that says nothing."""


@contextmanager
def one_at_a_time(project: Project) -> Iterator[None]:
    """Hold the build lock. Raises UsageError where another run holds it."""
    import fcntl

    project.build.mkdir(exist_ok=True)
    with (project.build / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError("另一个构建正在进行；请等它结束再运行") from None
        yield


def check(project: Project, edition: str, docs: bool = False) -> validate.Report:
    """Read and check an edition; with ``docs``, also make Great Expectations' Data Docs.

    Raises DataRejected with every fault; the Data Docs are made even then.
    """
    held = tables.assemble(project, edition)
    if docs:
        found = validate.run(project, held, docs=project.build / "validation")
    else:
        found = validate.report(project, held, digests.inputs(project, held.edition))
    validate.refuse_errors(found)
    return found


def build(project: Project, edition: str = "latest", step: Step = silent, force: bool = False) -> Result:
    """Build an edition's site into ``_build/html``.

    The site that was there stays until the new one is finished and checked, and
    is replaced in one rename; on any error it stays as it was.

    Raises DataRejected, UsageError or YuebaoError.
    """
    started = time.monotonic()
    edition = project.edition(edition)
    with one_at_a_time(project):
        whole = digests.everything(project, edition)
        if not force and digests.built(project, edition):
            return Result(edition, project.site, True, 0, 0, 0, time.monotonic() - started)

        step(STAGES[0], edition)
        held = tables.assemble(project, edition)
        inputs = digests.inputs(project, edition)
        step(STAGES[1], f"{sum(len(f) for f in held.rows.values())} 行")
        report = validate.report(project, held, inputs)
        validate.refuse_errors(report)
        wanted = pages.jobs(project, edition)
        step(STAGES[2], f"{len(wanted)} 本")
        made = pages.make(project, wanted, inputs, lambda page: step("", page.name))
        step(STAGES[3], "")
        staging = project.build / "staging"
        book.stage(project, held, made, staging)
        html = book.bind(staging, project.build / "bound")
        step(STAGES[4], "")
        attachments = [item for page in made for item in page.attachments]
        downloads.write(held, attachments, html / "data" / "latest")
        shutil.copytree(html / "data" / "latest", html / "data" / edition)
        search.index(html)
        step(STAGES[5], "")
        book.check(html)
        digests.mark(project).unlink(missing_ok=True)
        _replace(html, project.site)
        digests.mark(project).write_text(whole)
    run = [page for page in made if not page.kept]
    seconds = time.monotonic() - started
    warned = len(report.of("warning"))
    return Result(edition, project.site, False, warned, len(run), len(made) - len(run), seconds)


def _replace(new: Path, site: Path) -> None:
    """Put ``new`` where ``site`` is; the old one is moved aside first, then removed."""
    aside = site.with_name(f".html-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    if site.exists():
        site.replace(aside)
    new.replace(site)
    shutil.rmtree(aside, ignore_errors=True)
