"""A chart with its words, its data and its picture, as Markdown a page is bound from.

Everything a notebook shows is a ``Piece``: Markdown (with raw HTML where the
page needs a class), and, for an exhibit, the table it draws as an attachment
that becomes a download.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yuebao import attribution, charts, cite, errata, fonts, markup, trace, words
from yuebao.attribution import Cited
from yuebao.charts import Drawing
from yuebao.markup import bare as bare

ATTACHMENT = "application/vnd.yuebao.exhibit+json"
CARDS = "application/vnd.yuebao.cards+json"
PAGE = "application/vnd.yuebao.page+json"
VEGALITE = "application/vnd.vegalite.v6+json"
LONG_CELL = 24  # characters: longer than any one number with its words
NOTHING = ("", "—", words.MISSING, words.NOT_APPLICABLE)  # what a cell of numbers holds instead of one
SHORT_CELL = 8  # characters: 恩施州, 2024年5月
LONG_TABLE = 30  # rows: a longer table is folded


@dataclass(frozen=True)
class Piece:
    """A part of a page: Markdown, and what hangs on it."""

    markdown: str
    attachment: dict[str, Any] | None = None
    chart: charts.Spec | None = None
    cards: tuple[Card, ...] = ()
    page: dict[str, str] | None = None  # what it says of the whole page, e.g. its description

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/markdown": self.markdown, "text/plain": "yuebao"}
        if self.attachment is not None:
            bundle[ATTACHMENT] = self.attachment
        if self.chart is not None:
            bundle[VEGALITE] = self.chart
        if self.cards:
            bundle[CARDS] = [card.plain() for card in self.cards]
        if self.page is not None:
            bundle[PAGE] = self.page
        return bundle


@dataclass(frozen=True)
class Card:
    """One headline figure: what, how much, how it changed, when and where, who says so."""

    label: str
    value: str  # HTML from words.shown
    unit: str
    change: str  # HTML, may be empty
    period: str
    source: str  # HTML, a link
    name: str = ""  # of its picture: figure-fraud-funds_stopped; empty where it has none

    def plain(self) -> dict[str, str]:
        """The card as plain text, for its picture."""
        held = {name: getattr(self, name) for name in ("value", "change", "source")}
        told = {name: bare(said) for name, said in held.items()}
        return {"name": self.name, "label": self.label, "unit": self.unit, "period": self.period, **told}

    def source_line(self) -> str:
        """Who says so, and the figure as a picture to pass on."""
        if not self.name:
            return self.source
        ending = "png" if fonts.available() else "svg"
        label = text(f"图片：{self.label}")
        file = f"data/latest/{self.name}.{ending}"
        return f'{self.source} <a href="{file}" aria-label="{label}" download>图片</a>'


@dataclass(frozen=True)
class Exhibit:
    """A chart or table with its words and its data.

    ``data`` is what the download holds: one row a figure, with its ``row_id``; rows without
    one are numbered. ``table`` is what the page shows, header -> cells, as HTML, row by row
    as ``data`` is; cells are escaped by the one who made them.
    """

    name: str
    title: str
    caption: str
    alt: str
    data: pd.DataFrame
    table: pd.DataFrame
    sources: Sequence[Sequence[str]] = ()  # each the parts of ``Cited``
    drawing: Drawing | None = None
    note: str = ""  # HTML, a warning that belongs to this exhibit
    says: str = ""  # HTML, what its numbers come to, in a sentence above the picture
    group: str = ""  # a column of ``table`` set once over the rows that share it
    level: int = 3
    picture: str = ""  # HTML that is a picture by itself (a tile map), where there is no drawing


def text(value: object) -> str:
    """``value`` as text that neither HTML nor Markdown can take for anything else; see ``markup.escaped``."""
    return markup.escaped("" if words.missing(value) else str(value))


def _class(cells: list[str]) -> str:
    """Numbers are set right; short cells are kept on one line."""
    lengths = [len(bare(cell)) for cell in cells]
    if max(lengths, default=0) > LONG_CELL:
        return ""  # a sentence, though it may hold numbers
    if any("<data" in c for c in cells) and all("<data" in c or c in NOTHING for c in cells):
        return ' class="num"'
    return ' class="nw"' if max(lengths, default=0) <= SHORT_CELL else ""


def table_html(table: pd.DataFrame, label: str, group: str = "", ids: Sequence[str] = ()) -> str:
    """A table of HTML cells in a box that can be scrolled with the keyboard.

    ``group``: a column whose value stands once over the rows that share it; ``ids``: an id for
    each row, empty for a row that stands elsewhere.
    """
    over = list(table[group]) if group in table else []
    table = table.drop(columns=group) if over else table
    kind = {name: _class([str(cell) for cell in table[name]]) for name in table.columns}
    # On a phone a row is set as a paragraph; where it holds several numbers each says what it is.
    numbers = [n for n in table.columns if "num" in kind[n]]
    named = {n: f' data-h="{text(n)}"' for n in numbers} if len(numbers) > 1 else {}
    head = "".join(f'<th scope="col"{kind[n]}>{text(n)}</th>' for n in table.columns)
    rows = []
    for number, (_, row) in enumerate(table.iterrows()):
        if over and (number == 0 or over[number] != over[number - 1]):
            span = f'colspan="{len(table.columns)}"'
            rows.append(f'<tr class="group"><th scope="rowgroup" {span}>{over[number]}</th></tr>')
        cells = "".join(f"<td{kind[n]}{named.get(n, '')}>{row[n]}</td>" for n in table.columns)
        place = f' id="{text(ids[number])}"' if ids and ids[number] else ""
        rows.append(f"<tr{place}>{cells}</tr>")
    return markup.one_line(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(label)}">'
        f'<table class="data"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def source_html(cited: Cited, said: str = "", date: str = "") -> str:
    """A source as a link to the sources page, with what was seen of it: 转载，见于 example.com.

    ``said``: what of its words is printed, else all of them; ``date``: printed beside its name.
    """
    named = text(f"{cited.name} {date}".strip())
    link = f'<a href="sources.html#{text(cited.source_id)}">{named}</a>'
    if not cited.remark or said == cited.name:
        return link
    return f'{link}<span class="seen">（{text(cited.remark)}）</span>'


def source_links(sources: Sequence[Sequence[str]]) -> str:
    """Links to the sources page, each publisher once, copies marked. ``sources``: the parts of ``Cited``."""
    return attribution.together(sources, source_html)


EMBED_AROUND = 210  # pixels: title, caption and source of an embedded chart, in a narrow frame
EMBED_SCALE = 1.27  # a narrow chart is at most 27rem wide there, drawn for 340 pixels


def embed_height(pictures: list[str]) -> int:
    """Pixels a frame needs for the taller of a chart's pictures with its words."""
    heights = [float(found[1]) for p in pictures if (found := re.search(r'<svg[^>]*\sheight="([\d.]+)"', p))]
    return round(max(heights) * EMBED_SCALE / 10) * 10 + EMBED_AROUND


