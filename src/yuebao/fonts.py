"""The faces of our pictures: is there one on this machine, how wide is a text, where does a line end.

A picture is only drawn as PNG where every sign of a probe comes out as itself: a
machine without a Chinese font would print empty boxes, or nothing, without a word.
"""

from __future__ import annotations

import functools
import hashlib
import re

HEI = "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
SONG = "'Noto Serif CJK SC','Source Han Serif SC','Songti SC',SimSun," + HEI
MISSING = "没有可用的中文字体，未制作 PNG 图片（SVG 照常）；请安装 fonts-noto-cjk 后重建"

SIGNS = "湖北月报诈骗古树换新鄂郧逾亿万▲▼−％；0"  # what pictures are full of, and a rare sign
NO_SIGNS = "\u0378\u05eb"  # never assigned: a face prints its empty box, or nothing
NOT_FIRST = "，。；：、！？）」』》〉】〕％%…—·”’"
NOT_LAST = "（「『《〈【〔“‘"
_WORD = re.compile(r"[!-~−–]+|.", re.S)  # figures and Latin words are not broken


def _probe(sign: str, family: str, weight: int) -> bytes:
    import vl_convert

    text = f'<text x="4" y="30" font-size="28" font-weight="{weight}" font-family="{family}">{sign}</text>'
    png: bytes = vl_convert.svg_to_png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{text}</svg>', scale=1
    )
    return png


@functools.cache
def fingerprint() -> str:
    """Digest of how this machine draws our faces, empty where it has none for Chinese.

    A few hundredths of a second, once a process.
    """
    digest = hashlib.sha256()
    for family, weight in ((HEI, 400), (HEI, 700), (SONG, 700)):
        drawn = [_probe(sign, family, weight) for sign in SIGNS]
        nothing = {_probe(sign, family, weight) for sign in (*NO_SIGNS, " ")}
        if len(set(drawn)) < len(SIGNS) or nothing & set(drawn):
            return ""
        digest.update(b"".join(drawn))
    return digest.hexdigest()


def available() -> bool:
    """True where this machine has a font that our pictures can be drawn with."""
    return bool(fingerprint())


def width(text: str) -> float:
    """Width of a text in ems: a Chinese character is one, a digit or letter somewhat over a half."""
    return sum(1.0 if ord(c) > 0x2E80 or c in "“”‘’…—▲▼" else 0.58 for c in text)


def lines(text: str, room: float, most: int = 99) -> list[str]:
    """The text in lines of at most ``room`` ems; what is beyond ``most`` lines ends in an ellipsis.

    No line begins with a closing sign or ends with an opening one; a word is not broken.
    """
    found, line = [], ""
    for word in _WORD.findall(text):
        if line and width(line + word) > room and word[0] not in NOT_FIRST:
            kept = line.rstrip(NOT_LAST)
            found.append(kept.rstrip() or line)
            line = line[len(kept) :] if kept else ""
            word = word.lstrip()
        line += word
    found = [*found, line] if line else found
    if len(found) > most:
        last = found[most - 1]
        while width(last) > room - 1:
            last = last[:-1]
        found = [*found[: most - 1], last.rstrip(NOT_FIRST + NOT_LAST) + "…"]
    return found
