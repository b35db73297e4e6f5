"""One Altair theme and the few kinds of chart the book uses.

Every colour is a CSS variable, so one picture serves light and dark. Each kind
is drawn twice, for a wide and for a narrow screen, with labels of full size.
Sparse figures get dots and labelled bars; a line joins dots only where the
caller says they are one series, and shows nothing between them but the way.

Every frame may have a column ``tip``: what a mark says when the reader points at
it, in lines, the first its name. Without it the label and the text are said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from yuebao.markup import escaped

WIDE, NARROW = 680, 340

# A CSS variable with the light value behind it, for viewers that define none.
PAPER, CARD = "var(--paper,#fbfaf6)", "var(--card,#ffffff)"
INK, SOFT, RULE = "var(--ink,#1c2021)", "var(--soft,#5c6466)", "var(--rule,#dcd7ca)"
MAIN, MAIN_SOFT = "var(--main,#147d78)", "var(--main-soft,#cfe7e4)"
MARK, GOLD, GHOST = "var(--mark,#b23a24)", "var(--gold,#a8741a)", "var(--ghost,#8a8e8c)"

# Paper around words that stand on lines: drawn once under them.
HALO = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}

# The face is the reader's own (the page's CSS); this one is only measured with.
FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
SIZE = 13

# Axis numbers in 万 and 亿; exact, for ticks are round.
SHORT = (
    "abs(datum.value) >= 1e12 ? datum.value / 1e12 + '万亿' : "
    "abs(datum.value) >= 1e8 ? datum.value / 1e8 + '亿' : "
    "abs(datum.value) >= 1e4 ? datum.value / 1e4 + '万' : datum.label"
)

Spec = dict[str, Any]


@dataclass(frozen=True)
class Drawing:
    """One chart as two Vega-Lite specifications, wide and narrow."""

    wide: Spec
    narrow: Spec


def _config(chart: Any) -> Any:
    return (
        chart.configure(font=FONT, background="transparent", padding=0)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT,
            titleColor=SOFT,
            labelFontSize=SIZE,
            titleFontSize=SIZE,
            titleFontWeight="normal",
            domainColor=INK,
            gridColor=RULE,
            tickColor=RULE,
            ticks=False,
            labelPadding=6,
        )
        .configure_text(fontSize=SIZE, color=INK)
        .configure_header(labelColor=INK, labelFontSize=SIZE, labelFontWeight="bold", title=None)
    )


def _spec(chart: Any) -> Spec:
    # Not validated here: it takes longer than drawing does; the tests validate each kind.
    spec: Spec = _config(chart).to_dict(validate=False)
    spec["usermeta"] = {"embedOptions": {"renderer": "svg", "actions": False}}
    return spec


def draw(make: Callable[[int], Any]) -> Drawing:
    """``make(width)`` gives a chart; it is asked for both widths."""
    return Drawing(wide=_spec(make(WIDE)), narrow=_spec(make(NARROW)))


_TAG = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^"'>])*>)""")


def _words_apart(picture: str) -> str:
    """The SVG with each of its words on one line and as ``markup.escaped`` has it."""
    parts = _TAG.split(picture)
    parts[::2] = [
        escaped(re.sub(r"\s*\n\s*", " ", html.unescape(part)), begins=False) if part.strip() else ""
        for part in parts[::2]
    ]
    return "".join(parts)


def svg(spec: Spec, name: str) -> str:
    """The picture as one line of SVG. ``name`` keeps its ids apart from other charts'.

    Roles and labels inside are left out: the page gives the chart one text
    alternative and a table.
    """
    import vl_convert

    text: str = _words_apart(vl_convert.vegalite_to_svg(spec))
    text = re.sub(r'\s(?:aria-[a-z]+|role|pointer-events|xmlns:xlink|version)="[^"]*"', "", text)
    text = re.sub(r'<path class="(?:background|foreground)"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>', "", text)
    # vl_convert numbers its ids on through a process; here each picture counts from one.
    for number, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', text)), start=1):
        text = text.replace(f'id="{found}"', f'id="{name}-{number}"')
        text = text.replace(f"url(#{found})", f"url(#{name}-{number})")
    # Presentation attributes would win over nothing; the page's CSS sets the face.
    text = re.sub(r'\sfont-family="[^"]*"', "", text)
    return re.sub(r"\s*\n\s*", "", text)


