"""What is drawn is what its rows carry: nothing out of scale, only what was counted together.

The rules are asked of the built site, so that they hold for every page there is, whoever made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from site_fixtures import Site, site
from yuebao import areas, charts, spans, words
from yuebao.chapter import Chapter
from yuebao.chapters import trees
from yuebao.chapters.fraud import bar_frame
from yuebao.charts import Drawing
from yuebao.tables import REFERENCE, Tables

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

MARKS = "svg .mark-rect path, svg .mark-symbol path"


def not_drawn(site: Site) -> list[tuple[str, float]]:
    """The figures that are not to be drawn: the area's short name, the value."""
    listed = site.table("not_drawn")
    found = []
    for _, ref in listed.iterrows():
        rows = site.table(ref["dataset"])
        for name in REFERENCE:
            rows = rows[rows[name] == ref[name]]
        places = site.table("areas").set_index("area_code")["short_zh"]
        found += [(str(places[row["area_code"]]), float(row["value"])) for _, row in rows.iterrows()]
    return found


def charts_of(site: Site) -> Iterator[tuple[str, str]]:
    """Every chart with its words: the page, what is printed in the picture and said of it."""
    for name in site.names:
        for chart in site.page(name).select(".chart"):
            yield name, f"{chart.get_text(' ')} {chart.get('aria-label', '')}"


def test_the_list_refers_to_figures_of_the_returns(real: Tables) -> None:
    listed = real.lists["not_drawn"]
    assert len(listed) > 0
    for _, ref in listed.iterrows():
        rows = real.shown(ref["dataset"])
        assert not real.not_drawn(rows).dropna().empty
        left = real.drawable(rows)
        assert len(left) < len(rows)
        assert set(left.index) < set(rows.index)


def test_every_chart_asks_the_list(real: Tables) -> None:
    """Whatever rows a page hands to an exhibit, its drawing is given those that may be drawn."""
    chapter = Chapter("trees", real.edition, "420000", real, None)  # type: ignore[arg-type]
    rows = trees.latest_totals(chapter, areas.LEVELS)
    given: list[pd.DataFrame] = []

    def draw(rows: pd.DataFrame) -> Drawing:
        given.append(rows)
        return charts.bars(bar_frame(rows, rows["area_short"]))

    piece = chapter.exhibit("any", rows, "甲", "乙", "丙。", draw, columns=("area", "value"))
    assert 0 < len(given[0]) < len(rows)
    assert len(given[0]) == len(real.drawable(rows))
    page = BeautifulSoup(piece.markdown, "html.parser")
    assert len(page.select("tbody tr")) == len(rows), "the table has them all"
    note = page.select_one(".finding")
    assert note is not None
    for reason in real.not_drawn(rows).dropna():
        assert reason in note.get_text()


def test_no_figure_that_is_not_drawn_is_in_a_chart(site: Site) -> None:
    figures = not_drawn(site)
    assert figures
    for name, drawn in charts_of(site):
        for place, value in figures:
            told = "".join(words.scaled(value))
            assert not (place in drawn and told in drawn), f"{name}: {place} {told}"


def test_no_figure_that_is_not_drawn_has_a_shade_on_a_map(site: Site) -> None:
    places = {place for place, _ in not_drawn(site)}
    seen = 0
    for name in ("areas", "trees"):
        for ol in site.page(name).select('ol.tiles[aria-label*="古树"]'):
            for tile in ol.select("li.tile"):
                if tile.b is not None and tile.b.get_text() in places:
                    seen += 1
                    assert str(tile["class"][-1]) == "tx", f"{name}: {tile}"
                    assert "不入图" in tile.get_text()
    assert seen > 0


def test_no_figure_that_is_not_drawn_stands_in_a_title(site: Site) -> None:
    for place, value in not_drawn(site):
        told = "".join(words.scaled(value))
        for name in site.names:
            for tag in site.page(name).select(".lead, .card, h2, h3, .exhibit-caption"):
                text = tag.get_text()
                assert not (place in text and told in text), f"{name}: {text[:80]}"


