"""Every rule by cases: what passes it, what fails it, and what it cannot judge.

``CASES`` is keyed by the rule's name; a rule without a passing and a failing case
fails ``test_every_rule_has_a_passing_and_a_failing_case``.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import small
from small import count, figure, policy, progress, tree
from yuebao import returns, rules
from yuebao.project import Project
from yuebao.tables import Tables, assemble

AGREES, TRUNCATED, ROUNDING = rules.AGREES, rules.TRUNCATED, rules.ROUNDING
DISAGREES, UNCHECKED = rules.DISAGREES, rules.UNCHECKED
PASSES = {AGREES, TRUNCATED, ROUNDING, "same", "rounded"}


@dataclass(frozen=True)
class Case:
    """Rows of one dataset, and the verdicts the rule gives on them, in order.

    ``earlier``: rows of the month before, where a rule compares two vintages.
    """

    verdicts: list[str]
    rows: list[small.Row]
    dataset: str = "fraud"
    options: dict[str, Any] = field(default_factory=dict)
    earlier: list[small.Row] = field(default_factory=list)


def change(
    now: float, before: float, stated: float, kind: str = "yoy", base: str = "2023-04", **more: Any
) -> list[small.Row]:
    """A level that states a change, and the level it compares itself with."""
    return [figure(value=now, change_pct=stated, change_kind=kind, **more), figure(value=before, period=base)]


def share(part: float, whole: float, stated: float, **more: Any) -> list[small.Row]:
    """A part, its whole, and the share a source states."""
    return [
        figure(value=whole, **more),
        figure(value=part, category="phone_scam", **more),
        figure(value=stated, category="phone_scam", measure="cases_filed_share"),
    ]


def victims(*shares: float) -> list[small.Row]:
    names = ("victim_male", "victim_female")
    return [figure(measure="victim_share", category=n, value=v) for n, v in zip(names, shares, strict=False)]


def grades(
    total: float, *parts: float, names: tuple[str, ...] = ("grade_1", "grade_2", "grade_3"), **more: Any
) -> list[small.Row]:
    given = zip(names, parts, strict=False)
    rows = [count(measure="trees_by_grade", category=n, value=v, **more) for n, v in given]
    return [count(value=total, **more), *rows]


def counties(total: float, *parts: float) -> list[small.Row]:
    codes = ("420102", "420103", "420106")
    rows = [count(area_code=c, value=v) for c, v in zip(codes, parts, strict=False)]
    return [count(area_code="420100", value=total), *rows]


def progressing(*steps: tuple[str, float], **more: Any) -> list[small.Row]:
    return [progress(period=f"2024-04-24/{day}", value=value, **more) for day, value in steps]


def history(*values: float, **more: Any) -> list[small.Row]:
    """One figure month by month, from January 2024 on."""
    return [figure(period=f"2024-{month:02d}", value=v, **more) for month, v in enumerate(values, start=1)]


def yearly(*values: float) -> list[small.Row]:
    """One figure year by year, from 2019 on."""
    return [figure(period=str(year), value=v) for year, v in enumerate(values, start=2019)]


def revised(
    old: float | str, new: float | str, verdicts: list[str], *, status: str = "A", **options: Any
) -> Case:
    """A figure, and what a return of the next month makes of it."""
    return Case(verdicts, [figure(value=new, obs_status=status)], "fraud", options, [figure(value=old)])


SHARES = {"pairs": {"cases_filed_share": "cases_filed"}}
VICTIMS = {"measure": "victim_share", "groups": [["victim_male", "victim_female"]]}
TOWNS = {"whole": "loss", "parts": "loss", "dimension": "locality"}
GRADES = {
    "whole": "trees_total",
    "parts": "trees_by_grade",
    "categories": [["grade_1", "grade_2", "grade_3"], ["grade_1", "grade_2", "grade_3", "famous"]],
}
AREAS = {"measure": "trees_total"}
FOUR = ("grade_1", "grade_2", "grade_3", "famous")

CASES: dict[str, dict[str, Case]] = {
    "stated_changes": {
        "a year before": Case([AGREES], change(150, 200, -25)),
        "rounded as printed": Case([AGREES], change(200, 300, -33.3)),
        "the month before": Case([AGREES], change(150, 100, 50, "mom", "2024-03")),
        "two years before": Case([AGREES], change(150, 100, 50, "yoy2", "2022-04")),
        "digits cut off": Case([TRUNCATED], change(700, 600, 16.66)),
        "within what 万 hides": Case([ROUNDING], change(300_000, 261_000, 20)),
        "within what 余 hides": Case([ROUNDING], change(200, 100, 150, qualifier="over")),
        "another number": Case([DISAGREES], change(150, 200, -30)),
        "another sign": Case([DISAGREES], change(150, 200, 25)),
        "no level to compare": Case([UNCHECKED], change(150, 200, -25, base="2023-05")),
        "no level of its own": Case([UNCHECKED], change("", 200, -25)),  # type: ignore[arg-type]
        "a kind without a period": Case([UNCHECKED], change(150, 200, -25, "previous_period")),
        "a doubtful level": Case([UNCHECKED], change(150, 200, -25, obs_status="U")),
        "a base of zero": Case([UNCHECKED], change(150, 0, 100)),
        "no change stated": Case([], [figure()]),
    },
    "stated_shares": {
        "a quarter": Case([AGREES], share(50, 200, 25), options=SHARES),
        "digits cut off": Case([TRUNCATED], share(1, 6, 16.66), options=SHARES),
        "within what 约 hides": Case([ROUNDING], share(50, 200, 30, qualifier="about"), options=SHARES),
        "another number": Case([DISAGREES], share(50, 200, 30), options=SHARES),
        "no whole": Case([UNCHECKED], share(50, 200, 25)[1:], options=SHARES),
    },
    "shares_sum_to_whole": {
        "a hundred": Case([AGREES], victims(54, 46), options=VICTIMS),
        "a hundred but for rounding": Case([AGREES], victims(54.3, 45.6), options=VICTIMS),
        "too little": Case([DISAGREES], victims(54, 42), options=VICTIMS),
        "too much": Case([DISAGREES], victims(54, 48), options=VICTIMS),
        "a part not told": Case([], victims(54), options=VICTIMS),
    },
    "parts_add_to_total": {
        "three grades": Case([AGREES], grades(100, 10, 20, 70), "trees", GRADES),
        "four grades where all four are told": Case(
            [AGREES], grades(101, 10, 20, 70, 1, names=FOUR), "trees", GRADES
        ),
        "within what 约 hides": Case([ROUNDING], grades(130, 13, 21, 92, qualifier="about"), "trees", GRADES),
        "too many": Case([DISAGREES], grades(100, 10, 20, 71), "trees", GRADES),
        "a grade not told": Case([], grades(100, 10, 20), "trees", GRADES),
        "parts of another survey": Case(
            [], [count(value=9, survey="第一次"), *grades(100, 10, 20, 70)[1:]], "trees", GRADES
        ),
        "towns": Case(
            [AGREES],
            [
                figure(measure="loss", value=30),
                figure(measure="loss", category="甲镇", value=10),
                figure(measure="loss", category="乙镇", value=20),
            ],
            options=TOWNS,
        ),
        "towns that do not add up": Case(
            [DISAGREES],
            [
                figure(measure="loss", value=31),
                figure(measure="loss", category="甲镇", value=10),
                figure(measure="loss", category="乙镇", value=20),
            ],
            options=TOWNS,
        ),
    },
    "areas_add_to_total": {
        "three counties": Case([AGREES], counties(60, 10, 20, 30), "trees", AREAS),
        "within what 万 hides": Case([ROUNDING], counties(61_000, 10_100, 20_200, 30_300), "trees", AREAS),
        "too few": Case([DISAGREES], counties(60, 10, 20, 29), "trees", AREAS),
        "two counties are no list": Case([], counties(60, 10, 20), "trees", AREAS),
    },
    "cumulative_never_falls": {
        "rising": Case([AGREES], progressing(("2024-05-10", 100), ("2024-05-20", 120)), "trade_in"),
        "standing still": Case([AGREES], progressing(("2024-05-10", 100), ("2024-05-20", 100)), "trade_in"),
        "within what 余 hides": Case(
            [AGREES], progressing(("2024-05-10", 1005), ("2024-05-20", 1000), qualifier="over"), "trade_in"
        ),
        "falling": Case([DISAGREES], progressing(("2024-05-10", 100), ("2024-05-20", 90)), "trade_in"),
        "falling below what came before the last": Case(
            [DISAGREES, DISAGREES],
            progressing(("2024-05-10", 100), ("2024-05-20", 90), ("2024-05-30", 95)),
            "trade_in",
        ),
        "one date": Case([], progressing(("2024-05-10", 100)), "trade_in"),
        "not cumulative": Case(
            [], progressing(("2024-05-10", 100), ("2024-05-20", 90), counting="in_period"), "trade_in"
        ),
        "another programme": Case(
            [],
            [progress(value=100), progress(period="2024-04-24/2024-05-20", value=90, programme="2025")],
            "trade_in",
        ),
        "a preliminary number is passed over": Case(
            [],
            [progress(value=100, obs_status="P"), progress(period="2024-04-24/2024-05-20", value=9)],
            "trade_in",
        ),
    },
    "sources_agree": {
        "the same": Case(["same"], [figure(), figure(source_id="s_paper")]),
        "the same but for rounding": Case(
            ["rounded"], [figure(value=826_000), figure(value=825_854, source_id="s_paper")]
        ),
        "not the same": Case(["differs"], [figure(value=27), figure(value=28, source_id="s_paper")]),
        "one source": Case([], [figure()]),
    },
    "age_fits_grade": {
        "first from 500": Case([AGREES], [tree(age_years=500, grade="一级")], "trees_register"),
        "second below 500": Case([AGREES], [tree(age_years=499, grade="二级")], "trees_register"),
        "third from 100": Case([AGREES], [tree(age_years=100, grade="三级")], "trees_register"),
        "notable at any age": Case([AGREES], [tree(age_years=40, grade="名木")], "trees_register"),
        "too young for first": Case([DISAGREES], [tree(age_years=499, grade="一级")], "trees_register"),
        "too old for third": Case([DISAGREES], [tree(age_years=300, grade="三级")], "trees_register"),
        "below a hundred": Case([DISAGREES], [tree(age_years=99, grade="三级")], "trees_register"),
        "no age": Case([], [tree(age_years="")], "trees_register"),
        "no grade": Case([], [tree(grade="")], "trees_register"),
    },
    "tree_numbers_unique": {
        "one tree": Case([AGREES], [tree()], "trees_register"),
        "two records of one tree": Case([AGREES, AGREES], [tree(), tree(record_no="r-2")], "trees_register"),
        "two trees": Case(
            ["repeated"] * 2, [tree(), tree(record_no="r-2", tree_id="T0002")], "trees_register"
        ),
        "another county": Case(["other_county"], [tree(area_code="420103")], "trees_register"),
        "no number": Case([], [tree(tree_no="")], "trees_register"),
    },
    "periods_within_edition": {
        "the month itself": Case([AGREES], [figure(period="2024-05")]),
        "its last day": Case([AGREES], [figure(period="2024-05-31")]),
        "up to its last day": Case([AGREES], [figure(period="../2024-05-31")]),
        "open at the end": Case([AGREES], [figure(period="2024-05-01/..")]),
        "the year under way": Case([AGREES], [figure(period="2024")]),
        "the next day": Case(["after"], [figure(period="2024-06-01")]),
        "a range that ends later": Case(["after"], [figure(period="2024-01-01/2024-06-30")]),
        "open, starting later": Case(["after"], [figure(period="2024-06-01/..")]),
        "next year": Case(["after"], [figure(period="2025")]),
        "a forecast": Case([], [figure(period="2025", obs_status="F")]),
        "a target": Case(
            [], [progress(period="2025", measure="sales_target", counting="target")], "trade_in"
        ),
    },
    "policy_dates_in_order": {
        "in order": Case([AGREES], [policy()], "trade_in_policy"),
        "one day": Case([AGREES], [policy(valid_to="2024-04-24")], "trade_in_policy"),
        "no end": Case([AGREES], [policy(valid_to="")], "trade_in_policy"),
        "a year": Case([AGREES], [policy(valid_from="2024", valid_to="2024")], "trade_in_policy"),
        "ends before it begins": Case([DISAGREES], [policy(valid_to="2024-04-23")], "trade_in_policy"),
        "no such day": Case([DISAGREES], [policy(valid_to="2024-11-31")], "trade_in_policy"),
        "no dates": Case([], [policy(valid_from="", valid_to="")], "trade_in_policy"),
    },
    "policy_dates_have_basis": {
        "both stated": Case([AGREES, AGREES], [policy()], "trade_in_policy"),
        "an end inferred": Case([AGREES, AGREES], [policy(valid_to_basis="inferred")], "trade_in_policy"),
        "an end that says nothing": Case([AGREES, DISAGREES], [policy(valid_to_basis="")], "trade_in_policy"),
        "a start that says nothing": Case(
            [DISAGREES], [policy(valid_from_basis="", valid_to="", valid_to_basis="")], "trade_in_policy"
        ),
        "no dates": Case([], [policy(valid_from="", valid_to="")], "trade_in_policy"),
    },
    "near_its_past": {
        "like the months before": Case([AGREES], history(100, 120, 90, 110)),
        "each from the fourth on": Case([AGREES, DISAGREES, AGREES], history(100, 120, 90, 110, 900, 80)),
        "just five times": Case([AGREES], history(100, 100, 100, 500)),
        "more than five times": Case([DISAGREES], history(100, 100, 100, 501)),
        "just a fifth": Case([AGREES], history(100, 100, 100, 20)),
        "less than a fifth": Case([DISAGREES], history(100, 100, 100, 19)),
        "the median, not the mean": Case([DISAGREES], history(10, 10, 1000, 100)),
        "a smaller factor": Case([DISAGREES], history(100, 100, 100, 250), options={"factor": 2}),
        "a larger factor": Case([AGREES], history(100, 100, 100, 900), options={"factor": 10}),
        "too few months before": Case([], history(100, 100, 900)),
        "fewer asked for": Case([DISAGREES], history(100, 100, 900), options={"past": 2}),
        "more asked for": Case([], history(100, 100, 100, 900), options={"past": 4}),
        "two sources of one month are one month": Case(
            [], [*history(100, 100, 900), figure(period="2024-01", value=101, source_id="s_paper")]
        ),
        "a preliminary and a final figure are one month": Case(
            [],
            [
                progress(period=f"2024-0{month}", value=value, obs_status=status, counting="in_period")
                for month, value, status in ((1, 100, "E"), (1, 100, "A"), (2, 100, "A"), (3, 900, "A"))
            ],
            "trade_in",
        ),
        "years with years": Case([DISAGREES], yearly(100, 100, 100, 900)),
        "months not with years": Case([], [*yearly(1200, 1100, 1300), figure(period="2024-04", value=100)]),
        "years not with months": Case([], [*history(100, 110, 90), figure(period="2023", value=1200)]),
        "days and ranges are no such periods": Case(
            [], [*history(1, 1, 1), figure(period="2024-05-20", value=9), figure(period="2024-01/2024-05")]
        ),
        "another area": Case([], [*history(100, 100, 100), figure(area_code="420100", value=900)]),
        "another measure": Case([], [*history(100, 100, 100), figure(measure="loss", value=900)]),
        "another category": Case([], [*history(100, 100, 100), figure(category="phone_scam", value=900)]),
        "another way of counting": Case(
            [],
            [
                *(progress(period=f"2024-0{m}", value=100, counting="in_period") for m in (1, 2, 3)),
                progress(period="2024-04", value=900, counting="cumulative"),
            ],
            "trade_in",
        ),
        "a doubtful figure": Case(
            [], [*history(100, 100, 100), figure(period="2024-05", value=9, obs_status="U")]
        ),
        "doubtful months before": Case([], [*history(9, 9, 9, obs_status="U"), figure(period="2024-05")]),
        "a month of none": Case([], history(100, 100, 100, 0)),
        "months of none before": Case([], history(0, 0, 0, 100)),
    },
    "revision_not_large": {
        "a little": revised(100, 103, [AGREES]),
        "by half": revised(100, 150, [AGREES]),
        "by more than half": revised(100, 151, [DISAGREES]),
        "down by half": revised(100, 50, [AGREES]),
        "down by more than half": revised(100, 49, [DISAGREES]),
        "ten times": revised(100, 1000, [DISAGREES]),
        "a smaller share": revised(100, 120, [DISAGREES], share=0.1),
        "a larger share": revised(100, 180, [AGREES], share=0.9),
        "from none": revised(0, 1, [DISAGREES]),
        "sent again": revised(100, 100, []),
        "withdrawn": revised(100, "", [], status="M"),
        "not known before": revised("", 100, []),
        "another source is no revision": Case(
            [], [figure(value=900, source_id="s_paper")], earlier=[figure(value=100)]
        ),
        "only the figure that moved": Case(
            [DISAGREES],
            [figure(value=900), figure(measure="loss")],
            earlier=[figure(), figure(measure="loss")],
        ),
        "a policy": Case([DISAGREES], [policy(value=100)], "trade_in_policy", earlier=[policy(value=15)]),
    },
}
ALL = [(rule, name) for rule, cases in CASES.items() for name in cases]


class Judge:
    """``judge.tables(case)``: the tables of an edition that holds just a case's rows."""

    months = ("2024-04", "2024-05")

    def __init__(self, project: Project) -> None:
        self.project = project
        small.put(project, "2024-05", "context", [figure(measure="firms_at_fair")])
        self.base = assemble(project)

    def tables(self, case: Case) -> Tables:
        parts = []
        for month, rows in zip(self.months, (case.earlier, case.rows), strict=True):
            if rows:
                path = small.put(self.project, month, case.dataset, rows)
                frame, faults = returns.read(path, self.base.datasets[case.dataset], self.project)
                assert not faults
                parts.append(frame)
        frame = pd.concat(parts, ignore_index=True)
        rows = {**self.base.rows, case.dataset: frame}
        return Tables(self.base.edition, self.base.datasets, self.base.lists, rows)

    def __call__(self, rule: str, case: Case) -> pd.DataFrame:
        return rules.RULES[rule](self.tables(case), case.dataset, **case.options)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(small.make(tmp_path_factory.mktemp("rules") / "project"))


