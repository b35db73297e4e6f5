"""Every kind of chart draws, the same each time, in colours the page decides."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pandas as pd
import pytest
import vl_convert

import small
from yuebao import charts
from yuebao.charts import Drawing

LABELLED = pd.DataFrame(
    {
        "label": ["武汉市", "襄阳市", "荆州市"],
        "value": [826_000.0, 12_000.0, 300.0],
        "text": ["82.6万", "1.2万", "300"],
        "spoken": [True, False, False],
    }
)
DATED = pd.DataFrame(
    {
        "date": pd.to_datetime(["2024-04-30", "2024-06-30", "2024-08-08"]),
        "value": [10.0, 20_000.0, 26_000.0],
        "text": ["", "2万", "2.6万"],
        "series": ["甲", "甲", "甲"],
        "spoken": [True, True, True],
    }
)
EVENTS = pd.DataFrame({"date": pd.to_datetime(["2024-07-24"]), "label": ["加力"]})
LANES = pd.DataFrame(
    {
        "lane": ["燃油车", "新能源车"],
        "start": ["2024-04-24", "2024-07-24"],
        "end": ["2024-07-23", "2024-12-31"],
        "text": ["7000元", "2万元"],
        "spoken": [True, False],
    }
)
PANELS = pd.DataFrame(
    {
        "panel": ["黄冈", "黄冈", "竹溪", "竹溪"],
        "label": ["一级", "二级"] * 2,
        "value": [1.4, 13.4, 3.9, 10.2],
        "text": ["1.4", "13.4", "3.9", "10.2"],
    }
)
DRAWINGS: dict[str, Callable[[], Drawing]] = {
    "columns": lambda: charts.columns(LABELLED),
    "bars": lambda: charts.bars(LABELLED),
    "changes": lambda: charts.changes(
        pd.DataFrame({"label": ["甲", "乙", "丙"], "value": [5.5, -9.0, 0.0], "text": ["5.5%", "-9%", "0"]})
    ),
    "dated": lambda: charts.dated(DATED, EVENTS),
    "bullets": lambda: charts.bullets(
        pd.DataFrame({"label": ["销售额", "申请"], "share": [1.2, 0.4], "text": ["120%", "40%"]}),
        0.6,
        "全年过去60%",
    ),
    "scatter": lambda: charts.scatter(
        pd.DataFrame({"x": [100, 3000], "y": [1.5, 9.1], "text": ["", "最老"]}), "树龄（年）", "胸围（米）"
    ),
    "steps": lambda: charts.steps(LANES, "2024-01-01", "2025-01-01"),
    "small_multiples": lambda: charts.small_multiples(PANELS),
}
SIZES = ("wide", "narrow")
BOTH = [(kind, size) for kind in DRAWINGS for size in SIZES]
every = pytest.mark.parametrize(("kind", "size"), BOTH, ids=[f"{kind}-{size}" for kind, size in BOTH])


@pytest.fixture(scope="module")
def pictures() -> dict[tuple[str, str], str]:
    """Every kind drawn once, wide and narrow."""
    return {
        (kind, size): charts.svg(getattr(make(), size), f"x-{kind}-{size}")
        for kind, make in DRAWINGS.items()
        for size in SIZES
    }


def test_every_kind_of_chart_is_here() -> None:
    made = {
        name
        for name, function in inspect.getmembers(charts, inspect.isfunction)
        if inspect.signature(function).return_annotation == "Drawing" and name != "draw"
    }
    assert made == set(DRAWINGS)


@every
def test_a_picture_is_one_line_of_svg(pictures: dict[tuple[str, str], str], kind: str, size: str) -> None:
    text = pictures[kind, size]
    assert text.startswith("<svg")
    assert text.endswith("</svg>")
    assert "\n" not in text
    root = ElementTree.fromstring(text)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 1


@every
def test_drawing_twice_gives_the_same_text(
    pictures: dict[tuple[str, str], str], kind: str, size: str
) -> None:
    assert charts.svg(getattr(DRAWINGS[kind](), size), f"x-{kind}-{size}") == pictures[kind, size]


@every
def test_ids_are_the_charts_own(pictures: dict[tuple[str, str], str], kind: str, size: str) -> None:
    text = pictures[kind, size]
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert all(name.startswith(f"x-{kind}-{size}-") for name in ids)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


@every
def test_the_page_sets_the_face_and_the_colours(
    pictures: dict[tuple[str, str], str], kind: str, size: str
) -> None:
    text = pictures[kind, size]
    assert "font-family" not in text
    colours = re.findall(r'\b(?:fill|stroke|stop-color)="([^"]*)"', text)
    assert any(colour.startswith("var(--") for colour in colours)
    for colour in colours:
        assert colour in ("none", "transparent") or colour.startswith(("var(--", "url(#")), colour


@every
def test_nothing_is_loaded_and_nothing_is_said_twice(
    pictures: dict[tuple[str, str], str], kind: str, size: str
) -> None:
    text = pictures[kind, size]
    assert "href" not in text
    assert "<script" not in text
    assert "<style" not in text
    assert "aria-" not in text
    assert "role=" not in text


@pytest.mark.parametrize("kind", DRAWINGS)
def test_wide_and_narrow_have_their_widths(pictures: dict[tuple[str, str], str], kind: str) -> None:
    def width(size: str) -> float:
        match = re.search(r'<svg[^>]*\bwidth="([\d.]+)"', pictures[kind, size])
        assert match
        return float(match[1])

    assert width("narrow") < width("wide")
    assert width("wide") <= charts.WIDE + 40
    assert width("narrow") <= charts.NARROW + 40


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("columns", ["武汉市", "82.6万"]),
        ("bars", ["荆州市", "300"]),
        ("changes", ["5.5%", "-9%"]),
        ("dated", ["2.6万", "加力"]),
        ("bullets", ["销售额", "120%", "全年过去60%"]),
        ("scatter", ["最老", "树龄（年）", "胸围（米）"]),
        ("steps", ["7000元", "2万元"]),
        ("small_multiples", ["黄冈", "竹溪", "一级", "13.4"]),
    ],
)
def test_the_words_of_a_chart_are_on_it(
    pictures: dict[tuple[str, str], str], kind: str, said: list[str]
) -> None:
    for size in SIZES:
        root = ElementTree.fromstring(pictures[kind, size])
        text = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
        for word in said:
            assert any(word in line for line in text), f"{word} not in {text}"


CLIPPED = {
    "data": {"values": [{"a": 1, "b": 2}, {"a": 9, "b": 9}]},
    "mark": {"type": "line", "clip": True},
    "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
}


def test_ids_of_a_clipped_chart_get_the_charts_name() -> None:
    text = charts.svg(CLIPPED, "x-clipped")
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert ids
    assert all(name.startswith("x-clipped-") for name in ids)
    assert set(re.findall(r"url\(#([^)]*)\)", text)) == set(ids)


def test_a_clipped_chart_drawn_twice_gives_the_same_text() -> None:
    assert charts.svg(CLIPPED, "x") == charts.svg(CLIPPED, "x")


def test_a_changed_value_changes_the_picture(pictures: dict[tuple[str, str], str]) -> None:
    other = charts.bars(LABELLED.assign(value=[1.0, 2.0, 3.0]))
    assert charts.svg(other.wide, "x-bars-wide") != pictures["bars", "wide"]


def test_a_line_joins_only_what_is_one_series() -> None:
    joined = charts.svg(charts.dated(DATED).wide, "x")
    apart = charts.svg(charts.dated(DATED.assign(series=["甲", "乙", "丙"])).wide, "x")
    assert longest_line(apart) < longest_line(joined)


def longest_line(text: str) -> int:
    """How many points the longest path of a picture joins by straight lines."""
    return max(path.count("L") for path in re.findall(r' d="([^"]*)"', text))


def test_one_row_is_enough() -> None:
    one = LABELLED.head(1)
    for drawing in (charts.columns(one), charts.bars(one), charts.dated(DATED.head(1))):
        assert charts.svg(drawing.wide, "x").startswith("<svg")


# --- what a mark says when it is pointed at -----------------------------------------


def tips(spec: charts.Spec) -> set[str]:
    """Every ``tip`` of the data sets a chart draws from."""
    rows = [row for held in spec["datasets"].values() for row in held]
    return {row["tip"] for row in rows if "tip" in row}


@every
def test_a_mark_has_something_to_say(kind: str, size: str) -> None:
    drawing = DRAWINGS[kind]()
    spec = getattr(drawing, size)
    said = tips(spec)
    assert said
    assert all(tip.strip() and "nan" not in tip for tip in said)
    vega = vl_convert.vegalite_to_vega(spec)
    assert '"tooltip": {"signal": "isValid(datum[\\"tip\\"])' in json.dumps(vega)


def test_a_frame_may_bring_its_own_tip() -> None:
    own = LABELLED.assign(tip=["甲", "乙", "丙"])
    assert tips(charts.bars(own).wide) == {"甲", "乙", "丙"}
    assert tips(charts.bars(LABELLED).wide) == {"武汉市\n82.6万", "襄阳市\n1.2万", "荆州市\n300"}


# --- room for words --------------------------------------------------------------------

LONG = LABELLED.assign(label=["拦截 2021.1.1—2024.5.27", "拦截 2021年1—11月", "止付"])


@pytest.mark.parametrize(
    "make", [charts.bars, lambda f: charts.changes(f.assign(value=[-5.0, 3.0, 0.0]))], ids=["bars", "changes"]
)
def test_a_long_name_is_never_cut(make: Callable[[pd.DataFrame], Drawing]) -> None:
    drawing = make(LONG)
    for size in SIZES:
        text = charts.svg(getattr(drawing, size), "x")
        assert "…" not in text
        for name in LONG["label"]:
            assert f">{name}<" in text


@pytest.mark.parametrize("size", SIZES)
def test_words_do_not_make_a_chart_wider(size: str) -> None:
    """A chart wider than its place is set smaller than the rest."""
    dated = DATED.assign(
        series=["甲", "乙", "乙"], text=["2024年 逾500万份", "", "2025年 逾1000万份"], date=DATED["date"]
    )
    steps = LANES.assign(
        text=["1.2万元　补贴标准，新能源车；10万—20万元", "1.5万元　补贴上限，燃油车；6万—10万元"]
    )
    room = {"wide": charts.WIDE, "narrow": charts.NARROW}[size]
    for drawing in (charts.dated(dated), charts.steps(steps, "2024-01-01", "2025-01-01")):
        found = re.search(r'<svg[^>]*\bwidth="([\d.]+)"', charts.svg(getattr(drawing, size), "x"))
        assert found
        assert float(found[1]) <= room + 6


def test_small_multiples_share_a_scale() -> None:
    panels = DRAWINGS["small_multiples"]().wide["concat"]
    scales = [panel["layer"][0]["encoding"]["y"]["scale"]["domain"] for panel in panels]
    assert len(scales) == 2
    assert scales[0] == scales[1]
    assert scales[0][1] > 13.4


# --- colours -------------------------------------------------------------------------

CSS = (small.REPO / "book" / "_static" / "yuebao.css").read_text(encoding="utf-8")
# Machado, Oliveira & Fernandes 2009, severity 1: what is seen without the green, or the red, cone.
SEEN: dict[str, list[list[float]]] = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ],
}  # fmt: skip


def token(name: str, dark: bool) -> str:
    """A colour of the stylesheet, as six digits."""
    found = re.findall(rf"--{name}:#([0-9a-f]+)", CSS)[1 if dark else 0]
    return found if len(found) == 6 else "".join(c * 2 for c in found)


def luminance(colour: str, seen: list[list[float]]) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    shown = [min(1, max(0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in seen]
    return 0.2126 * shown[0] + 0.7152 * shown[1] + 0.0722 * shown[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("eye", SEEN)
@pytest.mark.parametrize("name", ["main", "mark", "gold", "ghost"])
def test_a_colour_that_marks_stands_out_to_every_eye(name: str, eye: str, dark: bool) -> None:
    a, b = (luminance(token(n, dark), SEEN[eye]) for n in (name, "paper"))
    assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= 3


def test_a_rise_and_a_fall_are_told_by_sign_and_side_too() -> None:
    frame = pd.DataFrame({"label": ["甲", "乙"], "value": [5.5, -9.0], "text": ["+5.5%", "-9%"]})
    text = charts.svg(charts.changes(frame).wide, "x")
    places = {t: float(x) for x, t in re.findall(r'translate\(([\d.]+),[\d.]+\)"[^>]*>([+-][\d.]+%)<', text)}
    assert places["-9%"] < places["+5.5%"]
