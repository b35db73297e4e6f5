"""A stock Jupyter Book of one page with one Altair chart: what a book is like with nothing done."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from yuebao import compress

MODULES = Path(__file__).resolve().parent / "node_modules"
CDN = re.compile(r"""https://cdn\.jsdelivr\.net/npm/(vega(?:-lite|-embed)?)@[^"']*""")
FOREIGN_SCRIPT = re.compile(r'<script[^>]*\bsrc="https?://[^"]*"[^>]*></script>')
PAGE = """\
---
jupytext: {text_representation: {format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# 一张图

下图为湖北省各期公布的数字。

```{code-cell} python
:tags: [hide-input]
import altair as alt
import pandas as pd

frame = pd.read_csv("figures.csv", usecols=["period", "measure", "value"])
alt.Chart(frame, width=560).mark_line(point=True).encode(
    x="period:N", y="value:Q", color="measure:N", tooltip=["period", "measure", "value"]
)
```
"""


def build(folder: Path, site: Path) -> Path:
    """Build the stock book in ``folder`` from a download of ours; gives its HTML, packed as ours is.

    Vega comes from the page's own host instead of the CDN it names, other foreign scripts are
    left out: both speak for the stock book, and it need not reach the network.
    Raises SystemExit where Jupyter Book fails.
    """
    folder.mkdir(parents=True)
    header, *lines = (site / "data" / "latest" / "fraud.csv").read_text(encoding="utf-8-sig").splitlines()
    kept = [line for line in lines if line.startswith("420000,")]
    (folder / "figures.csv").write_text("\n".join([header, *kept]), encoding="utf-8")
    (folder / "_config.yml").write_text(
        "title: Stock\nexecute: {execute_notebooks: force}\n", encoding="utf-8"
    )
    (folder / "_toc.yml").write_text("format: jb-book\nroot: chart\n", encoding="utf-8")
    (folder / "chart.md").write_text(PAGE, encoding="utf-8")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(folder)]
    run = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    html = folder / "_build" / "html"
    page = html / "chart.html"
    if run.returncode or not page.is_file():
        sys.exit(f"the stock book was not built: {run.stderr[-2000:]}")
    (html / "_static" / "cdn").mkdir()
    for name in ("vega", "vega-lite", "vega-embed"):
        shutil.copy(MODULES / name / "build" / f"{name}.min.js", html / "_static" / "cdn" / f"{name}.js")
    text = FOREIGN_SCRIPT.sub("", CDN.sub(r"_static/cdn/\1.js", page.read_text(encoding="utf-8")))
    page.write_text(text, encoding="utf-8")
    compress.beside(html)
    return html