@pytest.mark.parametrize(("rule", "name"), ALL, ids=[f"{rule}: {name}" for rule, name in ALL])
def test_verdict(judge: Judge, rule: str, name: str) -> None:
    case = CASES[rule][name]
    cases = judge(rule, case)
    assert list(cases["verdict"]) == case.verdicts
    assert list(cases.columns) == rules.CASE
    for _, row in cases.iterrows():
        assert row["_file"] == f"data/returns/2024-05/{case.dataset}.csv"
        assert 2 <= row["_row"] <= len(case.rows) + 1
        assert row["stated"]
        assert row["found"]


def test_every_rule_has_a_passing_and_a_failing_case() -> None:
    assert set(CASES) == set(rules.RULES)
    for rule, cases in CASES.items():
        verdicts = {verdict for case in cases.values() for verdict in case.verdicts}
        assert verdicts & PASSES, f"{rule}: no case that passes"
        assert verdicts - PASSES - {UNCHECKED}, f"{rule}: no case that fails"


@pytest.mark.parametrize("rule", sorted(rules.RULES))
def test_a_rule_has_nothing_to_say_of_an_empty_table(judge: Judge, rule: str) -> None:
    case = next(iter(CASES[rule].values()))
    cases = rules.RULES[rule](judge.base, case.dataset, **case.options)
    assert len(cases) == 0
    assert list(cases.columns) == rules.CASE


