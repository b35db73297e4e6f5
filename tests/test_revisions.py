"""What changed since the last edition: new, revised and dropped figures."""

from __future__ import annotations

import pandas as pd
import pytest

import small
from small import count, figure, policy, progress, put, tree
from yuebao import downloads, revisions
from yuebao.project import Project
from yuebao.revisions import Changes, since_last
from yuebao.schema import chapter_datasets
from yuebao.tables import Tables, assemble

APRIL, MAY, JUNE = "2024-04", "2024-05", "2024-06"
NOTHING = {"new": 0, "revised": 0, "dropped": 0}


def changes(project: Project, *months: list[small.Row], dataset: str = "fraud") -> Changes:
    """The newest edition's changes where ``months`` came from April on, one return a month."""
    for month, rows in zip((APRIL, MAY, JUNE), months, strict=False):
        put(project, month, dataset, rows)
    return since_last(assemble(project), dataset)


def counts(new: int = 0, revised: int = 0, dropped: int = 0) -> dict[str, int]:
    return {"new": new, "revised": revised, "dropped": dropped}


def told(held: Changes) -> list[object]:
    """The one revised figure: old, new, difference, old source, new source."""
    assert len(held.revised) == 1
    names = ["old", "value", "difference", "old_source_id", "source_id"]
    return list(held.revised.iloc[0][names])


# --- new figures -----------------------------------------------------------------


def test_the_first_edition_has_nothing_before_it(empty: Project) -> None:
    held = changes(empty, [figure(), figure(measure="loss")])
    assert held.before is None
    assert held.counts == counts(new=2)


def test_a_new_figure(empty: Project) -> None:
    held = changes(empty, [figure()], [figure(period=MAY, value=90, source_id="s_bureau")])
    assert (held.before, held.counts) == (APRIL, counts(new=1))
    assert held.new[["period", "value", "area_zh", "measure_zh"]].values.tolist() == [
        [MAY, 90, "湖北省", "立案"]
    ]


def test_a_dataset_s_first_return_is_new(empty: Project) -> None:
    put(empty, APRIL, "fraud", [figure()])
    put(empty, MAY, "trees", [count()])
    held = since_last(assemble(empty), "trees")
    assert (held.before, held.counts) == (APRIL, counts(new=1))


def test_the_edition_compared_with_is_the_last_that_brought_a_row(empty: Project) -> None:
    for month in (APRIL, JUNE):
        put(empty, month, "fraud", [figure(period=month)])
    assert since_last(assemble(empty), "fraud").before == APRIL
    assert revisions.previous_edition(assemble(empty, APRIL)) is None


def test_a_month_without_returns_changes_nothing(empty: Project) -> None:
    for month in (APRIL, JUNE):
        put(empty, month, "fraud", [figure(period=month)])
    held = since_last(assemble(empty, MAY), "fraud")
    assert (held.before, held.counts) == (APRIL, NOTHING)


def test_the_same_figure_sent_again_is_no_change(empty: Project) -> None:
    assert changes(empty, [figure()], [figure()]).counts == NOTHING


# --- revised figures ---------------------------------------------------------------


def test_revised_by_a_later_return_of_the_same_source(empty: Project) -> None:
    others = [figure(measure="loss"), figure(area_code="420100")]
    held = changes(empty, [figure(value=100), *others], [figure(value=103)])
    assert held.counts == counts(revised=1)
    assert told(held) == [100, 103, 3, "s_police", "s_police"]
    assert held.revised.iloc[0][["old_edition", "_edition"]].tolist() == [APRIL, MAY]


def test_a_figure_revised_downwards(empty: Project) -> None:
    held = changes(empty, [figure(value=100, qualifier="over")], [figure(value=97)])
    assert told(held)[:3] == [100, 97, -3]
    assert held.revised.iloc[0]["old_qualifier"] == "over"


def test_a_revision_is_told_in_its_own_edition_only(empty: Project) -> None:
    months = [[figure(value=100)], [figure(value=103)], [figure(period=JUNE)]]
    assert changes(empty, *months).counts == counts(new=1)
    assert since_last(assemble(empty, MAY), "fraud").counts == counts(revised=1)


def test_a_figure_revised_twice_is_compared_with_the_last_value(empty: Project) -> None:
    held = changes(empty, [figure(value=100)], [figure(value=103)], [figure(value=101)])
    assert told(held)[:3] == [103, 101, -2]