def _values(frame: pd.DataFrame, columns: list[str], told: tuple[str, ...] = ()) -> pd.DataFrame:
    """The columns drawn from, dates as text, and the ``tip``: the frame's own, else what is ``told``."""
    plain = frame[columns].copy()
    for name in columns:
        if str(plain[name].dtype).startswith("datetime"):
            plain[name] = plain[name].dt.strftime("%Y-%m-%d")
    if "tip" in frame:
        plain["tip"] = frame["tip"]
    elif told:
        lines = plain[list(told)].astype(str).itertuples(index=False, name=None)
        plain["tip"] = ["\n".join(part for part in line if part) for line in lines]
    return plain.reset_index(drop=True)


def columns(frame: pd.DataFrame, height: int = 220) -> Drawing:
    """Labelled upright bars, the one spoken of in colour.

    ``frame``: ``label``, ``value``, ``text`` (what stands on the bar), ``spoken`` (bool).
    """
    data = _values(frame, ["label", "value", "text", "spoken"], ("label", "text"))

    def make(width: int) -> Any:
        base = alt.Chart(data).encode(
            x=alt.X("label:N", sort=None, title=None).axis(labelAngle=0, domain=True, labelOverlap=False)
        )
        y = alt.Y("value:Q", title=None).axis(None)
        bar = base.mark_bar(size=min(56, 0.72 * width / max(1, len(data)))).encode(
            y=y, color=alt.condition("datum.spoken", alt.value(MAIN), alt.value(GHOST)), tooltip="tip:N"
        )
        text = base.mark_text(dy=-9, fontWeight="bold").encode(y=y, text="text:N")
        return (bar + text).properties(width=width - 20, height=height)

    return draw(make)


def _named(base: Any, label: float, step: int) -> tuple[Any, Any, int, int]:
    """Names of the rows: on the axis, or above each row where ``label`` pixels are not enough for them.

    Gives the encoded base, a layer of names or None, how far bars move down, and the row's height.
    """
    need = max(base.data["label"].map(_wide).max() * SIZE, 20) + 14
    y = alt.Y("label:N", sort=None, title=None)
    if need <= label:
        axis = y.axis(domain=False, labelLimit=int(label), labelColor=INK)
        return base.encode(y=axis), None, 0, step
    base = base.encode(y=y.axis(None))
    names = base.mark_text(align="left", dy=-9).encode(x=alt.value(0), text="label:N")
    return base, names, 8, step + 16


def bars(frame: pd.DataFrame, step: int = 30) -> Drawing:
    """Labelled bars lying, one a row, in the order given.

    ``frame``: ``label``, ``value``, ``text``, ``spoken`` (bool).
    """
    data = _values(frame, ["label", "value", "text", "spoken"], ("label", "text"))

    def make(width: int) -> Any:
        room = max(data["text"].map(_wide).max() * SIZE, 20) + 14
        label = min(max(data["label"].map(_wide).max() * SIZE, 20) + 14, width * 0.42)
        base, names, down, row = _named(alt.Chart(data), label, step)
        inner = width - room - (label if names is None else 0)
        top = float(data["value"].max()) or 1
        x = alt.X("value:Q", title=None).scale(domain=[0, top]).axis(None)
        bar = base.mark_bar(size=step * 0.6, yOffset=down).encode(
            x=x, color=alt.condition("datum.spoken", alt.value(MAIN), alt.value(GHOST)), tooltip="tip:N"
        )
        text = base.mark_text(align="left", dx=6, dy=down).encode(x=x, text="text:N")
        layers = [bar, text] if names is None else [bar, text, names]
        return alt.layer(*layers).properties(width=inner, height=alt.Step(row))

    return draw(make)