@pytest.mark.parametrize("rule", sorted(rules.RULES))
def test_a_rule_changes_no_value(judge: Judge, rule: str) -> None:
    case = next(iter(CASES[rule].values()))
    held = judge.tables(case)
    before = held.labelled(case.dataset).copy()
    rules.RULES[rule](held, case.dataset, **case.options)
    assert held.labelled(case.dataset).equals(before)


@pytest.mark.parametrize("rule", sorted(rules.RULES))
def test_a_rule_says_what_it_is(rule: str) -> None:
    assert inspect.getdoc(rules.RULES[rule])


def test_the_case_stands_at_the_row_that_states_it(judge: Judge) -> None:
    rows = [figure(period="2023-04", value=200), figure(value=150, change_pct=-30, change_kind="yoy")]
    cases = judge("stated_changes", Case([DISAGREES], rows))
    row = cases.iloc[0]
    assert (row["_row"], row["column"], row["stated"], row["found"]) == (
        3,
        "change_pct",
        "同比下降30%",
        "同比下降25%",
    )
    assert (row["area_zh"], row["period"], row["measure_zh"], row["source_id"]) == (
        "湖北省",
        "2024-04",
        "立案",
        "s_police",
    )


def test_a_source_is_compared_with_its_own_level_first(judge: Judge) -> None:
    rows = [*change(150, 200, -25), figure(period="2023-04", value=100, source_id="s_paper")]
    cases = judge("stated_changes", Case([AGREES], rows))
    assert list(cases["verdict"]) == [AGREES]


