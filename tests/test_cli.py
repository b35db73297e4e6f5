"""The command: what it says and with which exit code it ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from small import count, figure, progress, put, put_bytes
from yuebao import edition
from yuebao.cli import app
from yuebao.faults import OK, REJECTED, UNEXPECTED, USAGE, DataRejected
from yuebao.project import Project
from yuebao.tables import assemble


class Command:
    """``command("build", "--force")``: exit code, what was said, what went to the error stream."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        monkeypatch.setenv("YUEBAO_ROOT", str(project.root))

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def command(project: Project, monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(project, monkeypatch)


@pytest.fixture
def old_site(project: Project) -> dict[str, bytes]:
    """A site that was built before; gives its files."""
    for name in ("index.html", "data/latest/fraud.csv"):
        (project.site / name).parent.mkdir(parents=True, exist_ok=True)
        (project.site / name).write_text(f"old {name}", encoding="utf-8")
    return files(project)


def files(project: Project) -> dict[str, bytes]:
    found = (p for p in project.site.rglob("*") if p.is_file())
    return {p.relative_to(project.site).as_posix(): p.read_bytes() for p in found}


# --- 0 ---------------------------------------------------------------------------------


def test_editions(command: Command) -> None:
    assert command("editions") == (OK, "2024-04\n2024-05\n", "")


def test_check_counts_and_warns(command: Command, project: Project) -> None:
    put(
        project,
        "2024-05",
        "trees",
        [count(area_code="420100", value=101), count(area_code="420100", value=90, source_id="s_paper")],
    )
    code, said, _ = command("check")
    assert code == OK
    assert "2024-05 期：" in said
    assert "错误 0，提示 1" in said
    assert "提示 data/returns/2024-05/trees.csv:2: value: 多个来源给出同一数字时彼此一致" in said
    assert not project.site.exists(), "check builds nothing"


@pytest.mark.parametrize("command_name", [c.name or c.callback.__name__ for c in app.registered_commands])  # type: ignore[union-attr]
def test_help_has_an_example(command: Command, command_name: str) -> None:
    code, said, _ = command(command_name, "--help")
    assert code == OK
    assert "例：" in said
    assert f"yuebao {command_name}" in said


def test_help_lists_the_commands_and_the_exit_codes(command: Command) -> None:
    code, said, _ = command("--help")
    assert code == OK
    for name in typer.main.get_group(app).commands:  # type: ignore[attr-defined]
        assert name in said
    assert "0 完成，1 意外错误，2 用法不对，3 数据被拒" in said.replace("\n", "")


# --- 1 ---------------------------------------------------------------------------------


def test_serving_what_was_not_built(command: Command) -> None:
    code, _, told = command("serve")
    assert code == UNEXPECTED
    assert "没有 index.html；请先运行 yuebao build" in told.replace("\n", "")
    assert "Traceback" not in told


# --- 2 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "--colour"],
        ["paint"],
        ["build", "--period"],
        ["serve", "--port", "many"],
        ["editions", "all"],
    ],
    ids=" ".join,
)
def test_wrong_usage(command: Command, arguments: list[str]) -> None:
    code, said, told = command(*arguments)
    assert (code, said) == (USAGE, "")
    assert told


@pytest.mark.parametrize("name", ["build", "check"])
@pytest.mark.parametrize("period", ["2023-12", "last", "2024-13"])
def test_an_unknown_edition(command: Command, old_site: dict[str, bytes], name: str, period: str) -> None:
    code, said, told = command(name, "--period", period)
    assert (code, said) == (USAGE, "")
    assert period in told
    assert "；" in told
    assert files(command.project) == old_site


def test_outside_of_a_project(
    command: Command, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("YUEBAO_ROOT", str(elsewhere))
    code, _, told = command("editions")
    assert code == USAGE
    assert "请在项目文件夹内运行" in told.replace("\n", "")


def test_two_builds_at_once(command: Command, project: Project, old_site: dict[str, bytes]) -> None:
    with edition.one_at_a_time(project):
        code, _, told = command("build")
    assert code == USAGE
    assert "另一个构建正在进行" in told
    assert files(project) == old_site


# --- 3 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["build", "check"])
def test_a_bad_return_lists_every_fault_and_leaves_the_old_site(
    command: Command, project: Project, old_site: dict[str, bytes], name: str
) -> None:
    put(project, "2024-04", "fraud", [figure(value="27起"), figure(period="昨天")])
    put(project, "2024-05", "trade_in", [progress(value="x")])
    put_bytes(project, "2024-05", "fraud.csv", b"")
    code, said, told = command(name)
    assert code == REJECTED
    lines = told.splitlines()
    assert "data/returns/2024-04/fraud.csv:2: value（数值）: “27起”不是数字；" in told
    for place in (
        "2024-04/fraud.csv:3: period",
        "2024-05/trade_in.csv:2: value",
        "2024-05/fraud.csv: 文件是空的",
    ):
        assert sum(place in line for line in lines) == 1, place
    assert "共 4 处问题；没有改动已成的网站。" in told
    assert "已成：" not in said
    assert "Traceback" not in told
    assert files(project) == old_site


def test_a_finding_of_severity_error_leaves_the_old_site(
    command: Command, project: Project, old_site: dict[str, bytes]
) -> None:
    put(project, "2024-05", "fraud", [figure(period="2024-06"), figure(period="2024-07")])
    code, _, told = command("build")
    assert code == REJECTED
    assert "data/returns/2024-05/fraud.csv:2: period: 时期不晚于所在期：“2024-06”" in told
    assert "共 2 处问题" in told
    assert files(project) == old_site


def test_the_command_itself_ends_with_the_code(project: Project, old_site: dict[str, bytes]) -> None:
    put(project, "2024-05", "fraud", [figure(value="27起")])
    done = subprocess.run(
        [sys.executable, "-m", "yuebao", "build"],
        cwd=project.returns,  # found from any folder of the project
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == REJECTED
    assert done.stdout == ""
    assert "fraud.csv:2: value（数值）: “27起”不是数字" in done.stderr
    assert files(project) == old_site


def test_an_edition_before_the_fault_is_not_touched_by_it(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value="27起")])
    assert assemble(project, "2024-04").edition == "2024-04"
    with pytest.raises(DataRejected):
        assemble(project, "2024-05")


# --- putting the new site in the old one's place --------------------------------------------


@pytest.mark.parametrize("there_was_one", [True, False])
def test_the_new_site_takes_the_place_of_the_old(project: Project, there_was_one: bool) -> None:
    if there_was_one:
        project.site.mkdir(parents=True)
        (project.site / "old.html").write_text("old", encoding="utf-8")
    new = project.build / "new"
    new.mkdir(parents=True)
    (new / "index.html").write_text("new", encoding="utf-8")
    edition._replace(new, project.site)
    assert files(project) == {"index.html": b"new"}
    assert [p.name for p in project.build.iterdir()] == ["html"]
