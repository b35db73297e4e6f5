"""The whole run: returns in, a checked site out, or nothing at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from yuebao import (
    book,
    calendar,
    chromium,
    compress,
    corrections,
    digests,
    feeds,
    gallery,
    interactive,
    names,
    pages,
    pdf,
    permanent,
    reference,
    revisions,
    run_record,
    search,
    swap,
    tables,
    takeaway,
    validate,
    words,
)
from yuebao.faults import DataRejected, UsageError, csv_text
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
    changes: dict[str, int] = field(default_factory=dict)  # rows new, revised, dropped since the last edition


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


@contextmanager
def faults_listed(project: Project) -> Iterator[None]:
    """Where the data is rejected, leave every fault in ``_build/faults.csv``; else leave none there."""
    listed = project.build / "faults.csv"
    try:
        yield
    except DataRejected as error:
        listed.parent.mkdir(exist_ok=True)
        beside = listed.with_suffix(".tmp")
        beside.write_text(csv_text(error.faults), encoding="utf-8", newline="")
        beside.replace(listed)
        error.listed = project.name(listed)
        raise
    listed.unlink(missing_ok=True)


def check(project: Project, edition: str, docs: bool = False) -> validate.Report:
    """Read and check an edition; with ``docs``, also make Great Expectations' Data Docs.

    Raises DataRejected with every fault; the Data Docs are made even then.
    """
    with faults_listed(project):
        held = tables.assemble(project, edition)
        if docs:
            found = validate.run(project, held, docs=project.build / "validation")
        else:
            found = validate.report(project, held, digests.inputs(project, held.edition))
        validate.refuse_errors(found)
    return found


def accepted(project: Project, edition: str) -> tables.Tables:
    """An edition's tables, once its checks have no errors. Raises DataRejected."""
    held = tables.assemble(project, edition)
    validate.refuse_errors(validate.report(project, held, digests.inputs(project, held.edition)))
    return held


def build(
    project: Project,
    edition: str = "latest",
    step: Step = silent,
    force: bool = False,
    whole_pdf: bool = False,
) -> Result:
    """Build an edition's site into ``_build/html``; with ``whole_pdf`` also the edition as one PDF.

    The site that was there stays until the new one is finished and checked, and
    changes places with it in one step; on any error, and where the run is killed,
    it stays as it was, and the next run removes what was left half-made.

    Raises DataRejected, UsageError or YuebaoError.
    """
    clock = run_record.Clock(step)
    edition = project.edition(edition)
    printer = chromium.found() if whole_pdf else None
    if whole_pdf and printer is None:
        raise UsageError(chromium.NONE)
    with one_at_a_time(project), faults_listed(project):
        whole = digests.everything(project, edition)
        if not force and digests.built(project, edition, whole_pdf):
            return Result(edition, project.site, True, 0, 0, 0, clock.seconds)
        tidy(project)

        clock(STAGES[0], edition)
        held = tables.assemble(project, edition)
        inputs = digests.inputs(project, edition)
        clock(STAGES[1], f"{sum(len(f) for f in held.rows.values())} 行")
        report = validate.report(project, held, inputs)
        validate.refuse_errors(report)
        wanted = pages.jobs(project, edition)
        clock(STAGES[2], f"{len(wanted)} 本")
        made = pages.make(project, wanted, inputs, lambda page: step("", page.name))
        clock(STAGES[3], "")
        staging = project.build / "staging"
        book.stage(project, held, made, staging, pdf.file_name(edition) if printer else "")
        with gallery.drawing(gallery.downloads(made, words.period(edition)), project.build / "pictures"):
            html = book.bind(staging, project.build / "bound", book.epoch(held))
        clock(STAGES[4], "")
        attachments = [item for page in made for item in page.attachments]
        made_here = [*calendar.pieces(held), *corrections.pieces(held)]
        attachments += [piece.attachment for piece in made_here if piece.attachment]
        attachments.append(reference.source_counts(held))
        gallery.write(project, edition, made, html)
        latest = html / "data" / "latest"
        if printer:
            whole_book = pdf.make(printer, html, staging, edition, project.build / "pdf")
            latest.mkdir(parents=True, exist_ok=True)
            (latest / pdf.file_name(edition)).write_bytes(whole_book)
        takeaway.write(held, attachments, latest, project.address, calendar.release_day(held))
        shutil.copytree(latest, html / "data" / edition)
        feeds.write(held, html, project.address)
        interactive.write(attachments, html, edition, project.address, calendar.release_day(held))
        search.index(html)
        names.write(held, attachments, html)
        permanent.keep(html, edition)
        compress.beside(html)
        clock(STAGES[5], "")
        book.check(html, calendar.released(held))
        swap.settle(html)
        digests.mark(project).unlink(missing_ok=True)
        _replace(html, project.site)
        kept = {page.name: page.kept for page in made}
        run_record.write(project, run_record.record(project, held, report, clock, kept, whole))
        tidy(project)
        digests.mark(project).write_text(
            digests.marked(whole, whole_pdf)
        )  # last: where it stands, nothing is left to do
    run = [page for page in made if not page.kept]
    warned = len(report.of("warning"))
    changed = revisions.totals(held)
    reused = len(made) - len(run)
    return Result(edition, project.site, False, warned, len(run), reused, clock.seconds, changed)


def _aside(site: Path) -> Path:
    return site.with_name(f".{site.name}-before")


def _replace(new: Path, site: Path) -> None:
    """Put ``new`` where ``site`` is, and remove what was there."""
    swap.put(new, site, _aside(site))
    shutil.rmtree(new, ignore_errors=True)


def tidy(project: Project) -> None:
    """Remove what a run left that did not finish. Only for the one who holds the lock."""
    aside = _aside(project.site)
    swap.recover(project.site, aside)
    for left in (project.build / "staging", project.build / "bound", aside):
        shutil.rmtree(left, ignore_errors=True)
    run_record.tidy(project)
    pages.tidy(project)
