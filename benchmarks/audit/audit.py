"""Does every page keep to the budget? Served by nginx as it would be, seen by Lighthouse and axe.

    python benchmarks/audit/audit.py [--all] [--pages fraud trees] [--stock] [SITE]

Prints a table (Markdown) and what is outside the budget; ends with 1 where anything is. Files go
out as .gz, not .br: the budget is what any web server can do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nginx
import stock

HERE = Path(__file__).resolve().parent
SITE = HERE.parents[1] / "_build" / "html"
CATEGORIES = ("performance", "accessibility", "best practices", "SEO")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MANY = 3  # pages made from one pattern (area-…, rows-…) of which the first three stand for all

KB = 1000
WEIGHT, WEIGHT_OF_MANY, MANY_CHARTS = 80, 120, 8  # kB before interaction; with more than 8 charts
LCP, TBT, CLS = 1500, 50, 0.01  # milliseconds, milliseconds, score


@dataclass(frozen=True)
class Measured:
    """A page: four scores of 100, bytes sent before interaction, milliseconds, what fell short."""

    page: str
    scores: tuple[int, ...]
    bytes: int
    fcp: float
    lcp: float
    tbt: float
    cls: float
    charts: int
    failed: tuple[str, ...]
    axe: tuple[str, ...]


def weight_allowed(charts: int) -> int:
    """How many kB a page with so many charts may send before interaction."""
    return WEIGHT_OF_MANY if charts > MANY_CHARTS else WEIGHT


def outside(found: Measured) -> list[str]:
    """What of a page is outside the budget, each in a few words; nothing where all is well."""
    sent, allowed = found.bytes / KB, weight_allowed(found.charts)
    told = []
    if sent > allowed:
        told.append(f"{sent:.0f} kB before interaction, allowed {allowed}")
    if found.lcp > LCP:
        told.append(f"largest paint {found.lcp / 1000:.2f} s, allowed {LCP / 1000} s")
    if found.tbt > TBT:
        told.append(f"blocked {found.tbt:.0f} ms, allowed {TBT} ms")
    if found.cls > CLS:
        told.append(f"layout shift {found.cls:.3f}, allowed {CLS}")
    short = [f"{name} {score}" for name, score in zip(CATEGORIES, found.scores, strict=True) if score < 100]
    if short:
        told.append(f"Lighthouse {', '.join(short)}: {'; '.join(found.failed)}")
    return told + [f"axe {violation}" for violation in found.axe]


def table(rows: list[Measured]) -> str:
    """The measured pages as a Markdown table."""
    lines = [
        "| page | charts | kB | first paint | largest paint | blocked | shift | P / A / B / S | axe |",
        "| --- | --: | --: | --: | --: | --: | --: | --- | --: |",
    ]
    for row in rows:
        paints = f"{row.fcp / 1000:.1f} s | {row.lcp / 1000:.1f} s | {row.tbt:.0f} ms | {row.cls:.3f}"
        scores = " / ".join(str(score) for score in row.scores)
        lines.append(
            f"| {row.page} | {row.charts} | {row.bytes / KB:.0f} | {paints} | {scores} | {len(row.axe)} |"
        )
    return "\n".join(lines)


def chosen(names: list[str], every: bool) -> list[str]:
    """The pages to look at: all, or of those made from one pattern the first few."""
    if every:
        return names
    taken: dict[str, int] = {}
    kept = []
    for name in names:
        folder, _, page = name.rpartition("/")
        pattern = folder or page.split("-")[0]
        taken[pattern] = taken.get(pattern, 0) + 1
        if taken[pattern] <= MANY:
            kept.append(name)
    return kept


def measure(address: str, pages: list[str], chromium: str) -> Iterator[Measured]:
    """Run measure.mjs on pages; raises SystemExit where it fails."""
    asked = {"address": address, "pages": pages, "chromium": chromium, "axe": True}
    command = ["node", str(HERE / "measure.mjs"), json.dumps(asked)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said = json.loads(line)
            lists = {name: tuple(said[name]) for name in ("scores", "failed", "axe")}
            yield Measured(**{**said, **lists})
    if running.returncode:
        sys.exit("the audit did not run to its end; see what is said above")


def best(address: str, pages: list[str], chromium: str, tries: int) -> list[Measured]:
    """Each page measured; again, up to ``tries`` times, where it was too slow.

    A busy machine makes a page slower and never faster, so the best of them counts.
    """
    rows: dict[str, Measured] = {}
    wanted = pages
    for _ in range(tries):
        for found in measure(address, wanted, chromium):
            print(table([found]).splitlines()[-1], file=sys.stderr, flush=True)
            before = rows.get(found.page)
            if before is None or len(outside(found)) < len(outside(before)):
                rows[found.page] = found
        # Only time is a matter of chance; a page that is too heavy or not accessible stays so.
        wanted = [n for n in pages if rows[n].lcp > LCP or rows[n].tbt > TBT or rows[n].scores[0] < 100]
        if not wanted:
            break
    return [rows[name] for name in pages]


def needed() -> str:
    """The Chromium to use. Raises SystemExit in plain words where something is not installed."""
    version = (
        subprocess.run(["node", "--version"], capture_output=True, text=True)
        if shutil.which("node")
        else None
    )
    if version is None or int(version.stdout.lstrip("v").split(".")[0]) < 20:
        sys.exit("the audit needs Node.js 20 or later: apt-get install nodejs npm")
    if nginx.found() is None:
        sys.exit("the audit needs nginx: apt-get install nginx")
    found = [path for name in (os.environ.get("CHROMIUM", ""), *CHROMIUMS) if (path := shutil.which(name))]
    if not found:
        sys.exit("the audit needs Chromium: apt-get install chromium, or name one in CHROMIUM")
    return found[0]


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", nargs="?", type=Path, default=SITE, help="the built site")
    parser.add_argument("--all", action="store_true", help="every page, not three of each pattern")
    parser.add_argument("--pages", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--stock", action="store_true", help="a stock Jupyter Book beside it, same run")
    parser.add_argument("--tries", type=int, default=3, help="how often a page that is too slow is tried")
    given = parser.parse_args()
    chromium = needed()
    site = given.site.resolve()
    names = sorted(p.relative_to(site).with_suffix("").as_posix() for p in site.rglob("*.html"))
    pages = given.pages or chosen(names, given.all)
    if not names or not set(pages) <= set(names):
        sys.exit(f"{site} has no such page; build the book first (make book)")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "ours").mkdir()
        with nginx.serving(site, work / "ours", brotli=False) as address:
            rows = best(address, pages, chromium, given.tries)
        print(table(rows))
        if given.stock:
            (work / "theirs").mkdir()
            book = stock.build(work / "book", site)
            # Its inline scripts would be forbidden by our policy, and must not be.
            with nginx.serving(
                book, work / "theirs", False, (r"add_header Content-Security.*", "")
            ) as address:
                print("\nA stock Jupyter Book (its default theme, one Altair chart):\n")
                print(table(list(measure(address, ["chart"], chromium))))
    wrong = [f"{row.page}: {text}" for row in rows for text in outside(row)]
    print("\n" + ("\n".join(wrong) if wrong else f"{len(rows)} pages, all within the budget"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