def test_where_one_is_left_out_the_page_says_why(site: Site) -> None:
    reasons = set(site.table("not_drawn")["reason_zh"])
    for name in ("areas", "trees"):
        notes = " ".join(tag.get_text() for tag in site.page(name).select("figure .finding"))
        assert all(reason in notes for reason in reasons), name


def test_no_page_says_which_way_a_shade_goes(site: Site) -> None:
    """On a dark page the shades go the other way: a key says what they mean."""
    for name in site.names:
        text = site.page(name).get_text()
        assert not re.search("越深越|越浅越|颜色越深|深色表示", text), name
    for name in ("areas", "trees"):
        for ol in site.page(name).select("ol.tiles"):
            key = ol.find_next_sibling(class_="tile-key")
            assert isinstance(key, Tag), name
            shades = {str(tile["class"][-1]) for tile in ol.select("li.tile")}
            assert {str(span["class"][0]) for span in key.select("span")} == shades, name


# --- one measurement, one mark ---------------------------------------------------------------


def surveys(rows: pd.DataFrame) -> list[str]:
    return [trees.survey_name(printed) for printed in rows["survey"] if trees.survey_name(printed)]


def test_a_chart_through_time_has_one_mark_a_survey(site: Site) -> None:
    """Of one area, measure and category no two rows drawn name one survey, nor round one another."""
    checked = 0
    for file in site.downloads:
        name = file.removesuffix(".csv")
        table = site.table(name)
        if not {"survey", "period", "value", "measure"} <= set(table) or name in ("trees", "trees_register"):
            continue
        chart = next(
            (f.select_one(".chart") for page in site.names for f in site.page(page).select(f"#x-{name}")),
            None,
        )
        if chart is None:
            continue
        table = table.assign(category=table.get("category", ""))
        for _, rows in table.groupby(["area_code", "measure", "category"]):
            if len(rows) < 2 or rows["period"].nunique() < 2:
                continue
            checked += 1
            named = surveys(rows)
            assert len(set(named)) == len(named), f"{name}: {list(rows['survey'])}"
    assert checked > 0


def test_the_province_s_surveys_are_two_of_which_one_is_a_sum(site: Site) -> None:
    rows = site.table("trees-survey-totals")
    assert surveys(rows) == ["第一次普查", "第二次普查"]
    first = rows.iloc[0]
    assert (first["computed"], first["qualifier"]) == ("true", "about")
    figures = site.table("trees").set_index("row_id")
    parts = figures.loc[first["from_rows"].split(";")]
    assert set(parts["category"]) == set(trees.GRADES)
    assert abs(float(first["value"]) - parts["value"].astype(float).sum()) <= 500
    printed = figures.loc[rows.iloc[1]["printings"].split(";")]
    assert len(printed) > 1, "several printings are one mark"
    for source in printed["source_id"]:
        assert source in rows.iloc[1]["cited"].split(";")
    chart = site.page("trees").select_one("#x-trees-survey-totals .chart.wide")
    assert chart is not None
    assert len(chart.select("svg .mark-rect path")) == len(rows)


def test_printings_of_one_survey_are_one_measurement() -> None:
    def row(
        period: str, value: float, survey: str, qualifier: str = "exact", grade: str = "press"
    ) -> dict[str, object]:
        source = f"s{period}"
        return {
            "period": period, "value": value, "survey": survey, "qualifier": qualifier, "obs_status": "A",
            "grade_of_trust": grade, "source_id": source, "cited": [source], "row_id": f"trees-{period}",
            "last_day": pd.Timestamp(f"{period}-12-31"),
        }  # fmt: skip

    rows = pd.DataFrame(
        [
            row("2005", 500_000, "第一次普查（2005）"),
            row("2019", 825_854, "第二次普查"),
            row("2021", 820_000, "第二次普查（2021报道）", "over"),
            row("2023", 826_000, "2023", grade="mirror"),
            row("2024", 900_000, "2024"),
        ]
    )
    one_each = trees.measurements(rows)
    assert list(one_each["value"]) == [500_000, 825_854, 900_000]
    assert list(one_each["cited"])[1] == ["s2019", "s2021", "s2023"]
    unnamed = rows.iloc[[3, 4]].assign(value=[100, 100])
    assert len(trees.measurements(unnamed)) == 2, "two counts that name no survey are not made one"


