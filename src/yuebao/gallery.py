"""Which pictures an edition has, each drawn once and kept until anything in it changes."""

from __future__ import annotations

import os
import re
import shutil
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from yuebao import book, digests, fonts, pictures, words
from yuebao.pages import Page
from yuebao.project import Project

OG = Path("_static/og")
DOWNLOADS = Path("data/latest")


@dataclass(frozen=True)
class Plate:
    """One picture: where it goes, its SVG, how many pixels a unit its PNG has."""

    place: Path  # below the site's folder, without ending
    svg: str
    scale: int
    both: bool = True  # the SVG is published too

    def key(self) -> str:
        """What its PNG depends on, as a digest: the drawing, what draws it, the faces of this machine."""
        drawn_by = digests.versions()["vl-convert-python"]
        return digests.of_values(self.svg, self.scale, drawn_by, fonts.fingerprint())[:32]


# --- which pictures there are -------------------------------------------------------


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
    """A picture of each chart and of each headline figure. ``edition``: 2026年6月."""
    found = {}
    for page in made:
        for item in charted(page):
            place = DOWNLOADS / item["name"]
            found[place] = Plate(place, pictures.chart(item, edition), 2)
        for card in page.cards:
            place = DOWNLOADS / card["name"]
            found[place] = Plate(place, pictures.figure(card, edition), 1)
    return list(found.values())


def og(made: list[Page], html: Path, edition: str) -> list[Plate]:
    """A picture of each page of the finished site ``html``."""
    known = {book.staged_name(page.name): page for page in made}
    found = []
    for path in sorted(html.glob("*.html")):
        page, text = known.get(path.stem), path.read_text(encoding="utf-8")
        card = page.cards[0] if page and page.cards else None
        chart = next(iter(charted(page)), None) if page and not card else None
        drawn = pictures.page(title(text), description(text), edition, card, chart)
        found.append(Plate(OG / path.stem, drawn, 1, both=False))
    return found


# --- drawing ------------------------------------------------------------------------


def packed(png: bytes) -> bytes:
    """The same picture in about a third of the bytes: vl_convert packs for speed."""
    chunks, at = [], 8
    while at < len(png):
        long = struct.unpack(">I", png[at : at + 4])[0]
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + long]))
        at += 12 + long
    pixels = zlib.compress(zlib.decompress(b"".join(held for kind, held in chunks if kind == b"IDAT")), 6)
    plain = [(kind, held) for kind, held in chunks if kind not in (b"IDAT", b"IEND")]
    out = png[:8]
    for kind, held in [*plain, (b"IDAT", pixels), (b"IEND", b"")]:
        out += struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
    return out


def _draw(plate: Plate, kept: Path) -> None:
    import vl_convert

    beside = kept.with_suffix(".tmp")  # so that it is never seen half-written
    beside.write_bytes(packed(vl_convert.svg_to_png(plate.svg, scale=plate.scale)))
    beside.replace(kept)


def _kept(plate: Plate, keep: Path) -> Path:
    return keep / f"{plate.key()}.png"


@contextmanager
def drawing(plates: list[Plate], keep: Path) -> Iterator[int]:
    """Draw what is not in ``keep`` yet, beside what the caller does meanwhile; gives how many that are.

    Drawings lie there under the digest of what they depend on. Without a font nothing is drawn.
    """
    keep.mkdir(parents=True, exist_ok=True)
    wanted = {_kept(plate, keep): plate for plate in plates} if fonts.available() else {}
    stale = {path: plate for path, plate in wanted.items() if not path.is_file()}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # vl_convert works outside Python's lock
        work = [pool.submit(_draw, plate, path) for path, plate in stale.items()]
        yield len(stale)
        for done in work:
            done.result()


def put(plates: list[Plate], html: Path, keep: Path) -> None:
    """Put every picture, drawn before, below the site's folder; what is no longer wanted in ``keep`` goes.

    Without a font there is no PNG, and no picture that is only a PNG.
    """
    png, wanted = fonts.available(), set()
    for plate in plates:
        target = html / plate.place
        target.parent.mkdir(parents=True, exist_ok=True)
        if plate.both:
            target.with_name(f"{target.name}.svg").write_text(plate.svg, encoding="utf-8", newline="")
        if png:
            kept = _kept(plate, keep)
            shutil.copyfile(kept, target.with_name(f"{target.name}.png"))
            wanted.add(kept)
    for path in set(keep.iterdir()) - wanted:
        path.unlink()


def write(project: Project, edition: str, made: list[Page], html: Path) -> None:
    """Put the edition's pictures and Vega-Lite specifications below the finished site ``html``."""
    spoken, keep = words.period(edition), project.build / "pictures"
    plates = [*downloads(made, spoken), *og(made, html, spoken)]
    with drawing(plates, keep):
        pass
    put(plates, html, keep)
    for item in (item for page in made for item in charted(page)):
        place = html / DOWNLOADS / f"{item['name']}.vl.json"
        place.write_text(pictures.spec(item, edition), encoding="utf-8", newline="")
