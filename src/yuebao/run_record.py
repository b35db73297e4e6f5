"""The record of a run, ``_build/run.json``, and the part of it that goes on the quality page.

The record holds what one needs to know afterwards: of which files the site was made,
with which packages, how long each stage took, what the checks found. Of two runs of one
commit the times and the machine differ; they are in the record and never on a page.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import pandas as pd

import yuebao
from yuebao import digests, words
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, text, with_row_ids
from yuebao.project import Project
from yuebao.tables import Tables
from yuebao.validate import Report


class Clock:
    """A step reporter that also takes the time of each stage."""

    def __init__(self, step: Any) -> None:
        self.step = step
        self.began = dt.datetime.now(dt.UTC)
        self.start = time.monotonic()
        self.stages: list[tuple[str, float]] = []

    def __call__(self, stage: str, detail: str) -> None:
        if stage:
            self.stages.append((stage, time.monotonic()))
        self.step(stage, detail)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.start

    def timings(self) -> dict[str, float]:
        """Seconds by stage, in order; the last one runs until now."""
        ends = [at for _, at in self.stages[1:]] + [time.monotonic()]
        return {name: round(end - at, 3) for (name, at), end in zip(self.stages, ends, strict=True)}


def place(project: Project) -> Path:
    """Where the record of the last run that finished a site lies."""
    return project.build / "run.json"


def read(project: Project) -> dict[str, Any]:
    """The record, empty where there is none."""
    path = place(project)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _findings(report: Report) -> dict[str, int]:
    return {
        "checks": len(report.outcomes),
        "cases": sum(o.cases for o in report.outcomes),
        "error": len(report.of("error")),
        "warning": len(report.of("warning")),
    }


def record(
    project: Project, tables: Tables, report: Report, clock: Clock, pages: dict[str, bool], whole: str
) -> dict[str, Any]:
    """Everything worth knowing of a run whose site is in place; ``pages``: name -> kept."""
    files = [
        *digests.data_files(project, tables.edition),
        *digests.rule_files(project),
        *digests.page_files(project),
    ]
    site = digests.sums(project.site)
    commit = digests.commit(project)
    return {
        "edition": tables.edition,
        "yuebao": yuebao.__version__,
        "commit": commit or None,
        "inputs": {
            "digest": whole,
            "code": digests.code(),
            "files": digests.sums(project.root, files),
        },
        "outputs": {"files": len(site), "digest": digests.of_sums(site)},
        "rows": {name: len(frame) for name, frame in sorted(tables.rows.items())},
        "findings": _findings(report),
        "pages": {
            "run": sorted(name for name, kept in pages.items() if not kept),
            "kept": sorted(name for name, kept in pages.items() if kept),
        },
        "versions": digests.versions(),
        "platform": platform.platform(),
        "started": clock.began.isoformat(timespec="seconds"),
        "seconds": {**clock.timings(), "total": round(clock.seconds, 3)},
    }


def _beside(project: Project) -> Path:
    return project.build / "run.json.tmp"


def write(project: Project, content: dict[str, Any]) -> None:
    """Write the record whole or not at all."""
    beside = _beside(project)
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, place(project))


def tidy(project: Project) -> None:
    """Remove a record that was not written to its end."""
    _beside(project).unlink(missing_ok=True)


def made(project: Project, tables: Tables, report: Report, commit: str) -> Piece:
    """How this edition was made: what is the same in every run of one commit."""
    edition = tables.edition
    data = digests.sums(project.root, digests.data_files(project, edition))
    rules = digests.sums(project.root, digests.rule_files(project))
    counted = _findings(report)
    rows: list[tuple[str, int | str]] = [
        ("报表与代码表：文件数", len(data)),
        ("报表与代码表：SHA-256", digests.of_sums(data)),
        ("表结构与检查规则：文件数", len(rules)),
        ("表结构与检查规则：SHA-256", digests.of_sums(rules)),
        ("读入的行数", sum(len(frame) for frame in tables.rows.values())),
        ("检查项数", counted["checks"]),
        ("看过的例数", counted["cases"]),
        ("错误", counted["error"]),
        ("提示", counted["warning"]),
        ("程序：SHA-256", digests.code()),
    ]
    if commit:
        rows.append(("代码仓库的提交", commit))
    rows += [(name, version) for name, version in digests.versions().items() if version]
    frame = pd.DataFrame(rows, columns=["item", "value"], dtype=object)
    frame = with_row_ids(frame, "quality-made")
    cells = [_cell(value, row) for value, row in zip(frame["value"], frame["row_id"], strict=True)]
    table = pd.DataFrame({"项目": frame["item"].map(text), "内容": cells})
    caption = "所用的文件、程序和软件版本；同一提交重编，得到的文件逐字节相同"
    exhibit = Exhibit("made", "文件、程序与版本", caption, caption, frame, table)
    return exhibit_piece("quality", exhibit)


def _cell(value: int | str, row_id: str) -> str:
    """A number with its value; a long checksum may be broken over lines."""
    if isinstance(value, int):
        return words.shown_count(value, row_id, here=True)
    if len(value) < 40:
        return text(value)
    return f"<code>{'<wbr>'.join(value[at : at + 8] for at in range(0, len(value), 8))}</code>"
