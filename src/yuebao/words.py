"""Numbers and periods as a Chinese reader sees them. The one formatter of the book.

A number is shortened to 万 or 亿 only where nothing is lost; otherwise it is
written out with thousands separators. Values are in base units.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from decimal import ROUND_HALF_UP, Decimal

from yuebao import trace
from yuebao.markup import Made, escaped
from yuebao.trace import Rows

QUALIFIERS = {"exact": "", "over": "逾", "under": "不足", "about": "约", "nearly": "近"}
CHANGES = {
    "yoy": "同比",
    "mom": "环比",
    "previous_period": "较前一时期",
    "yoy2": "较两年前同期",
    "unstated": "变化（口径未写明）",
}
# What is said of a figure that is not plain, by its SDMX observation status.
STATUS = {"P": "初步数", "E": "估计", "F": "预计", "U": "存疑"}
# Three words for nothing; the third, 0, is a count of the book's own rows.
MISSING = "未见公布"  # looked for and not seen: whether it was published the book cannot know
NOT_APPLICABLE = "不适用"  # there is nothing to be told: a rule that has dates and no number
SCALES = ((Decimal(10) ** 12, "万亿"), (Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))


def decimal(value: float | int | str | Decimal) -> Decimal:
    """``value`` without binary noise: 0.1 is 0.1."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def rounded(value: float | Decimal, places: int = 2) -> Decimal:
    """``value`` rounded half up, as a printed statistic is."""
    return decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(value: float | int | Decimal) -> str:
    """The number with no more digits than it has: 27, 0.13, 826000."""
    text = format(decimal(value) + 0, "f")  # + 0: never "-0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value: float | int) -> tuple[str, str]:
    """``(digits, scale)``: 826000 -> ("82.6", "万"), 825854 -> ("825,854", "")."""
    number = decimal(value)
    for scale, word in SCALES:
        if abs(number) >= scale:
            short = number / scale
            if short == short.quantize(Decimal("0.01")):
                return f"{short.normalize():f}", word
    digits = plain(number)
    whole, dot, fraction = digits.partition(".")
    return f"{int(whole):,}" + dot + fraction if abs(number) >= 1000 else digits, ""


def amount(value: float | int | None, unit: str = "", qualifier: str | None = "exact") -> str:
    """A value with its qualifier and unit: 逾82.6万株, 0.13%, 未见公布."""
    if missing(value):
        return MISSING
    digits, scale = scaled(value)  # type: ignore[arg-type]
    return f"{QUALIFIERS.get(qualifier or 'exact', '')}{digits}{scale}{unit}"


def missing(value: object) -> bool:
    """True for None, NaN, NA and the empty string."""
    if value is None or (isinstance(value, str) and not value):
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in {"NAType", "NaTType"}


def percent(value: float | Decimal, places: int = 2) -> str:
    """A computed percentage, rounded half up, no sign: 107.75 -> 107.75%."""
    return f"{plain(rounded(value, places))}%"


def change(value: float | Decimal, kind: str = "yoy") -> str:
    """A change in words and sign: 同比下降5.82%, 环比上升92.86%, 同比持平."""
    word = CHANGES.get(kind, kind)
    if value == 0:
        return f"{word}持平"
    return f"{word}{'上升' if value > 0 else '下降'}{plain(abs(decimal(value)))}%"


def number_tag(value: float | int | Decimal, text: str, rows: Rows, here: bool = False) -> str:
    """A number of a page that a machine can read back and a reader can follow to its row.

    ``<data value="826000" data-row="trees-1a2b3c4d5e"><a class="n" href="…">82.6万</a></data>``.
    ``rows``: the ids of the rows of the downloads it stands in, the first one linked;
    ``here``: it stands in that row, so there is nothing to follow.

    Raises ValueError where no row is named.
    """
    ids = trace.listed(rows)
    said = escaped(text)
    if not here:
        said = f'<a class="n" href="{trace.address(ids[0])}">{said}</a>'
    return Made(f'<data value="{plain(value)}" data-row="{" ".join(ids)}">{said}</data>')


def shown(value: float | int | None, unit: str, qualifier: str | None, rows: Rows, here: bool = False) -> str:
    """``amount`` as it goes into a page: the digits carry their value in a ``data`` element."""
    if missing(value):
        return MISSING
    digits, scale = scaled(value)  # type: ignore[arg-type]
    before = QUALIFIERS.get(qualifier or "exact", "")
    number = number_tag(value, digits + scale, rows, here)  # type: ignore[arg-type]
    return Made(f'<span class="q">{before}{number}{escaped(unit)}</span>')


def shown_count(value: float | int, rows: Rows, here: bool = False) -> str:
    """A bare number, shortened as ``amount`` does, as it goes into a page."""
    return number_tag(value, "".join(scaled(value)), rows, here)


def shown_percent(value: float | Decimal, rows: Rows, places: int = 2, here: bool = False) -> str:
    """``percent`` as it goes into a page; the element holds the rounded value."""
    return f"{number_tag(rounded(value, places), plain(rounded(value, places)), rows, here)}%"


