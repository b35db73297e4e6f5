"""Make the site's search index with Pagefind, so that any run of Chinese characters on a page can be found.

Pagefind cuts the pages into words with one dictionary and the browser cuts the reader's query with
another, and where they disagree (古树名木) nothing is found. So the index is made from copies of the
pages in which every Chinese character stands alone, and _static/yuebao-search.js asks for the
characters as a phrase: an exact search for the string as typed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from yuebao.faults import YuebaoError

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007]")
# Pagefind cuts 26.1% and 43,100 sometimes so, sometimes so; as 26zdz1 and 43zcz100 they are one word each.
_MARKS = (
    (re.compile(r"(?<=\d)\.(?=\d)"), "zdz"),
    (re.compile(r"(?<=\d),(?=\d{3})"), "zcz"),
    (re.compile("[%％]"), r" \g<0> "),
)
_TAG = re.compile(r"(<[^>]*>)")
_HEADING = re.compile(r'(<section\b[^>]*\bid="([^"]+)"[^>]*>\s*<h[2-6])')
_ARTICLE = re.compile(r"<article\b.*</article>", re.S)
_IGNORED = ".cell_input, .headerlink, .exhibit-tools, .exhibit-table, .contents-list"
_UNUSED = ("pagefind-*ui.*", "pagefind-highlight.js")


def _words(text: str) -> str:
    for mark, instead in _MARKS:
        text = mark.sub(instead, text)
    return _HAN.sub(r" \g<0> ", text)


def spaced(page: str) -> str:
    """The page with each Chinese character of its article between spaces and each number one word."""

    def article(found: re.Match[str]) -> str:
        parts = _TAG.split(found.group())
        parts[::2] = [_words(text) for text in parts[::2]]
        return _HEADING.sub(r'\1 id="\2"', "".join(parts))  # so that a result can lead to its section

    return _ARTICLE.sub(article, page)


def index(site: Path) -> None:
    """Write ``site/pagefind/``, the search index of every page with a marked body.

    Raises YuebaoError where the indexer fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in site.rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            if "data-pagefind-body" not in page:
                continue
            copy = Path(folder) / path.relative_to(site)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(spaced(page), encoding="utf-8")
        command = [sys.executable, "-m", "pagefind_bin_extended", "--silent", "--keep-index-url"]
        command += [
            "--site",
            folder,
            "--output-path",
            str(site / "pagefind"),
            "--exclude-selectors",
            _IGNORED,
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise YuebaoError(f"检索索引未能建立：{run.stderr.strip()[-500:]}；请重新安装依赖后重建")
    for pattern in _UNUSED:  # Pagefind's own interfaces; ours is yuebao-search.js
        for path in (site / "pagefind").glob(pattern):
            path.unlink()
