"""The figures as SDMX: a data structure definition (SDMX-JSON 2.0) and SDMX-CSV 2.0, by pysdmx.

A dataset's key columns are its dimensions, ``value`` its observation, the others
attributes, all named and described from the one Table Schema. A period may have a
start that was not told ("../2024-07-12"), which no SDMX time period can say; so PERIOD
is a text dimension and TIME_PERIOD, the period's last day, an attribute. REF_AREA is
CN and the area's GB/T 2260 code, so that no reader takes it for a number (pysdmx's does).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pandas as pd

from yuebao import calendar, words
from yuebao.downloads import harmless
from yuebao.schema import Column, Dataset
from yuebao.tables import Tables

AGENCY = "YUEBAO"
VERSION = "1.0"
# What SDMX calls the columns it knows; any other goes by its own name in capitals.
# SDMX-CSV cannot say which language a cell is in: its comment is in Chinese, the English beside it.
NAMES = {
    "area_code": "REF_AREA",
    "value": "OBS_VALUE",
    "note_zh": "COMMENT_OBS",
    "note": "COMMENT_OBS_EN",
}
TOTAL, NOT_APPLICABLE = "_T", "_Z"
TIME = "TIME_PERIOD"
_LABELS = {
    "areas": ("area_code", "name_zh"),
    "measures": ("measure", "label_zh"),
    "categories": ("category", "label_zh"),
    "sources": ("source_id", "title"),
    "units": ("unit", "label_zh"),
}
AREA = "CN"
_CODE = re.compile(r"[A-Za-z0-9_@$-]+")


def component_id(name: str) -> str:
    """A column's name in SDMX."""
    return NAMES.get(name, name.upper())


def _codelist(list_id: str, name: str, codes: list[tuple[str, str]]) -> Any:
    from pysdmx.model import Code, Codelist

    items = [Code(id=code, name=label) for code, label in codes]
    return Codelist(id=list_id, name=name, agency=AGENCY, version=VERSION, items=items)


def _codes(tables: Tables, dataset: Dataset, column: Column, used: list[str]) -> Any | None:
    """The codes of a column that is coded: those of its list in use, or those of its enumeration.

    None also where a code has characters SDMX allows in none (a township's name): the column is text then.
    """
    if column.name in dataset.refers:
        listed = dataset.refers[column.name][0]
        key, label = _LABELS[listed]
        labels = tables.lists[listed].set_index(key)[label]
        before = AREA if listed == "areas" else ""
        own = {before + str(code): code for code in labels.index}
        codes = [(code, str(labels[own[code]])) for code in used if code in own]
    elif column.enum:
        codes = [(code, column.labels.get(code, (code,))[0]) for code in column.enum]
    else:
        return None
    special = [(TOTAL, "合计"), (NOT_APPLICABLE, "不适用")]
    codes += [(code, said) for code, said in special if code in used]
    if not all(_CODE.fullmatch(code) for code, _ in codes):
        return None
    return _codelist(f"CL_{dataset.name.upper()}_{component_id(column.name)}", column.title, codes)