# --- bars compare -----------------------------------------------------------------------------


def bar_charts(site: Site) -> Iterator[tuple[str, pd.DataFrame, dict[str, object]]]:
    """Every chart of bars of trees with a download: its name, the table, its specification."""
    for path in sorted((site.folder / "data" / "latest").glob("trees-*.vl.json")):
        name = path.name.removesuffix(".vl.json")
        spec = path.read_text(encoding="utf-8")
        if '"type": "bar"' in spec or '"type":"bar"' in spec:
            yield name, site.table(name), json.loads(spec)


def marks(site: Site, name: str) -> list[str]:
    """The labels of a chart's rows, as printed."""
    for page in site.names:
        figure = site.page(page).select_one(f"#x-{name} .chart.wide")
        if figure is not None:
            return [t.get_text() for t in figure.select("svg text")]
    return []


def test_bars_of_trees_are_of_one_source_and_time_or_one_a_survey(site: Site) -> None:
    """Counts by area, county, species and part: what is not counted together is not side by side."""
    checked = 0
    for name, table, _ in bar_charts(site):
        if "survey-totals" in name or "period" not in table or "占三个等级之和（%）" in table:
            continue
        if not {"source_id", "value", "area_zh"} <= set(table) or "area_code" not in table:
            continue
        chart = next(c for p in site.names for c in site.page(p).select(f"#x-{name} .chart.wide"))
        drawn = chart.get_text(" ")
        rows = table[[words_in(row, drawn) for _, row in table.iterrows()]]
        assert rows[["source_id", "period"]].drop_duplicates().shape[0] <= 1, (
            f"{name}: {list(rows['period'])}"
        )
        checked += 1
    assert checked > 5


def words_in(row: pd.Series, drawn: str) -> bool:
    """Whether a row's value is printed in a chart, beside its area's or its category's name."""
    amount = words.amount(float(row["value"]), "", row["qualifier"])
    names = [str(row.get("category_zh", "")).split("：")[-1], str(row["area_zh"]).rstrip("省市区县")]
    return amount in drawn and any(name and name[:2] in drawn for name in names)


def test_no_bars_of_an_area_s_page_are_of_windows_of_different_length(site: Site) -> None:
    checked = 0
    for name in site.areas:
        for figure in site.page(name).select("figure.exhibit[id]"):
            file = str(figure["id"]).removeprefix("x-")
            if not figure.select(".chart") or f"{file}.csv" not in site.downloads:
                continue
            table = site.table(file)
            if "survey" in table or table["period"].nunique() < 2:
                continue
            checked += 1
            assert spans.comparable(table), f"{file}: {sorted(set(table['period']))}"
    assert checked > 0


def test_the_front_page_s_trees_are_the_total_itself(site: Site) -> None:
    """The bars beside the province's total are that total in each survey, with the year on each."""
    column = next(s for s in site.page("index").select("section.column") if "古树" in s.get_text())
    chart = column.select_one(".chart")
    assert chart is not None
    rows = site.table("trees-survey-totals")
    assert len(chart.select("svg .mark-rect path")) == len(rows)
    drawn = chart.get_text(" ")
    for _, row in rows.iterrows():
        assert row["area_code"] == "420000"
        assert words.period(row["period"]) in drawn
        assert words.amount(float(row["value"]), "", row["qualifier"]) in drawn
    value = column.select_one(".card-value data")
    assert value is not None
    assert float(str(value["value"])) == float(rows.iloc[-1]["value"])
