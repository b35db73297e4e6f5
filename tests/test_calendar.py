"""The release calendar, and times as an edition's settings say them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfoNotFoundError

import pytest
from bs4 import BeautifulSoup

import small
from yuebao import calendar, downloads, returns, tables
from yuebao.faults import DataRejected
from yuebao.project import Project
from yuebao.tables import Tables, assemble


def listed(project: Project, *lines: str, edition: str = "latest") -> Tables:
    small.put_list(project, "editions", small.rows("edition released embargo_until note_zh note_en", *lines))
    return assemble(project, edition)


def rows(page: str) -> list[list[str]]:
    found = BeautifulSoup(page, "html.parser").select("tbody tr")
    return [[cell.get_text() for cell in row.select("td")] for row in found]


# --- times ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-12-10", "2026年12月10日"),
        ("2026-12-10T10:00", "2026年12月10日10:00（北京时间）"),
        ("2026-12-10T10:00+08:00", "2026年12月10日10:00（北京时间）"),
        ("2026-12-10T20:30Z", "2026年12月11日04:30（北京时间）"),
        ("2026-12-09T16:00:00+00:00", "2026年12月10日"),
    ],
)
def test_a_time_is_of_beijing(said: str, told: str) -> None:
    assert calendar.spoken(calendar.moment(said)) == told
    assert calendar.moment(said).utcoffset() == dt.timedelta(hours=8)


def test_without_time_zone_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(calendar, "ZoneInfo", none)
    assert calendar.spoken(calendar.moment("2026-12-10T02:00Z")) == "2026年12月10日10:00（北京时间）"


@pytest.mark.parametrize("column", ["released", "embargo_until"])
def test_a_time_that_is_none_is_a_fault(project: Project, column: str) -> None:
    cell = "2024-02-30 |" if column == "released" else "| 2024-02-30"
    held = listed(project, "2024-04 | | | |", f"2024-04 | {cell} | |")
    held.lists["editions"].loc[1, "edition"] = "2024-03" if column == "released" else "2024-05"
    with pytest.raises(DataRejected) as caught:
        (calendar.released if column == "released" else calendar.embargo)(held)
    assert str(caught.value).startswith(f"data/editions.csv:3: {column}: “2024-02-30”不是日期或时刻；请写成")


def test_the_embargo_is_the_editions_own(project: Project) -> None:
    held = listed(project, "2024-04 | | 2024-05-10 | |", "2024-05 | | 2024-06-10T10:00 | |")
    assert calendar.embargo(held) == calendar.moment("2024-06-10T10:00+08:00")
    assert calendar.embargo(listed(project, "2024-04 | | 2024-05-10 | |")) is None


# --- the rule ------------------------------------------------------------------------------


def test_planned_by_the_rule() -> None:
    assert calendar.planned("2026-10") is None
    assert str(calendar.planned("2026-11")) == "2026-12-10 10:00:00+08:00"
    assert str(calendar.planned("2026-12")) == "2027-01-10 10:00:00+08:00"


def test_coming_editions_follow_the_edition_or_the_start_of_the_plan(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = assemble(project)
    assert [e for e, _ in calendar._coming(held)] == ["2026-11", "2026-12", "2027-01"]
    monkeypatch.setattr(calendar, "FIRST_PLANNED", "2024-01")
    assert [e for e, _ in calendar._coming(held)] == ["2024-06", "2024-07", "2024-08"]


# --- what an edition can know -----------------------------------------------------------------


LINES = (
    "2024-04 | 2024-05-10T10:00 | | 创刊期 |",
    "2024-05 | 2024-06-10T10:00 | | 五月 |",
    "2024-06 | | 2024-07-10T10:00 | 六月 |",
)


def test_an_edition_knows_what_was_known_by_the_end_of_its_month(project: Project) -> None:
    april = listed(project, *LINES, edition="2024-04")
    assert list(april.lists["editions"]["edition"]) == ["2024-04"]
    assert april.lists["editions"]["released"].isna().all()
    assert calendar.released(april) == {}
    may = listed(project, *LINES)
    assert list(may.lists["editions"]["edition"]) == ["2024-04", "2024-05"]
    assert calendar.released(may) == {"2024-04": calendar.moment("2024-05-10T10:00")}


def test_what_is_said_later_does_not_change_an_earlier_edition(project: Project) -> None:
    before = calendar.page(listed(project, "2024-04 | | | 创刊期 |", edition="2024-04"))
    assert calendar.page(listed(project, *LINES, edition="2024-04")) == before


def test_a_release_later_than_the_edition_is_not_known_to_it(project: Project) -> None:
    held = listed(project, "2024-04 | 2024-06-01 | | |", "2024-05 | | | |")
    assert calendar.released(held) == {}


# --- the page -----------------------------------------------------------------------------------


def test_the_page(project: Project) -> None:
    page = calendar.page(listed(project, *LINES))
    assert page.startswith("---\nkind: prose\ndescription: ")
    assert page.count("\n# 发布日历\n") == 1
    assert "自2026年11月期起，每期在次月 10 日 10:00（北京时间）发布" in page
    told = rows(page)
    assert told[:3] == [
        ["2026年11月", "计划 2026年12月10日10:00（北京时间）"],
        ["2026年12月", "计划 2027年1月10日10:00（北京时间）"],
        ["2027年1月", "计划 2027年2月10日10:00（北京时间）"],
    ]
    may, april = told[3:]
    assert (may[0], may[1], may[4]) == ("2024年5月", "补编", "五月")
    assert (april[0], april[1], april[4]) == ("2024年4月", "2024年5月10日10:00（北京时间）", "创刊期")
    titles = {d.name: d.title for d in small.repo_datasets().values()}
    assert may[2] == f"{titles['fraud']} 1 行；{titles['trade_in']} 1 行"
    assert f"{titles['fraud']} 5 行" in april[2]


def test_counts_are_of_all_rows_that_came_in(project: Project) -> None:
    small.put(project, "2024-05", "fraud", [small.figure(value=101)])  # a revision of April's
    held = assemble(project)
    piece = calendar.past(held)
    assert piece.attachment is not None
    columns, table = piece.attachment["columns"], piece.attachment["rows"]
    counts = {row[0]: dict(zip(columns, row, strict=True)) for row in table}
    for name, frame in held.rows.items():
        for month in ("2024-04", "2024-05"):
            assert counts[month][name] == int((frame["_edition"] == month).sum())
    assert counts["2024-05"]["status"] == "compiled"


def test_fixed_files_are_linked_where_they_are(project: Project) -> None:
    page = BeautifulSoup(calendar.page(listed(project, *LINES)), "html.parser")
    links = [str(a["href"]) for a in page.select('a[href^="data/2"]')]
    assert links == [
        f"data/{month}/{file}"
        for month in ("2024-05", "2024-04")
        for file in ("datapackage.json", "SHA256SUMS")
    ], "this edition's, and those of an earlier one that was released"
    unreleased = BeautifulSoup(calendar.page(listed(project, "2024-04 | | | |")), "html.parser")
    assert [str(a["href"])[:13] for a in unreleased.select('a[href^="data/2"]')] == ["data/2024-05/"] * 2


def test_an_edition_of_the_plan_is_planned_until_a_later_one_says_when(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "FIRST_PLANNED", "2024-05")
    may = rows(calendar.page(listed(project, *LINES)))[3]
    assert may[:2] == ["2024年5月", "计划 2024年6月10日10:00（北京时间）"]


# --- the list of the repository -------------------------------------------------------------------


def test_the_real_list_is_read_without_fault(real: Tables) -> None:
    project = Project(small.REPO)
    frame, faults = returns.read(project.data / "editions.csv", real.datasets["editions"], project)
    assert not faults
    assert set(frame["edition"]) <= set(project.editions()) | {
        e for e in frame["edition"] if e >= calendar.FIRST_PLANNED
    }
    for column in ("released", "embargo_until"):
        calendar._moments(frame, column)
    assert not {e for e in frame.loc[frame["released"].notna(), "edition"] if e < calendar.FIRST_PLANNED}, (
        "no release date is made up for an edition compiled afterwards"
    )


def test_the_list_is_a_download(real: Tables) -> None:
    assert "editions" in real.lists
    assert downloads.csv_text(real.lists["editions"]).startswith("\ufeffedition,released,embargo_until")


def test_small_tables_without_the_list_are_left_alone() -> None:
    assert tables.as_known({}, "2024-05") == {}
