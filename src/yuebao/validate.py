"""Great Expectations: rules of the schema and of ``validation/`` in, findings out.

Importing Great Expectations takes about ten seconds, so only this module does,
and only when the data changed: the report is kept in ``_build/findings`` under a
digest of everything it depends on, and notebooks read it from there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from yuebao import rowcheck, rules, words
from yuebao.codes import Codes
from yuebao.faults import DataRejected, Fault
from yuebao.project import Project
from yuebao.schema import Column, Dataset
from yuebao.tables import Tables

PASSING = (rules.AGREES, rules.TRUNCATED, rules.ROUNDING, rules.UNCHECKED)
SEVERITIES = {"error": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Check:
    """One expectation: what Great Expectations is asked, of which table, in whose words."""

    chapter: str
    dataset: str
    name: str
    title: str
    severity: str
    type: str
    kwargs: dict[str, Any]
    mend: str
    says: str = "“{stated}”；{found}"
    rule: str = ""
    options: dict[str, Any] | None = None
    column: str = ""

    @property
    def suite(self) -> str:
        """Checks of one table run as one suite."""
        return f"{self.chapter}.{self.name}" if self.rule else f"{self.chapter}.{self.dataset}"


@dataclass(frozen=True)
class Outcome:
    """What a check came to, values left out."""

    chapter: str
    dataset: str
    name: str
    title: str
    severity: str
    expectation: str
    cases: int
    passed: int
    uncheckable: int


@dataclass(frozen=True)
class Finding:
    """What a check says of one case. ``error`` stops the edition, ``warning`` is published."""

    chapter: str
    dataset: str
    check: str
    title: str
    severity: str
    file: str
    row: int
    column: str
    stated: str
    found: str
    says: str
    verdict: str
    area: str
    period: str
    measure: str
    category: str
    source_id: str
    mend: str

    def fault(self) -> Fault:
        """The finding as a line of the fault list."""
        return Fault(self.file, self.row, self.column, f"{self.title}：{self.says}", self.mend)


@dataclass(frozen=True)
class Report:
    """Everything one run of the checks said."""

    edition: str
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]

    def of(self, severity: str, chapter: str | None = None) -> list[Finding]:
        """Findings of one severity, of one chapter or of all."""
        return [
            f for f in self.findings if f.severity == severity and (chapter is None or f.chapter == chapter)
        ]

    def to_json(self) -> str:
        """The report as JSON, stable byte for byte."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report back from ``to_json``."""
        raw = json.loads(text)
        return cls(
            raw["edition"],
            tuple(Outcome(**o) for o in raw["outcomes"]),
            tuple(Finding(**f) for f in raw["findings"]),
        )


# --- which checks -------------------------------------------------------------


def _column_checks(dataset: Dataset, column: Column) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """``(title, type, kwargs, mend)`` for each rule the schema states of a column."""
    name = column.name
    if column.required:
        yield "必填", "expect_column_values_to_not_be_null", {}, "请补填"
    if column.unique and dataset.chapter:
        # A later month may send the row again, corrected: unique within one month. (Not within one
        # edition: the rows of a month that founds none become known with those of the next.)
        kind, names = "expect_compound_columns_to_be_unique", {"column_list": [name, "_month"]}
        yield "同一期内不重复", kind, names, "请删去或改正重复的一行"
    elif column.unique:
        yield "不重复", "expect_column_values_to_be_unique", {}, "请删去或改正重复的一行"
    if column.enum:
        allowed = "、".join(column.enum)
        yield (
            "在规定的取值内",
            "expect_column_values_to_be_in_set",
            {"value_set": list(column.enum)},
            f"请改为以下之一：{allowed}",
        )
    if column.pattern:
        regex = f"^(?:{column.pattern})$"
        mend = f"请改成 {column.description}"
        yield "符合格式", "expect_column_values_to_match_regex", {"regex": regex}, mend
    if column.limits:
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        mend = f"请核对；应{column.limits}"
        yield "在合理范围内", "expect_column_values_to_be_between", limits, mend
    if name in dataset.refers:
        yield "代码存在", "", {}, f"请改正，或先在 data/{dataset.refers[name][0]}.csv 中登记"