def _filled(frame: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """The figures with SDMX's own codes where a dimension does not apply, and the last day of each period."""
    out = pd.DataFrame(index=frame.index)
    for name in dataset.public:
        column = frame[name]
        if name in dataset.key:
            column = column.fillna(TOTAL if name == "category" else NOT_APPLICABLE)
        out[component_id(name)] = AREA + column if name == "area_code" else column
    last = [words.span(period)[1] for period in frame["period"]]
    out[TIME] = [day.isoformat() if day else None for day in last]
    out["UNIT_MEASURE"] = frame["unit"]
    return out


def _components(tables: Tables, dataset: Dataset, data: pd.DataFrame) -> tuple[Any, list[Any]]:
    from pysdmx.model import Component, Components, DataType, Role

    found, lists = [], []
    dimensions = [n for n in dataset.key if n != "value"]
    rest = [n for n in dataset.public if n not in dimensions and n != "value"]
    for name in [*dimensions, "value", *rest]:
        column = dataset.column(name)
        used = sorted(data[component_id(name)].dropna().astype(str).unique())
        codes = _codes(tables, dataset, column, used)
        lists += [codes] if codes is not None else []
        role = Role.DIMENSION if name in dimensions else Role.MEASURE if name == "value" else Role.ATTRIBUTE
        kind = DataType.DOUBLE if column.type in ("number", "integer") else DataType.STRING
        found.append(
            Component(
                id=component_id(name),
                required=role == Role.DIMENSION,
                role=role,
                concept=_concept(dataset, component_id(name), column.title, column.description),
                local_dtype=kind,
                name=column.title,
                description=column.description,
                local_codes=codes,
                local_enum_ref=None if codes is None else _urn(codes),
                attachment_level="O" if role == Role.ATTRIBUTE else None,
            )
        )
    units = tables.lists["units"].set_index("unit")["label_zh"]
    held = [(unit, str(units[unit])) for unit in sorted(data["UNIT_MEASURE"].dropna().unique())]
    unit_list = _codelist(f"CL_{dataset.name.upper()}_UNIT_MEASURE", "单位", held)
    lists.append(unit_list)
    for name, title, codes in ((TIME, "时期的最后一日", None), ("UNIT_MEASURE", "单位", unit_list)):
        found.append(
            Component(
                id=name,
                required=False,
                role=Role.ATTRIBUTE,
                concept=_concept(dataset, name, title),
                local_dtype=DataType.STRING,
                name=title,
                local_codes=codes,
                local_enum_ref=None if codes is None else _urn(codes),
                attachment_level="O",
            )
        )
    return Components(found), lists


def _concept(dataset: Dataset, name: str, title: str, description: str | None = None) -> Any:
    from pysdmx.model import Concept

    scheme = f"{AGENCY}:CS_{dataset.name.upper()}({VERSION})"
    urn = f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={scheme}.{name}"
    return Concept(id=name, name=title, description=description, urn=urn)


def _urn(codes: Any) -> str:
    return f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={AGENCY}:{codes.id}({VERSION})"


def files(tables: Tables, dataset: Dataset) -> dict[str, str]:
    """``sdmx/<dataset>.csv`` and ``sdmx/<dataset>.structure.json`` of a dataset of figures, as text.

    Empty for a dataset that has no figures.
    """
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.io.pd import PandasDataset
    from pysdmx.model import ConceptScheme, Dataflow, DataStructureDefinition, Organisation, Schema
    from pysdmx.model.message import Header

    frame = tables.labelled(dataset.name).sort_values(list(dataset.key), na_position="first", kind="stable")
    if not dataset.is_figures or frame.empty:
        return {}
    data = _filled(frame, dataset)
    components, lists = _components(tables, dataset, data)
    name = dataset.name.upper()
    scheme = ConceptScheme(
        id=f"CS_{name}",
        name=dataset.title,
        agency=AGENCY,
        version=VERSION,
        items=[component.concept for component in components],
    )
    structure = DataStructureDefinition(
        id=name,
        name=dataset.title,
        description=dataset.description,
        agency=AGENCY,
        version=VERSION,
        components=components,
    )
    flow = Dataflow(id=name, name=dataset.title, agency=AGENCY, version=VERSION, structure=structure)
    updated = calendar.dates_of(tables).updated.astimezone(dt.UTC)
    header = Header(id=f"{AGENCY}-{tables.edition}", prepared=updated, sender=Organisation(id=AGENCY))
    held = Schema(
        context="datastructure",
        agency=AGENCY,
        id=name,
        components=components,
        version=VERSION,
        generated=updated,
    )
    # A spreadsheet opens this file too; codes never begin as a formula does, so only texts change.
    safe = data.reset_index(drop=True).map(lambda v: harmless(v) if isinstance(v, str) else v)
    told = PandasDataset(structure=held, data=safe)
    described = [*lists, scheme, structure, flow]
    message = json.loads(
        write_sdmx(described, Format.STRUCTURE_SDMX_JSON_2_0_0, header=header, prettyprint=False) or ""
    )
    for one in message["data"]["dataStructures"]:
        # pysdmx writes an empty list where there are no groups, which its own reader's schema refuses.
        one["dataStructureComponents"].pop("groups", None)
    text = json.dumps(message, ensure_ascii=False, indent=1) + "\n"
    csv = write_sdmx(told, Format.DATA_SDMX_CSV_2_0_0)
    return {f"sdmx/{dataset.name}.csv": csv or "", f"sdmx/{dataset.name}.structure.json": text}
