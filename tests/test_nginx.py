"""deploy/nginx.conf in a real nginx: what it sends, under which headers, and what it keeps to itself."""

from __future__ import annotations

import gzip
import http.client
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

import nginx
from yuebao import compress

PAGE = "<!doctype html><html lang='zh-CN'><title>月报</title><p>古树名木</p></html>\n".encode() * 9
CSV = "\ufeffarea_zh,value\n湖北,1\n".encode() * 40
FILES = {
    "index.html": PAGE,
    "fraud.html": PAGE,
    "404.html": PAGE.replace("古树名木".encode(), "没有这一页".encode()),
    "embed/fraud-cases.html": PAGE,
    "_static/yuebao.css": b"body{color:#123}\n" * 40,
    "_static/yuebao.js": b"'use strict';\n" * 40,
    "_static/vega-0a1b2c3d4e.js": b"'use strict';\n" * 40,
    "_static/favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>\n" * 20,
    "_static/og/fraud.png": b"\x89PNG" + bytes(400),
    "pagefind/fragment/zh_1.pf_fragment": bytes(400),
    "pagefind/pagefind-entry.json": b"{}" + b" " * 400,
    "pagefind/wasm.unknown.pagefind": bytes(400),
    "data/latest/trees.csv": CSV,
    "data/latest/SHA256SUMS": b"0  trees.csv\n" * 40,
    "data/latest/chart.vl.json": b"{}" + b" " * 400,
    "data/latest/register.parquet": bytes(range(256)) * 4,
    "data/latest/book.xlsx": bytes(400),
    "data/2026-06/trees.csv": CSV,
    "feeds/editions.atom": b"<feed xmlns='http://www.w3.org/2005/Atom'/>\n" * 20,
    "editions/2026-06/fraud.html": PAGE,
    "editions/2026-06/embed/fraud-cases.html": PAGE,
    "sitemap.xml": b"<urlset/>\n" * 40,
    ".yuebao/release.json": b'{"number": 1}',
    ".well-known/security.txt": b"Contact: mailto:a@example.org\n",
}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
YEAR = "public, max-age=31536000, immutable"

Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web root like one `yuebao publish` makes, in small."""
    folder = tmp_path_factory.mktemp("www")
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    compress.beside(folder)
    return folder


def missing() -> str:
    if nginx.found() is None:
        return "no nginx: apt-get install nginx libnginx-mod-http-brotli-static"
    return (
        "" if nginx.BROTLI.is_file() else "no brotli module: apt-get install libnginx-mod-http-brotli-static"
    )


@pytest.fixture(scope="module", params=[True, False], ids=["brotli", "plain"])
def ask(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    """Ask nginx for an address; ``plain`` is nginx without the brotli module. In CI both must be there."""
    if lacking := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(lacking)
        pytest.skip(lacking)

    def asked(path: str, encoding: str = "identity", method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        sent = {"Accept-Encoding": encoding, **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, headers=sent)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, body

    asked.brotli = request.param  # type: ignore[attr-defined]
    with nginx.serving(root, tmp_path_factory.mktemp("nginx"), request.param) as address:
        yield asked


@pytest.mark.parametrize("name", ["index.html", "_static/yuebao.css", "data/latest/trees.csv"])
def test_the_packed_file_is_sent_to_who_takes_it(ask: Ask, root: Path, name: str) -> None:
    plain = ask(f"/{name}")
    assert plain[0] == 200
    assert "content-encoding" not in plain[1]
    assert plain[2] == FILES[name]
    zipped = ask(f"/{name}", "gzip, deflate")
    assert zipped[1]["content-encoding"] == "gzip"
    assert zipped[2] == (root / f"{name}.gz").read_bytes()
    assert gzip.decompress(zipped[2]) == FILES[name]
    best = ask(f"/{name}", "gzip, deflate, br, zstd")
    if ask.brotli:  # type: ignore[attr-defined]
        assert best[1]["content-encoding"] == "br"
        assert brotli.decompress(best[2]) == FILES[name]
    else:
        assert best[1]["content-encoding"] == "gzip"
    for _, headers, _ in (zipped, best):
        assert headers["content-type"] == plain[1]["content-type"]
        assert headers["vary"] == "Accept-Encoding"
        assert headers["cache-control"] == plain[1]["cache-control"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/fraud.html", "text/html; charset=utf-8"),
        ("/_static/yuebao.css", "text/css; charset=utf-8"),
        ("/_static/yuebao.js", "text/javascript; charset=utf-8"),
        ("/_static/favicon.svg", "image/svg+xml; charset=utf-8"),
        ("/_static/og/fraud.png", "image/png"),
        ("/data/latest/trees.csv", "text/csv; charset=utf-8"),
        ("/data/latest/SHA256SUMS", "text/plain; charset=utf-8"),
        ("/data/latest/chart.vl.json", "application/json; charset=utf-8"),
        ("/data/latest/register.parquet", "application/vnd.apache.parquet"),
        ("/data/latest/book.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("/feeds/editions.atom", "application/atom+xml; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/pagefind/wasm.unknown.pagefind", "application/octet-stream"),
        ("/data/latest/trees.csv.gz", "application/octet-stream"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8"),
    ],
)
def test_types(ask: Ask, path: str, kind: str) -> None:
    status, headers, _ = ask(path, "gzip, br")
    assert (status, headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/fraud.html", "no-cache"),
        ("/fraud.html?v=1a2b3c4d", "no-cache"),
        ("/_static/yuebao.css", "no-cache"),
        ("/_static/yuebao.css?v=1a2b3c4d", YEAR),
        ("/_static/vega-0a1b2c3d4e.js", YEAR),
        ("/pagefind/pagefind-entry.json?ts=1", "no-cache"),
        ("/pagefind/fragment/zh_1.pf_fragment", YEAR),
        ("/data/latest/trees.csv", "no-cache"),
        ("/data/2026-06/trees.csv", YEAR),
        ("/editions/2026-06/fraud.html", YEAR),
        ("/data/2026-07/trees.csv", "no-cache"),  # not there yet
    ],
)
def test_how_long_an_answer_is_kept(ask: Ask, path: str, kept: str) -> None:
    assert ask(path)[1]["cache-control"] == kept


@pytest.mark.parametrize("path", ["/", "/_static/yuebao.js", "/data/latest/trees.csv", "/nothing", "/data/"])
def test_every_answer_has_the_headers_that_protect(ask: Ask, path: str) -> None:
    headers = ask(path)[1]
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy.pop("default-src") == "'none'"
    assert "unsafe-inline" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)
    assert {value for words in policy.values() for value in words.split()} <= {
        "'self'", "'none'", "data:", "'wasm-unsafe-eval'",
    }  # fmt: skip
    assert headers["server"] == "nginx", "its version is nobody's business"


def test_who_may_frame_a_page_and_who_may_fetch_a_file(ask: Ask) -> None:
    def frames(path: str) -> str:
        return ask(path)[1]["content-security-policy"].rsplit("frame-ancestors ", 1)[1]

    assert frames("/fraud.html") == "'self'"
    assert frames("/embed/fraud-cases.html") == "*"
    assert frames("/editions/2026-06/embed/fraud-cases.html") == "*"
    assert frames("/editions/2026-06/fraud.html") == "'self'"
    for path in ("/data/latest/trees.csv", "/data/2026-06/trees.csv", "/data/latest/chart.vl.json"):
        assert ask(path)[1]["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in ask("/fraud.html")[1]


@pytest.mark.parametrize("path", ["/nothing", "/nothing/at/all.html", "/data/", "/data/latest/", "/_static/"])
def test_what_is_not_there_is_a_404_with_our_page(ask: Ask, path: str) -> None:
    status, _, body = ask(path)
    assert status == 404
    assert body == FILES["404.html"]


@pytest.mark.parametrize(
    "path", ["/.yuebao/release.json", "/.yuebao/", "/data/.hidden", "/%2eyuebao/release.json"]
)
def test_the_record_of_releases_is_not_shown(ask: Ask, path: str) -> None:
    status, _, body = ask(path)
    assert status == 404
    assert b"number" not in body


@pytest.mark.parametrize("encoding", ["identity", "gzip", "gzip, br"])
def test_an_answer_that_is_still_the_same_is_304(ask: Ask, encoding: str) -> None:
    for path in ("/fraud.html", "/data/latest/trees.csv"):
        tag = ask(path, encoding)[1]["etag"]
        status, headers, body = ask(path, encoding, If_None_Match=tag)
        assert (status, body) == (304, b"")
        assert headers["cache-control"] == "no-cache"
        assert ask(path, encoding, If_None_Match='"other"')[0] == 200


def test_a_part_of_a_file(ask: Ask) -> None:
    status, headers, body = ask("/data/latest/register.parquet", Range="bytes=-8")
    assert (status, body) == (206, FILES["data/latest/register.parquet"][-8:])
    assert headers["content-range"] == "bytes 1016-1023/1024"
    assert ask("/data/latest/register.parquet", method="HEAD")[1]["accept-ranges"] == "bytes"
    assert ask("/data/latest/register.parquet", Range="bytes=5000-")[0] == 416


def test_only_reading_is_answered(ask: Ask) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask("/fraud.html", method=method)[0] == 405
    status, headers, body = ask("/fraud.html", "gzip", method="HEAD")
    assert (status, body, headers["content-encoding"]) == (200, b"", "gzip")


def test_the_configuration_says_where_the_site_lies() -> None:
    text = nginx.CONF.read_text(encoding="utf-8")
    assert re.findall(r"^\s+root\s+(\S+);", text, re.M) == ["/srv/www/yuebao"]
    assert "add_header" not in "".join(re.findall(r"location[^{]*\{.*?\}", text, re.S))
