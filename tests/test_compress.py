"""The packed files beside the site's own: the same content and bytes each time, only where it helps."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import brotli
import pytest

from small import REPO
from yuebao import compress, digests

PAGE = "<p>湖北月报</p>\n".encode() * 200
NOISE = random.Random(1).randbytes(3000)


def written(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a page in it."""
    (tmp_path / "site" / "data").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_bytes(PAGE)
    return tmp_path / "site"


def test_unpacked_it_is_the_file_itself(folder: Path) -> None:
    (folder / "data" / "树木.csv").write_bytes(PAGE)
    assert compress.beside(folder) == 4
    for name in ("index.html", "data/树木.csv"):
        gz, br = (folder / f"{name}.gz").read_bytes(), (folder / f"{name}.br").read_bytes()
        assert gzip.decompress(gz) == brotli.decompress(br) == PAGE
        assert max(len(gz), len(br)) < len(PAGE) / 10
        assert (folder / name).read_bytes() == PAGE


def test_the_same_bytes_each_time_and_under_each_name(folder: Path) -> None:
    (folder / "data" / "other.html").write_bytes(PAGE)
    compress.beside(folder)
    first = written(folder)
    assert first["index.html.gz"] == first["data/other.html.gz"]
    assert first["index.html.gz"][3:8] == bytes(5), "no name and no time in the gzip header"
    for path in folder.rglob("*.??"):
        path.unlink()
    compress.beside(folder)
    assert written(folder) == first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("short.css", b"a" * compress.LEAST),
        ("noise.txt", NOISE),
        ("chart.png", PAGE),
        ("book.xlsx", PAGE),
        ("register.parquet", PAGE),
        ("pagefind/index/zh_1.pf_index", PAGE),
        ("SHA256SUMS", PAGE),
    ],
)
def test_what_would_not_help_is_left_alone(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    compress.beside(folder)
    assert set(written(folder)) == {"index.html", "index.html.gz", "index.html.br", name}


def test_nothing_is_packed_twice(folder: Path) -> None:
    compress.beside(folder)
    before = written(folder)
    compress.beside(folder)
    assert written(folder) == before


def test_the_compressor_counts_among_what_the_site_is_made_with() -> None:
    assert digests.versions()["brotli"]
    assert "brotli" in (REPO / "requirements.lock").read_text(encoding="utf-8")