def _wide(text: str) -> float:
    """Width of a text in ems: a Chinese character is one, a digit about half."""
    return sum(1.0 if ord(c) > 0x2E80 or c == "—" else 0.58 for c in text)


def changes(frame: pd.DataFrame, step: int = 30) -> Drawing:
    """Rises and falls from a common zero. ``frame``: ``label``, ``value`` (percent), ``text``."""
    data = _values(frame, ["label", "value", "text"], ("label", "text"))

    def make(width: int) -> Any:
        label = min(max(data["label"].map(_wide).max() * SIZE, 20) + 14, width * 0.46)
        low, high = min(0.0, float(data["value"].min())), max(0.0, float(data["value"].max()))
        base, names, down, row = _named(alt.Chart(data), label, step)
        inner = width - (label if names is None else 12)
        extra = (high - low or 1) * (70 / max(inner - 140, 60))
        domain = [low - extra if low < 0 else 0, high + extra if high > 0 else 0]
        x = alt.X("value:Q", title=None).scale(domain=domain, nice=False).axis(None)
        bar = base.mark_bar(size=step * 0.5, yOffset=down).encode(
            x=x, color=alt.condition("datum.value > 0", alt.value(MARK), alt.value(MAIN)), tooltip="tip:N"
        )
        fall = base.transform_filter("datum.value <= 0").mark_text(align="right", dx=-5, dy=down)
        rise = base.transform_filter("datum.value > 0").mark_text(align="left", dx=5, dy=down)
        if names is None:
            zero = alt.Chart(pd.DataFrame({"value": [0]})).mark_rule(color=INK).encode(x=x)
        else:  # a line through all would cross the names
            zero = base.mark_tick(color=INK, thickness=1, size=step * 0.8, yOffset=down)
            zero = zero.encode(x=alt.XDatum(0, axis=None))
        layers = [bar, fall.encode(x=x, text="text:N"), rise.encode(x=x, text="text:N"), zero]
        layers += [] if names is None else [names]
        return alt.layer(*layers).properties(width=inner, height=alt.Step(row))

    return draw(make)


def dated(frame: pd.DataFrame, events: pd.DataFrame | None = None, height: int = 280) -> Drawing:
    """Rings on the days told; a thin line between those of one series, the last one labelled.

    ``frame``: ``date``, ``value``, ``text``, ``series`` (a line each), ``spoken`` (in colour,
    the others grey). ``events``: ``date``, ``label``, marked by a dotted rule.
    """
    data = _values(frame, ["date", "value", "text", "series", "spoken"], ("date", "text"))
    marks = _values(events, ["date", "label"]) if events is not None and len(events) else None
    ends = data.loc[data.groupby("series")["date"].idxmax()]
    first, last_day = pd.Timestamp(data["date"].min()), pd.Timestamp(data["date"].max())
    gone = (pd.to_datetime(ends["date"]) - first) / max(last_day - first, pd.Timedelta(days=1))
    need = ends["text"].map(_wide) * SIZE * 1.1 + 9  # bold

    def make(width: int) -> Any:
        every = 2 if width < 400 else 1
        x = alt.X("date:T", title=None).axis(
            grid=False,
            tickCount={"interval": "month", "step": every},
            labelExpr="(month(datum.value) + 1) + '月'",
            labelOverlap=True,
        )
        y = alt.Y("value:Q", title=None).axis(domain=False, labelExpr=SHORT, tickCount=4, grid=True)
        colour = alt.condition("datum.spoken", alt.value(MAIN), alt.value(GHOST))
        base = alt.Chart(data).encode(x=x, y=y, detail="series:N", color=colour)
        layers = []
        if marks is not None:
            line = alt.Chart(marks).mark_rule(color=GOLD, strokeDash=[2, 3])
            layers.append(line.encode(x=x))
            word = alt.Chart(marks).mark_text(align="left", dx=4, color=SOFT, baseline="top")
            layers.append(word.encode(x=x, y=alt.value(0), text="label:N"))
        layers.append(base.mark_line(strokeWidth=1.5))
        ring = base.mark_point(fill=CARD, size=46, strokeWidth=2, opacity=1, filled=False)
        layers.append(ring.encode(tooltip="tip:N"))
        # A label stands right of its ring where there is room, else above and left of it.
        crowded = gone * (width - 60) + need > width - 48
        for extra in (HALO, {}):
            for last in (True, False):
                part = ends[crowded == last]
                place = (
                    {"align": "right", "dx": 2, "dy": -14} if last else {"align": "left", "dx": 9, "dy": 4}
                )
                text = alt.Chart(part).mark_text(fontWeight="bold", **place, **extra)
                layers.append(text.encode(x=x, y=y, text="text:N"))
        return alt.layer(*layers).properties(width=width - 60, height=height)

    return draw(make)


