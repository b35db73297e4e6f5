"""Great Expectations: the schemas' rules and ``validation/`` in, findings out.

Importing Great Expectations takes seconds, and so does a run: the clean project,
the broken one and the one that breaks only cross-row rules are each run once.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

import small
from small import figure, policy, progress, put, tree
from yuebao import digests, rules, validate
from yuebao.faults import DataRejected
from yuebao.project import Project
from yuebao.schema import load
from yuebao.tables import Tables, assemble
from yuebao.validate import Check, Finding, Report

Made = tuple[Project, Report]


def run(project: Project) -> Report:
    """The report of a project's newest edition, kept in its _build."""
    held = assemble(project)
    return validate.report(project, held, digests.inputs(project, held.edition))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project = small.fill(small.make(tmp_path_factory.mktemp("clean") / "project"))
    return project, run(project)


# --- a clean project ----------------------------------------------------------------


def test_good_returns_have_no_finding(clean: Made) -> None:
    assert [str(f.fault()) for f in clean[1].findings] == []
    validate.refuse_errors(clean[1])


def test_every_check_was_run(clean: Made) -> None:
    project, found = clean
    wanted = validate.all_checks(project, assemble(project))
    assert {(o.dataset, o.name) for o in found.outcomes} == {(c.dataset, c.name) for c in wanted}
    assert len(found.outcomes) == len(wanted)
    assert {o.chapter for o in found.outcomes} == {"lists", "fraud", "trees", "trade_in", "context"}


def test_an_outcome_counts_its_cases(clean: Made) -> None:
    outcome = next(o for o in clean[1].outcomes if (o.dataset, o.name) == ("fraud", "changes_agree"))
    assert (outcome.cases, outcome.passed, outcome.uncheckable) == (1, 1, 0)
    outcome = next(o for o in clean[1].outcomes if (o.dataset, o.name) == ("areas", "area_code.be_unique"))
    assert (outcome.cases, outcome.passed) == (6, 6)


def test_the_report_goes_to_json_and_back(clean: Made) -> None:
    assert Report.from_json(clean[1].to_json()) == clean[1]
    assert json.loads(clean[1].to_json())["edition"] == "2024-05"