SLIPPED = "可能错了一位或一个单位"


@pytest.mark.parametrize("value", [10, 11, 80, 100, 1000, 10_000, 0.1, 0.12, 0.01])
def test_a_digit_or_a_unit_that_may_have_slipped_is_told(judge: Judge, value: float) -> None:
    case = judge("near_its_past", Case([], history(1, 1, 1, value))).iloc[0]
    assert case["verdict"] == DISAGREES
    assert case["found"] == f"此前3期的中位数为1起；倍数接近十的整数次，{SLIPPED}"


@pytest.mark.parametrize(
    ("value", "verdict"), [(6, DISAGREES), (30, DISAGREES), (0.05, DISAGREES), (1.1, AGREES)]
)
def test_what_is_only_far_away_is_not_called_a_slip(judge: Judge, value: float, verdict: str) -> None:
    case = judge("near_its_past", Case([], history(1, 1, 1, value))).iloc[0]
    assert (case["verdict"], case["found"]) == (verdict, "此前3期的中位数为1起")


def test_the_case_against_the_past_says_what_it_compared(judge: Judge) -> None:
    rows = history(0.1, 0.7, 0.5, 0.3, 90_000, measure="cases_filed_share")
    case = judge("near_its_past", Case([], rows)).iloc[-1]
    assert (case["_row"], case["column"], case["period"]) == (6, "value", "2024-05")
    assert (case["stated"], case["found"]) == ("9万%", "此前4期的中位数为0.4%")


