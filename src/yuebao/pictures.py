"""Pictures people take away, as SVG that stands by itself: a chart, a headline figure, a page's card.

Each is a sheet of our paper with masthead, words and source on it, so that it can be
passed on alone. No CSS variable is left in it: other viewers know none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from yuebao import attribution, charts, words
from yuebao.attribution import Cited
from yuebao.fonts import HEI, SONG, lines, width

MASTHEAD = "湖北月报"
MARGIN = 40
CARD_SIDE = 1080  # a square, as it is passed on in messengers
OG_WIDTH, OG_HEIGHT = 1200, 630  # what Open Graph's readers cut least from
TELLS = "诈骗、古树、以旧换新的湖北数据，每个数都写明来源"

_VARIABLE = re.compile(r"var\(--[a-z-]+,\s*(#[0-9a-fA-F]+)\)")
_SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')


def resolved(text: str) -> str:
    """The text with each ``var(--name,#hex)`` replaced by its light value."""
    return _VARIABLE.sub(r"\1", text)


PAPER, INK, SOFT = resolved(charts.PAPER), resolved(charts.INK), resolved(charts.SOFT)
RULE, MAIN, MARK = resolved(charts.RULE), resolved(charts.MAIN), resolved(charts.MARK)


# --- parts of a sheet -------------------------------------------------------------


@dataclass
class _Sheet:
    """SVG parts on paper; ``y`` is the baseline the next line of words is set below."""

    wide: float
    y: float = 0.0
    parts: list[str] = field(default_factory=list)

    def words(
        self, said: str, x: float, y: float, size: float, face: str = HEI, colour: str = INK,
        weight: int = 400, anchor: str = "start", spacing: float = 0,
    ) -> None:  # fmt: skip
        more = f' letter-spacing="{spacing:g}"' if spacing else ""
        more += f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-family="{face}" font-size="{size:g}" '
            f'font-weight="{weight}" fill="{colour}"{more}>{escape(said)}</text>'
        )

    def block(
        self, said: str, x: float, room: float, size: float, lead: float = 1.5, most: int = 99, **how: Any
    ) -> None:
        """Words broken into lines of ``room`` pixels below what is there."""
        for line in lines(said, room / size, most):
            self.y += size * lead
            self.words(line, x, self.y, size, **how)

    def rule(self, x: float, y: float, long: float, thick: float = 1, colour: str = RULE) -> None:
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{long:g}" height="{thick:g}" fill="{colour}"/>')

    def chart(self, drawn: str, x: float, y: float, wide: float, tall: float) -> None:
        """A chart's SVG scaled into the box, its words in our face."""
        found = _SIZE.search(drawn)
        if found is None:
            raise ValueError("the chart's SVG has no size")
        share = min(wide / float(found[1]), tall / float(found[2]))
        inner = resolved(drawn.partition(">")[2].rpartition("</svg>")[0])
        frame = f'<g transform="translate({x:g},{y:g}) scale({share:.4g})" font-family="{HEI}">'
        self.parts.append(f"{frame}{inner}</g>")

    def svg(self, tall: float, title: str, told: str) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.wide:g}" height="{tall:g}" '
            f'viewBox="0 0 {self.wide:g} {tall:g}" role="img" lang="zh-CN">'
            f"<title>{escape(title)}</title><desc>{escape(told)}</desc>"
            f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(self.parts)}</svg>\n'
        )


# --- the pictures -----------------------------------------------------------------