def schema_checks(tables: Tables, dataset: Dataset) -> list[Check]:
    """The checks that follow from a dataset's schema; all of severity error."""
    chapter = dataset.chapter or "lists"
    checks = []
    for column in dataset.columns:
        for title, kind, kwargs, mend in _column_checks(dataset, column):
            if not kind:
                resource, target = dataset.refers[column.name]
                kind = "expect_column_values_to_be_in_set"
                kwargs = {"value_set": sorted(tables.lists[resource][target].dropna())}
            label = f"{column.title}{title}"
            name = f"{column.name}.{re.sub('^expect_.*?_to_', '', kind)}"
            name += ".exists" if column.name in dataset.refers and "代码" in title else ""
            if "column_list" not in kwargs:
                kwargs = {"column": column.name, **kwargs}
            checks.append(
                Check(chapter, dataset.name, name, label, "error", kind, kwargs, mend, column=column.spoken)
            )
    if len(dataset.key) > 1:
        checks.append(
            Check(
                chapter,
                dataset.name,
                "key.unique",
                "同一期内主键不重复",
                "error",
                "expect_compound_columns_to_be_unique",
                {"column_list": [*dataset.key, "_month"]},
                "请删去重复的一行，或改正其主键",
                column="、".join(dataset.key),
            )
        )
    return checks


def chapter_checks(project: Project, datasets: dict[str, Dataset]) -> list[Check]:
    """The checks of ``validation/<chapter>.yaml``.

    Raises DataRejected where a file names an unknown dataset, rule or severity.
    """
    checks, faults = [], []
    for path in sorted(project.validation.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        for number, item in enumerate(raw["checks"], start=1):
            place = f"第 {number} 项 {item.get('name', '')}"
            whole = {"name", "title", "mend"} <= set(item)
            known = item.get("rule") in rules.RULES or str(item.get("type", "")).startswith("expect_")
            placed = item.get("dataset") in datasets and item.get("severity") in SEVERITIES
            if not (whole and known and placed):
                mend = "请核对 name、title、mend、dataset、rule（或 type）、severity（error 或 warning）"
                faults.append(Fault(project.name(path), 0, place, "检查写得不对", mend))
                continue
            passing = item.get("passing", list(PASSING))
            checks.append(
                Check(
                    chapter=raw["chapter"],
                    dataset=item["dataset"],
                    name=item["name"],
                    title=item["title"],
                    severity=item["severity"],
                    type=item.get("type", "expect_column_values_to_be_in_set"),
                    kwargs=item.get("kwargs", {"column": "verdict", "value_set": passing}),
                    mend=item["mend"],
                    says=item.get("says", Check.says),
                    rule=item.get("rule", ""),
                    options=item.get("options"),
                )
            )
    if faults:
        raise DataRejected(faults)
    return checks


def all_checks(project: Project, tables: Tables) -> list[Check]:
    """Every check of an edition: of the code lists, the schemas, and ``validation/``."""
    checks = []
    for dataset in tables.datasets.values():
        if dataset.chapter or dataset.name in tables.lists:
            checks += schema_checks(tables, dataset)
    return checks + chapter_checks(project, tables.datasets)


# --- running them -------------------------------------------------------------


def _frame(tables: Tables, check: Check) -> pd.DataFrame:
    if check.rule:
        frame = rules.RULES[check.rule](tables, check.dataset, **(check.options or {}))
    elif check.dataset in tables.lists:
        frame = tables.lists[check.dataset]
    else:
        frame = tables.rows[check.dataset]
    frame = frame.reset_index(drop=True)
    frame.insert(0, "_case", range(len(frame)))
    return frame


def _gx_context(folder: Path | None, config: Path) -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    if folder is None:
        context = gx.get_context(mode="ephemeral")
    else:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(config, folder / "gx")
        context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = {"globally": False}
    return context


def _run_suite(
    context: Any, source: Any, name: str, checks: list[Check], frame: pd.DataFrame
) -> list[dict[str, Any]]:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    suite = gx.ExpectationSuite(name=name)
    for check in checks:
        asked = ExpectationConfiguration(
            type=check.type,
            kwargs=check.kwargs,
            meta={"check": check.name, "title": check.title},
            severity=SEVERITIES[check.severity],
        )
        # As an object: a configuration would replace another of the same kind and column.
        suite.add_expectation(asked.to_domain_obj())
    suite = context.suites.add(suite)
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
    definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
    result = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["_case"]},
    )
    found: list[dict[str, Any]] = result.to_json_dict()["results"]
    return found


