"""What time the figures speak of, and which dates an edition may assert.

An edition is named after the month by whose end its rows were known. That month is no date
of its figures: how far they go is read from the rows themselves, of sound ones only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from yuebao import words
from yuebao.tables import FORECAST, Tables, is_sound

TARGET = "target"  # a measure's kind: what is to be reached, and so no news of what was
NONE_DATED = "没有注明止日的数字"  # there may be figures, none of which says how far it goes
# Kinds that tell a state: of one told in the course of its year, the year is when it was so.
STATES = ("stock", "level")


@dataclass(frozen=True)
class Newest:
    """The newest figure of some rows: the day its period ends (or it was told), and that end as printed."""

    day: dt.date
    point: str  # a day, a month or a year, as the row tells it
    chapter: str = ""

    @property
    def spoken(self) -> str:
        """2025年12月25日, 2026年2月."""
        return words.period(self.point)


def _published(said: object, edition: object) -> dt.date:
    """The last day on which a source can have been published; of an undated one, of the edition's month."""
    point = str(edition) if words.missing(said) else str(said)
    return words.span(point)[1] or dt.date.max


def newest(rows: pd.DataFrame, chapter: str = "") -> Newest | None:
    """The newest of labelled figures; None where no sound one tells the end of its period.

    Not counted: what is not sound, targets and forecasts, periods open or unknown at their end,
    and flows of a period that was not over when they were told (a year's, told in its January).
    The end is told as exactly as the row tells it: a month stays a month.
    """
    counted = is_sound(rows) & rows["last_day"].notna() & (rows["kind"] != TARGET)
    counted &= rows["obs_status"] != FORECAST
    held = rows[counted]
    if held.empty:
        return None
    pairs = zip(held["source_date_published"], held["_edition"], strict=True)
    published = pd.Series([_published(said, edition) for said, edition in pairs], held.index)
    ended = held["last_day"].dt.date
    day = ended.where(ended <= published, published)
    point = held["period"].str.rsplit("/", n=1).str[-1]
    ranked = pd.DataFrame({"day": day, "exact": point.str.len(), "point": point})
    ranked = ranked[(ended <= published) | held["kind"].isin(STATES)]
    if ranked.empty:
        return None
    last = ranked.sort_values(["day", "exact", "point"], kind="stable").iloc[-1]
    return Newest(last["day"], str(last["point"]), chapter)


def of_chapter(tables: Tables, chapter: str, areas: Iterable[str] | None = None) -> Newest | None:
    """The newest figure of a chapter; of the ``areas`` alone where they are given."""
    held = [tables.shown(d.name) for d in tables.of_chapter(chapter) if d.is_figures]
    if areas is not None:
        wanted = set(areas)
        held = [rows[rows["area_code"].isin(wanted)] for rows in held]
    found = [one for rows in held if (one := newest(rows, chapter)) is not None]
    return max(found, key=lambda one: one.day) if found else None


def of_book(tables: Tables, areas: Iterable[str] | None = None) -> list[Newest]:
    """The newest figure of each chapter that has one, in the chapters' order."""
    wanted = None if areas is None else list(areas)
    found = (of_chapter(tables, chapter, wanted) for chapter in tables.chapters)
    return [one for one in found if one is not None]


def latest(found: Iterable[Newest]) -> Newest | None:
    """The newest of several; the first of those of one day."""
    return max(found, key=lambda one: one.day, default=None)


def sources_until(tables: Tables, edition: str | None = None) -> dt.date | None:
    """The newest day on which a source of sound rows known to ``edition`` (default: this one) was published.

    Only days told in full are counted, and none after the edition's month.
    """
    edition = edition or tables.edition
    end = words.month_span(edition)[1]
    held = [f for name, f in tables.rows.items() if tables.datasets[name].chapter and not f.empty]
    if not held:
        return None
    sources = tables.lists["sources"].set_index("source_id")
    days = set()
    for frame in held:
        known = frame[frame["_edition"].astype("str") <= edition]
        known = known.assign(grade_of_trust=known["source_id"].map(sources["grade"]))
        dated = known[is_sound(known)]["source_id"].map(sources["date_published"]).dropna().unique()
        days |= {dt.date.fromisoformat(day) for day in map(str, dated) if len(day) == len("2026-01-31")}
    return max((day for day in days if day <= end), default=None)