def test_a_more_trusted_source_with_another_value_revises(empty: Project) -> None:
    held = changes(empty, [figure(value=100, source_id="s_paper")], [figure(value=110)])
    assert held.counts == counts(revised=1)
    assert told(held) == [100, 110, 10, "s_paper", "s_police"]


def test_a_more_trusted_source_with_the_same_value_revises_nothing(empty: Project) -> None:
    assert changes(empty, [figure(source_id="s_paper")], [figure()]).counts == NOTHING


def test_a_less_trusted_source_changes_nothing(empty: Project) -> None:
    held = changes(empty, [figure(value=100)], [figure(value=110, source_id="s_paper")])
    assert held.counts == NOTHING


def test_a_final_figure_revises_the_preliminary_one(empty: Project) -> None:
    held = changes(
        empty, [figure(value=100, obs_status="P")], [figure(value=96, source_id="s_copy", obs_status="A")]
    )
    assert held.counts == counts(revised=1)
    assert told(held) == [100, 96, -4, "s_police", "s_copy"]


def test_a_final_figure_revises_where_the_key_holds_the_status(empty: Project) -> None:
    first = [progress(value=100, obs_status="P")]
    second = [progress(value=96, source_id="s_bureau", obs_status="A")]
    held = changes(empty, first, second, dataset="trade_in")
    assert held.counts == counts(revised=1)
    assert told(held) == [100, 96, -4, "s_police", "s_bureau"]


def test_a_preliminary_figure_after_the_final_one_changes_nothing(empty: Project) -> None:
    first = [progress(value=96)]
    second = [progress(value=100, source_id="s_bureau", obs_status="P")]
    assert changes(empty, first, second, dataset="trade_in").counts == NOTHING


def test_the_change_of_a_figure_known_only_as_a_change_is_revised(empty: Project) -> None:
    first, second = (figure(value="", change_pct=pct, change_kind="yoy") for pct in (-5, -8.5))
    held = changes(empty, [figure(value=40, area_code="420100"), first], [second])
    assert held.counts == counts(revised=1)
    row = held.revised.iloc[0]
    assert (row["old"], row["change_pct"], row["difference"]) == (-5, -8.5, -3.5)


def test_two_kinds_of_change_are_two_figures(empty: Project) -> None:
    kinds = [figure(value="", change_pct=5, change_kind=kind) for kind in ("yoy", "mom")]
    assert changes(empty, kinds[:1], kinds[1:]).counts == counts(new=1)


def test_a_value_in_place_of_a_change_drops_nothing(empty: Project) -> None:
    only_change = figure(value="", change_pct=5, change_kind="yoy")
    held = changes(empty, [only_change], [{**only_change, "value": 100}])
    assert held.counts == counts(new=1)


def test_a_revision_of_the_note_is_none(empty: Project) -> None:
    assert changes(empty, [figure()], [figure(note="照录")]).counts == NOTHING
    first, second = [tree()], [tree(note="照录")]
    assert changes(empty, first, second, dataset="trees_register").counts == NOTHING


# --- withdrawn figures ---------------------------------------------------------------

WITHDRAWN = {
    "fraud": (figure(), figure(value="", obs_status="M")),
    "trees": (count(), count(value="", obs_status="M")),
    "trade_in": (progress(), progress(value="", obs_status="M")),
    "context": (
        figure(measure="firms_at_fair"),
        figure(measure="firms_at_fair", value="", obs_status="M"),
    ),
}
withdrawn = pytest.mark.parametrize("dataset", WITHDRAWN)


@withdrawn
def test_a_withdrawn_figure_is_dropped(empty: Project, dataset: str) -> None:
    good, gone = WITHDRAWN[dataset]
    other = {**good, "area_code": "420100"}
    held = changes(empty, [good, other], [gone], dataset=dataset)
    assert held.counts == counts(dropped=1)
    assert held.dropped[["area_code", "value", "_edition"]].values.tolist() == [["420000", 100, APRIL]]


@withdrawn
def test_the_last_figure_of_a_dataset_withdrawn_is_dropped(empty: Project, dataset: str) -> None:
    good, gone = WITHDRAWN[dataset]
    assert changes(empty, [good], [gone], dataset=dataset).counts == counts(dropped=1)