def _said(value: object) -> str:
    return "" if words.missing(value) else str(value)


def _finding(check: Check, row: pd.Series) -> Finding:
    column = check.kwargs.get("column", "")
    if check.rule:
        stated, found, column = row["stated"], row["found"], row["column"]
    else:
        of_several = [check.kwargs[name] for name in ("column_A", "column_B") if name in check.kwargs]
        names = [column] if column else check.kwargs.get("column_list", of_several)
        stated, found = "、".join(_said(row.get(name)) for name in names if _said(row.get(name))), ""
        column = check.column or "、".join(names)
    return Finding(
        chapter=check.chapter,
        dataset=check.dataset,
        check=check.name,
        title=check.title,
        severity=check.severity,
        file=row["_file"],
        row=int(row["_row"]),
        column=column,
        stated=str(stated),
        found=str(found),
        says=check.says.format(stated=stated, found=found) if found else f"“{stated}”",
        verdict=_said(row.get("verdict")) or "fails",
        area=_said(row.get("area_zh")) or _said(row.get("area_code")),
        period=_said(row.get("period")),
        measure=_said(row.get("measure_zh")) or _said(row.get("measure")),
        category=_said(row.get("category_zh")) or _said(row.get("category")),
        source_id=_said(row.get("source_id")),
        mend=check.mend,
    )


def _repeated(check: Check, cases: list[int], frame: pd.DataFrame) -> dict[int, int]:
    """Of rows whose key stands more than once, another row that has it."""
    if check.rule or not check.type.endswith(("be_unique", "columns_to_be_unique")):
        return {}
    key = check.kwargs.get("column_list") or [check.kwargs["column"]]
    same: dict[tuple[str, ...], list[int]] = {}
    for case in cases:
        same.setdefault(tuple(_said(value) for value in frame[key].iloc[case]), []).append(case)
    pairs = [rows for rows in same.values() if len(rows) > 1]
    return {case: rows[0] if case != rows[0] else rows[1] for rows in pairs for case in rows}


def _advised(finding: Finding, check: Check, dataset: Dataset, codes: Codes) -> Finding:
    """A finding of an unknown code, with the codes nearest to it."""
    listed = None
    if check.name.endswith(".exists"):
        listed = codes.of(dataset, dataset.column(check.kwargs["column"]))
    return replace(finding, mend=listed.mend(finding.stated)) if listed else finding


def _paired(finding: Finding, mine: pd.Series, other: pd.Series, dataset: Dataset) -> Finding:
    """A finding of a repeated key, with the row it repeats and where the two differ."""
    place = f"{other['_file']}:{other['_row']}"
    here, there = ({name: row[name] for name in dataset.names} for row in (mine, other))
    what, mend = rowcheck.twin(here, there, place)
    return replace(finding, says=f"{finding.says}{what}", mend=mend)


