"""Which month folders are editions: those that hold a row that may decide something.

A folder whose rows are all doubtful or from unofficial sources founds no edition. Its rows
become known in the next month that does; until then they wait. The returns must be read to
know, so what was found of a folder is kept in ``_build`` under the digest of all it depends on,
and an unchanged folder is not read again.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache

from yuebao import digests
from yuebao.faults import DataRejected
from yuebao.project import Project

KEPT = "founding.json"


def months(project: Project) -> dict[str, bool]:
    """Each month folder that holds a return, oldest first, and whether it founds an edition.

    A folder that cannot be read does: what is wrong with it must be told. So does one without
    any row, where nothing is in doubt.
    """
    # Whatever tells what the rows are: lists, schemas, the readers' code.
    base = digests.of_files(project.root, [*project.data.glob("*.csv"), *project.schemas.glob("*.yaml")])
    base = digests.of_values(base, digests.code())
    keys = {
        month: digests.of_values(base, digests.of_files(project.root, project.month_files(month)))
        for month in project.months()
    }
    return dict(_judged(project, tuple(keys.items())))


@lru_cache(maxsize=8)
def _judged(project: Project, keys: tuple[tuple[str, str], ...]) -> tuple[tuple[str, bool], ...]:
    place = project.build / KEPT
    kept: dict[str, bool] = {}
    if place.is_file():
        try:
            kept = {str(key): bool(founds) for key, founds in json.loads(place.read_text()).items()}
        except ValueError:  # half-written by a run that was killed
            kept = {}
    judged = _founding(project, [month for month, key in keys if key not in kept])
    found = {key: kept[key] if key in kept else judged[month] for month, key in keys}
    if found != kept:
        _keep(project, found)
    return tuple((month, found[key]) for month, key in keys)


def _keep(project: Project, found: dict[str, bool]) -> None:
    """Put what was found where the next run reads it; a checkout that cannot be written to keeps nothing."""
    place = project.build / KEPT
    beside = place.with_suffix(f".{os.getpid()}.tmp")
    try:
        place.parent.mkdir(exist_ok=True)
        beside.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        beside.replace(place)
    except OSError:
        beside.unlink(missing_ok=True)


def _founding(project: Project, unread: list[str]) -> dict[str, bool]:
    """Whether each of the months founds an edition, by reading its returns."""
    if not unread:
        return {}
    # Here: an unchanged book is known without reading any return.
    from yuebao import returns, schema, tables

    try:
        datasets = schema.load(project)
        lists = tables.read_lists(project, datasets)
    except DataRejected:
        return dict.fromkeys(unread, True)
    chapters = schema.chapter_datasets(datasets)
    grades = lists["sources"].set_index("source_id")["grade"]
    paths = [path for month in unread for path in project.month_files(month)]
    rows, faults = returns.read_files(project, paths, chapters, lists)
    frames = [frame for frame in rows.values() if len(frame)]
    filled = {month for frame in frames for month in frame["_month"]}
    sound = {month for frame in frames for month in frame.loc[tables.may_found(frame, grades), "_month"]}
    faulty = {month for month in unread for fault in faults if f"/{month}/" in fault.file}
    return {month: month in sound | faulty or month not in filled for month in unread}
