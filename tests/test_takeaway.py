"""Every format opened by a program that is not ours, cell by cell as the table has it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import csvw
import duckdb
import frictionless
import openpyxl
import pandas as pd
import pytest
import rdflib
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import DataStructureDefinition

import small
from yuebao import downloads, spreadsheets, takeaway, workbooks
from yuebao.project import Project
from yuebao.spreadsheets import Sheet, Workbook
from yuebao.tables import Tables, assemble

ATTACHMENT: dict[str, Any] = {
    "file": "fraud-losses.csv",
    "name": "fraud-losses",
    "title": "损失",
    "caption": "损失金额，元",
    "sources": [["s_police", "警方"]],
    "columns": ["area_code", "area_zh", "value", "unit"],
    "rows": [["420000", "湖北省", 26000, "CNY"], ["000000", "=1+1", None, "CNY"]],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, Path]:
    """The small project's tables and its folder of downloads."""
    project = small.fill(small.make(tmp_path_factory.mktemp("takeaway") / "project"))
    held = assemble(project)
    folder = project.root / "data" / "latest"
    takeaway.write(held, [ATTACHMENT], folder, "https://example.org/yuebao")
    return held, folder


def text_of(value: Any) -> str:
    """A cell as a spreadsheet's CSV export would write it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return f"{value:.12g}"
    return str(value)


def expected(held: Tables, name: str) -> list[list[str]]:
    frame = downloads.published(held, held.datasets[name])
    return [[text_of(spreadsheets._plain(v)) for v in row] for row in frame.itertuples(index=False)]


def numbers_as_written(rows: list[list[str]]) -> list[list[str]]:
    """Numbers by value, so that 26000.0 and 26000 are the same."""
    out = []
    for row in rows:
        line = []
        for cell in row:
            try:
                plain = not (cell.startswith("0") and cell[1:2].isdigit())
                line.append(f"{float(cell):.12g}" if plain and cell else cell)
            except ValueError:
                line.append(cell)
        out.append(line)
    return out


def test_libreoffice_reads_every_sheet_as_the_table_has_it(made: tuple[Tables, Path], tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here (apt-get install libreoffice-calc)")
    held, folder = made
    target = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    for kind in ("xlsx", "ods"):
        out = tmp_path / kind
        command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
        command += ["--convert-to", target, "--outdir", str(out), str(folder / f"trees.{kind}")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        for name in ("trees", "trees_register"):
            title = held.datasets[name].title
            lines = list(csv.reader(io.StringIO((out / f"trees-{title}.csv").read_text(encoding="utf-8"))))
            wanted = expected(held, name)
            got = lines[-len(wanted) :]
            assert numbers_as_written(got) == numbers_as_written(wanted), f"{kind} {name}"
        cover = (out / f"trees-{spreadsheets.COVER}.csv").read_text(encoding="utf-8")
        assert "湖北月报 2024年5月期" in cover
        assert "Introductory information" not in cover


def test_libreoffice_opens_the_csv_in_chinese(made: tuple[Tables, Path], tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here (apt-get install libreoffice-calc)")
    _, folder = made
    command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--infilter=CSV:44,34,76,1", "--convert-to", "xlsx", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(folder / "fraud.csv")], check=True, capture_output=True, timeout=120)
    sheet = openpyxl.load_workbook(tmp_path / "fraud.xlsx").active
    header = [cell.value for cell in next(sheet.iter_rows())]
    text = (folder / "fraud.csv").read_text(encoding="utf-8-sig")
    assert header == next(csv.reader(io.StringIO(text)))
    assert "湖北省" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_codes_are_text_and_nothing_is_a_formula(made: tuple[Tables, Path]) -> None:
    _, folder = made
    book = openpyxl.load_workbook(folder / "fraud.xlsx")
    cells = {cell.value: cell for row in book["损失"].iter_rows() for cell in row if cell.value is not None}
    assert cells["000000"].data_type == "s"
    assert cells["=1+1"].data_type == "s"
    assert cells[26000].data_type == "n"
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_workbook_has_cover_contents_notes_and_links(made: tuple[Tables, Path]) -> None:
    _, folder = made
    book = openpyxl.load_workbook(folder / "fraud.xlsx")
    names = book.sheetnames
    assert names[:3] == [spreadsheets.COVER, spreadsheets.CONTENTS, "注"]
    assert {"电信网络诈骗", "损失", "指标", "数据字典", "来源"} <= set(names)
    linked = {c.hyperlink.location for r in book[spreadsheets.CONTENTS].iter_rows() for c in r if c.hyperlink}
    assert {f"'{name}'!A1" for name in names[2:]} == linked
    head = [cell.value for cell in book["电信网络诈骗"][6]]
    assert {"地区代码", "数值", "来源题名"} <= {str(v) for v in head} | {
        str(c.value) for r in book["电信网络诈骗"].iter_rows(max_row=8) for c in r
    }


def test_the_same_tables_give_the_same_workbooks(made: tuple[Tables, Path]) -> None:
    held, folder = made
    book = workbooks.workbook(held, "fraud", [ATTACHMENT], "https://example.org/yuebao")
    assert spreadsheets.xlsx(book) == (folder / "fraud.xlsx").read_bytes()
    assert spreadsheets.ods(book) == (folder / "fraud.ods").read_bytes()


def test_empty_and_odd_cells_survive_both_kinds() -> None:
    table = pd.DataFrame(
        {"甲": ["=1+1", "%", None, "武汉"], "乙": [None, 0.1, 10**15, -3], "丙": [True, False] * 2}
    )
    book = Workbook("题", ["一"], ["二"], ["三"], [Sheet("表", "表题", ["行"], table)])
    for content, read in ((spreadsheets.xlsx(book), "openpyxl"), (spreadsheets.ods(book), "odf")):
        frame = pd.read_excel(io.BytesIO(content), sheet_name="表", header=None, engine=read)
        got = frame.iloc[-4:].reset_index(drop=True)
        assert list(got[0].fillna("")) == ["=1+1", "%", "", "武汉"]
        assert [None if pd.isna(v) else float(v) for v in got[1]] == [None, 0.1, 1e15, -3]
        assert list(got[2]) == ["是", "否", "是", "否"]


def test_duckdb_and_pandas_read_the_parquet(made: tuple[Tables, Path]) -> None:
    held, folder = made
    wanted = downloads.published(held, held.datasets["trees_register"]).reset_index(drop=True)
    file = folder / "trees_register.parquet"
    by_pandas = pd.read_parquet(file)
    pd.testing.assert_frame_equal(by_pandas, wanted, check_dtype=False)
    asked = duckdb.sql(f"select tree_no, age_years, longitude from '{file}' order by record_no").fetchall()
    assert [row[0] or None for row in asked] == [None if pd.isna(v) else v for v in wanted["tree_no"]]
    assert [row[2] for row in asked] == list(wanted["longitude"])
    assert duckdb.sql(f"select typeof(area_code) from '{file}'").fetchall()[0] == ("VARCHAR",)


def test_frictionless_holds_the_data_package_valid(made: tuple[Tables, Path]) -> None:
    _, folder = made
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


def test_csvw_reads_each_table_back(made: tuple[Tables, Path]) -> None:
    held, folder = made
    for dataset in held.datasets.values():
        if not dataset.chapter:
            continue
        table = csvw.Table.from_file(folder / f"{dataset.name}.csv-metadata.json")
        rows = list(table.iterdicts(strict=True))
        frame = downloads.published(held, dataset)
        assert len(rows) == len(frame) > 0
        assert list(rows[0]) == list(frame.columns)
        if "value" in frame:
            got = [None if row["value"] is None else float(row["value"]) for row in rows]
            assert got == [None if pd.isna(v) else v for v in frame["value"]]


def test_pysdmx_reads_the_figures_back(made: tuple[Tables, Path]) -> None:
    held, folder = made
    for name in ("fraud", "trees", "trade_in", "context"):
        csv_file, structure = folder / "sdmx" / f"{name}.csv", folder / "sdmx" / f"{name}.structure.json"
        message = read_sdmx(structure)  # against SDMX's own JSON schema
        found = [s for s in message.structures or () if isinstance(s, DataStructureDefinition)]
        assert [s.id for s in found] == [name.upper()]
        (data,) = get_datasets(csv_file, structure)
        frame = held.labelled(name).sort_values(
            list(held.datasets[name].key), na_position="first", kind="stable"
        )
        assert list(data.data["REF_AREA"]) == ["CN" + code for code in frame["area_code"]]
        values = [None if v in ("", "NaN") else float(v) for v in data.data["OBS_VALUE"].astype(str)]
        assert values == [None if pd.isna(v) else v for v in frame["value"]]
        dimensions = [c.id for c in found[0].components.dimensions]
        assert not data.data.duplicated(dimensions).any()
        coded = {c.id: {x.id for x in c.local_codes} for c in found[0].components if c.local_codes}
        for column, codes in coded.items():
            assert set(data.data[column].astype(str)) - {"", "NaN", "nan"} <= codes, column


def test_a_json_ld_reader_finds_every_dataset_and_file(made: tuple[Tables, Path]) -> None:
    held, folder = made
    graph = rdflib.Graph().parse(folder / "catalog.json", format="json-ld")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    datasets = set(graph.subjects(rdflib.RDF.type, dcat.Dataset))
    assert len(datasets) == sum(1 for d in held.datasets.values() if d.chapter)
    files = {str(o) for o in graph.objects(None, dcat.downloadURL)}
    base = f"https://example.org/yuebao/data/{held.edition}/"
    assert all(file.startswith(base) for file in files)
    assert all((folder / file.removeprefix(base)).is_file() for file in files)


def test_the_archive_holds_every_file_and_its_own_checksums(made: tuple[Tables, Path]) -> None:
    _, folder = made
    with zipfile.ZipFile(folder / "yuebao-2024-05.zip") as archive:
        names = {name.removeprefix("yuebao-2024-05/"): archive.read(name) for name in archive.namelist()}
        assert archive.testzip() is None
        assert all(item.date_time == (1980, 1, 1, 0, 0, 0) for item in archive.infolist())
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(names) == there - {"yuebao-2024-05.zip"}
    for line in names["SHA256SUMS"].decode().splitlines():
        checksum, name = line.split("  ", 1)
        assert hashlib.sha256(names[name]).hexdigest() == checksum
    readme = names["README.txt"].decode("utf-8-sig")
    assert "模拟" not in readme
    assert "Excel" in readme
    assert "Everything known by the end of 2024-05" in readme


def test_sha256sum_agrees(made: tuple[Tables, Path]) -> None:
    _, folder = made
    run = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def test_the_same_tables_give_the_same_folder(made: tuple[Tables, Path], tmp_path: Path) -> None:
    held, folder = made
    takeaway.write(held, [ATTACHMENT], tmp_path / "again", "https://example.org/yuebao")
    assert (tmp_path / "again" / "SHA256SUMS").read_text() == (folder / "SHA256SUMS").read_text()


def test_the_package_lists_its_licence_and_edition(project: Project, tmp_path: Path) -> None:
    takeaway.write(assemble(project), [], tmp_path)
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == "2024-05"
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