def _tools(name: str, file: str, exhibit: Exhibit, pictures: list[str]) -> str:
    """The line under an exhibit: its files, how to embed and to cite it, its sources."""
    title = text(exhibit.title)
    drawn = exhibit.drawing is not None
    what = "本图" if drawn or exhibit.picture else "本表"
    parts = [f'<a href="data/latest/{file}" download>{what}数据 CSV</a>']
    if drawn:
        parts.append(_picture_links(name).strip())
        line = cite.embed_slot(title, name, embed_height(pictures))
        parts.append(
            '<details class="embed"><summary>嵌入</summary>'
            '<p>把下面一行放进网页<span class="to-fill">，src 里的 editions 之前接上您所见的本站网址</span>；'
            f'所嵌的是本期的固定页面，不随后来各期改动。<a href="embed/{name}.html">先看样子</a>。</p>'
            f'<pre tabindex="0">{line}</pre>'
            '<button type="button" class="copy" hidden>复制</button></details>'
        )
    parts.append(cite.folded(title, f"x-{name}"))
    parts.append(errata.slot(f"x-{name}"))
    if exhibit.sources:
        parts.append(f"<span>来源：{source_links(exhibit.sources)}</span>")
    return f'<div class="exhibit-tools">{" ".join(parts)}</div>'