def test_the_kept_report_is_used_the_second_time(clean: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    project, found = clean
    monkeypatch.setattr(validate, "run", lambda *_: pytest.fail("the checks ran again"))
    assert run(project) == found


def test_great_expectations_is_not_imported_for_a_kept_report(clean: Made) -> None:
    project, found = clean
    script = f"""
import sys
from pathlib import Path
from yuebao import digests, validate
from yuebao.project import Project
from yuebao.tables import assemble
project = Project(Path({str(project.root)!r}))
held = assemble(project)
found = validate.report(project, held, digests.inputs(project, held.edition))
print(len(found.outcomes), "great_expectations" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(found.outcomes)), "False"]


def test_a_changed_return_is_checked_again(clean: Made) -> None:
    project, _ = clean
    before = digests.inputs(project, "2024-05")
    assert digests.inputs(project, "2024-05") == before
    path = put(project, "2024-05", "trees", [small.count(area_code="420100", value=7)])
    assert digests.inputs(project, "2024-05") != before
    assert digests.inputs(project, "2024-04") != before
    path.unlink()
    assert digests.inputs(project, "2024-05") == before


# --- each rule of a schema, broken once ------------------------------------------------


@dataclass(frozen=True)
class Break:
    """A row that breaks one rule, and how the finding names it."""

    dataset: str
    row: small.Row
    check: str
    column: str
    stated: str
    title: str = ""


HERE = "420103"  # an area of its own, so that no row breaks another's key
BREAKS = {
    "required": Break(
        "fraud",
        figure(area_code=HERE, source_id=""),
        "source_id.not_be_null",
        "source_id（来源）",
        "",
        "来源必填",
    ),
    "enum": Break(
        "fraud",
        figure(area_code=HERE, obs_status="Z"),
        "obs_status.be_in_set",
        "obs_status（状态）",
        "Z",
        "状态在规定的取值内",
    ),
    "pattern": Break(
        "trade_in",
        progress(area_code=HERE, programme="二四年"),
        "programme.match_regex",
        "programme（政策年度）",
        "二四年",
        "政策年度符合格式",
    ),
    "minimum": Break(
        "trees_register",
        tree(record_no="b-1", tree_id="T0011", tree_no="", age_years=-1, grade=""),
        "age_years.be_between",
        "age_years（树龄（年））",
        "-1",
    ),
    "maximum": Break(
        "trees_register",
        tree(record_no="b-2", tree_id="T0012", tree_no="", latitude=45.5),
        "latitude.be_between",
        "latitude（纬度（度））",
        "45.5",
    ),
    "unique": Break(
        "trees_register",
        tree(tree_no="", tree_id="T0013"),
        "record_no.be_unique",
        "record_no（记录号）",
        "r-1",
    ),
    "key": Break(
        "fraud", figure(note="again"), "key.unique", "area_code、period", "420000、2024-04、cases_filed"
    ),
    "area": Break(
        "fraud", figure(area_code="429999"), "area_code.be_in_set.exists", "area_code（地区代码）", "429999"
    ),
    "measure": Break(
        "trees", small.count(measure="leaves"), "measure.be_in_set.exists", "measure（指标）", "leaves"
    ),
    "category": Break(
        "fraud",
        figure(category="新骗术"),
        "category.be_in_set.exists",
        "category（分类）",
        "新骗术",
        "分类代码存在",
    ),
    "source": Break(
        "context",
        figure(measure="firms_at_fair", source_id="s_nobody"),
        "source_id.be_in_set.exists",
        "source_id（来源）",
        "s_nobody",
    ),
    "unit": Break(
        "trade_in_policy",
        policy(condition="其他", unit="ell"),
        "unit.be_in_set.exists",
        "unit（单位）",
        "ell",
    ),
    "parameter": Break(
        "trade_in_policy",
        policy(condition="他", parameter="gift"),
        "parameter.be_in_set.exists",
        "parameter（规则项）",
        "gift",
    ),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Good returns, with every row of ``BREAKS`` after them, and a broken code list."""
    project = small.fill(small.make(tmp_path_factory.mktemp("broken") / "project"))
    for dataset, good in small.GOOD["2024-04"].items():
        put(project, "2024-04", dataset, [*good, *(b.row for b in BREAKS.values() if b.dataset == dataset)])
    wrong = {**small.CODES["measures"][0], "measure": "Bad Name", "unit": "ell"}
    small.put_list(project, "measures", [*small.CODES["measures"], wrong])
    return run(project)


def place(broken: Break) -> tuple[str, int]:
    before = [b for b in BREAKS.values() if b.dataset == broken.dataset]
    row = 2 + len(small.GOOD["2024-04"][broken.dataset]) + before.index(broken)
    return f"data/returns/2024-04/{broken.dataset}.csv", row


def findings(report: Report, dataset: str, check: str) -> list[Finding]:
    return [f for f in report.findings if (f.dataset, f.check) == (dataset, check)]


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_an_error_at_its_place(broken: Report, name: str) -> None:
    case = BREAKS[name]
    found = [f for f in findings(broken, case.dataset, case.check) if (f.file, f.row) == place(case)]
    (finding,) = found
    assert finding.severity == "error"
    assert finding.column.startswith(case.column)
    assert finding.stated.startswith(case.stated)
    assert case.title in finding.title
    assert finding.mend.startswith("请")
    told = str(finding.fault())
    file, row = place(case)
    assert told.startswith(f"{file}:{row}: {case.column}")
    assert "；请" in told


@pytest.mark.parametrize("name", ["unique", "key"])
def test_both_rows_of_a_repetition_are_named(broken: Report, name: str) -> None:
    case = BREAKS[name]
    assert [f.row for f in findings(broken, case.dataset, case.check)] == [2, place(case)[1]]


def test_nothing_else_is_found(broken: Report) -> None:
    places = {place(b) for b in BREAKS.values()}
    places |= {(place(BREAKS[name])[0], 2) for name in ("unique", "key")}
    places.add(("data/measures.csv", len(small.CODES["measures"]) + 2))
    assert {(f.file, f.row) for f in broken.findings} == places


def test_a_code_list_is_checked_too(broken: Report) -> None:
    row = len(small.CODES["measures"]) + 2
    told = {f.check: (f.file, f.row, f.stated) for f in broken.findings if f.dataset == "measures"}
    assert told == {
        "measure.match_regex": ("data/measures.csv", row, "Bad Name"),
        "unit.be_in_set.exists": ("data/measures.csv", row, "ell"),
    }


def test_errors_stop_the_rules_that_rely_on_good_rows(broken: Report) -> None:
    names = {item["name"] for path in small.REPO.glob("validation/*.yaml") for item in _read(path)["checks"]}
    assert names
    assert not {o.name for o in broken.outcomes} & names


def test_every_error_is_told_at_once(broken: Report) -> None:
    with pytest.raises(DataRejected) as caught:
        validate.refuse_errors(broken)
    assert len(caught.value.faults) == len(broken.of("error")) == len(broken.findings)
    assert caught.value.exit_code == 3


def test_the_same_row_may_come_again_in_a_later_month(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=103)])
    held = assemble(project)
    key = next(c for c in validate.schema_checks(held, held.datasets["fraud"]) if c.name == "key.unique")
    assert not held.rows["fraud"].duplicated(key.kwargs["column_list"]).any()