def test_the_case_of_a_revision_stands_at_the_new_row_and_tells_the_old(judge: Judge) -> None:
    rows = [figure(measure="loss"), figure(value=90_000, qualifier="over")]
    case = judge("revision_not_large", Case([], rows, earlier=[figure(value=9000)])).iloc[0]
    assert (case["_file"], case["_row"]) == ("data/returns/2024-05/fraud.csv", 3)
    assert (case["stated"], case["found"]) == ("逾9万起", "此前作9,000起")


def test_a_share_ending_in_zero_is_not_rounded_to_tens(judge: Judge) -> None:
    cases = judge("shares_sum_to_whole", Case([DISAGREES], victims(50, 45), options=VICTIMS))
    assert list(cases["verdict"]) == [DISAGREES]


def test_a_change_on_the_year_of_a_leap_february(judge: Judge) -> None:
    rows = change(150, 200, -25, base="2023-01-01/2023-02-28", period="2024-01-01/2024-02-29")
    cases = judge("stated_changes", Case([AGREES], rows))
    assert list(cases["verdict"]) == [AGREES]


@pytest.mark.parametrize(
    ("value", "qualifier", "low", "high"),
    [
        (40, "exact", "40", "40"),
        (9999, None, "9999", "9999"),
        (40, "over", "40", "50"),
        (826_000, "over", "826000", "827000"),
        (40, "nearly", "30", "40"),
        (40, "under", "30", "40"),
        (40, "about", "35", "45"),
        (261_000, "exact", "260500", "261500"),
        (0.5, "exact", "0.5", "0.5"),
    ],
)
def test_bounds(value: float, qualifier: str | None, low: str, high: str) -> None:
    assert rules.bounds(value, qualifier) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("value", "places"), [(213.47, 2), (213.4, 1), (213.0, 0), (213, 0), (200, 0), (0.125, 3)]
)
def test_decimals(value: float, places: int) -> None:
    assert rules.decimals(value) == places


def test_compare_takes_the_closest_verdict() -> None:
    exact = Decimal("16.666")
    assert rules.compare(16.67, exact, exact, exact) == AGREES
    assert rules.compare(16.66, exact, exact, exact) == TRUNCATED
    assert rules.compare(17, Decimal(10), exact, Decimal(20)) == AGREES
    assert rules.compare(19.9, Decimal(10), exact, Decimal(20)) == ROUNDING
    assert rules.compare(20.2, Decimal(10), exact, Decimal(20)) == DISAGREES
    assert rules.compare(-16.66, -exact, -exact, -exact) == TRUNCATED
