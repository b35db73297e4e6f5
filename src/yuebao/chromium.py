"""The Chromium that prints: found on the machine, never installed, run apart from the reader's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from yuebao.faults import UsageError, YuebaoError

ENV = "YUEBAO_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
NONE = f"没有找到 Chromium，不做整期 PDF；请安装 Chromium，或把它的路径写在环境变量 {ENV} 中"
TIMEOUT = 120  # seconds a printing may take


def found() -> Path | None:
    """The Chromium that prints: the one YUEBAO_CHROMIUM names, else one that is installed; None for none.

    Raises UsageError where YUEBAO_CHROMIUM names something that is not there.
    """
    named = os.environ.get(ENV)
    if named:
        place = shutil.which(named)
        if place is None:
            raise UsageError(
                f"环境变量 {ENV} 所指的 {named} 不能运行；请改正，或去掉它以使用已安装的 Chromium"
            )
        return Path(place)
    places = (shutil.which(name) for name in (*NAMES, *(MACOS if sys.platform == "darwin" else ())))
    return next((Path(installed) for installed in places if installed), None)


def version(program: Path) -> str:
    """What the program says it is; empty where it says nothing."""
    try:
        run = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip()


def _printing(program: Path, source: Path, target: Path, home: Path, draft: bool) -> list[str]:
    kind = ("--disable-pdf-tagging",) if draft else ("--generate-pdf-document-outline", "--export-tagged-pdf")
    return [
        str(program),
        "--headless",
        "--no-sandbox",  # it reads one file of ours, without scripts, and reaches no network
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={home}",
        "--no-pdf-header-footer",
        *kind,
        f"--print-to-pdf={target}",
        source.as_uri(),
    ]


def printed(program: Path, text: str, site: Path, draft: bool = False) -> bytes:
    """``text`` printed as a PDF, a ``draft`` without bookmarks and tags.

    It lies in ``site`` meanwhile, so that the pictures of its pages are found.

    Raises YuebaoError where Chromium fails, or is not done in time.
    """
    mend = f"请换一个 Chromium（环境变量 {ENV}），或用 yuebao build --no-pdf"
    source = site / ".whole.html"
    with tempfile.TemporaryDirectory(prefix="yuebao-pdf-") as home:
        target = Path(home) / "whole.pdf"
        source.write_text(text, encoding="utf-8")
        try:
            run = subprocess.run(
                _printing(program, source, target, Path(home) / "profile", draft),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise YuebaoError(f"{program.name} 印整期 PDF 超过 {TIMEOUT} 秒；{mend}") from None
        except OSError as error:
            raise YuebaoError(
                f"{program.name} 不能运行（{error.strerror}），没有印成整期 PDF；{mend}"
            ) from error
        finally:
            source.unlink()
        if run.returncode or not target.is_file():
            raise YuebaoError(f"{program.name} 没有印成整期 PDF（退出码 {run.returncode}）；{mend}")
        return target.read_bytes()
