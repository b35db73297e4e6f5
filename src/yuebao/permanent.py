"""An edition's pages as they stay for ever under an address of their own: ``editions/<YYYY-MM>/``.

The site's pages at the root are those of the newest edition and change with every one. A page
that is cited must stay, so each edition also has its pages under its month. They are the very
pages, but for the addresses of what lies outside (``data/``, ``editions/``, feeds), which go up
to the root, and a line that says what they are.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from yuebao import words

FOLDER = "editions"
# Not of an edition but of the site: its files (they have a fixed place already), the page for what
# is not found, the feeds and lists for robots.
_OF_THE_SITE = re.compile(rf"(?:data|{FOLDER})/|404\.html|[^/]+\.(?:xml|txt|atom)|SHA256SUMS")
_OUTSIDE = re.compile(rf'="((?:\./|\.\./)*)(data|{FOLDER})/(latest/)?')
_FEED = re.compile(r'( href=")(?=[^"/:]+\.atom")')
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_MAIN = '<main class="sheet">'


def address(edition: str, page: str = "index") -> str:
    """Where a page of an edition stays, below the site's root."""
    return f"{FOLDER}/{edition}/{page}.html"


def page(html: str, name: str, edition: str) -> str:
    """The page ``name`` (its path on the site) as it stays under ``editions/<edition>/``."""

    def outside(found: re.Match[str]) -> str:
        up, folder, latest = found.groups()
        own = f"{edition}/" if latest else ""
        return f'="{up.removeprefix("./")}../../{folder}/{own}'

    html = _FEED.sub(r"\g<1>../../", _OUTSIDE.sub(outside, html))
    canonical = _CANONICAL.search(html)
    if canonical and canonical[1].endswith(name):
        base = canonical[1].removesuffix(name)
        head, closing, rest = html.partition("</head>")
        html = head.replace(f'="{base}', f'="{base}{FOLDER}/{edition}/') + closing + rest
    up = "../" * (name.count("/") + 2)
    said = (
        f'<p class="fixed-note" role="note">这是{words.period(edition)}期的固定页面，不随后来各期改动。'
        f'<a href="{up}index.html">看最新一期</a></p>'
    )
    return html.replace(_MAIN, f"{_MAIN}\n  {said}", 1)


def keep(site: Path, edition: str) -> None:
    """Put the pages of a finished ``site`` under ``editions/<edition>/`` as well."""
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or _OF_THE_SITE.match(name):
            continue
        kept = site / FOLDER / edition / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            kept.write_text(page(path.read_text(encoding="utf-8"), name, edition), encoding="utf-8")
        else:
            shutil.copyfile(path, kept)
