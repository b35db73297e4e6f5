"""What can be wrong, said in one sentence: where, what, and how to mend it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from yuebao.characters import visible

LONGEST = 400  # characters of what is wrong: a cell may hold 32,767, and a fault is one line
# What a spreadsheet takes for a formula where a cell of a CSV begins with it, full-width ones too.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
OK, UNEXPECTED, USAGE, REJECTED = 0, 1, 2, 3


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of one cell, row or file.

    ``row`` is the line of the file as a spreadsheet shows it (the header is 1);
    0 means the file as a whole. Of a workbook, ``file`` goes on with the sheet: ``a.xlsx:表``.
    """

    file: str
    row: int
    column: str
    what: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.row}" if self.row else self.file
        column = f" {self.column}:" if self.column else ""
        return visible(f"{place}:{column} {short(self.what)}；{self.mend}")


def short(text: str) -> str:
    """A text cut in its middle where it is longer than a line of messages should be."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}……{text[-half:]}"


class YuebaoError(Exception):
    """A failure the user can mend; shown without a traceback."""

    exit_code = UNEXPECTED


class UsageError(YuebaoError):
    """The command or its parameters are wrong (exit code 2)."""

    exit_code = USAGE


class DataRejected(YuebaoError):
    """The data breaks a rule (exit code 3); carries every fault at once."""

    exit_code = REJECTED

    def __init__(self, faults: Iterable[Fault]):
        self.faults = sorted(set(faults))
        self.listed = ""  # the file that lists them too, where one was written
        super().__init__("\n".join(str(fault) for fault in self.faults))


def csv_text(faults: Iterable[Fault]) -> str:
    """Faults as a CSV that opens in Excel, one a row; nothing in it is run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["文件", "工作表", "行", "列", "问题", "改法"])
    for fault in faults:
        workbook = re.fullmatch(r"(.+\.xlsx):([^:]+)", fault.file, re.IGNORECASE)
        file, sheet = (workbook[1], workbook[2]) if workbook else (fault.file, "")
        row = [file, sheet, str(fault.row or ""), fault.column, short(fault.what), fault.mend]
        row = [visible(cell) for cell in row]
        writer.writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row)
    return "\ufeff" + text.getvalue()