def test_a_record_of_the_register_may_come_again_in_a_later_month(project: Project) -> None:
    put(project, "2024-05", "trees_register", [tree(age_years=510)])
    held = assemble(project)
    for check in validate.schema_checks(held, held.datasets["trees_register"]):
        if check.type.endswith("be_unique"):
            columns = check.kwargs.get("column_list") or [check.kwargs["column"]]
            assert not held.rows["trees_register"].duplicated(columns).any(), check.name


# --- rules across rows ------------------------------------------------------------------


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Good rows, a change that does not agree (warning) and a period too late (error)."""
    project = small.fill(small.make(tmp_path_factory.mktemp("odd") / "project"))
    put(
        project,
        "2024-05",
        "fraud",
        [
            figure(area_code="420100", period="2023-05", value=100, source_id="s_bureau"),
            figure(
                area_code="420100",
                period="2024-05",
                value=90,
                change_pct=-30,
                change_kind="yoy",
                source_id="s_bureau",
            ),
            figure(area_code="420100", period="2024-06", value=90, source_id="s_bureau"),
            figure(period="2024-03", value=1, change_pct=5, change_kind="mom"),
        ],
    )
    return run(project)


def test_a_rule_that_warns(odd: Report) -> None:
    (finding,) = odd.of("warning", "fraud")
    assert (finding.check, finding.file, finding.row) == (
        "changes_agree",
        "data/returns/2024-05/fraud.csv",
        3,
    )
    assert (finding.stated, finding.found, finding.verdict) == ("同比下降30%", "同比下降10%", "disagrees")
    assert (finding.area, finding.period, finding.measure, finding.source_id) == (
        "武汉市",
        "2024-05",
        "立案",
        "s_bureau",
    )


def test_a_rule_that_stops(odd: Report) -> None:
    (finding,) = odd.of("error")
    assert (finding.check, finding.row, finding.column, finding.verdict) == (
        "periods_within_edition",
        4,
        "period",
        "after",
    )
    with pytest.raises(DataRejected) as caught:
        validate.refuse_errors(odd)
    (told,) = [str(f) for f in caught.value.faults]
    assert told.startswith(
        "data/returns/2024-05/fraud.csv:4: period: 时期不晚于所在期：“2024-06”；2024-05 期止于 2024-05-31；请"
    )


def test_what_could_not_be_checked_is_counted(odd: Report) -> None:
    outcome = next(o for o in odd.outcomes if (o.dataset, o.name) == ("fraud", "changes_agree"))
    assert (outcome.cases, outcome.passed, outcome.uncheckable) == (3, 1, 1)


def test_of_takes_severity_and_chapter(odd: Report) -> None:
    assert odd.of("warning") == odd.of("warning", "fraud")
    assert odd.of("warning", "trees") == []


# --- the files of validation/ -------------------------------------------------------------


def _read(path: Any) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


ITEM = {
    "name": "a_check",
    "rule": "sources_agree",
    "dataset": "fraud",
    "severity": "warning",
    "title": "题",
    "mend": "请改正",
}


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "no_such_rule"},
        {"dataset": "buses"},
        {"severity": "fatal"},
        {"rule": None, "type": "like_this"},
    ],
    ids=lambda c: "-".join(c),
)
def test_a_check_that_names_what_is_not_there_is_refused(project: Project, change: dict[str, Any]) -> None:
    path = project.validation / "extra.yaml"
    path.write_text(
        yaml.safe_dump({"chapter": "fraud", "checks": [ITEM, {**ITEM, **change}]}), encoding="utf-8"
    )
    with pytest.raises(DataRejected) as caught:
        validate.all_checks(project, assemble(project))
    (told,) = [str(f) for f in caught.value.faults]
    assert told.startswith("validation/extra.yaml: 第 2 项 a_check: 检查写得不对；请核对 name、title")


@pytest.mark.parametrize("missing", ["name", "title", "mend"])
def test_a_check_without_a_part_is_refused(project: Project, missing: str) -> None:
    item = {key: value for key, value in ITEM.items() if key != missing}
    path = project.validation / "extra.yaml"
    path.write_text(yaml.safe_dump({"chapter": "fraud", "checks": [item]}), encoding="utf-8")
    with pytest.raises(DataRejected):
        validate.all_checks(project, assemble(project))


def test_an_expectation_can_be_written_as_it_is(project: Project) -> None:
    kwargs = {"column": "value", "min_value": 0}
    item = {**ITEM, "type": "expect_column_values_to_be_between", "kwargs": kwargs}
    del item["rule"]
    path = project.validation / "extra.yaml"
    path.write_text(yaml.safe_dump({"chapter": "fraud", "checks": [item]}), encoding="utf-8")
    (check,) = [c for c in validate.chapter_checks(project, load(project)) if c.name == "a_check"]
    assert (check.type, check.kwargs, check.rule, check.suite) == (item["type"], kwargs, "", "fraud.fraud")


ITEMS = [
    pytest.param(path.stem, item, id=f"{path.stem}: {item['name']}")
    for path in sorted(small.REPO.glob("validation/*.yaml"))
    for item in _read(path)["checks"]
]


def _words(value: Any) -> list[str]:
    """Every text in a check's options, however deep."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _words(part)]
    if isinstance(value, list):
        return [text for part in value for text in _words(part)]
    return [str(value)]


