"""An edition's folder of downloads: every format of every table, then the archive and the checksums."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from yuebao import bundle, digests, downloads, metadata, sdmx, spreadsheets, workbooks
from yuebao.tables import Tables


def parquet(frame: pd.DataFrame) -> bytes:
    """A typed table as Parquet: text, numbers and booleans as they are, no time of writing."""
    target = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(target, engine="pyarrow", index=False, compression="zstd")
    return target.getvalue()


def write(
    tables: Tables, attachments: list[dict[str, Any]], folder: Path, base: str = "", released: str = ""
) -> None:
    """Write the files into ``folder``.

    ``base``: the site's address, where it has one; ``released``: the edition's day, where it knows it.

    Files that others have put there already (pictures, the PDF) go into the archive and the checksums too.
    """
    downloads.write(tables, attachments, folder)
    for dataset in tables.datasets.values():
        if not dataset.chapter:
            continue
        frame = downloads.published(tables, dataset)
        (folder / f"{dataset.name}.parquet").write_bytes(parquet(frame))
        described = metadata.csvw(dataset, list(frame.columns))
        _put(folder, f"{dataset.name}.csv-metadata.json", described)
        for name, text in sdmx.files(tables, dataset).items():
            _put(folder, name, text)
    for chapter in tables.chapters:
        book = workbooks.workbook(tables, chapter, attachments, base, released)
        (folder / f"{chapter}.xlsx").write_bytes(spreadsheets.xlsx(book))
        (folder / f"{chapter}.ods").write_bytes(spreadsheets.ods(book))
    _put(folder, "catalog.json", metadata.catalog(tables, base))
    _put(folder, bundle.README, bundle.readme(tables.edition, base, released))
    archive = bundle.archive(folder, tables.edition)
    (folder / bundle.name(tables.edition)).write_bytes(archive)
    _put(folder, digests.SUMS, digests.sums_text(digests.sums(folder)))


def _put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
