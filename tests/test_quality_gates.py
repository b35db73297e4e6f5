"""The repository keeps its own rules: linter, types, clean notebooks, no machine paths."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import small

REPO = small.REPO
NOTEBOOKS = sorted((REPO / "notebooks").glob("*.ipynb"))
MACHINE_PATH = re.compile(r"(?<![\w.:/%-])/(?:work|root|tmp)/")


def run(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=REPO, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def repository_files() -> list[Path]:
    """What is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    names = [name.decode() for name in done.stdout.split(b"\0") if name]
    return [REPO / name for name in names if (REPO / name).is_file()]


def text_of(path: Path) -> str | None:
    raw = path.read_bytes()
    if b"\0" in raw[:4096]:
        return None
    return raw.decode("utf-8", errors="replace")


def test_ruff() -> None:
    run("ruff", "check", ".")


def test_mypy() -> None:
    run("mypy")


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_kept_without_what_they_show(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook["cells"]):
        assert not cell.get("outputs"), f"cell {number} has outputs"
        assert cell.get("execution_count") is None, f"cell {number} has a count"
    assert "papermill" not in notebook["metadata"]


def test_no_file_holds_a_path_of_this_machine() -> None:
    found = []
    for path in repository_files():
        name = path.relative_to(REPO)
        if name.parts[0] in ("tests", ".ci"):
            continue
        text = text_of(path)
        for number, line in enumerate((text or "").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("see /work/main", True),
        ('"/tmp/x"', True),
        ("=/root/.cache", True),
        ("https://a.example/work/x", False),
        ("a/tmp/b", False),
        ("/workshop/", False),
    ],
)
def test_what_a_machine_path_is(line: str, wrong: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) is wrong


def test_what_is_made_is_not_committed() -> None:
    made = ("_build", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
    for path in repository_files():
        assert not set(path.relative_to(REPO).parts) & set(made), path
        assert not any(part.endswith(".egg-info") for part in path.parts), path


def test_text_files_are_utf8_with_unix_line_ends() -> None:
    for path in repository_files():
        if path.suffix in (
            ".py",
            ".md",
            ".yaml",
            ".yml",
            ".toml",
            ".csv",
            ".css",
            ".js",
            ".html",
            ".ipynb",
            ".svg",
        ):
            if path.relative_to(REPO).parts[0] == "tests":
                continue
            raw = path.read_bytes()
            raw.decode("utf-8")
            assert b"\r\n" not in raw, path
