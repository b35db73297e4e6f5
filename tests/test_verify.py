"""``yuebao verify``: a folder of downloads against its checksums."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from browsers import Quiet, served
from yuebao import cli, digests, verify
from yuebao.faults import UsageError, YuebaoError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files with their checksums."""
    root = tmp_path / "data"
    (root / "sdmx").mkdir(parents=True)
    for name in ("fraud.csv", "古树.csv", "sdmx/fraud.csv"):
        (root / name).write_text(name, encoding="utf-8")
    (root / digests.SUMS).write_text(digests.sums_text(digests.sums(root)), encoding="utf-8")
    return root


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """The folder on a web server of this machine."""

    with served(folder, Quiet) as root:
        yield f"{root}/"


def spoil(folder: Path) -> None:
    (folder / "fraud.csv").write_text("altered", encoding="utf-8")
    (folder / "古树.csv").unlink()


def test_a_whole_folder_holds(folder: Path) -> None:
    found = verify.verify(str(folder))
    assert (found.sound, found.missing, found.altered, found.unlisted) == (3, (), (), ())
    assert found.holds


def test_every_wrong_file_is_named(folder: Path) -> None:
    spoil(folder)
    (folder / "more.csv").write_text("x")
    (folder / "fraud.csv.gz").write_text("x")  # a server's compressed copy is no stranger
    found = verify.verify(str(folder))
    assert found.altered == ("fraud.csv",)
    assert found.missing == ("古树.csv",)
    assert found.unlisted == ("more.csv",)
    assert not found.holds


def test_a_web_folder_is_checked_by_its_address(folder: Path, address: str) -> None:
    assert verify.verify(address).sound == 3
    spoil(folder)
    found = verify.verify(address.rstrip("/"))
    assert (found.altered, found.missing) == (("fraud.csv",), ("古树.csv",))


def test_a_folder_without_a_list_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"中没有 SHA256SUMS；请给出"):
        verify.verify(str(tmp_path))


def test_a_server_without_a_list_or_none_at_all(folder: Path, address: str) -> None:
    with pytest.raises(UsageError, match="中没有 SHA256SUMS"):
        verify.verify(address + "sdmx/")
    with pytest.raises(YuebaoError, match=r"打不开 http://127\.0\.0\.1:9/"):
        verify.verify("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "text", ["", "<html>", f"{'0' * 64}  ../../etc/passwd\n", f"{'0' * 64}  /etc/passwd\n"]
)
def test_a_list_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / digests.SUMS).write_text(text)
    with pytest.raises(YuebaoError, match="不是校验和列表"):
        verify.verify(str(folder))


def test_the_command_says_what_is_wrong_and_leaves_3(folder: Path) -> None:
    run = CliRunner().invoke(cli.app, ["verify", str(folder)])
    assert (run.exit_code, run.output.strip()) == (0, f"{folder}：3 个文件都与校验和相符。")
    spoil(folder)
    run = CliRunner().invoke(cli.app, ["verify", str(folder)])
    assert run.exit_code == 3
    assert "不符 fraud.csv" in run.output
    assert "缺 古树.csv" in run.output
    assert "2 个文件与校验和不符；请重新下载这些文件" in run.output
