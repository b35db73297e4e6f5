"""How to cite a page, a chart, a figure or a file of an edition: GB/T 7714-2015 and BibTeX.

A citation names the edition's fixed address (``permanent``), never the moving page. Its form is

    主要责任者. 题名: 期[DS/OL]. (发布日期)[引用日期]. 地址

The date of publication stands only where it is known; an edition that is just being made does not
know its own. The date of citation is the reader's: the browser's script fills it in, else the words
stand there. Where the site has no address yet, the citation says how to give one.

Pages are bound before they know their name and the site's address, so what is shown in a page is
made in two steps: ``slot``, ``bibtex_slot`` and ``embed_slot`` mark the places, ``fill`` puts the
citations there. The title in a slot is HTML already and is not touched again.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from yuebao import permanent, words

PUBLICATION = "湖北月报"
ON = "引用日期"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CITE = re.compile(r'<cite data-part="([^"]*)">(.*?)</cite>', re.S)
_BIBTEX = re.compile(r'<code data-bibtex="([^"]*)">(.*?)</code>', re.S)
_EMBED = re.compile(r'<code data-embed="([^"]*)" data-height="(\d+)">(.*?)</code>', re.S)
_TO_FILL = re.compile(r'<span class="to-fill">.*?</span>', re.S)


def where(place: str, address: str = "") -> str:
    """The address of ``place``, a path of the site; where the site has none yet, how to give it."""
    if address:
        return f"{address.rstrip('/')}/{place}"
    return f"（请写明您所见的网址，其后接 {place}）"


def gbt7714(title: str, edition: str, at: str, released: str = "", on: str = ON) -> str:
    """A reference after GB/T 7714-2015. ``at``: see ``where``; ``released``: 2026-12-10, if it is known."""
    date = f"({released})" if released else ""
    return f"{PUBLICATION}. {title}: {words.period(edition)}期[DS/OL]. {date}[{on}]. {at}"


def bibtex(title: str, edition: str, key: str, at: str, released: str = "", on: str = ON) -> str:
    """The same as a BibTeX entry; without a date of publication where none is known."""
    fields = {"author": f"{{{PUBLICATION}}}", "title": f"{{{title}: {words.period(edition)}期}}"}
    if released:
        fields |= {"year": f"{{{released[:4]}}}", "month": MONTHS[int(released[5:7]) - 1]}
    fields |= {
        "edition": f"{{{edition}}}",
        "howpublished": "{数据集}",
        "url": f"{{{at}}}",
        "urldate": f"{{{on}}}",
    }
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    return f"@misc{{yuebao-{edition}-{key},\n{lines}\n}}"


# --- in a page ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Bound:
    """What is known of a page once it is bound: its name, its edition, where the site is, its release."""

    page: str
    edition: str
    address: str = ""
    released: str = ""

    def at(self, page: str, part: str = "") -> str:
        """The fixed address of a place, as HTML; marked for the browser's script where the site has none."""
        place = permanent.address(self.edition, page) + (f"#{part}" if part else "")
        said = html.escape(where(place, self.address))
        if self.address:
            return said
        # Without the folder: ``permanent`` moves what looks like an address in an attribute.
        below = html.escape(place.removeprefix(f"{permanent.FOLDER}/"))
        return f'<span class="cited-at" data-at="{below}">{said}</span>'

    def citation(self, title: str, part: str = "") -> str:
        """The citation of the page, or of a part of it, as HTML. ``title``: HTML."""
        said = gbt7714(title, self.edition, self.at(self.page, part), self.released, _ON_SLOT)
        return f"<cite>{said}</cite>"


_ON_SLOT = f'<span class="cited-on">{ON}</span>'


def slot(title: str, part: str = "") -> str:
    """Where a page's citation goes, or that of ``part``, an id on it. ``title``: HTML."""
    return f'<cite data-part="{html.escape(part)}">{title}</cite>'


def folded(title: str, part: str = "") -> str:
    """The citation of a part of a page, folded under 引用."""
    return f'<details class="cite"><summary>引用</summary><p>{slot(title, part)}</p></details>'


def embed_slot(title: str, name: str, height: int) -> str:
    """Where the line that embeds the chart ``name`` goes. ``title``: HTML."""
    return f'<code data-embed="{html.escape(name)}" data-height="{height}">{title}</code>'


def fill(body: str, bound: Bound) -> str:
    """A bound page's HTML with every citation, BibTeX entry and line to embed put in."""

    def frame(found: re.Match[str]) -> str:
        name, height, title = found.groups()
        place = f"{permanent.FOLDER}/{bound.edition}/embed/{html.unescape(name)}.html"
        if bound.address:
            source = html.escape(where(place, bound.address))
        else:
            below = html.escape(place.removeprefix(f"{permanent.FOLDER}/"))
            source = f'<span class="cited-at" data-at="{below}">{html.escape(place)}</span>'
        said = f'&lt;iframe src="{source}" title="{html.escape(title)}" width="100%" '
        return f'<code>{said}height="{height}" loading="lazy"&gt;&lt;/iframe&gt;</code>'

    def entry(found: re.Match[str]) -> str:
        at = bound.at(bound.page, html.unescape(found[1]))
        said = bibtex(found[2], bound.edition, bound.page, at, bound.released, _ON_SLOT)
        return f"<code>{said}</code>"

    body = _CITE.sub(lambda found: bound.citation(found[2], html.unescape(found[1])), body)
    body = _BIBTEX.sub(entry, _EMBED.sub(frame, body))
    return _TO_FILL.sub("", body) if bound.address else body


def box(title: str, edition: str, page: str) -> str:
    """The cite box of a page's side, as HTML. ``title``: HTML."""
    fixed = permanent.address(edition, page)
    return (
        f'<h2 id="cite">怎样引用</h2><p class="cite">{slot(title)}</p>'
        f'<details class="cite"><summary>BibTeX</summary><pre tabindex="0"><code data-bibtex="">'
        f"{title}</code></pre></details>"
        f'<p><a href="{fixed}">本期的固定页面</a>不随后来各期改动，引用请用它的地址。'
        "引用一个数字，点它到所在的行，那里有该行的引文；请一并写明它的来源。</p>"
    )