def with_row_ids(data: pd.DataFrame, name: str) -> pd.DataFrame:
    """``data`` with ``row_id``: where it has none, its rows are numbered within the exhibit ``name``."""
    if "row_id" in data:
        return data
    return data.assign(row_id=[trace.own_id(name, n) for n in range(1, len(data) + 1)])


def exhibit_piece(chapter: str, exhibit: Exhibit) -> Piece:
    """The exhibit as Markdown: heading, figure, table, tools."""
    name = f"{chapter}-{markup.file_name(exhibit.name)}"
    data = with_row_ids(exhibit.data, name)
    ids = [row if trace.page_of(row) == chapter else "" for row in data["row_id"]]
    file = f"{name}.csv"
    parts = [
        f'<figure class="exhibit" id="x-{name}">',
        f'<p class="exhibit-caption">{text(exhibit.caption)}</p>',
    ]
    if exhibit.says:
        parts.append(f'<p class="exhibit-says">{exhibit.says}</p>')
    drawn: dict[str, str] = {}
    if exhibit.drawing is not None:
        label = text(exhibit.alt)
        for size in ("wide", "narrow"):
            picture = drawn[size] = charts.svg(getattr(exhibit.drawing, size), f"{name}-{size}")
            parts.append(f'<div class="chart {size}" role="img" aria-label="{label}">{picture}</div>')
    parts.append(exhibit.picture)
    table = table_html(exhibit.table, f"{exhibit.title}：数据表", exhibit.group, ids)
    count = f"{len(exhibit.table)} 行"
    if exhibit.drawing is not None or exhibit.picture:
        told = f'<p class="exhibit-alt">{text(exhibit.alt)}</p>'
        parts.append(
            f'<details class="exhibit-table"><summary>数据表与文字说明（{count}）</summary>'
            f"{told}{table}</details>"
        )
    elif len(exhibit.table) > LONG_TABLE:
        parts.append(
            f'<details class="exhibit-table"><summary>展开全表（{count}）</summary>{table}</details>'
        )
    else:
        parts.append(table)
    parts.append(_tools(name, file, exhibit, list(drawn.values())))
    if exhibit.note:
        parts.append(f'<p class="finding warning">{exhibit.note}</p>')
    parts.append("</figure>")
    heading = markup.heading(exhibit.level, exhibit.title)
    attachment: dict[str, Any] = {
        "file": file,
        "name": name,
        "title": exhibit.title,
        "caption": exhibit.caption,
        "alt": exhibit.alt,
        "sources": [list(Cited(*source)) for source in exhibit.sources],
        "columns": list(data.columns),
        "rows": json.loads(data.to_json(orient="values", force_ascii=False, date_format="iso")),
    }
    if exhibit.drawing is not None:
        attachment["charts"] = {"wide": exhibit.drawing.wide, "narrow": exhibit.drawing.narrow}
        attachment["svg"] = drawn
    chart = exhibit.drawing.wide if exhibit.drawing is not None else None
    return Piece(heading + markup.one_line("".join(parts)) + "\n", attachment, chart)


def _picture_links(name: str) -> str:
    """Links to a chart as a picture, and as a specification; PNG only where this machine can draw it."""
    kinds = {"png": "图片 PNG", "svg": "SVG", "vl.json": "Vega-Lite"}
    if not fonts.available():
        del kinds["png"]
    return "".join(f'<a href="data/latest/{name}.{end}" download>{told}</a> ' for end, told in kinds.items())


def cards_html(cards: list[Card]) -> str:
    """Headline figures between hairlines."""
    parts = []
    for card in cards:
        lines = [
            f'<p class="card-label">{text(card.label)}</p>',
            f'<p class="card-value">{card.value}<span class="unit">{text(card.unit)}</span></p>',
            f'<p class="card-change">{card.change}</p>' if card.change else "",
            f'<p class="card-period">{text(card.period)}</p>',
            f'<p class="card-source">{card.source_line()}</p>',
        ]
        parts.append(f'<section class="card">{"".join(lines)}</section>')
    return f'<div class="cards">{markup.one_line("".join(parts))}</div>\n'


def arrow(value: float) -> str:
    """The sign of a change, never by colour alone."""
    if value > 0:
        return '<span class="up" aria-hidden="true">▲</span> '
    if value < 0:
        return '<span class="down" aria-hidden="true">▼</span> '
    return ""
