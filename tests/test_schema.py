"""Table Schemas: what is read out of them and what is refused."""

from __future__ import annotations

from pathlib import Path

import frictionless
import pytest
import yaml

import small
from yuebao import schema
from yuebao.faults import DataRejected
from yuebao.project import Project

SCHEMAS = sorted((small.REPO / "data" / "schemas").glob("*.yaml"))


def write(project: Project, name: str, text: str) -> None:
    (project.schemas / f"{name}.yaml").write_text(text, encoding="utf-8")


def refusal(project: Project) -> list[str]:
    with pytest.raises(DataRejected) as caught:
        schema.load(project)
    return [str(fault) for fault in caught.value.faults]


@pytest.fixture(scope="module")
def datasets() -> dict[str, schema.Dataset]:
    return schema.load(Project(small.REPO))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda p: p.stem)
def test_every_schema_is_valid_frictionless(path: Path, datasets: dict[str, schema.Dataset]) -> None:
    dataset = datasets[path.stem]
    descriptor = {k: dataset.descriptor[k] for k in ("fields", "primaryKey") if k in dataset.descriptor}
    checked = frictionless.Schema.from_descriptor(descriptor)
    assert checked.field_names == dataset.names
    assert dataset.key, "a table needs a key"
    assert set(dataset.key) <= set(dataset.names)
    assert len(set(dataset.names)) == len(dataset.names)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda p: p.stem)
def test_every_column_is_described_in_both_languages(path: Path, datasets: dict[str, schema.Dataset]) -> None:
    for column in datasets[path.stem].columns:
        for text in (column.title, column.title_en, column.description, column.description_en):
            assert text.strip(), column.name


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda p: p.stem)
def test_every_reference_has_its_target(path: Path, datasets: dict[str, schema.Dataset]) -> None:
    for column, (resource, target) in datasets[path.stem].refers.items():
        assert column in datasets[path.stem].names
        assert resource in schema.LISTS
        assert target in datasets[resource].names


def test_no_header_of_a_dataset_means_two_columns(datasets: dict[str, schema.Dataset]) -> None:
    for dataset in datasets.values():
        for spelled in ("name", "title", "title_en"):
            said = [getattr(column, spelled) for column in dataset.columns]
            assert len(set(said)) == len(said), f"{dataset.name} {spelled}"


def test_every_code_list_has_a_schema(datasets: dict[str, schema.Dataset]) -> None:
    assert set(schema.LISTS) <= set(datasets)
    assert not any(datasets[name].chapter for name in schema.LISTS)


def test_chapter_datasets_are_the_returns(datasets: dict[str, schema.Dataset]) -> None:
    names = {"context", "fraud", "trade_in", "trade_in_policy", "trees", "trees_register"}
    assert set(schema.chapter_datasets(datasets)) == names


def test_extends_takes_the_columns_and_adds_its_own(datasets: dict[str, schema.Dataset]) -> None:
    base, trade = datasets["figures"], datasets["trade_in"]
    assert trade.names == [*base.names, "programme", "counting"]
    assert trade.title == "以旧换新进度"
    assert trade.key != base.key
    assert trade.refers == base.refers
    assert datasets["fraud"].key == base.key
    assert datasets["fraud"].is_figures
    assert not datasets["trees_register"].is_figures


def test_rules_of_a_column(datasets: dict[str, schema.Dataset]) -> None:
    age = datasets["trees_register"].column("age_years")
    assert (age.type, age.dtype, age.minimum, age.maximum, age.required) == (
        "integer",
        "Int64",
        0,
        6000,
        False,
    )
    assert age.spoken == "age_years（树龄（年））"
    assert datasets["fraud"].column("obs_status").enum == ("A", "P", "E", "F", "U", "M")
    assert datasets["trees_register"].column("record_no").unique
    assert datasets["sources"].column("link").dtype == "bool"
    with pytest.raises(KeyError):
        datasets["fraud"].column("age_years")


def test_a_new_schema_is_a_new_dataset(empty: Project) -> None:
    write(empty, "buses", "name: buses\nchapter: buses\nextends: figures\ntitle: 公交\ntitle_en: Buses\n"
          "description: 公交。\ndescription_en: Buses.\n")  # fmt: skip
    assert schema.load(empty)["buses"].names == schema.load(empty)["figures"].names


@pytest.mark.parametrize("missing", ["title", "title_en", "description", "fields"])
def test_a_file_without_a_part_is_refused_by_name(empty: Project, missing: str) -> None:
    raw = yaml.safe_load((empty.schemas / "units.yaml").read_text(encoding="utf-8"))
    del raw[missing]
    write(empty, "units", yaml.safe_dump(raw, allow_unicode=True))
    (told,) = refusal(empty)
    assert told.startswith("data/schemas/units.yaml: 不是有效的 Table Schema")
    assert missing in told
    assert "请对照 data/schemas/figures.yaml 补全" in told


def test_a_field_without_title_is_refused_by_name(empty: Project) -> None:
    raw = yaml.safe_load((empty.schemas / "units.yaml").read_text(encoding="utf-8"))
    del raw["fields"][1]["title"]
    write(empty, "units", yaml.safe_dump(raw, allow_unicode=True))
    (told,) = refusal(empty)
    assert told.startswith("data/schemas/units.yaml:")
    assert "title" in told


def test_an_unknown_type_is_refused(empty: Project) -> None:
    text = (empty.schemas / "units.yaml").read_text(encoding="utf-8")
    write(empty, "units", text.replace("type: string", "type: sentence", 1))
    assert refusal(empty)[0].startswith("data/schemas/units.yaml:")


def test_broken_yaml_and_a_missing_parent_are_told_together(empty: Project) -> None:
    write(empty, "units", "name: [units\n")
    write(empty, "buses", "name: buses\nextends: nowhere\ntitle: 公交\n")
    told = refusal(empty)
    assert [t.split(":")[0] for t in told] == ["data/schemas/buses.yaml", "data/schemas/units.yaml"]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_yaml_that_is_no_mapping_is_refused(empty: Project, text: str) -> None:
    write(empty, "units", text)
    assert refusal(empty)[0].startswith("data/schemas/units.yaml:")
