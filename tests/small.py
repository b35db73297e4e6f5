"""A small project in a temporary folder, and rows to put into it.

``make`` gives a project without returns; ``fill`` puts a handful of good ones into
two months. A test then writes the one return it is about and looks what happens.
"""

from __future__ import annotations

import csv
import functools
import io
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from yuebao.project import Project
from yuebao.schema import LISTS, Dataset, load

REPO = Path(__file__).resolve().parents[1]
FIRST, SECOND = "2024-04", "2024-05"

Row = dict[str, Any]


def rows(names: str, *lines: str) -> list[Row]:
    """Rows written as lines of cells between bars; the first argument names the columns."""
    columns = names.split()
    return [dict(zip(columns, (cell.strip() for cell in line.split("|")), strict=True)) for line in lines]


CODES: dict[str, list[Row]] = {
    "areas": rows(
        "area_code name_zh short_zh name_en level parent_code",
        "000000 | 全国 | 全国 | China | nation |",
        "420000 | 湖北省 | 湖北 | Hubei | province | 000000",
        "420100 | 武汉市 | 武汉 | Wuhan | prefecture | 420000",
        "420102 | 江岸区 | 江岸 | Jiang'an | county | 420100",
        "420103 | 江汉区 | 江汉 | Jianghan | county | 420100",
        "420106 | 武昌区 | 武昌 | Wuchang | county | 420100",
    ),
    "units": rows(
        "unit label_zh label_en",
        "case | 起 | cases",
        "CNY | 元 | CNY",
        "tree | 株 | trees",
        "percent | % | percent",
        "firm | 家 | firms",
        "application | 份 | applications",
    ),
    "measures": rows(
        "measure chapter label_zh label_en unit kind definition_zh definition_en",
        "cases_filed | fraud | 立案 | Cases filed | case | flow | 立案数。 | Cases filed.",
        "cases_filed_share | fraud | 立案占比 | Share of cases | percent | share | 占立案数。 | Share.",
        "loss | fraud | 损失 | Loss | CNY | flow | 损失金额。 | Money lost.",
        "victim_share | fraud | 受骗人构成 | Victims | percent | share | 构成。 | Make-up.",
        "trees_total | trees | 总株数 | Trees | tree | stock | 总数。 | All trees.",
        "trees_by_grade | trees | 分级株数 | Trees by grade | tree | stock | 分级数。 | By grade.",
        "applications | trade_in | 申请 | Applications | application | cumulative | 申请数。 | Applications.",
        "sales_target | trade_in | 销售目标 | Target | CNY | target | 目标。 | Target.",
        "subsidy_amount | trade_in | 补贴 | Subsidy | CNY | parameter | 补贴额。 | Subsidy.",
        "firms_at_fair | context | 参加企业 | Firms | firm | flow | 企业数。 | Firms.",
    ),
    "categories": rows(
        "category dimension label_zh label_en",
        "phone_scam | fraud_type | 电话诈骗 | By phone",
        "victim_male | victim | 男 | Men",
        "victim_female | victim | 女 | Women",
        "甲镇 | locality | 甲镇 | Jia",
        "乙镇 | locality | 乙镇 | Yi",
        "grade_1 | grade | 一级 | Grade 1",
        "grade_2 | grade | 二级 | Grade 2",
        "grade_3 | grade | 三级 | Grade 3",
        "famous | grade | 名木 | Notable",
        "car_scrappage | product | 汽车报废更新 | Scrapped cars",
    ),
    "sources": rows(
        "source_id publisher title url link date_published grade note",
        "s_police | 省公安厅 | 四月通报 | https://police.example/4 | true | 2024-04-30 | official |",
        "s_bureau | 市公安局 | 五月通报 | https://bureau.example/5 | true | 2024-05-31 | official |",
        "s_paper | 日报 | 新闻 | https://paper.example/1 | true | 2024-05-10 | press |",
        "s_weekly | 周刊 | 新闻 | | false | 2024-05-10 | press |",
        "s_copy | 转载 | 旧闻 | https://copy.example/1 | false | 2024-05-20 | mirror |",
    ),
    "left_out": rows("file row reason_zh reason_en", "fraud/figures.csv | 2 | 有误印。 | Misprinted."),
    "editions": rows("edition released embargo_until note_zh note_en", "2024-04 | | | 创刊期 | The first"),
    "not_drawn": rows(
        "dataset area_code period measure category source_id reason_zh reason_en",
        "trees | 420103 | 1999 | trees_total | | s_copy | 与别的数不相称。 | It is out of proportion.",
    ),
    "conflicts": [
        {
            "conflict": "two_counts",
            "chapter": "fraud",
            "question_zh": "两处所说的立案数不同。",
            "question_en": "Two counts of cases differ.",
            "dataset": "fraud",
            "area_code": "420000",
            "period": FIRST,
            "measure": "cases_filed",
            "category": "",
            "source_id": source,
        }
        for source in ("s_police", "s_paper")
    ],
}


# --- good rows; a test changes the cells it is about ---------------------------


def figure(**given: Any) -> Row:
    """A good row of ``fraud``, ``trees`` or ``context``."""
    row = {
        "area_code": "420000",
        "period": FIRST,
        "measure": "cases_filed",
        "category": "",
        "value": 100,
        "qualifier": "exact",
        "change_pct": "",
        "change_kind": "",
        "obs_status": "A",
        "source_id": "s_police",
        "note": "",
    }
    return {**row, **given}