def chart(item: dict[str, Any], edition: str) -> str:
    """An exhibit's chart with its title, caption and source. ``edition``: 2026年6月.

    ``item``: the exhibit's attachment, with the chart as ``svg``.
    """
    drawn = item["svg"]["wide"]
    found = _SIZE.search(drawn)
    if found is None:
        raise ValueError("the chart's SVG has no size")
    room, tall = max(float(found[1]), charts.WIDE), float(found[2])
    sheet = _Sheet(room + 2 * MARGIN)
    sheet.rule(MARGIN, 30, room, 3, INK)
    sheet.words(MASTHEAD, MARGIN, 56, 15, SONG, weight=700, spacing=2)
    sheet.words(f"{edition}期", MARGIN + room, 56, 13, colour=SOFT, anchor="end")
    sheet.rule(MARGIN, 67, room)
    sheet.y = 72
    sheet.block(item["title"], MARGIN, room, 24, 1.4, face=SONG, weight=700)
    sheet.y += 4
    sheet.block(item["caption"], MARGIN, room, 14, 1.6, colour=SOFT)
    sheet.chart(drawn, MARGIN, sheet.y + 22, float(found[1]), tall)
    sheet.y += 22 + tall + 20
    sheet.rule(MARGIN, sheet.y, room)
    sources = attribution.together(item["sources"])
    imprint = f"{MASTHEAD} {edition}期"
    sheet.y += 6
    if sources and width(f"来源：{sources}；{imprint}") * 12.5 <= room:
        sheet.block(f"来源：{sources}；{imprint}", MARGIN, room, 12.5, 1.5, colour=SOFT)
    else:
        said = [f"来源：{sources}；", imprint] if sources else [imprint]
        for line in said:
            sheet.block(line, MARGIN, room, 12.5, 1.5, colour=SOFT)
    return sheet.svg(round(sheet.y + 26), item["title"], item["alt"])


def spec(item: dict[str, Any], edition: str) -> str:
    """The exhibit's Vega-Lite specification with its words, as it opens in an editor."""
    held: dict[str, Any] = json.loads(resolved(json.dumps(item["charts"]["wide"])))
    config = {**held.get("config", {}), "background": PAPER, "padding": 16}
    held["config"] = config
    held["title"] = {
        "text": lines(item["title"], charts.WIDE / 20),
        "subtitle": lines(item["caption"], charts.WIDE / 13),
        "font": "Noto Serif CJK SC, Songti SC, SimSun, serif",
        "anchor": "start",
        "frame": "group",
        "fontSize": 20,
        "subtitleFontSize": 13,
        "color": INK,
        "subtitleColor": SOFT,
        "offset": 16,
    }
    held["description"] = item["alt"]
    held["usermeta"] = {
        **held.get("usermeta", {}),
        "publication": MASTHEAD,
        "edition": edition,
        "sources": [
            {"source_id": cited.source_id, "publisher": cited.publisher, "grade": cited.grade}
            for cited in (Cited(*source) for source in item["sources"])
        ],
    }
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"


def _figure(sheet: _Sheet, card: dict[str, Any], x: float, room: float, size: float) -> None:
    """A card's value as large as the room lets it be, between its qualifier and its unit."""
    said, unit = card["value"], card["unit"]
    before = next((word for word in words.QUALIFIERS.values() if word and said.startswith(word)), "")
    value = said.removeprefix(before)
    small = size * 0.26
    size = min(size, (room - small * (width(before + unit) + 0.6)) / width(value))
    sheet.y += size * 1.02

    def aside(told: str, gap: float) -> str:
        return (
            f'<tspan dx="{gap:.3g}" font-family="{HEI}" font-size="{small:.4g}" font-weight="400" '
            f'fill="{SOFT}">{escape(told)}</tspan>'
        )

    gap = f' dx="{small * 0.2:.3g}"' if before else ""
    sheet.parts.append(
        f'<text x="{x:g}" y="{sheet.y:g}" font-family="{SONG}" font-size="{size:.4g}" font-weight="700" '
        f'fill="{INK}">{aside(before, 0) if before else ""}<tspan{gap}>{escape(value)}</tspan>'
        f"{aside(unit, small * 0.25)}</text>"
    )


