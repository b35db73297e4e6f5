"""A cell in, the value its column asks for out; or what is wrong with it.

Nothing is guessed and nothing is lost: a number is read as the decimal it is
written as, and refused where a 64-bit number cannot hold it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from yuebao import characters, words
from yuebao.cells import Cell, Odd, clean
from yuebao.codes import CodeList
from yuebao.schema import Column

NUMBER_MEND = "请只填数字，单位写在指标表中，不写“万”“亿”"
PERIOD_MEND = "请写成 2024-05、2024-05-31 或 2024-01-01/2024-05-31"
EXCEL_DIGITS = 10**15  # Excel keeps 15 digits; a longer number has lost its end already


@dataclass(frozen=True)
class Wrong:
    """Why a cell cannot be read, and how to mend it."""

    what: str
    mend: str


# --- numbers -----------------------------------------------------------------------


def number(text: str) -> Decimal | None:
    """A text as the number it writes; None where it is not just a number.

    Full-width digits, and thousands separated by commas or blanks, are taken.
    """
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", clean(text)).replace("\u2212", "-")).strip()
    plain = re.sub(r"^([+-]) ", r"\1", plain)
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]+)?", plain):
        plain = plain.replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", plain):
        return None
    return Decimal(plain)


def as_float(value: Decimal) -> float | Wrong:
    """The 64-bit number that is printed as ``value``; refused where there is none."""
    held = float(value)
    if abs(held) == float("inf") or Decimal(repr(held)) != value:
        return Wrong(f"“{value}”的位数太多，存不下", "请检查是否多填了位数；最多 15 位有效数字")
    return held


def _number_cell(cell: Cell) -> Decimal | Wrong:
    if isinstance(cell, (bool, dt.date, dt.time, dt.timedelta)):
        what = "是与否" if isinstance(cell, bool) else "日期或时间"
        return Wrong(f"“{_shown(cell)}”不是数字，Excel 存的是{what}", "请把单元格格式改为“常规”后重填数字")
    if isinstance(cell, (int, float)):
        return Decimal(repr(cell))
    text = clean(str(cell))
    value = number(text)
    return Wrong(f"“{text}”不是数字", NUMBER_MEND) if value is None else value


def _integer_cell(cell: Cell) -> Decimal | Wrong:
    value = _number_cell(cell)
    if isinstance(value, Wrong):
        return value
    if value != value.to_integral_value():
        return Wrong(f"“{_shown(cell)}”不是整数", "请填整数")
    if abs(value) >= EXCEL_DIGITS:
        return Wrong(f"“{_shown(cell)}”太大", "请检查是否多填了位数；最多 15 位")
    return value


# --- periods -------------------------------------------------------------------------

HALVES = {"上半年": ("01", "06"), "下半年": ("07", "12"), "前三季度": ("01", "09")}
QUARTERS = {"一": ("01", "03"), "二": ("04", "06"), "三": ("07", "09"), "四": ("10", "12")}
_POINT = re.compile(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?", re.ASCII)
_DAY = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_YEARS = re.compile(r"(\d{4})年?[至到—–~-]+(\d{4})年", re.ASCII)
_MONTHS = re.compile(r"(\d{4})年(\d{1,2})月?[至到—–~-]+(?:(\d{4})年)?(\d{1,2})月", re.ASCII)
_DAYS = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?[至到—–~-]+(?:(?:(\d{4})年)?(\d{1,2})月)?(\d{1,2})[日号]", re.ASCII
)


def _iso(year: str, month: str | None = None, day: str | None = None) -> str:
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def period(text: str) -> str:
    """A period as ISO 8601 where it is written in one of these ways; else as it stands.

    - 2024年, 2024年5月, 2024年5月31日 (or 号); 2024-5, 2024-5-31, 2024/5/31, 2024.5.31
    - from the first to the last, of one kind: 2023—2024年, 2024年1—5月, 2023年12月至2024年2月,
      2024年5月1日至31日, 2024年4月24日至8月8日; between them 至, 到, -, –, — or ~
    - 2024年上半年, 下半年, 前三季度, 一季度 (to 四, also 1 to 4, also 第一季度)
    - 截至2024年8月8日 and 2024年5月起: one end that is not told; 时期不详: neither is

    A month written 2024.5 or 202405 is a number too, and is not taken.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    if plain == words.UNKNOWN_PERIOD:
        return "../.."
    if match := _POINT.fullmatch(plain):
        return _iso(*match.groups())
    if match := _DAY.fullmatch(plain):
        return _iso(match[1], match[3], match[4])
    if match := _MONTH.fullmatch(plain):
        return _iso(*match.groups())
    if match := _YEARS.fullmatch(plain):
        return f"{match[1]}/{match[2]}"
    if match := _MONTHS.fullmatch(plain):
        return f"{_iso(match[1], match[2])}/{_iso(match[3] or match[1], match[4])}"
    if match := _DAYS.fullmatch(plain):
        last = _iso(match[4] or match[1], match[5] or match[2], match[6])
        return f"{_iso(*match.groups()[:3])}/{last}"
    if match := re.fullmatch(r"([0-9]{4})年(上半年|下半年|前三季度)", plain):
        return "/".join(f"{match[1]}-{month}" for month in HALVES[match[2]])
    if match := re.fullmatch(r"([0-9]{4})年第?([一二三四1-4])季度", plain):
        quarter = QUARTERS.get(match[2]) or QUARTERS["一二三四"[int(match[2]) - 1]]
        return "/".join(f"{match[1]}-{month}" for month in quarter)
    if (match := re.fullmatch(r"截[至止](.+)", plain)) and (point := _POINT.fullmatch(match[1])):
        return f"../{_iso(*point.groups())}"
    if (match := re.fullmatch(r"(.+?)(?:起|以来)", plain)) and (point := _POINT.fullmatch(match[1])):
        return f"{_iso(*point.groups())}/.."
    return plain if re.fullmatch(r"[0-9./-]+", plain) else unicodedata.normalize("NFC", text)