@withdrawn
def test_a_withdrawn_figure_is_not_shown_but_stays_in_the_download(empty: Project, dataset: str) -> None:
    good, gone = WITHDRAWN[dataset]
    changes(empty, [good], [gone], dataset=dataset)
    held = assemble(empty)
    assert len(held.shown(dataset)) == 0
    file = downloads.published(held, held.datasets[dataset])
    assert file[["obs_status", "edition"]].values.tolist() == [["M", MAY]]
    assert file["value"].isna().all()
    assert len(assemble(empty, APRIL).shown(dataset)) == 1


@withdrawn
def test_a_withdrawal_is_told_once(empty: Project, dataset: str) -> None:
    good, gone = WITHDRAWN[dataset]
    other = {**good, "area_code": "420100"}
    assert changes(empty, [good], [gone], [other], dataset=dataset).counts == counts(new=1)


@withdrawn
def test_a_withdrawn_figure_given_again_is_shown_again(empty: Project, dataset: str) -> None:
    good, gone = WITHDRAWN[dataset]
    held = changes(empty, [good], [gone], [{**good, "value": 105}], dataset=dataset)
    assert held.counts == counts(new=1)
    assert assemble(empty).shown(dataset)["value"].tolist() == [105]
    assert assemble(empty).current(dataset)["obs_status"].tolist() == ["A"]


def test_withdrawing_takes_back_the_preliminary_figure_too(empty: Project) -> None:
    both = [progress(value=100), progress(value=90, obs_status="P")]
    held = changes(empty, both, [progress(value="", obs_status="M")], dataset="trade_in")
    assert held.counts == counts(dropped=1)
    assert len(assemble(empty).shown("trade_in")) == 0


def test_withdrawing_leaves_other_programmes_and_sources_alone(empty: Project) -> None:
    others = [progress(value=80, programme="2025"), progress(value=70, source_id="s_paper")]
    held = changes(empty, [progress(), *others], [progress(value="", obs_status="M")], dataset="trade_in")
    assert sorted(assemble(empty).shown("trade_in")["value"]) == [70, 80]
    # The paper's value is now the one shown: what was shown before is revised, not dropped.
    assert held.counts == counts(revised=1)
    assert told(held) == [100, 70, -30, "s_police", "s_paper"]


def test_a_withdrawn_figure_stands_in_no_conflict(empty: Project) -> None:
    put(empty, APRIL, "fraud", [figure(), figure(value=120, source_id="s_paper")])
    put(empty, MAY, "fraud", [figure(value="", source_id="s_paper", obs_status="M")])
    assert len(assemble(empty, APRIL).conflicts("fraud")) == 1
    assert assemble(empty, MAY).conflicts("fraud") == []


# --- what is not of figures -----------------------------------------------------------


def test_a_policy_s_revised_value(empty: Project) -> None:
    held = changes(empty, [policy(value=10000)], [policy(value=15000)], dataset="trade_in_policy")
    assert held.counts == counts(revised=1)
    assert held.revised.iloc[0][["old", "value", "difference"]].tolist() == [10000, 15000, 5000]


def test_a_policy_of_other_dates_is_another_rule(empty: Project) -> None:
    later = policy(valid_from="2025-01-01", valid_to="2025-12-31")
    assert changes(empty, [policy()], [later], dataset="trade_in_policy").counts == counts(new=1)


def test_a_tree_s_revised_cells_are_named(empty: Project) -> None:
    second = [tree(age_years=299, grade="二级")]
    held = changes(empty, [tree(), tree(record_no="r-2")], second, dataset="trees_register")
    assert held.counts == counts(revised=1)
    row = held.revised.iloc[0]
    assert (row["old"], row["new"]) == ("树龄（年） 500；保护等级 一级", "树龄（年） 299；保护等级 二级")


def test_a_cell_filled_in_later_is_a_revision(empty: Project) -> None:
    held = changes(empty, [tree(tree_no="")], [tree()], dataset="trees_register")
    assert held.counts == counts(revised=1)
    assert "（空）" in held.revised.iloc[0]["old"]
    assert "42010200001" in held.revised.iloc[0]["new"]


# --- every revision, whatever the edition ----------------------------------------------


def test_a_revised_value_sent_again_keeps_its_old_value(empty: Project) -> None:
    changes(empty, [figure(value=100)], [figure(value=103)], [figure(value=103)])
    listed = assemble(empty).revisions("fraud")
    assert listed[["old", "new", "_before", "_edition"]].values.tolist() == [
        [100, 103, APRIL, MAY],
        [100, 103, APRIL, JUNE],
    ]