def bullets(frame: pd.DataFrame, elapsed: float, elapsed_text: str) -> Drawing:
    """Share of the target done, with the share of the year gone marked.

    ``frame``: ``label``, ``share`` (1 is the target), ``text``. A share above 1 is
    drawn to its own length, the target's end marked by the soft bar.
    """
    data = _values(frame, ["label", "share", "text"], ("label", "text"))
    top = max(1.0, float(data["share"].max()))

    def make(width: int) -> Any:
        x = alt.X("share:Q", title=None).scale(domain=[0, top], nice=False).axis(None)
        y = alt.Y("label:N", sort=None, title=None).axis(None)
        base = alt.Chart(data).encode(y=y)
        whole = base.mark_bar(size=12, color=MAIN_SOFT, align="left").encode(
            x=alt.X("zero:Q").scale(domain=[0, top]).axis(None), x2="one:Q"
        )
        whole = whole.transform_calculate(zero="0", one="1")
        done = base.mark_bar(size=12, color=MAIN).encode(x=x, tooltip="tip:N")
        name = base.mark_text(align="left", dy=-16, dx=0).encode(x=alt.value(0), text="label:N")
        told = base.mark_text(align="right", dy=-16, fontWeight="bold").encode(
            x=alt.value(width - 8), text="text:N"
        )
        gone = pd.DataFrame({"share": [elapsed], "label": [data["label"].iloc[-1]], "text": [elapsed_text]})
        tick = (
            alt.Chart(data)
            .transform_calculate(gone=str(elapsed))
            .mark_tick(color=MARK, thickness=2, size=24)
            .encode(x=alt.X("gone:Q").scale(domain=[0, top]).axis(None), y=y)
        )
        word = (
            alt.Chart(gone)
            .mark_text(color=MARK, dy=24, align="center" if elapsed < 0.75 else "right")
            .encode(x=x, y=y, text="text:N")
        )
        layers = whole + done + tick + name + told + word
        return layers.properties(width=width - 8, height=alt.Step(58))

    return draw(make)


def scatter(frame: pd.DataFrame, x_title: str, y_title: str, height: int = 320) -> Drawing:
    """One ring a tree. ``frame``: ``x``, ``y``, ``text`` (a label for the few spoken of)."""
    data = _values(frame, ["x", "y", "text"])
    if "tip" not in data:
        told = [f"{x_title} {x:g}\n{y_title} {y:g}" for x, y in zip(data["x"], data["y"], strict=True)]
        data["tip"] = [
            f"{name}\n{line}" if name else line for name, line in zip(data["text"], told, strict=True)
        ]

    def make(width: int) -> Any:
        x = alt.X("x:Q", title=x_title).axis(grid=False, tickCount=5)
        y = alt.Y("y:Q", title=y_title).axis(
            domain=False,
            tickCount=5,
            titleAngle=0,
            titleAlign="left",
            titleAnchor="start",
            titleY=-12,
            titleX=-30,
        )
        base = alt.Chart(data).encode(x=x, y=y)
        rings = base.mark_point(color=MAIN, size=50, strokeWidth=1.5, opacity=0.9).encode(tooltip="tip:N")
        named = base.transform_filter("datum.text != ''")
        right = named.mark_text(align="right", dx=-8, dy=-4).encode(text="text:N")
        return (rings + right).properties(width=width - 64, height=height)

    return draw(make)


