"""The files people take away."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import frictionless
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import small
from small import figure, put, tree
from yuebao import downloads, returns, schema
from yuebao.project import Project
from yuebao.tables import Tables, assemble

ATTACHMENT = {
    "file": "fraud-losses.csv",
    "title": "损失",
    "columns": ["名", "值"],
    "rows": [["甲", 1.5], ["=1+1", None]],
}


@pytest.fixture
def folder(project: Project, tmp_path: Path) -> Path:
    """The files of the small project's newest edition."""
    downloads.write(assemble(project), [ATTACHMENT], tmp_path / "data")
    return tmp_path / "data"


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8-sig"))))


def given_back(text: str) -> str:
    """What a reader does who wants the text as it was."""
    return text.removeprefix("'")


def test_every_file_has_a_bom_and_unix_line_ends(folder: Path) -> None:
    files = list(folder.glob("*.csv"))
    assert {f.stem for f in files} > {"fraud", "trees_register", "areas", "sources", "fraud-losses"}
    for file in files:
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf"), file.name
        assert not raw.startswith(b"\xef\xbb\xbf" * 2), file.name
        assert b"\r" not in raw, file.name
        assert raw.endswith(b"\n"), file.name


def test_write_tells_the_names_of_its_files(project: Project, tmp_path: Path) -> None:
    names = downloads.write(assemble(project), [ATTACHMENT], tmp_path)
    assert names == sorted(p.name for p in tmp_path.iterdir() if p.is_file())


def test_the_same_tables_give_the_same_bytes(project: Project, folder: Path, tmp_path: Path) -> None:
    downloads.write(assemble(project), [ATTACHMENT], tmp_path / "again")
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name


def test_the_header_is_the_schemas_columns_then_the_labels(project: Project, folder: Path) -> None:
    datasets = schema.load(project)
    header = list(lines(folder, "fraud.csv")[0])
    names = datasets["fraud"].public
    assert header[: len(names)] == names
    assert header[len(names) :] == [
        "row_id", "area_zh", "area_en", "measure_zh", "category_zh", "unit", "source_publisher",
        "source_title",
        "source_url", "source_date_published", "grade_of_trust", "edition",
    ]  # fmt: skip
    assert list(lines(folder, "areas.csv")[0]) == datasets["areas"].names


def test_a_row_can_be_read_by_itself(folder: Path) -> None:
    row = next(
        r for r in lines(folder, "fraud.csv") if r["area_code"] == "420100" and r["period"] == "2024-04"
    )
    assert (row["area_zh"], row["measure_zh"], row["unit"], row["edition"]) == (
        "武汉市",
        "立案",
        "case",
        "2024-04",
    )
    assert (row["source_publisher"], row["source_url"]) == ("省公安厅", "https://police.example/4")


def test_numbers_are_plain(project: Project, tmp_path: Path) -> None:
    put(
        project,
        "2024-05",
        "fraud",
        [
            figure(
                area_code="420102",
                value=v,
                measure="loss",
                period=f"20{n}",
                change_pct="-5.80",
                change_kind="mom",
            )
            for n, v in zip((20, 21, 22), ("826000", "0.13", "30000000000"), strict=True)
        ],
    )
    downloads.write(assemble(project), [], tmp_path)
    held = [r for r in lines(tmp_path, "fraud.csv") if r["area_code"] == "420102"]
    assert [r["value"] for r in held] == ["826000", "0.13", "30000000000"]
    assert {r["change_pct"] for r in held} == {"-5.8"}


def test_empty_cells_stay_empty(folder: Path) -> None:
    rows = lines(folder, "trees_register.csv")
    assert [r["age_years"] for r in rows] == ["500", ""]
    assert rows[0]["note"] == ""
    text = "".join(f.read_text(encoding="utf-8") for f in folder.glob("*.csv"))
    for word in ("nan", "NaN", "None", "<NA>", "NaT"):
        assert word not in text


def test_leading_zeros_stay(folder: Path) -> None:
    assert lines(folder, "areas.csv")[0]["area_code"] == "000000"
    assert {r["area_code"] for r in lines(folder, "trade_in_policy.csv")} == {"000000"}


def test_booleans(project: Project) -> None:
    text = downloads.csv_text(assemble(project).lists["sources"][["source_id", "link"]])
    assert {r["link"] for r in csv.DictReader(io.StringIO(text))} == {"true", "false"}


