"""The edition's tables: vintages, the choice among sources, labels."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import small
from small import figure, put
from yuebao import tables, words
from yuebao.faults import DataRejected, UsageError
from yuebao.project import Project
from yuebao.schema import chapter_datasets
from yuebao.tables import Tables, agreement, assemble, coarseness

# --- editions ------------------------------------------------------------------


def test_the_latest_edition_is_the_newest_month(project: Project) -> None:
    assert assemble(project).edition == "2024-05"


def test_an_old_edition_does_not_see_later_months(project: Project) -> None:
    old, new = assemble(project, "2024-04"), assemble(project, "2024-05")
    assert set(old.rows["fraud"]["_edition"]) == {"2024-04"}
    assert len(new.rows["fraud"]) == len(old.rows["fraud"]) + 1


def test_an_old_edition_is_the_same_after_a_later_month_came(project: Project) -> None:
    before = assemble(project, "2024-04")
    put(project, "2024-06", "fraud", [figure(value=1)])
    after = assemble(project, "2024-04")
    pd.testing.assert_frame_equal(before.shown("fraud"), after.shown("fraud"))


@pytest.mark.parametrize(
    "wanted", ["2024-03", "1999-12", "2024", "2024-13", "2024-5", "newest", "", "2024-05-01"]
)
def test_an_unknown_edition_is_refused(project: Project, wanted: str) -> None:
    with pytest.raises(UsageError, match="；"):
        assemble(project, wanted)


def test_no_returns_at_all_is_refused(empty: Project) -> None:
    with pytest.raises(UsageError, match="没有任何月份"):
        assemble(empty)


def test_a_missing_list_and_a_faulty_one_are_told_together(project: Project) -> None:
    (project.data / "units.csv").unlink()
    (project.data / "areas.csv").write_text("area_code\n", encoding="utf-8")
    with pytest.raises(DataRejected) as caught:
        assemble(project)
    told = [str(f) for f in caught.value.faults]
    assert "data/units.csv: 缺少此文件；请从版本库恢复" in told
    assert "data/areas.csv:1: name_zh（中文名）: 缺少此列；请补上此列及其内容" in told


# --- vintages ------------------------------------------------------------------


def test_of_one_key_the_later_month_is_current(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=103)])
    held = assemble(project)
    chosen = held.figures("fraud", area_code="420000", period="2024-04", measure="cases_filed")
    assert chosen[["value", "_edition"]].values.tolist() == [[103, "2024-05"]]


def test_a_revision_lists_the_old_and_the_new_value(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=103), figure(measure="loss", value=26000)])
    changed = assemble(project).revisions("fraud")
    assert changed[["measure", "old", "new", "_before", "_edition"]].values.tolist() == [
        ["cases_filed", 100, 103, "2024-04", "2024-05"]
    ]


def test_every_step_of_a_figure_revised_twice_is_listed(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=103)])
    put(project, "2024-06", "fraud", [figure(value=104)])
    changed = assemble(project).revisions("fraud")
    assert changed[["old", "new"]].values.tolist() == [[100, 103], [103, 104]]
    assert len(assemble(project, "2024-05").revisions("fraud")) == 1


def test_another_source_is_no_revision(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=103, source_id="s_paper")])
    assert assemble(project).revisions("fraud").empty


def test_an_empty_value_sent_again_is_no_revision(project: Project) -> None:
    again = small.GOOD["2024-04"]["trade_in_policy"]
    put(project, "2024-05", "trade_in_policy", again)
    assert assemble(project).revisions("trade_in_policy").empty


def test_revisions_of_a_register_do_not_raise(project: Project) -> None:
    assert assemble(project).revisions("trees_register") is not None


# --- which source is shown --------------------------------------------------------


def shown(project: Project, *rows: small.Row) -> pd.Series:
    put(project, "2024-04", "fraud", rows)
    found = assemble(project, "2024-04").shown("fraud")
    assert len(found) == 1
    return found.iloc[0]


CHOICES = {
    "what is not doubtful": (
        "s_paper",
        figure(source_id="s_police", obs_status="U"),
        figure(source_id="s_paper"),
    ),
    "what is not preliminary": (
        "s_copy",
        figure(source_id="s_bureau", obs_status="P"),
        figure(source_id="s_copy"),
    ),
    "the source more to be trusted": ("s_paper", figure(source_id="s_copy"), figure(source_id="s_paper")),
    "trust before date": ("s_police", figure(source_id="s_copy"), figure(source_id="s_police")),
    "the later publication": ("s_bureau", figure(source_id="s_police"), figure(source_id="s_bureau")),
    "the name, where all else is equal": (
        "s_paper",
        figure(source_id="s_weekly"),
        figure(source_id="s_paper"),
    ),
    "of roundings, the one with more digits": (
        "s_paper",
        figure(source_id="s_weekly", value=826_000),
        figure(source_id="s_paper", value=825_854),
    ),
    "more digits before the later date": (
        "s_police",
        figure(source_id="s_bureau", value=826_000),
        figure(source_id="s_police", value=825_854),
    ),
    "trust before more digits": (
        "s_police",
        figure(source_id="s_paper", value=825_854),
        figure(source_id="s_police", value=826_000),
    ),
    "the later date where the values differ": (
        "s_bureau",
        figure(source_id="s_police", value=825_854),
        figure(source_id="s_bureau", value=911_000),
    ),
}


@pytest.mark.parametrize("rule", CHOICES)
def test_the_rule_of_choice(empty: Project, rule: str) -> None:
    wanted, first, second = CHOICES[rule]
    for rows in ([first, second], [second, first]):
        row = shown(empty, *rows)
        assert row["source_id"] == wanted
        assert set(row["cited"]) == {first["source_id"], second["source_id"]}
        assert row["cited"][0] == wanted


def test_agreement_of_the_sources_is_said(empty: Project) -> None:
    row = shown(empty, figure(value=826_000), figure(value=825_854, source_id="s_paper"))
    assert (row["value"], row["values"], row["agreement"]) == (826_000, 2, "rounded")
    row = shown(empty, figure(value=27), figure(value=28, source_id="s_paper"))
    assert (row["values"], row["agreement"]) == (2, "differs")
    row = shown(empty, figure(value=27), figure(value=27, source_id="s_paper"))
    assert (row["values"], row["agreement"]) == (1, "same")


def test_a_source_that_also_states_a_change_gives_the_same_figure(empty: Project) -> None:
    row = shown(
        empty, figure(value=27, change_pct=5, change_kind="yoy"), figure(value=28, source_id="s_paper")
    )
    assert (row["values"], row["agreement"]) == (2, "differs")


def test_what_is_known_only_as_a_change_stands_by_itself(empty: Project) -> None:
    changes = [
        figure(value="", change_pct=5, change_kind=kind, source_id="s_paper") for kind in ("yoy", "mom")
    ]
    put(empty, "2024-04", "fraud", [figure(), *changes])
    found = assemble(empty).shown("fraud")
    assert len(found) == 3
    assert found["value"].notna().sum() == 1


def test_other_areas_periods_measures_and_categories_are_other_figures(empty: Project) -> None:
    others = [
        figure(),
        figure(area_code="420100"),
        figure(period="2024-03"),
        figure(measure="loss"),
        figure(category="phone_scam"),
    ]
    put(empty, "2024-04", "fraud", others)
    assert len(assemble(empty).shown("fraud")) == len(others)


def test_choosing_from_nothing_gives_nothing(project: Project) -> None:
    found = assemble(project).shown("fraud", measure="never_counted")
    assert len(found) == 0
    assert {"cited", "values", "agreement"} <= set(found.columns)


def test_figures_takes_lists_and_none(project: Project) -> None:
    held = assemble(project)
    two = held.figures("fraud", measure=["cases_filed", "loss"], area_code="420000", category=None)
    assert set(two["measure"]) == {"cases_filed", "loss"}
    assert held.figures("trees", category=None)["measure"].tolist() == ["trees_total"]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([], "same"),
        ([5], "same"),
        ([5, 5, 5], "same"),
        ([826_000, 825_854], "rounded"),
        ([826_000, 827_100], "differs"),
        ([261_000, 261_000, 260_950], "rounded"),
        ([27, 28], "differs"),
        ([0.13, 0.131], "differs"),
    ],
)
def test_agreement(values: list[float], verdict: str) -> None:
    assert agreement(values) == verdict
    assert agreement(values[::-1]) == verdict


def test_small_counts_that_end_in_zero_are_not_taken_as_rounded() -> None:
    assert agreement([100, 190]) == "differs"


@pytest.mark.parametrize(
    ("value", "step"),
    [(826_000, "1000"), (27, "1"), (0.13, "0.01"), (100, "100"), (0, "1"), (-250, "10"), (1e8, "100000000")],
)
def test_coarseness(value: float, step: str) -> None:
    assert coarseness(value) == Decimal(step)


@given(st.integers(1, 9999), st.integers(-6, 8))
def test_a_number_is_a_multiple_of_its_coarseness(digits: int, exponent: int) -> None:
    number = Decimal(digits).scaleb(exponent)
    assert number % coarseness(float(number)) == 0


# --- labels --------------------------------------------------------------------


def test_labels_of_a_figure(project: Project) -> None:
    row = assemble(project).figures("fraud", area_code="420100", period="2024-04").iloc[0]
    assert (row["area_zh"], row["area_short"], row["area_en"]) == ("武汉市", "武汉", "Wuhan")
    assert (row["measure_zh"], row["unit"], row["unit_zh"], row["kind"]) == ("立案", "case", "起", "flow")
    assert (row["source_publisher"], row["source_title"]) == ("省公安厅", "四月通报")
    assert (row["grade_of_trust"], row["source_date_published"]) == ("official", "2024-04-30")
    assert (row["first_day"], row["last_day"]) == (pd.Timestamp("2024-04-01"), pd.Timestamp("2024-04-30"))


def test_labels_of_categories_and_policy(project: Project) -> None:
    held = assemble(project)
    graded = held.figures("trees", category="grade_1").iloc[0]
    assert (graded["category_zh"], graded["dimension"]) == ("一级", "grade")
    rule = held.labelled("trade_in_policy").iloc[0]
    assert (rule["measure_zh"], rule["unit_zh"], rule["category_zh"]) == ("补贴", "元", "汽车报废更新")


def test_labels_of_a_register(project: Project) -> None:
    row = assemble(project).labelled("trees_register").iloc[0]
    assert (row["area_zh"], row["species_zh"], row["source_publisher"]) == ("江岸区", "银杏", "省公安厅")


def test_an_open_period_has_no_first_day(empty: Project) -> None:
    put(empty, "2024-04", "fraud", [figure(period="../2024-04-30")])
    row = assemble(empty).labelled("fraud").iloc[0]
    assert pd.isna(row["first_day"])
    assert row["last_day"] == pd.Timestamp("2024-04-30")


def test_labels_of_an_empty_table(empty: Project) -> None:
    put(empty, "2024-04", "fraud", [figure()])
    held = assemble(empty)
    for name in chapter_datasets(held.datasets):
        assert len(held.labelled(name)) == (1 if name == "fraud" else 0)


def test_chapters(project: Project) -> None:
    held = assemble(project)
    assert held.chapters == ["context", "fraud", "trade_in", "trees"]
    assert [d.name for d in held.of_chapter("trees")] == ["trees", "trees_register"]


# --- the book's own data ---------------------------------------------------------


def test_every_real_row_has_all_its_labels(real: Tables) -> None:
    for name, dataset in chapter_datasets(real.datasets).items():
        frame = real.labelled(name)
        assert len(frame) > 0
        wanted = ["area_zh", "source_publisher", "grade_of_trust"]
        wanted += ["measure_zh", "unit_zh", "first_day", "last_day"] if dataset.is_figures else []
        for column in wanted:
            open_ended = column == "first_day" and frame["period"].str.startswith("..")
            open_ended |= column == "last_day" and frame["period"].str.endswith("..")
            assert frame[~open_ended & frame[column].isna()].empty, f"{name}.{column}"
        if "category" in frame:
            assert frame[frame["category"].notna() & frame["category_zh"].isna()].empty, name


def test_one_figure_is_shown_once(real: Tables) -> None:
    for name, dataset in chapter_datasets(real.datasets).items():
        if dataset.is_figures:
            rows = real.shown(name)
            told = rows[~rows["period"].map(words.is_open)]  # of no stated end, each source's is its own
            assert not told.duplicated(tables.figure_key(dataset)).any()


def test_every_real_source_is_used_or_said_to_be_left_out(real: Tables) -> None:
    used = set().union(*(set(real.rows[name]["source_id"]) for name in chapter_datasets(real.datasets)))
    assert used <= set(real.lists["sources"]["source_id"])
