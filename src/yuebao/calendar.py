"""When editions come out: the release calendar, and the time before which one may not.

``data/editions.csv`` says of an edition what cannot be worked out: when it was
released, and until when it is under embargo. Coming editions follow one rule, below.
Times are of Beijing (Asia/Shanghai) unless they say otherwise.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from yuebao import dates as known_dates
from yuebao import permanent, trace, words
from yuebao.exhibits import Exhibit, Piece, exhibit_piece, text
from yuebao.faults import DataRejected, Fault
from yuebao.reference import chapter_title
from yuebao.tables import Tables

# The plan: from this edition on, each comes out on this day and hour of the month after its own.
FIRST_PLANNED, DAY, HOUR = "2026-11", 10, 10
AHEAD = 3  # coming editions the calendar lists
MEND = "请写成 2026-12-10 或 2026-12-10T10:00+08:00；不写时区即为北京时间"


def beijing() -> dt.tzinfo:
    """Asia/Shanghai; the same without summer time where the system has no time zone data."""
    try:
        return ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return dt.timezone(dt.timedelta(hours=8))


def moment(said: str) -> dt.datetime:
    """An ISO date or time as a time in Beijing. Raises ValueError."""
    found = dt.datetime.fromisoformat(said)
    zone = beijing()
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def spoken(when: dt.datetime) -> str:
    """2026年12月10日10:00（北京时间）, without the hour where it is midnight."""
    local = when.astimezone(beijing())
    day = words.period(f"{local:%Y-%m-%d}")
    return day if (local.hour, local.minute) == (0, 0) else f"{day}{local:%H:%M}（北京时间）"


def _next(month: str) -> str:
    return f"{words.month_span(month)[1] + dt.timedelta(days=1):%Y-%m}"


def planned(edition: str) -> dt.datetime | None:
    """When an edition is to come out by the rule; None for those before the rule."""
    if edition < FIRST_PLANNED:
        return None
    year, month = map(int, _next(edition).split("-"))
    return dt.datetime(year, month, DAY, HOUR, tzinfo=beijing())


def _moments(listed: pd.DataFrame, column: str) -> dict[str, dt.datetime]:
    """The times a column holds, by edition. Raises DataRejected with every one that is none."""
    found, faults = {}, []
    for _, row in listed[listed[column].notna()].iterrows():
        try:
            found[str(row["edition"])] = moment(row[column])
        except ValueError:
            what = f"“{row[column]}”不是日期或时刻"
            faults.append(Fault(row["_file"], int(row["_row"]), column, what, MEND))
    if faults:
        raise DataRejected(faults)
    return found


def released(tables: Tables) -> dict[str, dt.datetime]:
    """When earlier editions came out, as far as this edition could know: by the end of its month."""
    end = words.month_span(tables.edition)[1]
    times = _moments(tables.lists["editions"], "released")
    return {edition: at for edition, at in times.items() if edition < tables.edition and at.date() <= end}


def embargo(tables: Tables) -> dt.datetime | None:
    """The time before which the edition may not be published; None where there is none."""
    return _moments(tables.lists["editions"], "embargo_until").get(tables.edition)


@dataclass(frozen=True)
class Dates:
    """The dates an edition may assert; the one answer for all that prints or writes one.

    ``released``: when it came out, None where it did not or that is not known (of the edition
    being built it never is: only later ones know). ``planned``: when it is to come out by the
    plan. ``sources``: the last day on which a source of its sound figures was published, None
    where no source's day is known.
    """

    edition: str
    released: dt.datetime | None
    planned: dt.datetime | None
    sources: dt.date | None

    @property
    def spoken(self) -> str:
        """What is said of its release: 2026年12月10日发布, 计划…发布, or that it was compiled later."""
        if self.released:
            return f"{spoken(self.released)}发布"
        return f"计划 {spoken(self.planned)}发布" if self.planned else "补编，当月没有发布"

    @property
    def issued(self) -> dt.date | None:
        """The day it came out, for what has a place for that day and may leave it out."""
        return self.released.date() if self.released else None

    @property
    def updated(self) -> dt.datetime:
        """The moment to write where a moment must be written: Atom, SDMX, the PDF's own date.

        Its release; else the day of its newest source, from when on its figures were as they are
        here; else, where no source has a day, the end of its month, by which all was known. Never
        the plan, which is no fact, and never the clock: the same returns give the same bytes.
        """
        if self.released:
            return self.released
        day = self.sources or words.month_span(self.edition)[1]
        return dt.datetime.combine(day, dt.time(), beijing())


def dates_of(tables: Tables, edition: str | None = None) -> Dates:
    """The dates of an edition (default: the one of ``tables``), as far as that one can know them."""
    edition = edition or tables.edition
    sources = known_dates.sources_until(tables, edition)
    return Dates(edition, released(tables).get(edition), planned(edition), sources)


def release_day(tables: Tables) -> str:
    """The day the edition came out, for a citation; empty where the edition does not know it."""
    day = dates_of(tables).issued
    return day.isoformat() if day else ""


def dates(tables: Tables) -> dict[str, object]:
    """What every page says of its edition's dates, as far as the edition can know them.

    ``released``: its own day by the plan, or that it was compiled later (its real day is known
    to later editions only); ``until``: how far its newest sound figure goes, and of which chapter;
    ``next_release``: the next edition by the plan, and ``next_day`` its day; ``editions``: the
    earlier ones that came out, newest first.
    """
    following, at = _coming(tables)[0]
    earlier = sorted(released(tables).items(), reverse=True)
    return {
        "until": until(tables),
        "released": dates_of(tables).spoken,
        "next_release": f"{words.period(following)}期，计划 {spoken(at)}发布",
        "next_day": words.period(f"{at:%Y-%m-%d}"),
        "editions": [
            {"edition": name, "name": f"{words.period(name)}期", "released": spoken(when)}
            for name, when in earlier
        ],
    }


def until(tables: Tables) -> str:
    """How far the book's newest sound figure goes, and of which chapter: 2026年2月（古树名木）."""
    newest = known_dates.latest(known_dates.of_book(tables))
    return f"{newest.spoken}（{chapter_title(newest.chapter, tables)}）" if newest else known_dates.NONE_DATED