@pytest.mark.parametrize(("chapter", "item"), ITEMS)
def test_every_check_of_the_book_fits_the_book(real: Tables, chapter: str, item: dict[str, Any]) -> None:
    assert item["rule"] in rules.RULES
    assert item["severity"] in validate.SEVERITIES
    assert item["title"].strip()
    assert item["mend"].startswith("请")
    assert real.datasets[item["dataset"]].chapter == chapter
    options = item.get("options") or {}
    inspect.signature(rules.RULES[item["rule"]]).bind(real, item["dataset"], **options)
    known = {*real.lists["measures"]["measure"], *real.lists["categories"]["category"]}
    known |= set(real.lists["categories"]["dimension"])
    named = {text for key, value in options.items() for text in _words(value)}
    assert named <= known, named - known


# These wait for a past: nothing has been revised yet, and not every chapter has a series.
NEEDS_A_PAST = {"near_its_past", "revision_not_large"}


@pytest.mark.parametrize(("chapter", "item"), ITEMS)
def test_every_check_of_the_book_has_something_to_check(
    real: Tables, chapter: str, item: dict[str, Any]
) -> None:
    if item["rule"] in NEEDS_A_PAST:
        pytest.skip("looks at history, of which the book has little; tests/test_rules.py has its cases")
    cases = rules.RULES[item["rule"]](real, item["dataset"], **(item.get("options") or {}))
    assert len(cases) > 0, f"{chapter}: {item['name']} looks at nothing"


def test_no_two_checks_of_a_suite_have_one_name(real: Tables) -> None:
    checks: list[Check] = validate.all_checks(Project(small.REPO), real)
    names = [(c.suite, c.name) for c in checks]
    assert len(set(names)) == len(names)
