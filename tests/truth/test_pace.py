"""Paces and ratios: what compares states what it computed, from days that stand in a row."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from site_fixtures import Site, site  # noqa: F401
from yuebao import spans, tables, trace, words
from yuebao.chapter import Chapter
from yuebao.chapters import overview, trade_in

COMPARING = re.compile(r"落后于|快于|慢于|快了|慢了|倍多|逐次|一路|翻番|遥遥")


def row_of(site: Site, row_id: str) -> pd.Series:  # noqa: F811
    page = trace.page_of(row_id)
    name = row_id.removeprefix(f"{page}-").rpartition("-")[0]
    table = site.table(f"{page}-{name}").set_index("row_id")
    return table.loc[row_id]


def test_the_share_of_the_campaign_gone_is_of_its_own_days(site: Site) -> None:  # noqa: F811
    table = site.table("trade_in-targets")
    rules = site.table("trade_in_policy").set_index("row_id")
    row = table.iloc[0]
    (campaign,) = [row_id for row_id in row["from_rows"].split(";") if row_id in rules.index]
    rule = rules.loc[campaign]
    assert rule["parameter"] == "programme_period"
    assert (rule["valid_from_basis"], rule["valid_to_basis"]) == ("stated", "stated")
    first, last = words.span(f"{rule['valid_from']}/{rule['valid_to']}")
    day = words.span(row["period"])[1]
    assert first is not None and last is not None and day is not None  # noqa: PT018
    gone = words.rounded(((day - first).days + 1) / ((last - first).days + 1) * 100, 1)
    assert words.decimal(row["活动期已过（%）"]) == gone
    assert spans.gone(day, first, last) == pytest.approx(float(gone), abs=0.05)


def test_a_pace_carries_its_date(site: Site) -> None:  # noqa: F811
    """In the title, in the lead, beside the red line, on the front page."""
    day = words.period(site.table("trade_in-targets").iloc[0]["period"].split("/")[-1])
    figure = site.page("trade_in").select_one("#x-trade_in-targets")
    assert figure is not None
    heading = figure.find_previous(["h2", "h3"])
    assert heading is not None
    assert day in heading.get_text()
    for chart in figure.select(".chart"):
        assert f"到{day}，活动期已过" in chart.get_text()
    lead = site.page("trade_in").select_one(".lead")
    assert lead is not None
    assert re.search(rf"截至{day}，家电[^；]+活动期已过", lead.get_text())
    column = next(c for c in site.page("index").select(".column") if "以旧换新" in c.get_text())
    assert f"到{day}，活动期已过" in column.get_text()
    for name in ("trade_in", "index"):
        assert "年度已过" not in site.text(name)


def test_without_a_campaign_no_pace_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    chapter = Chapter.open("trade_in")
    monkeypatch.setattr(trade_in, "campaign", lambda *_: None)
    goal = trade_in.target(chapter)
    assert goal is not None
    assert goal.elapsed is None
    assert "已过" not in goal.says()
    piece = trade_in.targets(chapter)
    assert "已过" not in piece.markdown
    assert piece.chart is None, "a bar with no line to compare it with"
    assert "已过" not in overview._trade_in_column(Chapter.open("index"))[0]


def test_a_campaign_is_one_the_day_lies_in() -> None:
    chapter = Chapter.open("trade_in")
    assert trade_in.campaign(chapter, "appliance", dt.date(2024, 8, 8)) is not None
    for day in (dt.date(2024, 4, 18), dt.date(2025, 1, 1)):
        assert trade_in.campaign(chapter, "appliance", day) is None


def test_the_ratio_of_the_raise_stands_in_its_row(site: Site) -> None:  # noqa: F811
    figure = site.page("trade_in").select_one("#x-trade_in-scrappage-2024")
    assert figure is not None
    said = figure.select_one(".exhibit-says")
    assert said is not None
    (number,) = said.select("data")
    row = row_of(site, str(number["data-row"]))
    assert words.decimal(row["为此前的倍数"]) == words.decimal(str(number["value"]))
    assert f"日均申请为此前的{number.get_text()}倍" in said.get_text()

    counts, rules = site.table("trade_in").set_index("row_id"), site.table("trade_in_policy")
    given = row["from_rows"].split(";")
    rules = rules[rules["row_id"].isin(given)]
    assert set(rules["valid_to_basis"]) == {"replaced"}
    began = pd.Timestamp(rules["valid_from"].min())
    raised = pd.Timestamp(rules["valid_to"].min()) + pd.Timedelta(days=1)
    last, middle = (counts.loc[row_id] for row_id in given if row_id in counts.index)
    days = [pd.Timestamp(r["period"].split("/")[1]) for r in (middle, last)]
    assert days[0] <= raised < days[1]
    before = float(middle["value"]) / (days[0] - began).days
    since = (float(last["value"]) - float(middle["value"])) / (days[1] - days[0]).days
    assert words.decimal(row["为此前的倍数"]) == words.rounded(since / before, 1)


def test_no_comparing_word_is_fixed_in_the_chapter(site: Site) -> None:  # noqa: F811
    """A title or sentence of trade-in compares by a number of its own or not at all."""
    page = site.page("trade_in")
    places = page.select("h1, h2, h3, .lead, .exhibit-caption, .exhibit-says, .exhibit-alt, .card-change")
    column = next(c for c in site.page("index").select(".column") if "以旧换新" in c.get_text())
    large = site.page("index").select_one(".split-main")
    assert large is not None
    for tag in (*places, column, large):
        assert COMPARING.search(tag.get_text()) is None, tag.get_text()


def test_the_front_page_warns_of_sound_rows_only() -> None:
    chapter = Chapter.open("index")
    for name in ("fraud", "trees", "trade_in"):
        first = next((f for f in chapter.report.of("warning", name) if not chapter.doubts(f)), None)
        assert (first is None) == (overview._finding(chapter, name) == "")
        if first is not None:
            rows = chapter.tables.labelled(first.dataset)
            row = rows[(rows["_file"] == first.file) & (rows["_row"] == first.row)]
            assert tables.is_sound(row).all()
            assert first.says in overview._finding(chapter, name)