# --- the page ---------------------------------------------------------------------


def _brought(tables: Tables) -> pd.DataFrame:
    """Rows that came in by edition and dataset, newest edition first."""
    counts = {
        name: frame["_edition"].value_counts()
        for name, frame in tables.rows.items()
        if tables.datasets[name].chapter
    }
    known = {str(month) for of_dataset in counts.values() for month in of_dataset.index}
    editions = sorted(known | {tables.edition}, reverse=True)
    return pd.DataFrame(
        {name: of_dataset.reindex(editions, fill_value=0).astype(int) for name, of_dataset in counts.items()},
        index=editions,
    )


def _notes(tables: Tables) -> dict[str, str]:
    listed = tables.lists["editions"]
    held = listed[listed["note_zh"].notna()]
    return dict(zip(held["edition"].astype(str), held["note_zh"].astype(str), strict=True))


def _files(edition: str) -> str:
    place = f"data/{edition}"
    return (
        f'<a href="{place}/datapackage.json" download>数据包说明</a> '
        f'<a href="{place}/SHA256SUMS" download>校验和</a>'
    )


def past(tables: Tables) -> Piece:
    """The editions there are: when they came out, what each brought, its fixed files."""
    counts, times, notes = _brought(tables), released(tables), _notes(tables)
    titles = {name: tables.datasets[name].title for name in counts.columns}
    rows, data = [], []
    for edition, brought in counts.iterrows():
        name = str(edition)
        row_id = trace.own_id("calendar-editions", name)
        at, plan = times.get(name), planned(name)
        status = "released" if at else "planned" if plan else "compiled"
        said = spoken(at) if at else f"计划 {spoken(plan)}" if plan else "补编"
        told = "；".join(
            f"{text(titles[str(dataset)])} {words.shown_count(int(n), row_id, here=True)} 行"
            for dataset, n in brought.items()
            if n
        )
        here = at is not None or name == tables.edition  # its pages and files lie on the web root
        rows.append(
            {
                "期": f'<a href="{permanent.address(name)}">{words.period(name)}</a>'
                if here
                else words.period(name),
                "发布": said,
                "新进的数据": told or "没有新行",
                "固定文件": _files(name) if here else "—",
                "说明": text(notes.get(name, "")),
            }
        )
        when = at or plan
        data.append(
            {
                "edition": name,
                "status": status,
                "release": when.isoformat(timespec="minutes") if when else "",
                **{str(dataset): int(n) for dataset, n in brought.items()},
                "note": notes.get(name, ""),
                "row_id": row_id,
            }
        )
    table = pd.DataFrame(rows)
    if not notes:
        table = table.drop(columns="说明")
    caption = "每期新进的行数，按报表所在的月份计；修订也是新进的行"
    exhibit = Exhibit("editions", "已有各期", caption, caption, pd.DataFrame(data), table, level=2)
    return exhibit_piece("calendar", exhibit)


def _coming(tables: Tables) -> list[tuple[str, dt.datetime]]:
    found: list[tuple[str, dt.datetime]] = []
    month = max(_next(tables.edition), FIRST_PLANNED)
    while len(found) < AHEAD:
        at = planned(month)
        if at is not None:
            found.append((month, at))
        month = _next(month)
    return found


def coming(tables: Tables) -> Piece:
    """The next editions by the rule, marked as planned."""
    listed = _coming(tables)
    table = pd.DataFrame(
        [(words.period(e), f"计划 {spoken(at)}") for e, at in listed], columns=["期", "发布"]
    )
    data = pd.DataFrame(
        [(e, "planned", at.isoformat(timespec="minutes")) for e, at in listed],
        columns=["edition", "status", "release"],
    )
    caption = "按发布规则推算；遇有变动，以后来各期的日历为准"
    exhibit = Exhibit("coming", "将要发布", caption, caption, data, table, level=2)
    return exhibit_piece("calendar", exhibit)


def pieces(tables: Tables) -> list[Piece]:
    """What the calendar page shows."""
    return [coming(tables), past(tables)]


def page(tables: Tables) -> str:
    """The release calendar as Markdown."""
    parts = [
        "---\nkind: prose\ndescription: 各期何时发布、新进了什么，以后各期计划何时发布\n---\n\n# 发布日历\n",
        '<p class="lead">各期何时发布、新进了什么；以后各期计划何时发布。</p>\n',
        f"自{words.period(FIRST_PLANNED)}期起，每期在次月 {DAY} 日 {HOUR}:00（北京时间）发布。"
        "这是计划，标明“计划”；"
        "发布之后，后来各期的日历写明实际的日期。标明“补编”的各期，是后来据收集的资料照当时所知编成的，当月没有发布。"
        "发布了的一期，其页面与文件不再改动；更正进入后来的一期，列在[更正](corrections.md)一页与各章的修订表中。\n",
    ]
    return "\n".join([*parts, *(piece.markdown for piece in pieces(tables))])
