"""Every fault of every return in one list: on the terminal, in faults.csv, each with its place and mend."""

from __future__ import annotations

import csv
import io

import pytest
from typer.testing import CliRunner

import small
from small import figure, progress, put, put_bytes, tree
from test_returns_workbooks import HEADER, book, row
from yuebao import tables
from yuebao.cli import app
from yuebao.faults import OK, REJECTED, DataRejected, Fault, csv_text
from yuebao.project import Project

APRIL = "data/returns/2024-04"


def rejected(project: Project) -> list[str]:
    with pytest.raises(DataRejected) as caught:
        tables.assemble(project)
    return [str(fault) for fault in caught.value.faults]


# What is only told together with a fault of reading; alone, the checks tell it (test_validate).
NEXT = {
    "required": (figure(source_id=""), "source_id（来源）: 来源必填，此格是空的；请补填"),
    "enum": (figure(obs_status="Z"), "obs_status（状态）: 没有“Z”这个代码；请改为以下之一：A、P、E、F、U、M"),
    "pattern": (figure(measure="Cases!"), "measure（指标）: 没有“Cases!”这个代码；请改正"),
    "area": (
        figure(area_code="420107"),
        "area_code（地区代码）: 没有“420107”这个代码；请改正（最接近的是 42010",
    ),
    "old area": (
        figure(area_code="422100"),
        "area_code（地区代码）: 没有“422100”这个代码；请改为 421100（黄冈市）；422100 是黄冈地区的旧代码",
    ),
    "old county": (figure(area_code="420123"), "请改为 420116（黄陂区）；420123 是黄陂县的旧代码"),
    "measure": (figure(measure="case_filed"), "请改正（最接近的是 cases_filed（立案）"),
    "measure in words": (figure(measure="立案占"), "请改正（最接近的是 cases_filed_share（立案占比）"),
    "category": (
        figure(category="电信诈骗"),
        "请改正（最接近的是 phone_scam（电话诈骗）），或先在 data/categories.csv 中登记",
    ),
    "source": (
        figure(source_id="s_polic"),
        "请改正（最接近的是 s_police（四月通报）），或先在 data/sources.csv 中登记",
    ),
}


@pytest.mark.parametrize("name", NEXT)
def test_what_the_checks_would_say_is_in_the_same_list(project: Project, name: str) -> None:
    given, told = NEXT[name]
    more = small.rows(
        "area_code name_zh short_zh name_en level parent_code",
        "421100 | 黄冈市 | 黄冈 | Huanggang | prefecture | 420000",
        "420116 | 黄陂区 | 黄陂 | Huangpi | county | 420100",
    )
    small.put_list(project, "areas", [*small.CODES["areas"], *more])
    put(project, "2024-05", "trade_in", [progress(value="27起")])
    put(project, "2024-05", "fraud", [figure(period="2024-05", value=1), given])
    lines = rejected(project)
    assert len(lines) == 2, lines
    assert any(f"{told}" in line and "2024-05/fraud.csv:3: " in line for line in lines), lines
    assert any("“27起”不是数字" in line for line in lines)


def test_a_row_that_repeats_another_names_it(project: Project) -> None:
    put(project, "2024-05", "trade_in", [progress(value="x")])
    put(
        project,
        "2024-05",
        "fraud",
        [figure(), figure(), figure(area_code="420100"), figure(area_code="420100", value=7)],
    )
    place = "data/returns/2024-05/fraud.csv"
    lines = [line for line in rejected(project) if "主键" in line]
    assert len(lines) == 4
    assert f"与 {place}:3 的主键和内容都相同；请删去其中一行" in lines[0]
    assert f"与 {place}:2 的主键和内容都相同" in lines[1]
    assert f"与 {place}:4 的主键相同而内容不同（value 为“7.0”与“100.0”）；请核对后只留一行" in lines[3]


