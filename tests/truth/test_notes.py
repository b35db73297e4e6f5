"""Notes are for readers: in Chinese, the same in English, nothing about collecting; remarks go nowhere."""

from __future__ import annotations

import csv
import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import small
from site_fixtures import Site, site
from small import figure, put
from yuebao import corrections, reference, rows, sdmx
from yuebao.project import Project
from yuebao.tables import assemble

__all__ = ["site"]

HAN = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile("“[^”]*”|《[^》]*》")
# Names that are Latin in Chinese text too.
NAMES = {"LY/T", "GB/T", "APP", "App", "POS", "SIM", "IT", "ISO", "LED", "KTV", "ETC", "AI"}
COLLECTING = re.compile(
    r"locator|as collected|stored copy|previous row|\barticle \d|sources\.csv|verify\b"
    "|采集|页面位置|指标名：|分类名：|上一行|见上条"
)
LONG = 12  # a shorter remark (a day, a name) may well be said by a page in its own right


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def worded() -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of the real returns and sources, with its place."""
    for path in [
        *sorted((small.REPO / "data" / "returns").glob("*/*.csv")),
        small.REPO / "data" / "sources.csv",
    ]:
        for line, row in enumerate(read(path), start=2):
            yield f"{path.parent.name}/{path.name}:{line}", row


def faults(row: dict[str, str], ids: set[str]) -> list[str]:
    """What is wrong with a row's two notes."""
    chinese, english = row.get("note_zh") or "", row.get("note") or ""
    bare = QUOTED.sub("", chinese)
    latin = [word for word in re.findall(r"[A-Za-z][A-Za-z/]*", bare) if word not in NAMES]
    both = f"{chinese} {english}"
    found = [
        (bool(chinese) != bool(english), "one language only"),
        (bool(chinese) and not HAN.search(chinese), f"no Chinese in {chinese!r}"),
        (bool(latin), f"{latin} in {chinese!r}"),
        (bool(HAN.search(QUOTED.sub("", english))), f"Chinese in {english!r}"),
        (bool(COLLECTING.search(both)), f"about collecting: {both!r}"),
        (bool(ids & set(re.findall(r"[a-z][a-z0-9_-]*\d\w*", both))), f"an id in {both!r}"),
    ]
    return [fault for wrong, fault in found if wrong]


def test_every_note_is_for_readers_and_in_both_languages() -> None:
    every = list(worded())
    ids = {row["source_id"] for _, row in every} | {row.get("record_no", "") for _, row in every}
    wrong = [f"{place}: {fault}" for place, row in every for fault in faults(row, ids)]
    assert wrong == [], wrong[:20]
    assert sum(bool(row.get("note_zh")) for _, row in every) > 1000, "there are notes at all"


def test_a_remark_does_not_repeat_its_note() -> None:
    twice = [
        place
        for place, row in worded()
        if any(said.lower() in row["note"].lower() for said in row["remark"].split("; ") if said)
    ]
    assert twice == []


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("止日未写明。", ""),
        ("", "End not stated."),
        ("End not stated.", "End not stated."),
        ("止日 not stated。", "End not stated."),
        ("止日未写明。", "End 未写明."),
        ("采集指标名：立案。", "End not stated."),
        ("止日未写明。", "Page locator: brief 3."),
        ("与 s_1 相同。", "The same as s_1."),
    ],
)
def test_a_bad_note_is_seen(chinese: str, english: str) -> None:
    assert faults({"note_zh": chinese, "note": english}, {"s_1"})


def test_a_good_note_passes() -> None:
    assert (
        faults(
            {"note_zh": "原文“逾 5 万”，见 LY/T 2970。", "note": "Printed “逾 5 万”, by LY/T 2970."}, {"s_1"}
        )
        == []
    )


def test_a_page_prints_the_chinese_note_only(empty: Project) -> None:
    words = {"note_zh": "止日未写明。", "note": "End not stated.", "remark": "第 3 版右下角第二段"}
    put(empty, "2024-04", "fraud", [figure(**words)])
    put(empty, "2024-05", "fraud", [figure(value=90, **words | {"note_zh": "来源更正。"})])
    tables = assemble(empty)
    dataset = tables.datasets["fraud"]
    pages = [rows.page(tables, dataset), corrections.page(tables), *sdmx.files(tables, dataset).values()]
    assert all("来源更正。" in page for page in (pages[0], pages[1]))
    assert "End not stated." not in pages[0]
    assert not any(words["remark"] in page for page in pages)
    header = next(page for name, page in sdmx.files(tables, dataset).items() if name.endswith(".csv"))
    assert {"COMMENT_OBS", "COMMENT_OBS_EN"} <= set(header.splitlines()[0].split(","))
    assert "REMARK" not in header


def test_a_note_in_english_alone_leaves_the_page_without_one(empty: Project) -> None:
    put(empty, "2024-05", "fraud", [figure(period="2024-05", note="End not stated.")])
    tables = assemble(empty)
    assert "。注：" not in rows.page(tables, tables.datasets["fraud"])


def test_the_dictionary_lists_what_goes_out(project: Project) -> None:
    page = reference.dictionary(assemble(project))
    assert "<code>note_zh</code>" in page
    assert "<code>remark</code>" not in page


# ---- the real site ---------------------------------------------------------------------------


def published(folder: Path) -> Iterator[tuple[str, str]]:
    """Every page and file of the newest edition as text, with its name; workbooks by the strings in them."""
    for path in sorted([*folder.glob("*.html"), *(folder / "data" / "latest").rglob("*")]):
        if path.suffix in (".xlsx", ".ods"):
            with zipfile.ZipFile(path) as held:
                parts = [held.read(n).decode("utf-8") for n in held.namelist() if n.endswith(".xml")]
            yield path.name, html.unescape("\n".join(parts))
        elif path.suffix in (".html", ".csv", ".json", ".xml", ".md", ".txt", ".svg"):
            yield path.name, html.unescape(path.read_text(encoding="utf-8-sig"))


def test_no_remark_is_published(site: Site) -> None:
    every = [row for _, row in worded()]
    notes = "\n".join(f"{row['note_zh']}\n{row['note']}" for row in every)
    # What another row's note says in the same words is published by right.
    remarks = {row["remark"] for row in every if len(row["remark"]) >= LONG and row["remark"] not in notes}
    assert len(remarks) > 500
    shown = [(name, words) for name, page in published(site.folder) for words in remarks if words in page]
    assert shown == [], shown[:20]


def test_no_file_has_a_column_of_remarks(site: Site) -> None:
    assert [file for file in site.downloads if "remark" in site.rows(file)[0]] == []
    parquet = sorted((site.folder / "data" / "latest").rglob("*.parquet"))
    assert parquet
    assert [p.name for p in parquet if "remark" in pd.read_parquet(p).columns] == []


def test_the_sources_page_prints_the_chinese_notes(site: Site) -> None:
    told = site.text("sources")
    listed = site.table("sources")
    notes = listed[listed["note_zh"] != ""]["note_zh"]
    assert len(notes) > 100
    assert [note for note in notes if note not in told] == []
