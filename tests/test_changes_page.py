"""What a chapter's page says of changes: the table, the mark beside a figure, the download."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import small
from small import count, figure, policy, progress, put, tree
from yuebao import validate
from yuebao.chapter import Chapter
from yuebao.exhibits import Piece
from yuebao.project import Project
from yuebao.tables import assemble
from yuebao.validate import Report

APRIL, MAY, JUNE = "2024-04", "2024-05", "2024-06"


def chapter(project: Project, name: str = "fraud", edition: str = "latest") -> Chapter:
    """A chapter without its findings: no check is run."""
    held = assemble(project, edition)
    return Chapter(name, held.edition, "420000", held, Report(held.edition, (), ()))


def page_rows(piece: Piece) -> list[dict[str, str]]:
    """The table of a piece as a reader sees it: heading -> text, an empty cell left out."""
    found = BeautifulSoup(piece.markdown, "html.parser")
    heads = [cell.get_text() for cell in found.select("thead th")]
    cells = [[cell.get_text() for cell in row.select("td")] for row in found.select("tbody tr")]
    return [{h: c for h, c in zip(heads, row, strict=True) if c} for row in cells]


def download(piece: Piece) -> pd.DataFrame:
    assert piece.attachment is not None
    return pd.DataFrame(piece.attachment["rows"], columns=piece.attachment["columns"])


@pytest.fixture
def changed(project: Project) -> Project:
    """The small project, where May also revises one figure and withdraws another."""
    gone = figure(measure="loss", value="", obs_status="M")
    put(project, MAY, "fraud", [*small.GOOD[MAY]["fraud"], figure(value=103), gone])
    return project


# --- the table -------------------------------------------------------------------


def test_the_first_edition_says_so(project: Project) -> None:
    for name in ("fraud", "trees", "trade_in", "context"):
        piece = chapter(project, name, APRIL).changes()
        assert piece.markdown == "### 较上一期的变化\n\n这是第一期，没有上一期可比。\n"
        assert piece.attachment is None


def test_a_chapter_without_changes_says_so(project: Project) -> None:
    piece = chapter(project, "trees").changes()
    assert "2024年4月期以来，本章没有新增、修订或撤下的数。" in piece.markdown
    assert piece.attachment is None


def test_revised_new_and_dropped_figures_are_told_in_this_order(changed: Project) -> None:
    piece = chapter(changed).changes()
    where = {"地区": "湖北省", "来源": "省公安厅", "依据": "数字"}
    assert page_rows(piece) == [
        {
            "变化": "修订",
            "时期": "2024年4月",
            "指标或名称": "立案",
            "原值": "100起",
            "现值": "103起",
            "相差": "3起",
            **where,
        },
        {
            "变化": "新增",
            "时期": "2024年5月",
            "指标或名称": "立案",
            "现值": "90起",
            **where,
            "来源": "市公安局",
        },
        {
            "变化": "撤下",
            "时期": "2024年4月",
            "指标或名称": "损失",
            "原值": "2.6万元",
            **where,
        },
    ]
    assert "与2024年4月期相比：修订 1 行，新增 1 行，撤下 1 行" in piece.markdown


def test_the_source_told_is_the_one_shown_now(project: Project) -> None:
    put(project, MAY, "fraud", [figure(period="2024-03", value=80, source_id="s_paper")])
    put(project, JUNE, "fraud", [figure(period="2024-03", value=85, source_id="s_bureau")])
    (row,) = page_rows(chapter(project).changes())
    assert (row["变化"], row["原值"], row["现值"], row["来源"]) == (
        "修订",
        "80起",
        "85起",
        "市公安局等2个来源",
    )


def test_a_figure_known_only_as_a_change_is_told_in_percent(project: Project) -> None:
    first, second = (figure(value="", change_pct=pct, change_kind="mom") for pct in (-5, -8.5))
    put(project, MAY, "fraud", [first])
    put(project, JUNE, "fraud", [second])
    (row,) = page_rows(chapter(project).changes())
    assert (row["原值"], row["现值"], row["相差"]) == ("环比下降5%", "环比下降8.5%", "-3.5个百分点")


def test_a_policy_is_told_with_its_values(project: Project) -> None:
    put(project, MAY, "trade_in", [progress()])
    put(project, MAY, "trade_in_policy", [policy(value=15000)])
    (row,) = page_rows(chapter(project, "trade_in").changes())
    assert (row["变化"], row["指标或名称"], row["分类"]) == ("修订", "补贴", "汽车报废更新")
    assert (row["原值"], row["现值"], row["相差"]) == ("1万元", "1.5万元", "5,000元")


def test_a_tree_is_told_by_its_species_and_the_cells_that_changed(project: Project) -> None:
    put(project, MAY, "trees_register", [tree(age_years=299, grade="二级"), tree(record_no="r-3")])
    rows = page_rows(chapter(project, "trees").changes())
    assert [row["变化"] for row in rows] == ["修订", "新增"]
    assert [row["指标或名称"] for row in rows] == ["银杏", "银杏"]
    assert rows[0]["原值"] == "树龄（年） 500；保护等级 一级"
    assert rows[0]["现值"] == "树龄（年） 299；保护等级 二级"


def test_what_a_return_says_is_text_on_the_page(project: Project) -> None:
    put(project, MAY, "trees_register", [tree(record_no="r-3", species_zh="<b>银杏</b>")])
    piece = chapter(project, "trees").changes()
    assert "<b>银杏</b>" not in piece.markdown
    assert page_rows(piece)[0]["指标或名称"] == "<b>银杏</b>"


# --- the download ------------------------------------------------------------------


def test_the_download_holds_old_new_difference_and_source(changed: Project) -> None:
    piece = chapter(changed).changes()
    assert piece.attachment is not None
    assert piece.attachment["file"] == "fraud-changes.csv"
    rows = download(piece)
    assert {"change", "area", "period", "what", "unit", "publisher"} <= set(rows.columns)
    told = rows[["change", "old", "new", "difference", "source_id"]]
    assert told.astype("object").where(told.notna(), None).values.tolist() == [
        ["修订", 100, 103, 3, "s_police"],
        ["新增", None, 90, None, "s_bureau"],
        ["撤下", 26000, None, None, "s_police"],
    ]
    assert f'href="data/latest/{piece.attachment["file"]}"' in piece.markdown


def test_the_changes_of_a_past_edition_stay_as_they_were(changed: Project) -> None:
    before = chapter(changed).changes()
    put(changed, JUNE, "fraud", [figure(value=104), figure(period=JUNE)])
    assert chapter(changed, edition=MAY).changes() == before
    assert chapter(changed).changes() != before


# --- the mark ------------------------------------------------------------------------


def cells(held: Chapter, dataset: str = "fraud", **wanted: object) -> list[str]:
    rows = held.tables.shown(dataset, **wanted)
    return list(held.table(rows, ("period", "value"))["数值"])


def mark(was: str) -> str:
    return f' <abbr class="revised" title="修订：原作{was}">修</abbr>'


def test_a_revised_figure_is_marked_with_what_it_was(changed: Project) -> None:
    held = chapter(changed)
    (cell,) = cells(held, area_code="420000", period=APRIL, measure="cases_filed")
    assert cell.endswith("起</span>" + mark("100起"))
    assert re.search(r'<data value="103" data-row="fraud-[0-9a-f]{10}">', cell)


def test_no_other_figure_is_marked(changed: Project) -> None:
    assert sum("修</abbr>" in cell for cell in cells(chapter(changed))) == 1
    assert not any("修</abbr>" in cell for cell in cells(chapter(changed, edition=APRIL)))


def test_the_mark_stays_in_later_editions_and_where_the_value_is_sent_again(changed: Project) -> None:
    put(changed, JUNE, "fraud", [figure(period=JUNE)])
    wanted = {"area_code": "420000", "period": APRIL, "measure": "cases_filed"}
    assert cells(chapter(changed), **wanted)[0].endswith(mark("100起"))
    put(changed, JUNE, "fraud", [figure(value=103)])
    assert cells(chapter(changed), **wanted)[0].endswith(mark("100起"))


def test_a_figure_revised_twice_tells_the_last_value(changed: Project) -> None:
    put(changed, JUNE, "fraud", [figure(value=104)])
    (cell,) = cells(chapter(changed), area_code="420000", period=APRIL, measure="cases_filed")
    assert cell.endswith(mark("103起"))


def test_a_long_value_is_told_as_everywhere_else(project: Project) -> None:
    put(project, MAY, "fraud", [figure(measure="loss", value=27000)])
    assert cells(chapter(project), measure="loss")[0].endswith(mark("2.6万元"))


def test_every_chapter_of_figures_marks(project: Project) -> None:
    put(project, MAY, "trees", [count(value=101)])
    put(project, MAY, "trade_in", [progress(value=99)])
    put(project, MAY, "context", [figure(measure="firms_at_fair", period="2024-04-18", value=41)])
    for name, was in (("trees", "100株"), ("trade_in", "100份"), ("context", "40家")):
        assert sum(mark(was) in cell for cell in cells(chapter(project, name), name)) == 1, name


def test_a_withdrawn_figure_is_in_no_table(changed: Project) -> None:
    held = chapter(changed)
    assert cells(held, measure="loss") == []
    assert len(cells(chapter(changed, edition=APRIL), measure="loss")) == 1


# --- as a notebook opens it --------------------------------------------------------------


def test_an_opened_chapter_tells_the_same(changed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """``Chapter.open`` finds the project by YUEBAO_ROOT; the checks are not what is tested here."""
    monkeypatch.setenv("YUEBAO_ROOT", str(changed.root))
    monkeypatch.setattr(validate, "report", lambda project, held, digest: Report(held.edition, (), ()))
    opened = Chapter.open("fraud", edition=MAY)
    assert opened.changes() == chapter(changed).changes()
    assert "修订" in opened.changes().markdown
