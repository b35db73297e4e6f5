"""Put a built edition on a web root in one step, and never change what went out.

A web root ``DEST`` is a plain folder of plain files that any server or static host can take:

    DEST/                      the newest edition's site, just as it was built
    DEST/data/latest/          the newest edition's files
    DEST/data/2026-11/         each published edition's files, the same for ever, with SHA256SUMS
    DEST/editions/2026-11/     each published edition's pages, the same for ever (see ``permanent``)
    DEST/SHA256SUMS            every file of the site as it stands
    DEST/.yuebao/              which release this is, and the checksums of each edition as it went out

Beside it, never served, lies ``DEST.yuebao/`` with the releases that were there before (for
``rollback``), the one being made, and the lock. A release is made whole there, read back,
written to the disk, and changes places with ``DEST`` in one step (see ``swap``). Earlier
editions' files and pages are hard links of those on the web root, so that they are the same bytes.
Files on the web root that are not the book's (``robots.txt``, ``.well-known/``) are carried along.

A release's number says in which order releases were made; ``release.json`` names the one
before. An interrupted run leaves at most an unfinished ``staging`` or a release under another
release's name; ``_tidy`` mends both from what the folders themselves say.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yuebao import book, calendar, digests, edition, errata, permanent, run_record, swap
from yuebao.digests import SUMS
from yuebao.faults import UsageError, YuebaoError
from yuebao.project import Project

RECORD = ".yuebao"
LISTED = 20  # files an error names


@dataclass(frozen=True)
class Release:
    """A web root as it went out: its number, its edition, the release before it."""

    folder: Path
    number: int
    edition: str
    previous: int | None

    @property
    def name(self) -> str:
        """The folder it is kept under when it is not on the web root."""
        return f"{self.number:04d}-{self.edition}"

    def went_out(self) -> dict[str, dict[str, str]]:
        """Checksums of each edition's own site as it went out, by edition."""
        records = sorted((self.folder / RECORD).glob("*.sha256"))
        return {path.stem: digests.read_sums(path.read_text(encoding="utf-8")) for path in records}

    def listed(self) -> dict[str, str]:
        """Checksums of every file of the web root as it was put there."""
        return digests.read_sums((self.folder / SUMS).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Done:
    """What ``publish`` or ``rollback`` did: the edition on the web root, and the one before it."""

    edition: str
    before: str | None
    changed: bool
    files: int
    earlier: tuple[str, ...]


def _read(folder: Path) -> Release | None:
    """The release a folder holds, None where it holds none that is finished."""
    path = folder / RECORD / "release.json"
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Release(folder, int(raw["number"]), str(raw["edition"]), raw["previous"])
    except (ValueError, KeyError, TypeError) as error:
        raise YuebaoError(f"{path} 不完整（{error}）；请从备份恢复") from error


class Root:
    """A web root and the folder beside it. Made by ``_locked``; only for the one who holds its lock."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.state = _state(place)
        self.releases = self.state / "releases"
        self.staging = self.state / "staging"
        self.aside = self.state / "before"

    def tidy(self) -> None:
        """Mend what an interrupted run left."""
        if swap.recover(self.place, self.aside):
            self.keep(self.aside)
        live = _read(self.place)
        if self.staging.exists():
            left = _read(self.staging)
            if left and live and left.number < live.number:  # it was on the web root until the last step
                self.keep(self.staging)
            else:
                shutil.rmtree(self.staging)
        for folder in sorted(self.releases.iterdir()):
            self.keep(folder)

    def keep(self, folder: Path) -> None:
        """Put a release that is no longer on the web root under its own name."""
        release = _read(folder)
        if release is None:
            shutil.rmtree(folder)
        elif folder != self.releases / release.name:
            folder.rename(self.releases / release.name)

    def live(self) -> Release | None:
        """What is on the web root. Raises UsageError where that is not ours."""
        found = _read(self.place)
        if found is None and self.place.is_dir() and any(self.place.iterdir()):
            what = f"{self.place} 中有别的文件，不是本书发布的网站"
            raise UsageError(f"{what}；请另选一个空的或还没有的文件夹")
        return found

    def kept(self) -> list[Release]:
        """The releases that are not on the web root, oldest first."""
        found = [_read(folder) for folder in self.releases.iterdir()]
        return sorted((r for r in found if r is not None), key=lambda r: r.number)


def _state(place: Path) -> Path:
    return place.with_name(f"{place.name}.yuebao")


@contextmanager
def _locked(dest: Path) -> Iterator[Root]:
    """The web root, tidied, for one run at a time. Raises UsageError where it cannot be one."""
    place = dest.expanduser().resolve()
    if not place.name or (place.exists() and not place.is_dir()):
        raise UsageError(f"{dest} 不是文件夹；请给出网站所在的文件夹")
    if place.is_mount():
        what = f"{place} 是挂载点，不能一步替换"
        raise UsageError(f"{what}；请用其中的一个子文件夹，并让网站服务器指向它")
    root = Root(place)
    if not root.state.exists():
        root.live()  # refuse before anything is made beside what is not ours
    try:
        root.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.releases.mkdir(exist_ok=True)
        lock = (root.state / "lock").open("w")
    except PermissionError as error:
        what = f"不能写 {root.state}（{error.strerror}）"
        raise YuebaoError(f"{what}；旧的各次发布要放在网站文件夹的旁边，请给予写权限") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"另一个发布正在写 {place}；请等它结束再运行") from None
        root.tidy()
        yield root


# --- what must hold before anything is put out ----------------------------------------


def _refuse_embargo(until: dt.datetime | None, name: str, now: dt.datetime) -> None:
    if until is not None and now < until:
        raise UsageError(
            f"{name} 期限期至 {calendar.spoken(until)}，现在是 {calendar.spoken(now)}，不得提前发布；"
            f"请在 {calendar.spoken(until)} 之后再运行"
        )


def _refuse_stale(project: Project, name: str) -> None:
    """Raise UsageError where ``_build/html`` is not this edition of the data as it is now."""
    again = f"请先运行 yuebao build --period {name}"
    if not digests.built(project, name):
        raise UsageError(f"_build/html 不是 {name} 期按现有数据编成的网站；{again}")
    said = run_record.read(project).get("outputs", {}).get("digest")
    if said != digests.of_sums(digests.sums(project.site)):
        raise UsageError(f"_build/html 在编成之后被改动过；{again} --force")


def _some(names: list[str]) -> str:
    more = f"\n  等共 {len(names)} 个文件" if len(names) > LISTED else ""
    return "\n".join(f"  {name}" for name in names[:LISTED]) + more


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))


def _fixed(name: str, checksums: dict[str, str]) -> dict[str, str]:
    """Of an edition's site, the files that stay on the web root for ever."""
    places = (f"data/{name}/", f"{permanent.FOLDER}/{name}/")
    return {file: c for file, c in checksums.items() if file.startswith(places)}


def _damaged(folder: Path, checksums: dict[str, str]) -> list[str]:
    """Files that are not there any more or not what they were."""
    return [n for n, c in checksums.items() if not (folder / n).is_file() or digests.of_file(folder / n) != c]


def _refuse_damaged(release: Release, files: dict[str, str]) -> None:
    wrong = _damaged(release.folder, files)
    if wrong:
        what = f"{release.folder} 中已发布的文件被改动过：\n{_some(wrong)}"
        raise YuebaoError(f"{what}\n已发布的文件不得改动；请从备份恢复这些文件后再运行")


# --- making a release -----------------------------------------------------------------


def _copy(source: Path, target: Path) -> None:
    """A copy any server may read and nobody should write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o444)


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system has no hard links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except PermissionError:
        _copy(source, target)
    except OSError as error:
        if error.errno not in swap.CANNOT:
            raise
        _copy(source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o444)


def _stage(root: Root, site: Path, own: dict[str, str], release: Release, now: dt.datetime) -> int:
    """Make the release in ``staging``; gives the number of files that are new."""
    live, folder = root.live(), root.staging
    folder.mkdir()
    for name in own:
        _copy(site / name, folder / name)
    earlier: dict[str, str] = {}
    went_out: dict[str, dict[str, str]] = {}
    if live is not None:
        went_out = live.went_out()
        went_out.pop(release.edition, None)
        for month, checksums in went_out.items():
            _write(folder / RECORD / f"{month}.sha256", digests.sums_text(checksums))
            earlier |= _fixed(month, checksums)
        files = [path for path in sorted(root.place.rglob("*")) if path.is_file()]
        names = {path.relative_to(root.place).as_posix() for path in files}
        ours = live.listed().keys() | {SUMS} | {n for n in names if n.startswith(f"{RECORD}/")}
        for name in sorted((earlier.keys() | names - ours) - own.keys()):
            _link(root.place / name, folder / name)
    _write(folder / RECORD / f"{release.edition}.sha256", digests.sums_text(own))
    _write(folder / SUMS, digests.sums_text({**own, **earlier}))
    said = {
        "number": release.number,
        "edition": release.edition,
        "previous": release.previous,
        "published": now.isoformat(timespec="seconds"),
    }
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)
    wrong = _damaged(folder, {**own, **earlier})
    if wrong:
        raise YuebaoError(f"复制后读回的文件不同：\n{_some(wrong)}\n请检查磁盘后再运行")
    book.check(folder, out=went_out.keys())
    _write(folder / RECORD / "release.json", json.dumps(said, indent=1) + "\n")  # last: now it is finished
    swap.settle(folder)
    return len(own)


def place_site(site: Path, dest: Path, name: str, now: dt.datetime) -> Done:
    """Put the finished ``site`` of edition ``name`` on the web root ``dest``.

    Raises UsageError where that would change an edition that went out.
    """
    own = digests.sums(site)
    with _locked(dest) as root:
        live, kept = root.live(), root.kept()
        known = [*kept, *([live] if live else [])]
        for release in known:
            before = release.went_out().get(name)
            if before is not None and before != own:
                raise UsageError(
                    f"{name} 期已经发布，现在的网站与发布的不同：\n{_some(_differing(before, own))}\n"
                    "已发布的一期不得改动；更正请作为新的一期发布（报表放入下一个月的文件夹）"
                )
        if live is not None and name < live.edition:
            raise UsageError(f"{dest} 已是 {live.edition} 期，更早的 {name} 期不能后补；请按先后发布各期")
        earlier: tuple[str, ...] = ()
        if live is not None:
            fixed = {m: _fixed(m, c) for m, c in live.went_out().items() if m != name}
            _refuse_damaged(live, {n: c for files in fixed.values() for n, c in files.items()})
            earlier = tuple(sorted(fixed))
            if live.edition == name and not _damaged(live.folder, live.listed()):
                return Done(name, None, False, 0, earlier)
        same = live is not None and live.edition == name  # its pages were damaged: put them back
        previous = (live.previous if same else live.number) if live else None
        number = max((r.number for r in known), default=0) + 1
        try:
            files = _stage(root, site, own, Release(root.staging, number, name, previous), now)
        except BaseException:
            shutil.rmtree(root.staging, ignore_errors=True)
            raise
        swap.put(root.staging, root.place, root.aside)
        if root.staging.exists():
            root.keep(root.staging)
        return Done(name, live.edition if live and not same else None, True, files, earlier)


def publish(project: Project, dest: Path, period: str = "latest", now: dt.datetime | None = None) -> Done:
    """Check the built edition once more and put it on the web root ``dest``.

    Raises DataRejected where its checks have errors, UsageError before its embargo, for a site
    that is not of the data as it is now, and for an edition that went out with other bytes.
    """
    name = project.edition(period)
    if dest.expanduser().resolve().is_relative_to(project.site):
        raise UsageError(f"{dest} 在 _build/html 之中；请给出别处的文件夹")
    now = now or dt.datetime.now(calendar.beijing())
    with edition.one_at_a_time(project):
        held = edition.accepted(project, name)
        _refuse_embargo(calendar.embargo(held), name, now)
        _refuse_stale(project, name)
        return place_site(project.site, dest, name, now)


def unset(project: Project) -> list[str]:
    """What a reader will miss because ``_config.yml`` leaves it empty, a sentence each."""
    missing = []
    if not project.address:
        missing.append(
            "_config.yml 的 html.baseurl 是空的，引文和嵌入代码写不出网址，只能说明怎样补上；请写明网站的地址"
        )
    if not errata.address(project):
        missing.append(
            "_config.yml 的 html_context.report 是空的，读者没有报告错误的地址；"
            "请写明 https:// 开头的网址或 mailto: 开头的邮箱"
        )
    return missing


def rollback(dest: Path) -> Done:
    """Bring back the release before the one that is on the web root.

    Raises UsageError where there is none, YuebaoError where its files were altered.
    """
    none = UsageError(f"{dest} 中没有已发布的网站；请先运行 yuebao publish")
    if not _state(dest.expanduser().resolve()).is_dir():
        raise none
    with _locked(dest) as root:
        live = root.live()
        if live is None:
            raise none
        before = [r for r in root.kept() if r.number == live.previous]
        if not before:
            raise UsageError(f"{dest} 现为 {live.edition} 期，没有更早的一次发布可以恢复")
        (target,) = before
        listed = target.listed()
        _refuse_damaged(target, listed)
        months = tuple(sorted(m for m in target.went_out() if m != target.edition))
        swap.put(target.folder, root.place, root.aside)
        root.keep(target.folder)
        return Done(target.edition, live.edition, True, len(listed), months)
