"""The workbook a clerk fills in: what it offers, and that it reads back as it was filled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import small
from test_returns_workbooks import Office, office  # noqa: F401
from yuebao import returns, schema, template, words
from yuebao.cli import app
from yuebao.codes import Codes
from yuebao.faults import OK, USAGE, UsageError
from yuebao.project import Project
from yuebao.tables import Tables

REAL = Project(small.REPO)
NAMES = sorted(schema.chapter_datasets(small.repo_datasets()))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The template of each dataset of the book."""
    folder = tmp_path_factory.mktemp("templates")
    return {name: template.write(REAL, name, folder / f"{name}.xlsx").file for name in NAMES}


def read(path: Path, name: str, real: Tables) -> tuple[pd.DataFrame, list[str]]:
    frame, faults = returns.read(path, real.datasets[name], REAL, real.lists)
    return frame, [f"{fault.what}；{fault.mend}" for fault in faults]


def fill(source: Path, target: Path, rows: list[list[object]]) -> None:
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=template.HEADER_ROWS + 1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column, value)
    book.save(target)


def filled(real: Tables, name: str, labels: bool) -> list[list[object]]:
    """The dataset's own rows as a clerk would type them: codes, or the words for them."""
    dataset, codes = real.datasets[name], Codes(real.lists)
    rows: list[list[object]] = []
    for _, row in real.rows[name].iterrows():
        cells: list[object] = []
        for column in dataset.columns:
            value, listed = row[column.name], codes.of(dataset, column)
            if words.missing(value):
                cells.append(None)
            elif column.type in ("number", "integer"):
                cells.append(value)
            elif labels and listed is not None:
                cells.append(listed.spoken(value))
            elif labels and column.name == "period" and "/" not in value:
                cells.append(words.period(value))
            else:
                cells.append(value)
        rows.append(cells)
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_template_has_only_a_header(made: dict[str, Path], real: Tables, name: str) -> None:
    frame, faults = read(made[name], name, real)
    assert len(frame) == 0
    assert faults == ["只有列名，没有数据行；请填入数据或删除此文件"]


@pytest.mark.parametrize("labels", [False, True], ids=["codes", "labels"])
@pytest.mark.parametrize("name", NAMES)
def test_a_filled_template_reads_back_as_it_was(
    made: dict[str, Path], real: Tables, tmp_path: Path, name: str, labels: bool
) -> None:
    target = tmp_path / f"{name}.xlsx"
    fill(made[name], target, filled(real, name, labels))
    frame, faults = read(target, name, real)
    assert faults == []
    wanted = real.rows[name][real.datasets[name].names].reset_index(drop=True)
    pd.testing.assert_frame_equal(frame[real.datasets[name].names], wanted)


def test_a_template_filled_and_saved_by_libreoffice(
    made: dict[str, Path],
    real: Tables,
    tmp_path: Path,
    office: Office,  # noqa: F811
) -> None:
    target = tmp_path / "fraud.xlsx"
    fill(made["fraud"], target, filled(real, "fraud", True)[:40])
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "fraud.xlsx").write_bytes(office({"fraud.xlsx": target.read_bytes()}, "xlsx")["fraud.xlsx"])
    frame, faults = read(saved / "fraud.xlsx", "fraud", real)
    assert faults == []
    wanted = real.rows["fraud"][real.datasets["fraud"].names].head(40)
    pd.testing.assert_frame_equal(frame[real.datasets["fraud"].names], wanted.reset_index(drop=True))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_holds(made: dict[str, Path], real: Tables, name: str) -> None:
    dataset = real.datasets[name]
    book = openpyxl.load_workbook(made[name])
    assert book.sheetnames == [dataset.title, "说明", "代码表"]
    assert book["代码表"].sheet_state == "hidden"
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A3"
    rows = list(sheet.iter_rows(min_row=1, max_row=2, values_only=True))
    assert [list(row) for row in rows] == [[c.title for c in dataset.columns], dataset.names]
    notes = {row[1]: row for row in book["说明"].iter_rows(values_only=True) if row[1]}
    prompts = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for number, column in enumerate(dataset.columns):
        assert column.description in notes[column.name][3]
        letter = openpyxl.utils.get_column_letter(number + 1)
        rule = prompts[f"{letter}3"]
        assert rule.prompt
        assert len(rule.prompt) <= 255
        offered = template.choices(dataset, column, Codes(real.lists))
        assert (rule.type == "list") == bool(offered)
        if offered:
            listed = [cell.value for cell in book["代码表"][letter] if cell.value]
            assert listed == [column.title, *offered]
            assert rule.formula1.replace("'", "") == f"代码表!${letter}$2:${letter}${len(offered) + 1}"
        if column.type == "string":
            held = [d for d in sheet.column_dimensions.values() if d.min <= number + 1 <= d.max]
            assert [d.number_format for d in held] == ["@"], "Excel must not turn codes into numbers"


def test_measures_offered_are_those_of_the_chapter(real: Tables) -> None:
    codes = Codes(real.lists)
    fraud, policy = real.datasets["fraud"], real.datasets["trade_in_policy"]
    assert "立案数" in template.choices(fraud, fraud.column("measure"), codes)
    assert "古树名木总数" not in template.choices(fraud, fraud.column("measure"), codes)
    assert "补贴标准" in template.choices(policy, policy.column("parameter"), codes)
    assert template.choices(fraud, fraud.column("obs_status"), codes)[:2] == ["正常", "初步数"]
    assert template.choices(fraud, fraud.column("note"), codes) == []


def test_the_same_template_has_the_same_bytes(made: dict[str, Path], tmp_path: Path) -> None:
    again = template.write(REAL, "trees", tmp_path / "again.xlsx").file
    assert again.read_bytes() == made["trees"].read_bytes()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUEBAO_ROOT", str(small.REPO))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["template", "电信网络诈骗"])
    assert done.exit_code == OK
    assert "已写出 fraud.xlsx" in done.stdout
    assert "/fraud.xlsx（月份按收到的月份）" in done.stdout
    assert (tmp_path / "fraud.xlsx").is_file()
    done = CliRunner().invoke(app, ["template", "fraud"])
    assert done.exit_code == USAGE
    assert "fraud.xlsx 已经存在；请换个名字" in done.stderr


@pytest.mark.parametrize(
    ("wanted", "file", "what"),
    [
        ("frauds", "a.xlsx", "没有数据集“frauds”，最像的是 fraud；请用以下之一：context（同版要闻）"),
        ("areas", "a.xlsx", "没有数据集“areas”"),
        ("fraud", "a.xls", "不是 .xlsx 文件名"),
        ("fraud", "none/a.xlsx", "没有文件夹"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, wanted: str, file: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        template.write(REAL, wanted, tmp_path / file)
    assert list(tmp_path.iterdir()) == []


def test_reading_does_not_bring_the_writer() -> None:
    script = "import sys, yuebao.returns, yuebao.cli; print('xlsxwriter' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
