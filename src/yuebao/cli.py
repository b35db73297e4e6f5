"""The ``yuebao`` command: a thin face over ``edition``."""

from __future__ import annotations

import functools
import http.server
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from yuebao import chromium, digests, fonts
from yuebao.faults import OK, REJECTED, UNEXPECTED, DataRejected, YuebaoError
from yuebao.project import DOUBTED, Project
from yuebao.stages import STAGES

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="湖北月报：读取报表、检查、成书。退出码：0 完成，1 意外错误，2 用法不对，3 数据被拒。",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
Period = Annotated[str, typer.Option("--period", "-p", help="期，YYYY-MM；缺省为最新一期。")]


def _said(error: YuebaoError) -> None:
    err.print(str(error), markup=False)
    if isinstance(error, DataRejected):
        listed = f"全部列在 {error.listed}。" if error.listed else ""
        err.print(f"共 {len(error.faults)} 处问题；没有改动已成的网站。{listed}", markup=False)


def plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Errors the user can mend are said in a line, with their exit code and no traceback."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except YuebaoError as error:
            _said(error)
            raise typer.Exit(error.exit_code) from None
        except OSError as error:
            said = f"{error.strerror or error}：{error.filename}" if error.filename else str(error)
            err.print(f"读写文件出错：{said}；原有的网站仍是完整的，请排除后再运行", markup=False)
            raise typer.Exit(UNEXPECTED) from None
        except KeyboardInterrupt:
            err.print("已中断；没有改动已成的网站。")
            raise typer.Exit(UNEXPECTED) from None

    return wrapped


class Steps:
    """A progress bar on a terminal, a plain line a stage in a log."""

    def __init__(self) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err, transient=True
        )
        self.task = self.bar.add_task("", total=len(STAGES))
        self.shown = err.is_terminal
        self.count = 0

    def __enter__(self) -> Steps:
        if self.shown:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self.bar.stop()

    def __call__(self, stage: str, detail: str) -> None:
        if stage:
            self.count += 1
        if self.shown:
            text = f"{stage} {detail}" if stage else f"{STAGES[2]} {detail}"
            self.bar.update(self.task, description=text, completed=max(0, self.count - 1))
        elif stage:
            err.print(f"[{self.count}/{len(STAGES)}] {stage} {detail}".rstrip(), markup=False)


@app.command()
@plainly
def build(
    period: Period = "latest",
    force: Annotated[bool, typer.Option(help="没有变化也重新装订。")] = False,
    whole_pdf: Annotated[
        bool | None, typer.Option("--pdf/--no-pdf", help="做不做整期 PDF；缺省为有 Chromium 就做。")
    ] = None,
) -> None:
    """检查并成书到 _build/html。

    例：yuebao build；yuebao build --period 2024-05 --no-pdf
    """
    project = Project.find()
    where = project.name(project.site / "index.html")
    if whole_pdf is None:
        whole_pdf = chromium.found() is not None
        if not whole_pdf:
            err.print(chromium.NONE, markup=False)
    if not force and digests.built(project, project.edition(period), whole_pdf):
        out.print(f"{project.edition(period)} 期没有变化：{where}")
        return
    from yuebao import edition  # here: it brings pandas and the rest, and an unchanged book needs none

    with Steps() as steps:
        done = edition.build(project, period, steps, force, whole_pdf)
    pages = f"运行 {done.pages_run} 页，沿用 {done.pages_kept} 页"
    out.print(f"{done.edition} 期已成：{where}（{pages}，提示 {done.warnings} 条，{done.seconds:.1f} 秒）")
    counts = done.changes
    said = f"新增 {counts['new']} 行，修订 {counts['revised']} 行，撤下 {counts['dropped']} 行"
    out.print(f"较上一期：{said}；详见各章“较上一期的变化”")
    _tell_waiting(project)
    if not fonts.available():
        err.print(fonts.MISSING, markup=False)


def _tell_waiting(project: Project) -> None:
    """Name the months that found no edition and have none yet to come into."""
    for month in project.waiting():
        out.print(f"{month} {DOUBTED}，不成一期，留待下一期收入", markup=False)


@app.command()
@plainly
def check(
    period: Period = "latest",
    docs: Annotated[
        bool, typer.Option(help="另外生成 Great Expectations 的 Data Docs（只供本机查看）。")
    ] = False,
) -> None:
    """只检查数据，不成书；列出全部问题与提示。

    例：yuebao check；yuebao check --period 2024-05 --docs
    """
    from yuebao import edition

    project = Project.find()
    found = edition.check(project, period, docs)
    for finding in found.of("warning"):
        out.print(f"提示 {finding.fault()}", markup=False)
    cases = sum(o.cases for o in found.outcomes)
    out.print(
        f"{found.edition} 期：{len(found.outcomes)} 项检查，{cases} 例，"
        f"错误 0，提示 {len(found.of('warning'))}"
    )
    _tell_waiting(project)
    if docs:
        place = (
            project.build / "validation" / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"
        )
        out.print(f"Data Docs：{project.name(place)}")
        if out.is_terminal:
            typer.launch(str(place))  # they stay on this machine: they show raw rows and load foreign scripts