def count(**given: Any) -> Row:
    """A good row of ``trees``."""
    row = {"measure": "trees_total", "period": "2024", "survey": "第二次普查"}
    return figure(**{**row, **given})


def progress(**given: Any) -> Row:
    """A good row of ``trade_in``."""
    row = {"measure": "applications", "period": "2024-04-24/2024-04-30"}
    return figure(**{**row, "programme": "2024", "counting": "cumulative", **given})


def policy(**given: Any) -> Row:
    """A good row of ``trade_in_policy``."""
    row = {
        "area_code": "000000",
        "programme": "汽车报废更新2024",
        "parameter": "subsidy_amount",
        "category": "car_scrappage",
        "condition": "新能源车",
        "value": 10000,
        "unit": "CNY",
        "valid_from": "2024-04-24",
        "valid_to": "2024-12-31",
        "valid_from_basis": "stated",
        "valid_to_basis": "stated",
        "source_id": "s_police",
    }
    return {**row, **given}


def tree(**given: Any) -> Row:
    """A good row of ``trees_register``."""
    row = {
        "record_no": "r-1",
        "tree_id": "T0001",
        "area_code": "420102",
        "tree_no": "42010200001",
        "species_zh": "银杏",
        "age_years": 500,
        "grade": "一级",
        "longitude": 114.30567,
        "latitude": 30.59321,
        "source_id": "s_police",
    }
    return {**row, **given}


# --- files ----------------------------------------------------------------------


def csv_text(lines: Iterable[Row]) -> str:
    """Rows as CSV; a column a row does not have is empty there."""
    held = list(lines)
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(dict.fromkeys(name for row in held for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(held)
    return text.getvalue()


def put(project: Project, month: str, dataset: str, lines: Iterable[Row]) -> Path:
    """Write a month's return of a dataset, over the one that was there."""
    return put_bytes(project, month, f"{dataset}.csv", csv_text(lines).encode())


def put_bytes(project: Project, month: str, name: str, content: bytes) -> Path:
    """Write any file as a return."""
    path = project.returns / month / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def put_list(project: Project, name: str, lines: Iterable[Row]) -> Path:
    """Write a code list."""
    path = project.data / f"{name}.csv"
    path.write_text(csv_text(lines), encoding="utf-8")
    return path


def _least(dataset: Dataset) -> Row:
    """A row that just meets a code list's schema, for lists this file knows nothing of."""
    row: Row = {}
    for column in dataset.columns:
        if not column.required and column.name not in dataset.key:
            continue
        target = dataset.refers.get(column.name)
        if target and target[0] in CODES:
            row[column.name] = CODES[target[0]][0][target[1]]
        elif column.enum:
            row[column.name] = column.enum[0]
        elif column.type in ("number", "integer"):
            row[column.name] = column.minimum or 0
        elif column.type == "boolean":
            row[column.name] = "false"
        else:
            tries = ("a", "甲。", "A.", "000000", "2024", "2024-05-01")
            row[column.name] = next(t for t in tries if re.fullmatch(column.pattern or ".*", t))
    return row


@functools.cache
def repo_datasets() -> dict[str, Dataset]:
    """The repository's schemas, read once; a small project has the same."""
    return load(Project(REPO))


def make(root: Path) -> Project:
    """A project with the repository's schemas and checks, tiny code lists, and no returns."""
    project = Project(root.resolve())
    project.returns.mkdir(parents=True)
    shutil.copytree(REPO / "data" / "schemas", project.schemas)
    shutil.copytree(REPO / "validation", project.validation)
    (root / "_config.yml").write_text("title: 小月报\n", encoding="utf-8")
    (root / "_toc.yml").write_text(
        yaml.safe_dump({"format": "jb-book", "root": "index", "chapters": [{"file": "fraud"}]}),
        encoding="utf-8",
    )
    datasets = repo_datasets()
    for name in LISTS:
        if name in datasets:
            put_list(project, name, CODES.get(name) or [_least(datasets[name])])
    return project


GOOD: dict[str, dict[str, list[Row]]] = {
    FIRST: {
        "fraud": [
            figure(),
            figure(period="2023-04", value=125),
            figure(value=26000, measure="loss"),
            figure(area_code="420100", value=40, change_pct=-20, change_kind="yoy"),
            figure(area_code="420100", period="2023-04", value=50),
        ],
        "trees": [
            count(value=100),
            *(
                count(measure="trees_by_grade", category=grade, value=value)
                for grade, value in (("grade_1", 10), ("grade_2", 20), ("grade_3", 70))
            ),
        ],
        "trees_register": [tree(), tree(record_no="r-2", tree_id="T0002", tree_no="", age_years="")],
        "trade_in": [progress(), progress(measure="sales_target", period="2024", counting="target")],
        "trade_in_policy": [policy(), policy(condition="燃油车", value="", valid_to="")],
        "context": [figure(measure="firms_at_fair", period="2024-04-18", value=40, qualifier="over")],
    },
    SECOND: {
        "fraud": [figure(period=SECOND, value=90, source_id="s_bureau")],
        "trade_in": [progress(period="2024-04-24/2024-05-31", value=250, source_id="s_bureau")],
    },
}


def fill(project: Project) -> Project:
    """Put a handful of good returns into two months."""
    for month, returns in GOOD.items():
        for dataset, lines in returns.items():
            put(project, month, dataset, lines)
    return project
