"""A printed PDF made small, and the same each time.

Chromium writes every element of a tagged page as an object of its own in plain text, three
quarters of the file, and the time of printing. Here those objects go into compressed object
streams (PDF 1.5), and the document's information is ours. Where a font draws a radical and a
character with one glyph, Chromium notes the radical, and 木 would be neither found nor copied;
the note is put right. What is drawn is not touched.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Mapping

TOGETHER = 1000  # objects in one object stream
# Radicals Unicode does not decompose, and the characters drawn alike (Noto Sans CJK SC).
RADICALS = str.maketrans(
    "⺂⺃⺅⺉⺋⺏⺐⺒⺓⺔⺕⺖⺘⺙⺛⺞⺠⺡⺣⺤⺦⺨⺭⺯⺰⺱⺳⺹⺺⺾⻂⻅⻆⻈"
    "⻉⻋⻌⻐⻑⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻮⻯⻰⻱⻲⼾",
    "乛乚亻刂㔾尣尢巳幺彑彐忄扌攵旡歺民氵灬爫丬犭礻糹纟罓㓁耂肀艹衤见角讠"
    "贝车辶钅長镸长门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐齿竜龙龜亀户",
)


def _objects(printed: bytes) -> tuple[dict[int, bytes], int, int]:
    """The objects by number, and the numbers of the catalog and of the information."""
    start = int(printed[printed.rindex(b"startxref") + 9 :].split()[0])
    table_head = re.compile(rb"xref\s+0 (\d+)\s+").match(printed, start)
    root, info = (re.search(rb"/%b (\d+) 0 R" % name, printed[start:]) for name in (b"Root", b"Info"))
    if table_head is None or root is None or info is None:
        raise ValueError("no plain table of objects")
    table = [printed[(at := table_head.end() + 20 * n) : at + 20].split() for n in range(int(table_head[1]))]
    places = {n: int(entry[0]) for n, entry in enumerate(table) if entry[2] == b"n"}
    ends = dict(zip(sorted(places.values()), [*sorted(places.values())[1:], start], strict=True))
    found = {}
    for n, at in places.items():
        head, body = b"%d 0 obj" % n, printed[at : ends[at]].strip()
        if not (body.startswith(head) and body.endswith(b"endobj")):
            raise ValueError(f"object {n} is not where it should be")
        found[n] = body[len(head) : -len(b"endobj")].strip()
    return found, int(root[1]), int(info[1])


def _once(body: bytes) -> bytes:
    """A bookmark's title said once: Chromium doubles that of a heading at the very top of a page."""
    said = re.search(rb"/Title <FEFF((?:[0-9A-F]{4})+?)\1>", body)
    if said is None or b"/Dest" not in body:
        return body
    return body.replace(said[0], b"/Title <FEFF%b>" % said[1])


def _character(code: int) -> int:
    text = chr(code).translate(RADICALS)
    plain = unicodedata.normalize("NFKC", text) if 0x2E80 <= ord(text) < 0x2FE0 else text
    return ord(plain) if len(plain) == 1 else code


def _readable(body: bytes) -> bytes:
    """A font's list of what its glyphs mean, with characters in place of radicals."""
    start = body.index(b"stream") + len(b"stream")
    content = body[start:].removesuffix(b"endstream").lstrip(b"\r\n")
    table = zlib.decompressobj().decompress(content) if b"/FlateDecode" in body[:start] else content

    def chars(match: re.Match[bytes]) -> bytes:
        return b"%b<%04X>" % (match[1], _character(int(match[2], 16)))

    def ranges(match: re.Match[bytes]) -> bytes:
        first, last, code = (int(part, 16) for part in match.groups())
        if not any(_character(code + i) != code + i for i in range(last - first + 1)):
            return match[0]
        wide = len(match[1])
        lines = (
            f"<{n:0{wide}X}> <{n:0{wide}X}> <{_character(code + n - first):04X}>"
            for n in range(first, last + 1)
        )
        return "\n".join(lines).encode()

    def section(match: re.Match[bytes]) -> bytes:
        one, code = rb"<([0-9A-F]+)>", rb"<([0-9A-F]{4})>"
        if match[1] == b"char":
            held = re.sub(rb"(<[0-9A-F]+> )" + code, chars, match[2])
        else:
            held = re.sub(one + b" " + one + b" " + code, ranges, match[2])
        lines = held.split(b"\n")[:-1]
        parts = (lines[at : at + 100] for at in range(0, len(lines), 100))  # no section may be longer
        return b"".join(
            b"%d beginbf%b\n%b\nendbf%b\n" % (len(part), match[1], b"\n".join(part), match[1])
            for part in parts
        )

    put_right = re.sub(rb"\d+ beginbf(char|range)\n(.*?)endbf\1\n", section, table, flags=re.DOTALL)
    return body if put_right == table else _stream(b"", put_right)


def _text(value: str) -> bytes:
    return b"<FEFF" + value.encode("utf-16-be").hex().upper().encode() + b">"


def _stream(entries: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    return b"<<%b/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (entries, len(packed), packed)


def pack(printed: bytes, info: Mapping[str, str], mark: bytes) -> bytes:
    """``printed`` made small, with ``info`` (Title, Author …) for its own and ``mark`` for its id.

    Raises ValueError for a file that is not laid out as Chromium does it.
    """
    objects, root, about = _objects(printed)
    objects[about] = b"<<" + b"".join(b"/%b%b" % (k.encode(), _text(v)) for k, v in info.items()) + b">>"
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    rows: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}

    def put(number: int, body: bytes) -> None:
        rows[number] = (1, len(out), 0)
        out.extend(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    objects = {n: _once(body) if b"/Title" in body[:200] else body for n, body in objects.items()}
    named = (re.findall(rb"/ToUnicode (\d+) 0 R", body) for body in objects.values())
    for n in {int(number) for numbers in named for number in numbers}:
        objects[n] = _readable(objects[n])
    loose = [n for n, body in objects.items() if not body.endswith(b"endstream")]
    for n in sorted(objects.keys() - set(loose)):
        put(n, objects[n])
    free = max(objects) + 1
    for first in range(0, len(loose), TOGETHER):
        some = loose[first : first + TOGETHER]
        at, listed = 0, []
        for place, n in enumerate(some):
            rows[n] = (2, free, place)
            listed.append(f"{n} {at}")
            at += len(objects[n]) + 1
        head = (" ".join(listed) + "\n").encode()
        body = b"".join(objects[n] + b"\n" for n in some)
        put(free, _stream(b"/Type/ObjStm/N %d/First %d" % (len(some), len(head)), head + body))
        free += 1
    start = len(out)
    rows[free] = (1, start, 0)
    index = b"".join(struct.pack(">BIH", *rows.get(n, (0, 0, 0))) for n in range(free + 1))
    entries = b"/Type/XRef/W[1 4 2]/Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]"
    hexed = mark.hex().encode()
    put(free, _stream(entries % (free + 1, root, about, hexed, hexed), index))
    out.extend(b"startxref\n%d\n%%%%EOF\n" % start)
    return bytes(out)
