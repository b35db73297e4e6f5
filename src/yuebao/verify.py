"""Check a download folder, here or on a web site, against its SHA256SUMS."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

from yuebao import digests
from yuebao.digests import SUMS
from yuebao.faults import UsageError, YuebaoError

SECONDS = 30  # a server that says nothing for longer is not there
BESIDE = (".gz", ".br")  # compressed copies a server keeps beside a file


@dataclass(frozen=True)
class Verdict:
    """How many files are as listed, and the names of those that are not."""

    sound: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]
    unlisted: tuple[str, ...]  # only told of a folder: a web site does not say what else it has

    @property
    def holds(self) -> bool:
        return not (self.missing or self.altered)


def _fetched(address: str) -> bytes | None:
    """The bytes at an address, None where there is nothing."""
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            return None
        raise YuebaoError(f"{address} 答复 {error.code}；请稍后再试或换一个网址") from error
    except (urllib.error.URLError, TimeoutError) as error:
        said = getattr(error, "reason", error)
        raise YuebaoError(f"打不开 {address}（{said}）；请检查网络和网址") from error


def _listed(text: str, where: str) -> dict[str, str]:
    try:
        sums = digests.read_sums(text)
    except ValueError:
        sums = {}
    sound = sums and all(len(c) == 64 and ".." not in n and not n.startswith("/") for n, c in sums.items())
    if not sound:
        raise YuebaoError(f"{where} 的 {SUMS} 不是校验和列表；请重新下载")
    return sums


def of_folder(folder: Path) -> Verdict:
    """A folder of files beside their SHA256SUMS. Raises UsageError where that is missing."""
    place = folder / SUMS
    if not place.is_file():
        raise UsageError(f"{folder} 中没有 {SUMS}；请给出下载文件所在的文件夹，如 data/latest")
    sums = _listed(place.read_text(encoding="utf-8"), str(folder))
    missing = [name for name in sums if not (folder / name).is_file()]
    altered = [n for n, c in sums.items() if n not in missing and digests.of_file(folder / n) != c]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    more = sorted(n for n in there - sums.keys() - {SUMS} if not n.endswith(BESIDE))
    sound = len(sums) - len(missing) - len(altered)
    return Verdict(sound, tuple(missing), tuple(altered), tuple(more))


def of_site(root: str) -> Verdict:
    """A folder of a web site, by its address. Raises UsageError where it has no SHA256SUMS."""
    root = root.rstrip("/") + "/"
    text = _fetched(urljoin(root, SUMS))
    if text is None:
        raise UsageError(f"{root} 中没有 {SUMS}；请给出下载文件所在的网址，如 …/data/latest/")
    try:
        sums = _listed(text.decode("utf-8"), root)
    except UnicodeDecodeError as error:
        raise YuebaoError(f"{root} 的 {SUMS} 不是校验和列表；请检查网址") from error
    missing, altered = [], []
    for name, checksum in sums.items():
        body = _fetched(urljoin(root, quote(name)))
        if body is None:
            missing.append(name)
        elif hashlib.sha256(body).hexdigest() != checksum:
            altered.append(name)
    return Verdict(len(sums) - len(missing) - len(altered), tuple(missing), tuple(altered), ())


def verify(place: str) -> Verdict:
    """``place``: a folder, or the address of one.

    Raises UsageError where there is no list of checksums, YuebaoError where a server fails.
    """
    if place.startswith(("http://", "https://")):
        return of_site(place)
    return of_folder(Path(place))