def test_ranges_dates_and_numbers_of_the_register(project: Project) -> None:
    put(
        project,
        "2024-05",
        "trade_in_policy",
        [small.policy(valid_to="2024-11-31"), small.policy(condition="乙", value="x")],
    )
    put(project, "2024-05", "trees_register", [tree(record_no="r-9", age_years=7000, latitude=45.5)])
    lines = rejected(project)
    for told in (
        "trade_in_policy.csv:2: valid_to（失效）: “2024-11-31”不是日期",
        "trees_register.csv:2: age_years（树龄（年））: “7000”不在合理范围内；请核对；允许 0 至 6000",
        "trees_register.csv:2: latitude（纬度（度））: “45.5”不在合理范围内",
    ):
        assert any(told in line for line in lines), told


def test_a_cell_that_was_not_read_is_not_told_twice(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(period="昨天", value="x", area_code="新闻")])
    columns = [line.split(": ")[1] for line in rejected(project)]
    assert columns == ["area_code（地区代码）", "period（时期）", "value（数值）"]


def test_the_checks_name_the_nearest_codes_and_the_repeated_row(project: Project) -> None:
    from yuebao import edition

    put(project, "2024-05", "fraud", [figure(measure="case_filed"), figure(), figure(value=7)])
    with pytest.raises(DataRejected) as caught:
        edition.check(project, "2024-05")
    lines = [str(fault) for fault in caught.value.faults]
    assert "指标代码存在：“case_filed”；请改正（最接近的是 cases_filed（立案）" in lines[0]
    assert "与 data/returns/2024-05/fraud.csv:4 的主键相同而内容不同（value 为“100.0”与“7.0”）" in lines[1]
    assert len(lines) == 3


def listed(project: Project) -> list[dict[str, str]]:
    raw = (project.build / "faults.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel must know it is UTF-8"
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


@pytest.mark.parametrize("command", ["check", "build"])
def test_faults_csv(project: Project, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("YUEBAO_ROOT", str(project.root))
    put(project, "2024-05", "fraud", [figure(value="27起")])
    put_bytes(project, "2024-05", "trees.xlsx", book(HEADER, row(), title="古树名木汇总数"))
    done = CliRunner().invoke(app, [command])
    assert done.exit_code == REJECTED
    lines = listed(project)
    assert f"共 {len(lines)} 处问题；没有改动已成的网站。全部列在 _build/faults.csv。" in done.stderr
    assert list(lines[0]) == ["文件", "工作表", "行", "列", "问题", "改法"]
    assert lines[0]["文件"] == "data/returns/2024-05/fraud.csv"
    assert (lines[0]["工作表"], lines[0]["行"], lines[0]["列"]) == ("", "2", "value（数值）")
    assert lines[1]["文件"] == "data/returns/2024-05/trees.xlsx"
    assert lines[1]["工作表"] == "古树名木汇总数"
    for line in lines:
        assert line["问题"]
        assert line["改法"].startswith("请")


def test_a_check_that_passes_leaves_no_list(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUEBAO_ROOT", str(project.root))
    project.build.mkdir()
    (project.build / "faults.csv").write_text("old")
    assert CliRunner().invoke(app, ["check"]).exit_code == OK
    assert not (project.build / "faults.csv").exists()


def test_findings_of_the_checks_are_listed_too(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUEBAO_ROOT", str(project.root))
    put(project, "2024-05", "fraud", [figure(period="2024-07")])
    assert CliRunner().invoke(app, ["check"]).exit_code == REJECTED
    (line,) = listed(project)
    assert line["问题"].startswith("时期不晚于所在期：“2024-07”")


def test_nothing_in_the_list_is_run_as_a_formula() -> None:
    text = csv_text([Fault("a.csv", 1, "=cmd()", "+1", "@x"), Fault("b.XLSX:表", 0, "", "甲", "乙")])
    assert text.splitlines()[1:] == ["a.csv,,1,'=cmd(),'+1,'@x", "b.XLSX,表,,,甲,乙"]


def test_wrong_suffixes_and_names(project: Project) -> None:
    for name in ("fraud.xls", "fraud.txt", "诈骗.xlsx", "returns.csv"):
        put_bytes(project, "2024-05", name, b"x")
    lines = rejected(project)
    assert sum("只收 .csv 和 .xlsx 文件" in line for line in lines) == 2
    assert sum("不知道这是哪个数据集的报表" in line for line in lines) == 2
