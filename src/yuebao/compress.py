"""Each text file of the finished site once more as ``.gz`` and ``.br``, which a web server can send as is.

The same bytes give the same files: no name and no time is kept in them. What is compressed in
itself (pictures, PDF, workbooks, Parquet, ZIP, Pagefind's index) is left alone.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

TEXT = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".atom", ".txt", ".md", ".bib", ".csv"}
LEAST = 300  # bytes; smaller ones fit one packet as they are
# Of brotli's eleven, the ninth: the last two make the pages 8% smaller and take four times as long.
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda content: gzip.compress(content, 9, mtime=0),
    ".br": lambda content: brotli.compress(content, quality=9),
}


def packed(content: bytes) -> dict[str, bytes]:
    """A file's content packed, by suffix; without those that did not become smaller."""
    every = {suffix: pack(content) for suffix, pack in PACKED.items()}
    return {suffix: small for suffix, small in every.items() if len(small) < len(content)}


def beside(folder: Path) -> int:
    """Write ``.gz`` and ``.br`` beside each text file below ``folder``; gives how many were written.

    Both compressors let other threads run, so all cores are used; equal files are packed once.
    """
    files: dict[bytes, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in TEXT and path.is_file() and path.stat().st_size > LEAST:
            files.setdefault(path.read_bytes(), []).append(path)
    written = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for places, made in zip(files.values(), pool.map(packed, files), strict=True):
            for suffix, small in made.items():
                for path in places:
                    path.with_name(path.name + suffix).write_bytes(small)
                    written += 1
    return written