def _of_the_whole(check: Check, dataset: Dataset, observed: object) -> Finding:
    """A finding of an expectation that failed of the table as a whole and names no row."""
    told = {
        "_file": f"{dataset.name}（{dataset.title}）",
        "_row": 0,
        "column": check.kwargs.get("column", ""),
    }
    found = "" if observed is None else f"所见为 {observed}"
    return _finding(replace(check, rule="whole"), pd.Series({**told, "stated": "全表", "found": found}))


def _settle(
    check: Check, result: dict[str, Any], frame: pd.DataFrame, dataset: Dataset, codes: Codes
) -> tuple[Outcome, list[Finding]]:
    raised = result.get("exception_info") or {}
    if raised.get("raised_exception") or any(
        isinstance(v, dict) and v.get("raised_exception") for v in raised.values()
    ):
        raise RuntimeError(f"Great Expectations could not run {check.suite} {check.name}: {raised}")
    unexpected = result["result"].get("unexpected_index_list") or []
    cases = [int(item["_case"]) for item in unexpected]
    findings = [_advised(_finding(check, frame.iloc[case]), check, dataset, codes) for case in cases]
    twins = _repeated(check, cases, frame)
    findings = [
        _paired(finding, frame.iloc[case], frame.iloc[twins[case]], dataset) if case in twins else finding
        for case, finding in zip(cases, findings, strict=True)
    ]
    if not result["success"] and not cases:
        findings = [_of_the_whole(check, dataset, result["result"].get("observed_value"))]
    unchecked = int((frame["verdict"] == rules.UNCHECKED).sum()) if check.rule else 0
    outcome = Outcome(
        chapter=check.chapter,
        dataset=check.dataset,
        name=check.name,
        title=check.title,
        severity=check.severity,
        expectation=check.type,
        cases=len(frame),
        passed=len(frame) - len(cases) - unchecked,
        uncheckable=unchecked,
    )
    return outcome, findings


def run(project: Project, tables: Tables, docs: Path | None = None) -> Report:
    """Run every check. ``docs``: a folder for Great Expectations' own project and Data Docs.

    Schema rules run first: where they find an error, the rules that rely on good
    codes and periods are not run.
    """
    context = _gx_context(docs, project.validation / "gx")
    source = context.data_sources.add_pandas("tables")
    outcomes: list[Outcome] = []
    findings: list[Finding] = []
    checks = all_checks(project, tables)
    codes = Codes(tables.lists)
    for stage in (False, True):
        if stage and any(f.severity == "error" for f in findings):
            break
        suites: dict[str, list[Check]] = {}
        for check in checks:
            if bool(check.rule) == stage:
                suites.setdefault(check.suite, []).append(check)
        for name, members in suites.items():
            frame = _frame(tables, members[0])
            results = _run_suite(context, source, name, members, frame)
            by_name = {r["expectation_config"]["meta"]["check"]: r for r in results}
            for check in members:
                dataset = tables.datasets[check.dataset]
                outcome, found = _settle(check, by_name[check.name], frame, dataset, codes)
                outcomes.append(outcome)
                findings += found
    if docs is not None:
        context.build_data_docs()
    ordered = sorted(findings, key=lambda f: (f.severity, f.chapter, f.check, f.file, f.row))
    return Report(tables.edition, tuple(outcomes), tuple(ordered))


def kept(project: Project, digest: str) -> Path:
    """Where the report of the inputs with this digest is kept."""
    return project.build / "findings" / f"{digest}.json"


def report(project: Project, tables: Tables, digest: str) -> Report:
    """The report of these inputs: the kept one, or a new run which is then kept."""
    path = kept(project, digest)
    if path.is_file():
        return Report.from_json(path.read_text(encoding="utf-8"))
    fresh = run(project, tables)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(fresh.to_json(), encoding="utf-8")
    beside.replace(path)
    return fresh


def refuse_errors(found: Report) -> None:
    """Raise DataRejected with every finding of severity error."""
    errors = found.of("error")
    if errors:
        raise DataRejected(f.fault() for f in errors)