def steps(frame: pd.DataFrame, start: str, end: str, step: int = 46) -> Drawing:
    """What held from when to when: one lane a rule, a bar to its end, a ring where no end is told.

    ``frame``: ``lane``, ``start``, ``end`` (dates; empty where not told), ``text``.
    """
    data = _values(frame, ["lane", "start", "end", "text"])
    if "tip" not in data:
        until = data["end"].where(data["end"] != "", "止期未写明")
        data["tip"] = data["text"].str.replace("\u3000", "\n") + "\n" + data["start"] + " 至 " + until
    data["open"] = data["end"] == ""  # asked of this column: Vega reads the ends as dates
    gone = (pd.to_datetime(data["start"]) - pd.Timestamp(start)) / (pd.Timestamp(end) - pd.Timestamp(start))
    need = data["text"].map(_wide) * SIZE + 2

    def make(width: int) -> Any:
        # Words begin with their bar, or as far left of it as they need to end in the picture.
        inner = width - 12
        at = (gone * inner).clip(upper=inner - need).clip(lower=0).round(1)
        scale = alt.Scale(domain=[start, end])
        axis = alt.Axis(
            grid=True,
            orient="top",
            offset=10,
            tickCount={"interval": "month", "step": 6},
            labelExpr="timeFormat(datum.value, '%Y-%m')",
            labelOverlap=True,
        )
        base = alt.Chart(data.assign(at=at)).encode(y=alt.Y("lane:N", sort=None, title=None).axis(None))
        x = alt.X("start:T", title=None, scale=scale, axis=axis)
        closed = base.transform_filter("!datum.open")
        bar = closed.mark_bar(size=9, color=MAIN_SOFT, stroke=MAIN, strokeWidth=1)
        bar = bar.encode(x=x, x2="end:T", tooltip="tip:N")
        ring = base.transform_filter("datum.open").mark_point(
            color=MAIN, fill=CARD, size=50, strokeWidth=2, opacity=1
        )
        layers = [bar, ring.encode(x=x, tooltip="tip:N")]
        for extra in (HALO, {}):  # no line of the grid runs through the words
            words = base.mark_text(align="left", dy=-13, dx=1, **extra)
            layers.append(words.encode(x=alt.X("at:Q", scale=None, axis=None), text="text:N"))
        return alt.layer(*layers).properties(width=inner, height=alt.Step(step))

    return draw(make)


def _middle(start: str, end: str) -> str:
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    return str((first + (last - first) / 2).date())


def small_multiples(frame: pd.DataFrame, height: int = 84) -> Drawing:
    """The same few upright bars once a panel, all panels on one scale, in the order given.

    ``frame``: ``panel``, ``label``, ``value``, ``text`` (what stands on the bar).
    """
    data = _values(frame, ["panel", "label", "value", "text"], ("panel", "label", "text"))
    panels, labels = list(dict.fromkeys(data["panel"])), list(dict.fromkeys(data["label"]))
    top = float(data["value"].max()) or 1

    def make(width: int) -> Any:
        across = 5 if width > 400 else 3
        inner = (width - 4) / across - 14
        y = alt.Y("value:Q", title=None).scale(domain=[0, top * 1.2]).axis(None)
        x = alt.X("label:N", sort=labels, title=None)
        x = x.axis(labelAngle=0, labelOverlap=False, labelPadding=4)
        parts = []
        for panel in panels:
            base = alt.Chart(data[data["panel"] == panel]).encode(x=x, y=y)
            bar = base.mark_bar(size=inner / len(labels) * 0.45, color=MAIN).encode(tooltip="tip:N")
            text = base.mark_text(dy=-8, fontSize=SIZE - 1).encode(text="text:N")
            title = alt.Title(panel, anchor="start", frame="group", fontSize=SIZE, color=INK, offset=0)
            parts.append((bar + text).properties(width=inner, height=height, title=title))
        whole = alt.concat(*parts, columns=across, spacing={"row": 18, "column": 14})
        return whole.properties(padding={"top": 4, "left": 0, "right": 0, "bottom": 6})

    return draw(make)
