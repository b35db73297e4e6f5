"""The audit's own judgement: what is within the budget and what is not."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

import audit
import small

GOOD = audit.Measured("fraud", (100, 100, 100, 100), 80_000, 1200, 1500, 50, 0.01, 8, (), ())


def changed(**given: Any) -> audit.Measured:
    return dataclasses.replace(GOOD, **given)


def test_a_page_on_the_very_edge_is_within() -> None:
    assert audit.outside(GOOD) == []
    assert audit.outside(changed(charts=9, bytes=120_000)) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bytes": 80_600}, "81 kB before interaction, allowed 80"),
        ({"bytes": 121_000, "charts": 9}, "121 kB before interaction, allowed 120"),
        ({"lcp": 1501.0}, "largest paint 1.50 s, allowed 1.5 s"),
        ({"tbt": 51.0}, "blocked 51 ms, allowed 50 ms"),
        ({"cls": 0.011}, "layout shift 0.011, allowed 0.01"),
        ({"scores": (100, 99, 100, 100), "failed": ("a",)}, "Lighthouse accessibility 99: a"),
        ({"scores": (100, 100, 100, 50), "failed": ("b", "c")}, "Lighthouse SEO 50: b; c"),
        ({"axe": ("dark color-contrast: p",)}, "axe dark color-contrast: p"),
    ],
)
def test_a_page_outside_is_told_what_of_it(given: dict[str, Any], said: str) -> None:
    assert audit.outside(changed(**given)) == [said]


def test_every_fault_is_told() -> None:
    bad = changed(bytes=10**6, lcp=9000.0, tbt=900.0, cls=1.0, scores=(1, 2, 3, 4), axe=("x", "y"))
    assert len(audit.outside(bad)) == 7


def test_of_pages_made_from_one_pattern_three_stand_for_all() -> None:
    names = [
        "about",
        *(f"area-42{n:02}00" for n in range(5)),
        *(f"embed/chart-{n}" for n in range(5)),
        "trade_in",
    ]
    kept = audit.chosen(names, every=False)
    assert kept == ["about", *names[1:4], *names[6:9], "trade_in"]
    assert audit.chosen(names, every=True) == names


def test_the_table_has_a_line_for_each_page() -> None:
    lines = audit.table([GOOD, changed(page="trees", axe=("x",))]).splitlines()
    assert lines[2] == "| fraud | 8 | 80 | 1.2 s | 1.5 s | 50 ms | 0.010 | 100 / 100 / 100 / 100 | 0 |"
    assert lines[3].endswith("| 1 |")
    assert len({line.count("|") for line in lines}) == 1


def test_the_lock_names_every_package_by_its_checksum_and_no_host() -> None:
    locked = json.loads(
        (small.REPO / "benchmarks" / "audit" / "package-lock.json").read_text(encoding="utf-8")
    )["packages"]
    del locked[""]
    assert all("integrity" in package and "resolved" not in package for package in locked.values())
    assert {"node_modules/lighthouse", "node_modules/axe-core"} <= locked.keys()