def test_a_source_no_row_uses_yet_is_not_given(project: Project, folder: Path) -> None:
    held = assemble(project)
    used = {s for d in held.datasets.values() if d.chapter for s in held.current(d.name)["source_id"]}
    given = {r["source_id"] for r in lines(folder, "sources.csv")}
    assert given == used & set(held.lists["sources"]["source_id"])
    assert given < set(held.lists["sources"]["source_id"])


def test_positions_of_trees_are_coarse(folder: Path) -> None:
    row = lines(folder, "trees_register.csv")[0]
    assert (row["longitude"], row["latitude"]) == ("114.31", "30.59")
    assert "114.3056" not in (folder / "trees_register.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1-1", "@SUM(A1)", '=HYPERLINK("x")'])
def test_what_a_spreadsheet_would_run_is_made_harmless(project: Project, tmp_path: Path, text: str) -> None:
    put(project, "2024-05", "trees_register", [tree(record_no="r-9", tree_id="T0009", tree_no="", note=text)])
    downloads.write(assemble(project), [], tmp_path)
    row = next(r for r in lines(tmp_path, "trees_register.csv") if r["record_no"] == "r-9")
    assert row["note"] == f"'{text}"
    assert given_back(row["note"]) == text


def test_an_attachment_is_harmless_too(folder: Path) -> None:
    assert lines(folder, "fraud-losses.csv") == [{"名": "甲", "值": "1.5"}, {"名": "'=1+1", "值": ""}]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=30)


@given(TEXTS.filter(lambda t: not t.startswith("'")))
def test_text_is_never_a_formula_and_can_be_had_back(text: str) -> None:
    out = downloads.csv_text(pd.DataFrame({"a": [text], "b": ["x"]}))
    (row,) = csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline=""))
    assert not row["a"].startswith(downloads.FORMULA)
    assert given_back(row["a"]) == text


def test_text_that_begins_with_an_apostrophe_can_be_had_back() -> None:
    assert given_back(downloads._cell("'=1+1")) == "'=1+1"


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9).map(lambda f: round(f, 4))))
def test_a_number_is_read_back_as_it_was(value: float) -> None:
    assert float(downloads._cell(value)) == float(value)


# --- the data package ------------------------------------------------------------------


def test_the_package_is_valid(folder: Path) -> None:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    errors = [error.message for task in report.tasks for error in task.errors] + [
        e.message for e in report.errors
    ]
    assert errors == []
    assert report.valid
    assert len(report.tasks) == len(list(folder.glob("*.csv"))) - 1  # all but the exhibit's table


def test_the_package_describes_each_column(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == "2024-05"
    for resource in package["resources"]:
        header = (folder / resource["path"]).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])
        assert set(resource["schema"]["primaryKey"]) <= set(header)


def test_the_package_notices_a_wrong_file(folder: Path) -> None:
    path = folder / "trees_register.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",500,", ",old,"), encoding="utf-8")
    assert not frictionless.Package(str(folder / "datapackage.json")).validate().valid


# --- reading what was written ------------------------------------------------------------


def test_a_download_read_again_has_the_same_figures(project: Project, folder: Path) -> None:
    held = assemble(project)
    dataset = held.datasets["fraud"]
    text = pd.read_csv(folder / "fraud.csv", dtype=str, encoding="utf-8-sig")[dataset.public].to_csv(
        index=False
    )
    path = small.put_bytes(project, "2024-06", "fraud.csv", text.encode())
    frame, faults = returns.read(path, dataset, project)
    assert not faults
    again = frame.sort_values(list(dataset.key), na_position="first", kind="stable")[dataset.public]
    wanted = held.current("fraud").sort_values(list(dataset.key), na_position="first", kind="stable")[
        dataset.public
    ]
    pd.testing.assert_frame_equal(again.reset_index(drop=True), wanted.reset_index(drop=True))


def test_real_downloads_hold_every_current_row(real: Tables) -> None:
    for name, dataset in schema.chapter_datasets(real.datasets).items():
        frame = downloads.published(real, dataset)
        assert len(frame) == len(real.current(name)) > 0
        assert not frame["source_publisher"].isna().any()
        assert frame["area_code"].str.fullmatch(r"\d{6}").all()