def test_a_withdrawal_and_a_return_are_both_listed(empty: Project) -> None:
    changes(empty, [figure(value=100)], [figure(value="", obs_status="M")], [figure(value=105)])
    listed = assemble(empty).revisions("fraud")
    assert listed["old"].fillna(-1).tolist() == [100, -1]
    assert listed["new"].fillna(-1).tolist() == [-1, 105]


# --- editions ---------------------------------------------------------------------------


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Both frames hold the same; an empty one's dtypes say nothing."""
    pd.testing.assert_frame_equal(one, other, check_dtype=bool(len(one)), check_index_type=False)


def same_changes(one: Changes, other: Changes) -> None:
    assert (one.dataset, one.before) == (other.dataset, other.before)
    for name in ("new", "revised", "dropped"):
        same(getattr(one, name), getattr(other, name))


def test_an_edition_rebuilt_later_tells_the_same_changes(project: Project) -> None:
    put(project, MAY, "fraud", [figure(value=103), figure(period=MAY), figure(measure="loss", value=1)])
    before = revisions.all_changes(assemble(project, MAY))
    assert sum(len(c.revised) for c in before) == 2
    put(project, JUNE, "fraud", [figure(value=104), figure(measure="loss", value="", obs_status="M")])
    put(project, JUNE, "trees_register", [tree(age_years=100, grade="三级")])
    after = revisions.all_changes(assemble(project, MAY))
    from_later = revisions.all_changes(assemble(project).as_of(MAY))
    for one, rebuilt, cut in zip(before, after, from_later, strict=True):
        same_changes(one, rebuilt)
        same_changes(one, cut)


@pytest.mark.parametrize("edition", Project(small.REPO).editions())
def test_as_of_is_the_edition_itself(real: Tables, edition: str) -> None:
    cut, built = real.as_of(edition), assemble(Project(small.REPO), edition)
    assert (cut.edition, cut.datasets) == (built.edition, built.datasets)
    for of_cut, of_built in ((cut.lists, built.lists), (cut.rows, built.rows)):
        assert list(of_cut) == list(of_built)
        for name in of_built:
            same(of_cut[name], of_built[name])


@pytest.mark.parametrize("edition", ["2024-04", "2024-08", "2025-05"])
def test_as_of_shows_what_the_edition_shows(real: Tables, edition: str) -> None:
    cut, built = real.as_of(edition), assemble(Project(small.REPO), edition)
    for name, dataset in chapter_datasets(built.datasets).items():
        same(cut.labelled(name), built.labelled(name))
        if dataset.is_figures:
            same(cut.shown(name), built.shown(name))


def test_as_of_knows_no_later_edition_and_no_release_to_come(project: Project) -> None:
    columns = "edition released embargo_until note_zh note_en"
    listed = [f"{m} | {m}-28 | | 甲 | A" for m in (APRIL, MAY)]
    small.put_list(project, "editions", small.rows(columns, *listed))
    lists = assemble(project).as_of(APRIL).lists
    assert lists["editions"]["edition"].tolist() == [APRIL]
    assert lists["editions"]["released"].isna().all()


def test_every_real_figure_was_new_once_and_is_shown_or_was_dropped(real: Tables) -> None:
    """Over all editions, new minus dropped is what the newest shows."""
    editions = Project(small.REPO).editions()
    parts = [c for e in editions for c in revisions.all_changes(real.as_of(e))]
    for name in chapter_datasets(real.datasets):
        mine = [c for c in parts if c.dataset == name]
        added = sum(len(c.new) - len(c.dropped) for c in mine)
        assert added == len(revisions._shown(real, name)[0]), name
        assert all((c.before is None) == (e == editions[0]) for c, e in zip(mine, editions, strict=True))


# --- totals -------------------------------------------------------------------------------


def test_totals_of_the_first_edition_are_all_its_rows(project: Project) -> None:
    held = assemble(project, APRIL)
    rows = sum(len(lines) for lines in small.GOOD[APRIL].values())
    assert revisions.totals(held) == counts(new=rows)


def test_totals_add_up_over_the_datasets(project: Project) -> None:
    put(project, MAY, "fraud", [figure(value=103), figure(period=MAY)])
    put(project, MAY, "trade_in", [progress(value="", obs_status="M")])
    put(project, MAY, "trees_register", [tree(age_years=100, grade="三级"), tree(record_no="r-9")])
    held = assemble(project)
    assert revisions.totals(held) == counts(new=2, revised=2, dropped=1)
    assert [c.dataset for c in revisions.all_changes(held)] == list(chapter_datasets(held.datasets))