@app.command(name="editions")
@plainly
def list_editions() -> None:
    """列出所有的期。

    例：yuebao editions
    """
    for month in Project.find().editions():
        out.print(month)


@app.command()
@plainly
def template(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="数据集的英文名或中文名。")],
    file: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪里；缺省为 <数据集>.xlsx。")] = None,
) -> None:
    """写出一个供填报的 XLSX：中文列名、代码下拉框、填写规则；填好后可直接读回。

    例：yuebao template fraud；yuebao template 电信网络诈骗 --out 诈骗.xlsx
    """
    from yuebao import template as templates

    project = Project.find()
    written = templates.write(project, dataset, file)
    month = project.editions()[-1:] or ["<YYYY-MM>"]
    out.print(f"已写出 {written.file}", markup=False)
    out.print(
        f"填好后请放到 data/returns/{month[0]}/{written.dataset}.xlsx（月份按收到的月份）", markup=False
    )


Dest = Annotated[
    Path, typer.Argument(metavar="DEST", help="网站所在的文件夹；旁边的 DEST.yuebao 放旧的各次发布。")
]


@app.command()
@plainly
def publish(dest: Dest, period: Period = "latest") -> None:
    """把 _build/html 中已成的一期一步放到网站文件夹；已发布各期的文件不动。

    例：yuebao publish /srv/www/yuebao；yuebao publish /srv/www/yuebao --period 2026-11
    """
    from yuebao import publish as publishing

    project = Project.find()
    done = publishing.publish(project, dest, period)
    for sentence in publishing.unset(project):
        out.print(f"注意：{sentence}", markup=False)
    if not done.changed:
        out.print(f"{done.edition} 期已经发布在 {dest}，文件相同，无须再发。", markup=False)
        return
    earlier = f"，以前各期的文件照旧（{'、'.join(done.earlier)}）" if done.earlier else ""
    out.print(f"{done.edition} 期已发布到 {dest}：{done.files} 个文件{earlier}", markup=False)
    if done.before:
        out.print(f"前一次发布是 {done.before} 期；要恢复它，请运行 yuebao rollback {dest}", markup=False)


@app.command()
@plainly
def rollback(dest: Dest) -> None:
    """一步恢复网站文件夹的前一次发布。

    例：yuebao rollback /srv/www/yuebao
    """
    from yuebao import publish as publishing

    done = publishing.rollback(dest)
    out.print(f"{dest} 已由 {done.before} 期恢复为 {done.edition} 期（{done.files} 个文件）", markup=False)


@app.command()
@plainly
def verify(
    place: Annotated[str, typer.Argument(metavar="PATH|URL", help="下载文件所在的文件夹或网址。")],
) -> None:
    """按 SHA256SUMS 核对下载的文件；不符的逐个列出，退出码 3。

    例：yuebao verify 下载/2026-06；yuebao verify https://example.org/data/latest/
    """
    from yuebao import verify as verifying

    found = verifying.verify(place)
    for said, names in (("缺", found.missing), ("不符", found.altered), ("不在校验和中", found.unlisted)):
        for name in names:
            out.print(f"{said} {name}", markup=False)
    if not found.holds:
        wrong = len(found.missing) + len(found.altered)
        err.print(f"{place}：{wrong} 个文件与校验和不符；请重新下载这些文件", markup=False)
        raise typer.Exit(REJECTED)
    out.print(f"{place}：{found.sound} 个文件都与校验和相符。", markup=False)


@app.command()
@plainly
def serve(
    port: Annotated[int, typer.Option(help="端口。")] = 8000,
    folder: Annotated[Path | None, typer.Option(help="要看的文件夹；缺省为 _build/html。")] = None,
) -> None:
    """在本机浏览已成的网站。

    例：yuebao serve --port 8000
    """
    site = folder or Project.find().site
    if not (site / "index.html").is_file():
        raise YuebaoError(f"{site} 中没有 index.html；请先运行 yuebao build")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        out.print(f"http://127.0.0.1:{port}/ （Ctrl-C 结束）")
        try:
            server.serve_forever()
        except OSError as error:
            said = f"{error.strerror or error}：{error.filename}" if error.filename else str(error)
            err.print(f"读写文件出错：{said}；原有的网站仍是完整的，请排除后再运行", markup=False)
            raise typer.Exit(UNEXPECTED) from None
        except KeyboardInterrupt:
            out.print("已结束。")


def main() -> None:
    """Entry point of the ``yuebao`` command."""
    sys.exit(app() or OK)


if __name__ == "__main__":
    main()