def period_fault(text: str) -> Wrong | None:
    """What is wrong with an ISO period, if anything."""
    try:
        words.span(text)
    except ValueError as error:
        serial = re.fullmatch(r"[34][0-9]{4}", text)
        hint = "（像是 Excel 的日期序号，请把此列设为“文本”格式）" if serial else ""
        return Wrong(str(error), PERIOD_MEND + hint)
    return None


def holds_dates(column: Column) -> bool:
    """True where a column holds years, months and days in one pattern."""
    if not column.pattern:
        return column.name == "period"
    return all(re.fullmatch(column.pattern, text) for text in ("2024", "2024-05", "2024-05-31"))


# --- texts ------------------------------------------------------------------------------


def _shown(cell: Cell) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else clean(str(cell))


def text_cell(cell: Cell) -> str | Wrong:
    """A cell as text: what Excel made a number or a date is turned back, a line end is a line feed."""
    if isinstance(cell, str):
        return unicodedata.normalize("NFC", clean(characters.unbroken(cell)))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        if abs(cell) >= EXCEL_DIGITS:
            mend = "请把此列设为“文本”格式后重填"
            return Wrong(f"“{cell:.15g}”超过 15 位，Excel 已丢了尾数", mend)
        return words.plain(cell)
    if isinstance(cell, dt.datetime):
        if cell.time() == dt.time():
            return cell.date().isoformat()
        return Wrong(f"“{cell}”带有时刻", "请只填日期，并把此列设为“文本”格式")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return Wrong(f"“{cell}”是时间", "请把此列设为“文本”格式后重填")


def _boolean_cell(cell: Cell) -> bool | Wrong:
    text = unicodedata.normalize("NFKC", clean(str(cell))).lower()
    if text not in ("true", "false"):
        return Wrong(f"“{clean(str(cell))}”不是 true 或 false", "请填 true 或 false")
    return text == "true"


def _code(text: str, codes: CodeList) -> str | Wrong:
    named = codes.named(text)
    if len(named) > 1:
        listed = "、".join(codes.with_label(code) for code in named[:6])
        return Wrong(f"“{text}”可以指几个代码", f"请写明是哪一个：{listed}")
    return named[0] if named else text


def _text_parser(column: Column, codes: CodeList | None) -> Callable[[Cell], object]:
    dates = holds_dates(column)
    pattern = column.pattern or ""
    is_code = bool(pattern) and pattern.isascii() and "[^" not in pattern  # full-width is the same code

    def parse(cell: Cell) -> object:
        text = text_cell(cell)
        if isinstance(text, Wrong):
            return text
        if dates:
            text = period(text)
            return (period_fault(text) if column.name == "period" else None) or text
        if codes is not None:
            return _code(text, codes)
        if is_code:
            return unicodedata.normalize("NFKC", text)
        return text

    return parse


def parser(column: Column, codes: CodeList | None) -> Callable[[Cell], object]:
    """What reads a cell of this column: a value (numbers as Decimal), or ``Wrong``."""
    parse: Callable[[Cell], object]
    if column.type == "number":
        parse = _number_cell
    elif column.type == "integer":
        parse = _integer_cell
    elif column.type == "boolean":
        parse = _boolean_cell
    else:
        parse = _text_parser(column, codes)

    def checked(cell: Cell) -> object:
        if isinstance(cell, Odd):
            return Wrong(cell.what, cell.mend)
        if isinstance(cell, str) and (refused := characters.refused(clean(cell))):
            return Wrong(*refused)
        return parse(cell)

    return checked