def shown_change(value: float | Decimal, kind: str, rows: Rows, here: bool = False) -> str:
    """``change`` as it goes into a page."""
    word = CHANGES.get(kind, kind)
    if value == 0:
        return f"{word}{number_tag(0, '持平', rows, here)}"
    size = number_tag(value, plain(abs(decimal(value))), rows, here)
    return f"{word}{'上升' if value > 0 else '下降'}{size}%"


# --- periods -----------------------------------------------------------------

POINT = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


def _bounds(text: str) -> tuple[dt.date, dt.date] | None:
    match = POINT.fullmatch(text)
    if not match:
        return None
    year, month, day = int(match[1]), match[2], match[3]
    try:
        if day:
            date = dt.date(year, int(month), int(day))
            return date, date
        if month:
            last = calendar.monthrange(year, int(month))[1]
            return dt.date(year, int(month), 1), dt.date(year, int(month), last)
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    except ValueError:
        return None


def span(period: str) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of an ISO 8601 period; None where it says "..".

    Raises ValueError where the period is no date or ends before it starts.
    """
    first, slash, last = period.partition("/")
    if not slash:
        last = first
    ends: list[dt.date | None] = []
    for text, which in ((first, 0), (last, 1)):
        if text == "..":
            ends.append(None)
            continue
        bounds = _bounds(text)
        if bounds is None:
            raise ValueError(f"“{text}”不是日期")
        ends.append(bounds[which])
    start, end = ends
    if start and end and end < start:
        raise ValueError(f"“{period}”的止早于起")
    return start, end


def month_span(month: str) -> tuple[dt.date, dt.date]:
    """First and last day of ``YYYY-MM``."""
    bounds = _bounds(month)
    if bounds is None:
        raise ValueError(f"“{month}”不是月份")
    return bounds


def _point_words(text: str) -> str:
    year, _, rest = text.partition("-")
    if not rest:
        return f"{year}年"
    month, _, day = rest.partition("-")
    return f"{year}年{int(month)}月" + (f"{int(day)}日" if day else "")


UNKNOWN_PERIOD = "时期不详"


def is_open(text: str) -> bool:
    """True where the source does not say when the period ends."""
    return text.endswith("..")


def _open_words(first: str) -> str:
    """A period whose end is not known: 2023年以来 of one that began with the year, 2020年10月起, 时期不详."""
    if first == "..":
        return UNKNOWN_PERIOD
    return f"{first[:4]}年以来" if first.endswith("-01-01") else f"{_point_words(first)}起"


def period(text: str, published: object = None) -> str:
    """A period in words: 2024年5月, 2024年1—7月, 截至2024年8月8日, 2024年4月24日至8月8日, 2023年以来.

    ``published``: when the source was published, as ISO 8601. Of a period without an end it is the
    only date that says how far the figure may reach, so it is printed beside it.
    """
    first, slash, last = text.partition("/")
    if is_open(text):
        said = _open_words(first)
        day = "" if missing(published) else _point_words(str(published))
        return f"{said}（{day}公布）" if day else said
    if not slash:
        return _point_words(first)
    if first == "..":
        return f"截至{_point_words(last)}"
    start, end = span(text)
    if start is None or end is None:
        raise ValueError(f"“{text}”不是时期")
    whole_months = start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]
    whole_months = whole_months and (len(last) > 7 or len(first) <= 7)  # an end day not told is not told
    if len(first) == 4 and len(last) == 4:
        return f"{first}—{last}年"
    if whole_months and start.year == end.year:
        if (start.month, end.month) == (1, 12):
            return f"{start.year}年"
        if start.month == end.month:
            return f"{start.year}年{start.month}月"
        return f"{start.year}年{start.month}—{end.month}月"
    if whole_months:
        return f"{start.year}年{start.month}月至{end.year}年{end.month}月"
    tail = _point_words(last)
    if first[:4] == last[:4] and len(first) > 4:
        tail = tail.split("年", 1)[1]
    return f"{_point_words(first)}至{tail}"


def short_period(text: str) -> str:
    """A period as a chart's label has room for it: 2020.9—2021.6.1; plain ones as in words."""
    words_ = period(text)
    if "/" not in text or is_open(text) or len(words_) <= 10:
        return words_
    ends = [".".join(str(int(part)) for part in end.split("-")) for end in text.split("/") if end != ".."]
    return "—".join(ends) if not text.startswith("..") else f"至{ends[0]}"


def shifted_year(text: str, years: int = -1) -> str:
    """The same period ``years`` later: 2024-05 -> 2023-05; ".." stays."""
    parts = []
    for part in text.split("/"):
        match = POINT.fullmatch(part)
        moved = f"{int(match[1]) + years:04d}{part[4:]}" if match else part
        # The last day of February stays the last day of February.
        parts.append(moved if not match or _bounds(moved) else f"{moved[:-2]}28")
    return "/".join(parts)


def previous_month(month: str) -> str:
    """``YYYY-MM`` of the month before."""
    start, _ = month_span(month)
    before = start - dt.timedelta(days=1)
    return f"{before.year:04d}-{before.month:02d}"
