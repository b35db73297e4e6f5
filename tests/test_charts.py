"""Every kind of chart draws, the same each time, in colours the page decides."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pandas as pd
import pytest

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
    "small_multiples": lambda: charts.small_multiples(
        pd.DataFrame(
            {
                "panel": ["黄冈", "黄冈", "竹溪", "竹溪"],
                "label": ["一级", "二级"] * 2,
                "value": [1.4, 13.4, 3.9, 10.2],
                "text": ["1.4", "13.4", "3.9", "10.2"],
            }
        )
    ),
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
