"""Lines through time: sound counts only, each with a day that its source tells, each fact once."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd

from site_fixtures import Site, figures, site  # noqa: F401
from small import progress, put
from yuebao import spans, tables
from yuebao.chapter import Chapter
from yuebao.chapters import trade_in
from yuebao.project import Project
from yuebao.rules import RULES

LINES = ("cars", "appliances", "digital", "ebikes", "scrappage-2024")
MEASURES = (
    ("applications", "car_all"), ("applications", "car_scrappage"), ("units_sold", "appliance"),
    ("items_sold", "digital"), ("vehicles", "ebike"), ("sales", "all"),
)  # fmt: skip


def test_a_line_holds_sound_counts_with_a_day(site: Site) -> None:  # noqa: F811
    grades = site.table("sources").set_index("source_id")["grade"]
    for name in LINES:
        table = site.table(f"trade_in-{name}")
        spec = json.loads((site.folder / f"data/latest/trade_in-{name}.vl.json").read_text(encoding="utf-8"))
        values = {float(v["value"]) for part in spec["datasets"].values() for v in part if "value" in v}
        for _, row in table.iterrows():
            drawn = row.get("图中", "画出") == "画出"
            assert (float(row["value"]) in values) or not drawn, f"{name}: {row['period']}"
            assert grades[row["source_id"]] != "unofficial", f"{name}: {row['period']}"
            assert row["obs_status"] in ("A", "E"), f"{name}: {row['period']}"
            assert not (drawn and spans.ends_in_month(row["period"])), f"{name}: {row['period']}"


def test_the_digital_line_has_no_dip_of_a_digest() -> None:
    chapter = Chapter.open("trade_in")
    for measure, category in MEASURES:
        for year in trade_in.programmes(chapter):
            rows = trade_in.series(chapter, measure, category, year)
            assert tables.is_sound(rows).all()
            assert rows["last_day"].is_unique
            assert not any(map(spans.ends_in_month, rows["period"]))


def test_what_is_not_drawn_is_in_the_table_with_a_word() -> None:
    rows = pd.DataFrame(
        {
            "period": ["2025-01-01/2025-03-16", "2025-01/2025-03", "../2025-03-31", "2025-01-01/2025-03-31"],
            "last_day": pd.to_datetime(["2025-03-16", "2025-03-31", "2025-03-31", "2025-03-31"]),
        }
    )
    words = trade_in.undrawn(rows)
    assert words[0] == words[2] == ""
    assert "止期只写到月" in words[1]
    assert "同日" in words[3]


def test_one_fact_is_one_row_of_a_table(site: Site) -> None:  # noqa: F811
    """No table of counts holds two rows that tell one fact in two spellings of its window."""
    for figure in figures(site.page("trade_in")):
        exhibit = str(figure["id"]).removeprefix("x-")
        table = site.table(exhibit)
        if not {"period", "measure", "value", "programme"} <= set(table):
            continue
        if exhibit.endswith(("disagreements", "preliminary", "conflicts", "doubtful")):
            continue
        frame = table.assign(value=pd.to_numeric(table["value"]))
        for column in ("change_pct", "change_kind", "qualifier"):
            frame[column] = frame.get(column)
        groups = spans.same_fact(frame, [c for c in trade_in.FACT if c in frame])
        twice = [list(frame["period"].iloc[group]) for group in groups if len(group) > 1]
        assert twice == [], exhibit


def test_two_spellings_of_one_window_are_one_count_with_two_sources(
    empty: Project,
) -> None:
    nation = {"area_code": "000000", "value": 364000}
    held = _with(
        empty,
        progress(period="2024-04/2024-04-28", source_id="s_police", **nation),
        progress(period="2024-04-24/2024-04-28", source_id="s_paper", **nation),
    )
    chapter = dataclasses.replace(Chapter.open("trade_in"), tables=held)
    rows = trade_in.counts(chapter, "applications", None, "2024")  # type: ignore[arg-type]
    (row,) = (row for _, row in rows.iterrows())
    assert row["period"] == "2024-04-24/2024-04-28"
    assert row["cited"] == ["s_paper", "s_police"]


def test_a_count_to_a_bare_month_is_not_later_than_a_day_in_it(empty: Project) -> None:
    first = progress(period="2024-04-01/2024-04-22", value=500)
    month = progress(period="2024-04-01/2024-04", value=400)
    found = RULES["cumulative_never_falls"](_with(empty, first, month), "trade_in")
    assert found.empty
    later = progress(period="2024-04-01/2024-04-28", value=400)
    assert len(RULES["cumulative_never_falls"](_with(empty, first, later), "trade_in")) == 1


def _with(project: Project, *rows: dict[str, object]) -> tables.Tables:
    put(project, "2024-04", "trade_in", rows)
    return tables.assemble(project)