def _change(sheet: _Sheet, card: dict[str, Any], x: float, room: float, size: float) -> None:
    sheet.y += size * 0.35
    colour = {"▲": MARK, "▼": MAIN}.get(card["change"][:1], INK)
    sheet.block(card["change"], x, room, size, 1.4, 2, colour=colour, weight=700)


def figure(card: dict[str, Any], edition: str) -> str:
    """A headline figure as a square to pass on.

    ``card``: ``label``, ``value``, ``unit``, ``change``, ``period``, ``source``, all plain text.
    """
    side, edge = CARD_SIDE, 88
    room = side - 2 * edge
    sheet = _Sheet(side)
    sheet.words(MASTHEAD, edge, 164, 78, SONG, weight=700, spacing=14)
    sheet.rule(edge, 198, room, 7, INK)
    sheet.words(f"{edition}期", edge, 250, 32, colour=INK, weight=700)
    sheet.rule(edge, 276, room, 2)
    sheet.y = 318
    sheet.block(card["label"], edge, room, 48, 1.35, 2, colour=INK)
    _figure(sheet, card, edge, room, 232)
    if card["change"]:
        sheet.y += 14
        _change(sheet, card, edge, room, 44)
    sheet.y += 8
    sheet.block(card["period"], edge, room, 36, 1.55, 2, colour=SOFT)
    sheet.rule(edge, 944, room, 2)
    sheet.y = 950
    sheet.block(f"来源：{card['source']}", edge, room, 30, 1.5, 2, colour=SOFT)
    told = "，".join(part for part in (card["period"], card["change"]) if part)
    return sheet.svg(side, f"{card['label']} {card['value']}{card['unit']}", told)


def page(
    title: str, told: str, edition: str, card: dict[str, Any] | None, item: dict[str, Any] | None
) -> str:
    """What stands for a page where its address is passed on: its title and what it tells.

    Beside them stands the page's first figure, or else its first chart.
    """
    edge = 64
    room = OG_WIDTH - 2 * edge
    sheet = _Sheet(OG_WIDTH)
    sheet.words(MASTHEAD, edge, 124, 72, SONG, weight=700, spacing=12)
    sheet.words(f"{edition}期", OG_WIDTH - edge, 124, 30, anchor="end", weight=700)
    sheet.rule(edge, 152, room, 6, INK)
    left = 470.0 if card or item else room
    own = title != MASTHEAD
    sheet.y = 178
    if own:
        sheet.block(title, edge, left, 66, 1.3, 3, face=SONG, weight=700)
    sheet.y += 20
    size = 27 if own else 40
    sheet.block(told or TELLS, edge, left, size, 1.55, 4, colour=SOFT if own else INK)
    if card or item:
        x = edge + left + 44
        beside = OG_WIDTH - edge - x
        sheet.parts.append(f'<rect x="{x - 22:g}" y="186" width="1.5" height="352" fill="{RULE}"/>')
        x, beside = x + 22, beside - 22
    if card:
        sheet.y = 206
        sheet.block(card["label"], x, beside, 34, 1.35, 2, colour=INK)
        _figure(sheet, card, x, beside, 150)
        if card["change"]:
            _change(sheet, card, x, beside, 30)
        sheet.y += 4
        sheet.block(card["period"], x, beside, 27, 1.5, 2, colour=SOFT)
        foot = f"来源：{card['source']}"
    elif item:
        sheet.y = 176
        sheet.block(item["title"], x, beside, 27, 1.35, 2, weight=700)
        sheet.chart(item["svg"]["narrow"], x, sheet.y + 22, beside, 530 - sheet.y - 22)
        foot = f"来源：{attribution.together(item['sources'])}" if item["sources"] else ""
    else:
        foot = ""
    sheet.rule(edge, 560, room, 1.5)
    sheet.words(lines(foot, room / 24, 1)[0] if foot else "文字与数据 CC BY 4.0", edge, 598, 24, colour=SOFT)
    return sheet.svg(OG_HEIGHT, title, f"{MASTHEAD} {edition}期")
