"""Doubt decides nothing: what is doubtful, or of an unofficial source, leads, draws and dates no page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import small
from site_fixtures import Site, site
from small import count, figure, put, put_list
from yuebao import charts, tables
from yuebao.chapter import Chapter
from yuebao.charts import Drawing
from yuebao.faults import UsageError
from yuebao.project import Project
from yuebao.tables import Tables
from yuebao.validate import Finding, Report

__all__ = ["site"]
APRIL, MAY, JUNE, JULY = "2024-04", "2024-05", "2024-06", "2024-07"


def forum(project: Project) -> Project:
    """The small project with a source no one need trust."""
    own = small.rows(
        "source_id publisher title url link date_published grade note",
        "s_forum | 论坛 | 帖子 | | false | 2024-06-20 | unofficial |",
    )
    put_list(project, "sources", [*small.CODES["sources"], *own])
    return project


def chapter(project: Project, name: str = "fraud", edition: str = "latest") -> Chapter:
    """A chapter without its findings: no check is run."""
    read = tables.assemble(project, edition)
    return Chapter(name, read.edition, "420000", read, Report(read.edition, (), ()))


# --- what founds an edition ---------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        figure(period=MAY, value=9, obs_status="U"),
        figure(period=MAY, value=9, source_id="s_forum"),
    ],
)
def test_a_month_of_doubt_founds_no_edition_and_waits(project: Project, row: small.Row) -> None:
    put(forum(project), JUNE, "fraud", [row])
    assert project.editions() == [APRIL, MAY]
    assert (project.edition(), project.waiting()) == (MAY, [JUNE])
    with pytest.raises(UsageError, match=f"{JUNE} 的报表只有存疑或非正式来源的数，不成一期"):
        project.edition(JUNE)
    assert len(tables.assemble(project).rows["fraud"]) == 6

    put(project, JULY, "fraud", [figure(period=JUNE, value=80)])
    assert project.editions() == [APRIL, MAY, JULY]
    rows = tables.assemble(project).rows["fraud"]
    assert list(rows["_edition"].iloc[-2:]) == [JULY, JULY]
    assert list(rows["_month"].iloc[-2:]) == [JUNE, JULY]
    assert len(tables.assemble(project, MAY).rows["fraud"]) == 6


def test_one_sound_row_founds_an_edition_and_so_does_taking_a_figure_back(project: Project) -> None:
    put(project, JUNE, "fraud", [figure(value="", obs_status="M")])
    put(project, JULY, "fraud", [figure(period=MAY, obs_status="U"), figure(period=JUNE, value=80)])
    assert project.editions() == [APRIL, MAY, JUNE, JULY]
    assert project.waiting() == []


def test_a_return_that_cannot_be_read_is_told_and_not_passed_over(project: Project) -> None:
    put(project, JUNE, "fraud", [figure(value="31.5万", obs_status="U")])
    assert project.edition() == JUNE


def test_what_founds_an_edition_is_read_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from yuebao import founding, returns

    months = founding.months(project)
    founding._judged.cache_clear()
    monkeypatch.setattr(returns, "read_files", lambda *given: pytest.fail("read again"))
    assert founding.months(project) == months


def test_every_edition_of_the_book_holds_a_sound_row(real: Tables) -> None:
    project = Project(small.REPO)
    grades = real.lists["sources"].set_index("source_id")["grade"]
    frames = [frame for name, frame in real.rows.items() if real.datasets[name].chapter]
    sound = {e for frame in frames for e in frame.loc[tables.may_found(frame, grades), "_edition"]}
    assert set(project.editions()) <= sound


# --- which row is shown, drawn, in a card, in a lead ----------------------------------------


def test_a_sound_figure_is_shown_before_a_plain_one_of_a_forum(project: Project) -> None:
    of_trees = {"measure": "trees_by_grade", "category": "famous"}
    rows = [
        count(**of_trees, value=80, source_id="s_forum"),
        count(**of_trees, value=120, obs_status="P", source_id="s_copy"),
    ]
    put(forum(project), MAY, "trees", rows)
    shown = chapter(project, "trees").tables.shown("trees", category="famous")
    assert list(shown["value"]) == [120]
    assert shown["cited"].iloc[0] == ["s_copy", "s_forum"]


@pytest.fixture
def doubted(project: Project) -> Chapter:
    """Three monthly counts, the last of a forum, the second doubtful."""
    rows = [figure(period=f"2024-0{n}", value=n) for n in (1, 2, 3)]
    rows[1]["obs_status"] = "U"
    rows[2]["source_id"] = "s_forum"
    put(forum(project), MAY, "fraud", rows)
    return chapter(project)


def test_only_sound_rows_are_drawn_and_the_table_says_which_are_not(doubted: Chapter) -> None:
    rows = doubted.tables.shown("fraud", area_code="420000", measure="cases_filed", category=None)
    rows = rows[rows["period"].str.startswith("2024-0")].sort_values("period")
    drawn: list[Any] = []

    def draw(given: pd.DataFrame) -> Drawing:
        drawn.extend(given["value"])
        frame = pd.DataFrame({"label": given["period"], "value": given["value"], "text": given["period"]})
        return charts.bars(frame.assign(spoken=True, tip=given["period"]))

    piece = doubted.exhibit("x", rows, "图", "说明", drawing=draw)
    assert drawn == [1, 100]
    page = BeautifulSoup(piece.markdown, "html.parser")
    heads = [cell.get_text() for cell in page.select("thead th")]
    status = [row.select("td")[heads.index("状态")].get_text() for row in page.select("tbody tr")]
    assert status == ["", "存疑", "非正式来源", ""]


def test_a_card_and_a_lead_refuse_what_is_not_sound(doubted: Chapter) -> None:
    rows = doubted.tables.shown("fraud", area_code="420000", measure="cases_filed")
    unsound = rows[~tables.is_sound(rows)]
    assert len(unsound) == 2
    for _, row in unsound.iterrows():
        with pytest.raises(ValueError, match=row["row_id"]):
            doubted.card(row)
        with pytest.raises(ValueError, match=row["row_id"]):
            doubted.head("", f'<data data-row="{row["row_id"]}">9</data>', [])


def test_findings_about_doubtful_rows_come_last_and_say_so(doubted: Chapter) -> None:
    rows = doubted.tables.labelled("fraud").sort_values("period", kind="stable")
    blank = dict.fromkeys(Finding.__dataclass_fields__, "")
    found = [
        Finding(**{**blank, "severity": "warning", "chapter": "fraud", "file": r["_file"], "row": r["_row"],
                   "says": r["period"]})
        for _, r in rows[rows["period"].isin(["2024-02", "2024-01"])].iloc[::-1].iterrows()
    ]  # fmt: skip
    assert found[0].says == "2024-02", "the doubtful one first, as the checks may give it"
    told = replace(doubted, report=Report(MAY, (), tuple(found))).findings().markdown
    assert told.index("提示：") < told.index("提示（存疑的数）：")


# --- changes ---------------------------------------------------------------------------------


def test_changes_carry_qualifier_unit_and_status(project: Project) -> None:
    new = figure(period=MAY, value=26000, measure="loss", qualifier="over", obs_status="U")
    put(forum(project), MAY, "fraud", [*small.GOOD[MAY]["fraud"], figure(value=103, qualifier="about"), new])
    piece = chapter(project).changes()
    page = BeautifulSoup(piece.markdown, "html.parser")
    heads = [cell.get_text() for cell in page.select("thead th")]
    cells = [
        dict(zip(heads, (c.get_text() for c in row.select("td")), strict=True))
        for row in page.select("tbody tr")
    ]
    assert (cells[0]["原值"], cells[0]["现值"], cells[0]["相差"]) == ("100起", "约103起", "约3起")
    assert (cells[-1]["现值"], cells[-1]["状态"]) == ("逾2.6万元", "存疑")
    assert piece.attachment is not None
    rows = pd.DataFrame(piece.attachment["rows"], columns=piece.attachment["columns"])
    assert list(rows["obs_status"]) == ["A", "A", "U"]
    assert "存疑或非正式来源的 1 行" in piece.markdown


# --- all pages of the book -------------------------------------------------------------------


def unsound_rows(site: Site) -> set[str]:
    """Ids of rows that may decide nothing, from the downloads alone."""
    grades = site.table("sources").set_index("source_id")["grade"]
    ids: set[str] = set()
    for name in ("fraud", "trees", "trade_in", "context", "trade_in_policy", "trees_register"):
        rows = site.table(name)
        doubt = rows["source_id"].map(grades) == "unofficial"
        if "obs_status" in rows:
            doubt |= rows["obs_status"].isin(["U", "M"])
        ids |= set(rows.loc[doubt, "row_id"])
    return ids


def test_no_unsound_row_leads_a_page_or_is_a_headline_figure(site: Site) -> None:
    unsound = unsound_rows(site)
    assert unsound
    for name in site.names:
        for tag in site.page(name).select(".lead [data-row], .card [data-row], .columns [data-row]"):
            assert not unsound & set(str(tag["data-row"]).split()), name


def test_no_unsound_figure_is_drawn(site: Site) -> None:
    unsound = unsound_rows(site)
    latest = site.folder / "data" / "latest"
    for path in sorted(latest.glob("*.vl.json")):
        exhibit = path.name.removesuffix(".vl.json")
        if f"{exhibit}.csv" not in site.downloads:
            continue
        rows = site.table(exhibit)
        if not {"row_id", "value", "period"} <= set(rows.columns):
            continue
        ids = rows["from_rows"] if "from_rows" in rows else rows["row_id"]
        doubt = pd.Series([bool(unsound & set(cell.split(";"))) for cell in ids], rows.index)
        only = {float(v) for v in rows.loc[doubt, "value"] if v}
        only -= {float(v) for v in rows.loc[~doubt, "value"] if v}
        spec = json.loads(path.read_text(encoding="utf-8"))
        drawn = _numbers(spec.get("datasets", {}))
        assert not only & drawn, f"{exhibit}: {only & drawn}"


def _numbers(held: Any) -> set[float]:
    """Every number a chart's data holds."""
    if isinstance(held, dict):
        return set().union(*(_numbers(value) for value in held.values()))
    if isinstance(held, list):
        return set().union(*(_numbers(value) for value in held))
    return {float(held)} if isinstance(held, (int, float)) and not isinstance(held, bool) else set()


def test_changes_of_doubtful_rows_say_so(site: Site) -> None:
    unsound = unsound_rows(site)
    for name in ("fraud", "trees", "trade_in", "context"):
        table = site.page(name).select_one(f"#x-{name}-changes table.data")
        if table is None:
            continue
        heads = [cell.get_text() for cell in table.select("thead th")]
        for row in table.select("tbody tr"):
            linked = {str(a["href"]).rpartition("#")[2] for a in row.select("a.basis")}
            if linked & unsound:
                status = row.select("td")[heads.index("状态")].get_text()
                assert status in ("存疑", "非正式来源"), row.get_text()
