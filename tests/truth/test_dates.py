"""Every date a page, a feed or a catalogue claims follows from the rows or from a release that is known."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import small
from site_fixtures import CHAPTERS, Site, site
from small import figure, progress, put, put_list
from yuebao import areas, book, calendar, dates, feeds, metadata, words
from yuebao.project import Project
from yuebao.tables import Tables, assemble

__all__ = ["site"]
APRIL, MAY, JUNE = "2024-04", "2024-05", "2024-06"
ATOM = "{http://www.w3.org/2005/Atom}"


def newest(project: Project, chapter: str = "fraud") -> str | None:
    found = dates.of_chapter(assemble(project), chapter)
    return found.spoken if found else None


# --- how far figures go --------------------------------------------------------------------


def test_the_newest_figure_is_told_as_exactly_as_its_row_tells_it(project: Project) -> None:
    assert newest(project) == "2024年5月"
    put(project, JUNE, "fraud", [figure(period="2024-01-01/2024-05-31", value=7, source_id="s_bureau")])
    assert newest(project) == "2024年5月31日"


@pytest.mark.parametrize(
    "row",
    [
        figure(period="2024-05-31", obs_status="U"),
        figure(period="2024-05-31", obs_status="F"),
        figure(period="2024-05-01/..", source_id="s_bureau"),
        figure(period="../..", source_id="s_bureau"),
        figure(period="2024", source_id="s_bureau"),  # a year's flow, told in its May
    ],
)
def test_doubt_forecasts_open_ends_and_what_is_not_over_date_nothing(
    project: Project, row: small.Row
) -> None:
    put(project, JUNE, "fraud", [row, figure(period="2024-02", value=3)])
    assert newest(project) == "2024年5月"


def test_a_target_dates_nothing(project: Project) -> None:
    target = progress(measure="sales_target", period="2024-05-31", counting="target", source_id="s_bureau")
    put(project, JUNE, "trade_in", [target])
    assert newest(project, "trade_in") == "2024年5月31日"
    assert dates.newest(assemble(project).shown("trade_in", measure="sales_target")) is None


def test_a_stock_of_the_running_year_is_told_with_its_year(project: Project) -> None:
    assert newest(project, "trees") == "2024年"


def test_of_an_area_only_its_own_rows_are_asked(real: Tables) -> None:
    within = areas.within(real.lists["areas"], "420900")
    for found in dates.of_book(real, within):
        rows = real.sound(found.chapter)
        own = rows[rows["area_code"].isin(within)]
        assert found.point in set(own["period"].str.rsplit("/", n=1).str[-1])


# --- what an edition asserts ----------------------------------------------------------------


def test_a_release_is_asserted_only_where_it_is_known(project: Project) -> None:
    read = assemble(project)
    own = calendar.dates_of(read)
    assert (own.released, own.issued, own.sources) == (None, None, dt.date(2024, 5, 31))
    assert own.updated.date() == dt.date(2024, 5, 31)
    put_list(
        project,
        "editions",
        [{"edition": APRIL, "released": "2024-05-10T10:00+08:00", "embargo_until": "", "note_zh": ""}],
    )
    read = assemble(project)
    earlier = calendar.dates_of(read, APRIL)
    assert earlier.issued == dt.date(2024, 5, 10)
    entries = ElementTree.fromstring(feeds.editions(read)).findall(f"{ATOM}entry")
    told = {e.findtext(f"{ATOM}id"): e for e in entries}
    april, may = (told[f"urn:yuebao:edition:{month}"] for month in (APRIL, MAY))
    assert april.findtext(f"{ATOM}published") == "2024-05-10T10:00:00+08:00"
    assert may.find(f"{ATOM}published") is None
    assert may.findtext(f"{ATOM}updated") == "2024-05-31T00:00:00+08:00"


def test_an_unsound_source_dates_no_edition(project: Project) -> None:
    own = small.rows(
        "source_id publisher title url link date_published grade note",
        "s_forum | 论坛 | 帖子 | | false | 2024-06-20 | unofficial |",
    )
    put_list(project, "sources", [*small.CODES["sources"], *own])
    put(project, JUNE, "fraud", [figure(period=MAY, source_id="s_forum"), figure(period="2024-03", value=3)])
    assert dates.sources_until(assemble(project)) == dt.date(2024, 5, 31)


def test_the_plan_is_no_date(real: Tables) -> None:
    planned = Tables("2026-11", real.datasets, real.lists, real.rows)
    own = calendar.dates_of(planned)
    assert own.planned is not None
    assert own.released is None
    assert own.updated < own.planned
    assert calendar.dates(planned)["released"] == f"计划 {calendar.spoken(own.planned)}发布"


def test_the_catalogue_says_coverage_and_no_day_that_is_not_known(project: Project) -> None:
    found = json.loads(metadata.catalog(assemble(project)))
    assert "dct:modified" not in json.dumps(found)
    assert "dct:issued" not in json.dumps(found)
    fraud = next(d for d in found["dcat:dataset"] if d["dct:identifier"].startswith("fraud-"))
    assert fraud["dct:temporal"]["dcat:endDate"]["@value"] == "2024-05-31"
    assert fraud["dct:temporal"]["dcat:startDate"]["@value"] == "2023-04-01"


def test_the_map_has_a_day_only_where_one_is_known() -> None:
    assert "lastmod" not in feeds.sitemap(["index.html"], "https://example.org")
    assert "<lastmod>2026-12-10</lastmod>" in feeds.sitemap(
        ["index.html"], "https://example.org", dt.date(2026, 12, 10)
    )


def test_the_books_own_moment_is_the_editions(real: Tables) -> None:
    assert book.epoch(real) == str(int(calendar.dates_of(real).updated.timestamp()))


# --- all pages of the book -------------------------------------------------------------------

_NEWEST = re.compile(r"(本章|本地|全书)最新：([^（]+)(?:（([^）]+)）)?$")


def test_each_page_says_how_far_its_sound_figures_go(site: Site) -> None:
    read = assemble(site.project)
    titles = {site.page(name).select_one("h1").get_text(): name for name in CHAPTERS}  # type: ignore[union-attr]
    for name in ("index", *CHAPTERS, "areas", "claims", "quality", *site.areas):
        line = site.page(name).select_one("p.meta b")
        assert line is not None, name
        match = _NEWEST.match(line.get_text())
        assert match is not None, f"{name}: {line.get_text()}"
        scope, said, _ = match.groups()
        if name in CHAPTERS:
            found = dates.of_chapter(read, name)
        elif name in site.areas:
            within = areas.within(read.lists["areas"], name.removeprefix("area-"))
            found = dates.latest(dates.of_book(read, within))
        else:
            found = dates.latest(dates.of_book(read))
        assert scope == ("本章" if name in CHAPTERS else "本地" if name in site.areas else "全书")
        assert said == (found.spoken if found else dates.NONE_DATED), name
        if found:  # and the downloads alone say so: a sound row ends there
            rows = site.table(found.chapter)
            ends = rows.loc[rows["obs_status"].isin(["A", "E", "P"]), "period"].str.rsplit("/", n=1).str[-1]
            assert found.point in set(ends), name
    assert titles


def test_no_page_and_no_file_says_data_go_up_to_the_editions_month(site: Site) -> None:
    month = site.result.edition
    for path in sorted(site.folder.glob("*.html")):
        assert f"数据截至 {month}" not in path.read_text(encoding="utf-8"), path.name
    assert "数据截至" not in (site.folder / "data" / "latest" / "README.txt").read_text(encoding="utf-8-sig")


def test_no_feed_or_catalogue_asserts_the_end_of_the_month(site: Site) -> None:
    read = assemble(site.project)
    end = words.month_span(site.result.edition)[1].isoformat()
    days = set(read.lists["sources"]["date_published"].dropna())
    days |= {at.date().isoformat() for at in calendar.released(read).values()}

    def moments(path: Path) -> set[str]:
        return set(
            re.findall(r"<(?:updated|published)>(\d{4}-\d{2}-\d{2})", path.read_text(encoding="utf-8"))
        )

    for name in (feeds.EDITIONS, feeds.REVISIONS):
        assert moments(site.folder / name) <= days, f"{name}: of a source or a release"
    catalogue = (site.folder / "data" / "latest" / "catalog.json").read_text(encoding="utf-8")
    assert "dct:modified" not in catalogue
    assert end in days or f'"{end}"' not in catalogue
