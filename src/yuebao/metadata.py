"""What machines read about the downloads: CSVW, DCAT and schema.org, all from the one Table Schema."""

from __future__ import annotations

import json
from typing import Any

from yuebao import calendar, dates, downloads, words
from yuebao.reference import chapter_title
from yuebao.schema import Dataset
from yuebao.tables import Tables, is_sound

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER = "湖北月报"
_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean"}
_MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "parquet": "application/vnd.apache.parquet",
}
_DCAT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def csvw(dataset: Dataset, columns: list[str]) -> str:
    """W3C CSV on the Web metadata of a dataset's CSV, for ``<dataset>.csv-metadata.json``."""
    described = []
    for field in downloads.fields(dataset, columns):
        rules = field.get("constraints", {})
        column: dict[str, Any] = {
            "name": field["name"],
            "titles": {"und": [field["name"]], "zh": [field["title"]]},
            "dc:description": field["description"],
            "datatype": _datatype(field, rules),
        }
        if rules.get("required"):
            column["required"] = True
        described.append(column)
    return _text(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
            "url": f"{dataset.name}.csv",
            "dc:title": dataset.title,
            "dc:description": dataset.description,
            "dc:license": {"@id": LICENCE},
            "dialect": {"encoding": "utf-8-sig", "header": True, "delimiter": ","},
            "tableSchema": {"columns": described, "primaryKey": "row_id"},
        }
    )


def _datatype(field: dict[str, Any], rules: dict[str, Any]) -> Any:
    base = _TYPES.get(field["type"], "string")
    told: dict[str, Any] = {"base": base}
    if base in ("number", "integer"):
        told |= {name: rules[name] for name in ("minimum", "maximum") if name in rules}
    elif "pattern" in rules:
        told["format"] = rules["pattern"]
    return told if len(told) > 1 else base


def _address(base: str, path: str) -> str:
    """``path`` below the site's own address; as it is where the site has none."""
    return f"{base.rstrip('/')}/{path}" if base else path


def _files(dataset: Dataset) -> list[tuple[str, str]]:
    """A dataset's files: ``(name, format)``."""
    found = [(f"{dataset.name}.csv", "csv"), (f"{dataset.name}.parquet", "parquet")]
    return [*found, (f"{dataset.chapter}.xlsx", "xlsx"), (f"{dataset.chapter}.ods", "ods")]


def _span(tables: Tables, dataset: Dataset) -> tuple[str, str] | None:
    """The first and last day the dataset's sound figures speak of; the first may be unknown, ``..``.

    Targets and forecasts are not counted, nor an end that is open or was not reached yet.
    """
    frame = tables.labelled(dataset.name)
    newest = dates.newest(frame) if "last_day" in frame else None
    if newest is None:
        return None
    told = frame[is_sound(frame) & (frame["kind"] != dates.TARGET)]
    first = told["first_day"].min()
    return ".." if words.missing(first) else first.date().isoformat(), newest.day.isoformat()


def _coverage(tables: Tables, dataset: Dataset) -> str:
    """``_span`` as schema.org writes it; may be empty."""
    return "/".join(_span(tables, dataset) or ())


def _temporal(tables: Tables, dataset: Dataset) -> dict[str, Any]:
    """``_span`` as DCAT writes it; may be empty."""
    span = _span(tables, dataset)
    if span is None:
        return {}
    ends = {"dcat:startDate": span[0], "dcat:endDate": span[1]}
    told = {name: {"@value": day, "@type": "xsd:date"} for name, day in ends.items() if day != ".."}
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", **told}}


def _issued(tables: Tables) -> dict[str, Any]:
    """The day the edition came out, where it did; a day of change is no fact the book has."""
    day = calendar.dates_of(tables).issued
    return {"dct:issued": {"@value": day.isoformat(), "@type": "xsd:date"}} if day else {}


def schema_org(tables: Tables, chapter: str, base: str = "") -> str:
    """The chapter's datasets as schema.org JSON-LD, for its page's head. ``base``: the site's address."""
    page = _address(base, f"{chapter}.html")
    described = []
    for dataset in tables.of_chapter(chapter):
        fields = downloads.fields(dataset, dataset.public)
        held = {
            "@type": "Dataset",
            "@id": f"{page}#{dataset.name}",
            "name": f"湖北月报：{dataset.title}",
            "alternateName": dataset.title_en,
            "description": f"{dataset.description} {dataset.description_en}",
            "url": page,
            "inLanguage": "zh-CN",
            "version": tables.edition,
            "isAccessibleForFree": True,
            "license": LICENCE,
            "creator": {"@type": "Organization", "name": PUBLISHER},
            "spatialCoverage": {"@type": "Place", "name": "湖北省"},
            "temporalCoverage": _coverage(tables, dataset),
            "variableMeasured": [
                {"@type": "PropertyValue", "name": f["name"], "description": f["title"]} for f in fields
            ],
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": _MEDIA[kind],
                    "contentUrl": _address(base, f"data/{tables.edition}/{name}"),
                }
                for name, kind in _files(dataset)
            ],
        }
        described.append({name: value for name, value in held.items() if value != ""})
    title = chapter_title(chapter, tables)
    return json.dumps(
        {"@context": "https://schema.org/", "name": title, "@graph": described}, ensure_ascii=False
    ).replace("</", "<\\/")


def catalog(tables: Tables, base: str = "") -> str:
    """The edition's datasets as a DCAT catalogue in JSON-LD, for ``catalog.json``.

    ``base``: the site's address; without one, addresses are relative to the catalogue's folder.
    """
    here = _address(base, f"data/{tables.edition}/") if base else ""
    found = []
    for dataset in tables.datasets.values():
        if not dataset.chapter:
            continue
        found.append(
            {
                "@id": f"{here}{dataset.name}.csv#dataset",
                "@type": "dcat:Dataset",
                "dct:title": [
                    {"@value": dataset.title, "@language": "zh"},
                    {"@value": dataset.title_en, "@language": "en"},
                ],
                "dct:description": [
                    {"@value": dataset.description, "@language": "zh"},
                    {"@value": dataset.description_en, "@language": "en"},
                ],
                "dct:identifier": f"{dataset.name}-{tables.edition}",
                "dcat:version": tables.edition,
                **_issued(tables),
                **_temporal(tables, dataset),
                "dct:license": {"@id": LICENCE},
                "dct:publisher": {"@type": "foaf:Agent", "foaf:name": PUBLISHER},
                "dcat:keyword": [chapter_title(dataset.chapter, tables), "湖北"],
                "dcat:distribution": [
                    {
                        "@type": "dcat:Distribution",
                        "@id": f"{here}{name}",
                        "dcat:downloadURL": {"@id": f"{here}{name}"},
                        "dcat:mediaType": _MEDIA[kind],
                    }
                    for name, kind in _files(dataset)
                ],
            }
        )
    whole = {
        "@context": _DCAT,
        "@id": f"{here}catalog.json",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": f"湖北月报 {words.period(tables.edition)}期", "@language": "zh"},
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": PUBLISHER},
        "dct:license": {"@id": LICENCE},
        "dct:language": "zh-CN",
        **_issued(tables),
        "dcat:dataset": found,
    }
    return _text(whole)
