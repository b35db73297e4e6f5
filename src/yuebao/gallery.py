"""Which pictures an edition has, each drawn once and kept until anything in it changes."""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from html import unescape
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from yuebao import book, digests, fonts, pictures, words
from yuebao.pages import Page
from yuebao.project import Project

OG = Path("_static/og")
DOWNLOADS = Path("data/latest")
CHUNK = 4  # pictures a worker takes at a time


@dataclass(frozen=True)
class Plate:
    """One picture to be made: where it goes, what draws it, out of what, how many pixels a unit.

    ``kind`` is a function of ``pictures``; ``svg``: whether the drawing is kept too.
    """

    place: Path  # below the site's folder, without ending
    kind: str
    made_of: tuple[Any, ...]
    scale: int
    svg: bool = True

    def key(self) -> str:
        """What the picture depends on, as a digest."""
        made = (digests.code(), digests.versions()["vl-convert-python"], fonts.fingerprint())
        return digests.of_values(self.kind, self.made_of, self.scale, *made)[:32]


def title(html: str) -> str:
    """A finished page's title: its first heading, without the link beside it."""
    found = re.search(r"<h1\b[^>]*>(.*?)</h1>", html, re.S)
    inner = re.sub(r'<a class="headerlink".*?</a>', "", found[1], flags=re.S) if found else ""
    return unescape(re.sub(r"<[^>]+>", "", inner)).strip() or pictures.MASTHEAD


def description(html: str) -> str:
    """What a finished page says of itself in its head; empty where it says nothing."""
    found = re.search(r'<meta name="description" content="([^"]*)"', html)
    return unescape(found[1]) if found else ""


def charted(page: Page) -> list[dict[str, Any]]:
    """The page's exhibits that have a chart."""
    return [item for item in page.attachments if item.get("charts")]


def downloads(made: list[Page], edition: str) -> list[Plate]:
    """A picture of each chart and of each headline figure, for the edition's downloads."""
    found = {}
    for page in made:
        for item in charted(page):
            told = {k: item[k] for k in ("name", "title", "caption", "alt", "sources", "charts")}
            place = DOWNLOADS / item["name"]
            found[place] = Plate(place, "chart", (told, edition), 2)
        for card in page.cards:
            place = DOWNLOADS / card["name"]
            found[place] = Plate(place, "figure", (card, edition), 1)
    return list(found.values())


def og(made: list[Page], html: Path, edition: str) -> list[Plate]:
    """A picture of each page of the finished site ``html``."""
    known = {book.staged_name(page.name): page for page in made}
    found = []
    for path in sorted(html.glob("*.html")):
        page = known.get(path.stem)
        card = page.cards[0] if page and page.cards else None
        chart = next(iter(charted(page)), None) if page and not card else None
        text = path.read_text(encoding="utf-8")
        made_of = (title(text), description(text), edition, card, chart)
        found.append(Plate(OG / path.stem, "page", made_of, 1, svg=False))
    return found


def _begin() -> None:
    os.environ["TZ"] = "UTC"  # Vega lays dates out in local time: the same picture wherever it is drawn


def _draw(plate: Plate, kept: Path, png: bool) -> None:
    """Draw a picture into ``kept`` with the endings svg and png. Called in a worker process."""
    import vl_convert

    text = getattr(pictures, plate.kind)(*plate.made_of)
    _whole(kept.with_suffix(".svg"), text.encode())
    if png:
        _whole(kept.with_suffix(".png"), vl_convert.svg_to_png(text, scale=plate.scale))


def _whole(path: Path, content: bytes) -> None:
    """Write the file so that it is never seen half-written."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_bytes(content)
    beside.replace(path)


def draw(plates: list[Plate], html: Path, keep: Path) -> int:
    """Put every picture below ``html``; gives how many had to be drawn.

    Drawings lie in ``keep`` under the digest of what they depend on; what is no
    longer wanted there is removed. Without a font there is no PNG, and no picture
    that is only a PNG.
    """
    keep.mkdir(parents=True, exist_ok=True)
    png = fonts.available()
    plates = [plate for plate in plates if plate.svg or png]
    kept = [keep / plate.key() for plate in plates]
    endings = [".svg", ".png"] if png else [".svg"]
    stale = [
        (plate, place)
        for plate, place in zip(plates, kept, strict=True)
        if not all(place.with_suffix(ending).is_file() for ending in endings)
    ]
    if stale:
        workers = min(os.cpu_count() or 1, -(-len(stale) // CHUNK))
        with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin) as pool:
            list(pool.map(_draw, *zip(*stale, strict=True), [png] * len(stale), chunksize=CHUNK))
    for plate, place in zip(plates, kept, strict=True):
        target = html / plate.place
        target.parent.mkdir(parents=True, exist_ok=True)
        for ending in endings if plate.svg else [".png"]:
            shutil.copyfile(place.with_suffix(ending), target.with_name(target.name + ending))
    wanted = {place.name for place in kept}
    for path in keep.iterdir():
        if path.stem not in wanted:
            path.unlink()
    return len(stale)


def write(project: Project, edition: str, made: list[Page], html: Path) -> None:
    """Put the edition's pictures and Vega-Lite specifications below the finished site ``html``."""
    spoken = words.period(edition)
    plates = [*downloads(made, spoken), *og(made, html, spoken)]
    draw(plates, html, project.build / "pictures")
    for item in (item for page in made for item in charted(page)):
        place = html / DOWNLOADS / f"{item['name']}.vl.json"
        place.write_text(pictures.spec(item, edition), encoding="utf-8", newline="")
