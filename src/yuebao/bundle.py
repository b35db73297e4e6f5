"""An edition in one file: its downloads as a ZIP with a readme in Chinese and English."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from yuebao import cite, digests, words
from yuebao.digests import SUMS

README = "README.txt"
_STORED = (".png", ".xlsx", ".ods", ".parquet", ".pdf", ".zip")  # compressed already
_EPOCH = (1980, 1, 1, 0, 0, 0)  # no time of writing: the same files give the same bytes


def name(edition: str) -> str:
    """The archive's file name."""
    return f"yuebao-{edition}.zip"


def readme(edition: str, address: str = "", released: str = "") -> str:
    """What is in the folder and how to use it. In text, with a BOM so that any editor reads it right.

    ``address`` and ``released``: of the site and the edition, where they are known (see ``cite``).
    """
    month = words.period(edition)
    place = cite.where(f"data/{edition}/{name(edition)}", address)
    citation = cite.gbt7714("下载文件", edition, place, released)
    return f"""\ufeff湖北月报 {month}期：下载文件
==============================

收到{month}底为止已知的数，数字说的是何时见各行的时期。一行一个公布的数字，每行写明来源；
空单元格表示没有这一项：来源没有给出，或本书没有见到，从不表示零。

*.csv              数据：UTF-8（带 BOM），第一行是列名，值用基本单位（不用万、亿）
*.xlsx *.ods       每章一个工作簿：封面、目录、注、各表、数据字典、来源
*.parquet          各数据集，类型已定，供程序读取
*.svg *.png        各图，图中写明标题、来源与期；*.vl.json 是图的 Vega-Lite 规格
datapackage.json   数据包说明（Data Package v2）；*.csv-metadata.json 是 W3C CSVW 说明
sdmx/              SDMX 数据结构定义与 SDMX-CSV
SHA256SUMS         校验和；运行 sha256sum -c SHA256SUMS 或 yuebao verify 本文件夹，可知文件完好

在 Excel 中打开 CSV：双击即可看到中文；但 Excel 会把代码前的零去掉，把很长的号码改成科学记数。
要保留原样，请用“数据—自文本/CSV”导入并把这些列设为文本，或直接用 XLSX（代码已是文本）。
以 = + - @ 开头的文字在 CSV 中前面加了一个撇号，以免表格软件当公式运行；去掉即为原文。

引用：{citation}
许可：文字与数据 CC BY 4.0。引用数字时请连同来源列中的发布者一并写明。

Hubei Monthly Statistics, edition {edition}: downloads
======================================================

Everything known by the end of {edition}. One row is one published figure and names its source;
an empty cell means the source did not publish it, never zero.

*.csv              data: UTF-8 with BOM, one header row, base units (never 10,000s)
*.xlsx *.ods       one workbook a chapter: cover, contents, notes, tables, dictionary, sources
*.parquet          the datasets, typed, for programs
*.svg *.png        charts with title, source and edition in the picture; *.vl.json their Vega-Lite
datapackage.json   Data Package v2; *.csv-metadata.json is W3C CSVW
sdmx/              SDMX data structure definitions and SDMX-CSV
SHA256SUMS         checksums: run sha256sum -c SHA256SUMS, or yuebao verify on this folder

Opening a CSV in Excel: Chinese shows at once, but Excel drops leading zeros of codes and rewrites long
numbers. To keep them, import with Data > From Text/CSV and set those columns to text, or use the XLSX.
Text that begins with = + - @ has an apostrophe put in front so that no spreadsheet runs it; take it off
to have the original back.

Licence: text and data CC BY 4.0. When you quote a figure, name the publisher in its source columns too.
"""


def archive(folder: Path, edition: str) -> bytes:
    """Every file of ``folder`` in a folder named after the edition, with its own checksums."""
    top = f"yuebao-{edition}"
    target = io.BytesIO()
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in (SUMS, name(edition)))
    with zipfile.ZipFile(target, "w") as held:
        for path in files:
            _put(held, f"{top}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        sums = digests.sums_text(digests.sums(folder, files))
        _put(held, f"{top}/{SUMS}", sums.encode())
    return target.getvalue()


def _put(held: zipfile.ZipFile, file: str, content: bytes) -> None:
    item = zipfile.ZipInfo(file, _EPOCH)
    item.compress_type = zipfile.ZIP_STORED if file.endswith(_STORED) else zipfile.ZIP_DEFLATED
    item.external_attr = 0o644 << 16
    held.writestr(item, content)
