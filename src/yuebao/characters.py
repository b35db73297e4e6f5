"""Which characters a text may hold, and what becomes of its line ends: one rule for every cell.

What passes here is text that every output can carry as it is: pages, workbooks, feeds, pictures.
"""

from __future__ import annotations

import re
import unicodedata

MOST = 32_767  # characters of a cell: Excel's own limit, past which a workbook would cut it without a word

# However a line was ended where the text was written, it ends with one line feed here.
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls other than tab and line ends, half characters, and code points that are no characters: XML
# has no way to write them, so that feeds and workbooks could not be made.
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_NO_CHARACTER = "\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
)
# Marks that show nothing and change what stands beside them: direction, joining, annotations, tags.
_FORMAT = "\xad\u061c\u180e\u200c-\u200f\u202a-\u202e\u2061-\u206f\ufff9-\ufffc\U000e0000-\U000e007f"
# Letters written from right to left would turn the order of the numbers beside them.
_RIGHT_TO_LEFT = "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT += "\U00010800-\U00010fff\U0001e800-\U0001efff"
_REFUSED = re.compile(f"[{_CONTROL}{_NO_CHARACTER}{_FORMAT}{_RIGHT_TO_LEFT}]")
_RIGHT = re.compile(f"[{_RIGHT_TO_LEFT}]")
_UNSEEN = re.compile(f"[\t\n\r\x0b\x0c\x85\u2028\u2029{_CONTROL}{_NO_CHARACTER}{_FORMAT}]")


def unbroken(text: str) -> str:
    """The text with every line ended by one line feed: CR, CRLF, VT, FF, NEL, LS and PS are one."""
    return _BREAK.sub("\n", text)


def named(letter: str) -> str:
    """A character as one can look it up: U+202E（RIGHT-TO-LEFT OVERRIDE）."""
    name = unicodedata.name(letter, "")
    return f"U+{ord(letter):04X}" + (f"（{name}）" if name else "")


def refused(text: str) -> tuple[str, str] | None:
    """``(what, mend)`` of a text that cannot be carried as it is; None where nothing is wrong with it."""
    found = _REFUSED.search(text)
    if found:
        letter, at = found[0], len(text[: found.start()]) + 1
        if _RIGHT.match(letter):
            return f"第 {at} 个字符 {named(letter)} 是从右向左书写的文字", "请改用中文或拉丁字母的写法"
        return f"第 {at} 个字符 {named(letter)} 是看不见的控制字符", "请删去这个字符后重填"
    length = len(text.encode("utf-16-le")) // 2  # as Excel counts
    if length > MOST:
        return f"此格有 {length:,} 个字符，上限是 {MOST:,} 个（Excel 单元格的上限）", "请缩短，或分成几格"
    return None


def visible(text: str) -> str:
    """The text on one line, what cannot be seen named by its code point: for messages."""
    return _UNSEEN.sub(lambda found: "⏎" if found[0] in "\r\n" else f"‹U+{ord(found[0]):04X}›", text)
