"""Notebooks become pages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from yuebao import pages
from yuebao.exhibits import ATTACHMENT
from yuebao.faults import UsageError, YuebaoError
from yuebao.pages import Job, Page
from yuebao.project import Project

PARAMETERS = 'edition = "2024-05"\narea = "420000"'
SHOWS = """from IPython.display import Markdown, display
display(Markdown("## {name} " + edition + "\\n\\n地区 " + area))"""


def notebook(project: Project, name: str, *sources: str, parameters: str | None = PARAMETERS) -> Path:
    """Write a notebook with a parameters cell and the code cells given."""
    cells = [new_markdown_cell(f"# {name}")]
    if parameters is not None:
        cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    cells += [new_code_cell(source) for source in sources]
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    project.notebooks.mkdir(exist_ok=True)
    path = project.notebooks / f"{name}.ipynb"
    nbformat.write(made, path)
    return path


def job(path: Path, **parameters: Any) -> Job:
    return Job(path.stem, path, {"edition": "2024-05", "area": "420000", **parameters})


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_execute", lambda *_: pytest.fail("a notebook ran"))


# --- parameters ------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_runs")
def test_an_unknown_parameter_is_refused_before_anything_runs(project: Project) -> None:
    path = notebook(project, "fraud")
    with pytest.raises(UsageError) as caught:
        pages.checked(job(path, colour="red"), project)
    assert str(caught.value) == "notebooks/fraud.ipynb: 没有参数“colour”（有：edition、area）；请改正参数名"


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("parameters", "missing"),
    [('area = "420000"', "edition"), ('edition = "x"', "area"), (None, "edition、area")],
)
def test_a_notebook_without_the_required_parameters_is_refused(
    project: Project, parameters: str | None, missing: str
) -> None:
    notebook(project, "fraud", parameters=parameters)
    with pytest.raises(UsageError) as caught:
        pages.jobs(project, "2024-05")
    assert str(caught.value).startswith(f"notebooks/fraud.ipynb: 没有声明参数 {missing}；请")


@pytest.mark.usefixtures("nothing_runs")
def test_a_parameter_that_has_no_value_is_refused(project: Project) -> None:
    path = notebook(project, "fraud", parameters=f"{PARAMETERS}\nyear = None")
    with pytest.raises(UsageError, match="缺少参数“year”"):
        pages.checked(job(path), project)
    assert pages.checked(job(path, year=2024), project).parameters["year"] == 2024


@pytest.mark.usefixtures("nothing_runs")
def test_one_job_a_notebook_in_the_order_of_their_names(project: Project) -> None:
    for name in ("trees", "fraud"):
        notebook(project, name)
    made = pages.jobs(project, "2024-04")
    assert [(j.name, j.parameters) for j in made] == [
        ("fraud", {"edition": "2024-04", "area": "420000"}),
        ("trees", {"edition": "2024-04", "area": "420000"}),
    ]


def test_no_notebooks_are_no_jobs(project: Project) -> None:
    assert pages.jobs(project, "2024-05") == []


# --- when a page is made again -----------------------------------------------------------


def test_the_key_follows_notebook_parameters_and_inputs(project: Project) -> None:
    path = notebook(project, "fraud", "1")
    first = pages.key(job(path), "inputs")
    assert pages.key(job(path), "inputs") == first
    assert pages.key(job(path), "other inputs") != first
    assert pages.key(job(path, edition="2024-04"), "inputs") != first
    notebook(project, "fraud", "2")
    assert pages.key(job(path), "inputs") != first


# --- what a run becomes ------------------------------------------------------------------


def executed() -> nbformat.NotebookNode:
    """A notebook as papermill leaves it: outputs, counts, times, paths."""
    table = {"file": "fraud-a.csv", "title": "甲", "columns": ["a"], "rows": [[1]]}
    markdown = {"text/markdown": "## 立案\n\n27起", "text/plain": "<yuebao>"}
    cells = [
        new_markdown_cell("# 诈骗"),
        new_code_cell(PARAMETERS, execution_count=1, metadata={"tags": ["parameters"]}),
        new_code_cell(
            '# Parameters\nedition = "2024-05"', execution_count=2, metadata={"tags": ["injected-parameters"]}
        ),
        new_code_cell(
            "show()",
            execution_count=3,
            metadata={"papermill": {"duration": 0.1, "start_time": "2024-05-01T00:00:00"}},
            outputs=[
                new_output("stream", text="/secret/place\n"),
                new_output("display_data", data=markdown),
                new_output("display_data", data={"text/markdown": "### 表", ATTACHMENT: table}),
                new_output("execute_result", data={"text/plain": "7"}, execution_count=3),
            ],
        ),
    ]
    run = new_notebook(cells=cells)
    run.metadata["papermill"] = {"input_path": "/secret/place/fraud.ipynb", "start_time": "2024"}
    return run


@pytest.fixture
def page(project: Project) -> Page:
    return pages.bindable(job(notebook(project, "fraud")), executed())


def test_shown_markdown_becomes_cells_with_the_code_after_them(page: Page) -> None:
    kinds = [(c.cell_type, c.source.splitlines()[0]) for c in page.notebook.cells]
    assert kinds == [
        ("markdown", "# 诈骗"),
        ("markdown", "## 立案"),
        ("markdown", "### 表"),
        ("code", 'edition = "2024-05"'),
    ]


def test_the_code_is_all_there_and_folded(page: Page) -> None:
    (code,) = [c for c in page.notebook.cells if c.cell_type == "code"]
    assert code.metadata == {"tags": ["hide-input"]}
    assert code.source.startswith(PARAMETERS)
    assert "# Parameters" not in code.source, "papermill's own words"
    assert code.source.endswith("show()")
    assert code.source.count("edition =") == 2


def test_no_outputs_counts_times_or_paths_are_left(page: Page) -> None:
    for cell in page.notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    text = nbformat.writes(page.notebook)
    for left in ("/secret", "papermill", "start_time", "injected", "27起" * 2):
        assert left not in text


def test_attachments_are_collected(page: Page) -> None:
    assert [a["file"] for a in page.attachments] == ["fraud-a.csv"]
    assert page.attachments[0]["rows"] == [[1]]


def test_a_page_is_the_same_each_time(project: Project, page: Page) -> None:
    again = pages.bindable(job(notebook(project, "fraud")), executed())
    assert nbformat.writes(again.notebook) == nbformat.writes(page.notebook)
    ids = [c["id"] for c in page.notebook.cells]
    assert ids == [f"fraud-{n}" for n in range(len(ids))]
    nbformat.validate(page.notebook)


# --- with a kernel -----------------------------------------------------------------------


def test_notebooks_run_once_side_by_side_and_are_kept(project: Project) -> None:
    wanted = [
        job(notebook(project, name, SHOWS.format(name=name)), edition="2024-04")
        for name in ("trees", "fraud")
    ]
    told: list[str] = []
    first = pages.make(project, wanted, "inputs", lambda page: told.append(page.name))
    second = pages.make(project, wanted, "inputs", lambda page: told.append(page.name))
    assert [page.name for page in first] == ["trees", "fraud"], "in the order asked for"
    assert [page.kept for page in first] == [False, False]
    assert [page.kept for page in second] == [True, True]
    assert sorted(told) == ["fraud", "fraud", "trees", "trees"]
    for page, again in zip(first, second, strict=True):
        assert f"## {page.name} 2024-04\n\n地区 420000" in [c.source for c in page.notebook.cells]
        assert nbformat.writes(page.notebook) == nbformat.writes(again.notebook)
    assert len(list((project.build / "pages").iterdir())) == 2
    left = sorted(p.name for p in project.notebooks.iterdir())
    assert left == ["fraud.ipynb", "trees.ipynb"], "a run leaves nothing beside the notebooks"


def test_nothing_of_one_notebook_is_left_for_the_next(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one worker, so one kernel for all three
    first = notebook(project, "first", "held = 1")
    second = notebook(project, "second", "import os\nassert 'held' not in globals(), os.getpid()")
    third = notebook(project, "third", "held")
    with pytest.raises(YuebaoError, match=r"notebooks/third\.ipynb: 第 2 个代码单元格出错：NameError"):
        pages.make(project, [job(first), job(second), job(third)], "inputs")


def test_a_notebook_that_fails_is_named_with_its_cell(project: Project) -> None:
    wanted = [job(notebook(project, "fraud", "1 + 1", "raise ValueError('没有数')"))]
    with pytest.raises(YuebaoError) as caught:
        pages.make(project, wanted, "inputs")
    told = str(caught.value)
    assert told.startswith("notebooks/fraud.ipynb: 第 ")
    assert "个代码单元格出错：ValueError: 没有数；请" in told
    assert list((project.build / "pages").iterdir()) == [], "nothing half made is kept"


def test_a_worker_ends_with_the_run_it_works_for(tmp_path: Path) -> None:
    """A run that is killed leaves no worker behind that would go on writing."""
    script = tmp_path / "run.py"
    script.write_text(
        "import time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n"
        "import os\n"
        "from yuebao import pages\n"
        "if __name__ == '__main__':\n"
        "    with ProcessPoolExecutor(1, get_context('spawn'), initializer=pages._follow) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True)\n"
        "        pool.submit(time.sleep, 600)\n"
        "        time.sleep(600)\n",
        encoding="utf-8",
    )
    run = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    worker = int(run.stdout.readline())
    os.kill(worker, 0)
    run.kill()
    run.wait()
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker went on")
