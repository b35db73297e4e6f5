"""Publishing: one step or none, what went out stays, rollback, embargo, kills and full disks."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import small
from faulty import every, struck
from site_fixtures import tree
from yuebao import calendar, digests, edition, publish, run_record, swap
from yuebao.cli import app
from yuebao.edition import one_at_a_time
from yuebao.faults import OK, UNEXPECTED, USAGE, DataRejected, UsageError, YuebaoError
from yuebao.project import Project
from yuebao.publish import place_site, rollback
from yuebao.tables import Tables

NOW = dt.datetime(2026, 12, 10, 10, 0, tzinfo=calendar.beijing())
APRIL, MAY, JUNE = "2024-04", "2024-05", "2024-06"


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "flush" not in request.node.name:
        monkeypatch.setattr(swap, "flush", lambda path: None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def fake(folder: Path, month: str, word: str = "") -> Path:
    """A little site of an edition."""
    shutil.rmtree(folder, ignore_errors=True)
    page = f'<html><body>{month}{word}<a href="data/{month}/trees.csv">x</a></body></html>'
    write(folder / "index.html", page)
    write(folder / "_static" / "a.css", "")
    for place in ("latest", month):
        write(folder / "data" / place / "trees.csv", f"edition\n{month}{word}\n")
        sums = digests.sums_text({"trees.csv": digests.of_file(folder / "data" / place / "trees.csv")})
        write(folder / "data" / place / "SHA256SUMS", sums)
    return folder


def put(tmp_path: Path, month: str, word: str = "", dest: Path | None = None) -> publish.Done:
    return place_site(fake(tmp_path / "site", month, word), dest or tmp_path / "www", month, NOW)


def sha256sum(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)


def state(www: Path) -> set[str]:
    """What lies beside the web root, the kept releases by name."""
    place = www.with_name(f"{www.name}.yuebao")
    return {p.relative_to(place).as_posix() for p in (*place.iterdir(), *(place / "releases").iterdir())}


# --- what lies on the web root -----------------------------------------------------------


def test_the_first_edition_goes_out_as_it_was_built(tmp_path: Path) -> None:
    done = put(tmp_path, APRIL)
    www = tmp_path / "www"
    assert (done.edition, done.before, done.changed, done.earlier) == (APRIL, None, True, ())
    built = tree(tmp_path / "site")
    assert done.files == len(built)
    out = tree(www)
    assert {name: out[name] for name in built} == built
    assert set(out) - set(built) == {"SHA256SUMS", ".yuebao/release.json", f".yuebao/{APRIL}.sha256"}
    sha256sum(www)
    sha256sum(www / "data" / APRIL)
    assert state(www) == {"lock", "releases"}
    assert not any(p.is_symlink() for p in www.rglob("*")), "plain files that any host can take"


@pytest.mark.parametrize("made_before", [True, False], ids=["an empty folder", "no folder"])
def test_any_server_may_read_it(tmp_path: Path, made_before: bool) -> None:
    www = tmp_path / "www"
    if made_before:
        www.mkdir(mode=0o700)
    put(tmp_path, APRIL)
    assert www.stat().st_mode & 0o777 == 0o755
    for path in www.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o444), path
    assert (tmp_path / "www.yuebao").stat().st_mode & 0o077 == 0, "what is not on the web root is not read"


def test_the_next_edition_keeps_the_files_of_those_before(tmp_path: Path) -> None:
    www = tmp_path / "www"
    before = {}
    for number, month in enumerate((APRIL, MAY, JUNE)):
        done = put(tmp_path, month)
        assert done.earlier == (APRIL, MAY, JUNE)[:number]
        for name, checksum in before.items():
            assert tree(www)[name] == checksum, name
        before |= {n: c for n, c in tree(www).items() if n.startswith(f"data/{month}/")}
        assert (www / "data" / "latest" / "trees.csv").read_text() == f"edition\n{month}\n"
        assert month in (www / "index.html").read_text()
        sha256sum(www)
        for earlier in (APRIL, MAY, JUNE)[: number + 1]:
            sha256sum(www / "data" / earlier)
    assert len(before) == 6
    assert state(www) == {"lock", "releases", f"releases/0001-{APRIL}", f"releases/0002-{MAY}"}
    same = (www / "data" / APRIL / "trees.csv").stat().st_ino
    assert (tmp_path / f"www.yuebao/releases/0001-{APRIL}/data/{APRIL}/trees.csv").stat().st_ino == same


def test_the_same_again_is_nothing_to_do(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    before = tree(tmp_path)
    assert not put(tmp_path, APRIL).changed
    assert tree(tmp_path) == before


def test_a_published_edition_is_never_altered(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    put(tmp_path, MAY)
    before = tree(tmp_path / "www")
    for month in (APRIL, MAY):
        with pytest.raises(UsageError) as caught:
            put(tmp_path, month, "altered")
        said = str(caught.value)
        assert said.startswith(f"{month} 期已经发布，现在的网站与发布的不同：\n")
        assert "更正请作为新的一期发布" in said
        assert f"  data/{month}/trees.csv\n" in said
        assert "  index.html\n" in said
        assert "a.css" not in said, "only what differs"
    assert tree(tmp_path / "www") == before


def test_a_file_more_or_less_is_another_site(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    for change in (lambda s: write(s / "more.html", "x"), lambda s: (s / "_static" / "a.css").unlink()):
        site = fake(tmp_path / "site", APRIL)
        change(site)
        with pytest.raises(UsageError, match="已经发布"):
            place_site(site, tmp_path / "www", APRIL, NOW)


def test_editions_go_out_in_order(tmp_path: Path) -> None:
    put(tmp_path, MAY)
    with pytest.raises(UsageError, match=f"已是 {MAY} 期，更早的 {APRIL} 期不能后补"):
        put(tmp_path, APRIL)


def test_an_earlier_file_that_was_altered_stops_the_next_edition(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    file = tmp_path / "www" / "data" / APRIL / "trees.csv"
    file.chmod(0o644)
    file.write_text("altered")
    before = tree(tmp_path / "www")
    with pytest.raises(YuebaoError, match=f"被改动过：\n  data/{APRIL}/trees.csv\n"):
        put(tmp_path, MAY)
    assert tree(tmp_path / "www") == before


def test_a_page_that_was_altered_is_put_back(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    put(tmp_path, MAY)
    whole = tree(tmp_path / "www")
    (tmp_path / "www" / "index.html").unlink()
    done = put(tmp_path, MAY)
    assert (done.changed, done.before) == (True, None)
    changed = {n for n, c in tree(tmp_path / "www").items() if whole.get(n) != c}
    assert changed == {".yuebao/release.json"}
    assert rollback(tmp_path / "www").edition == APRIL, "not the damaged one"


def test_what_is_not_ours_is_carried_along(tmp_path: Path) -> None:
    www = tmp_path / "www"
    put(tmp_path, APRIL)
    write(www / "robots.txt", "User-agent: *")
    write(www / ".well-known" / "security.txt", "x")
    put(tmp_path, MAY)
    assert (www / "robots.txt").read_text() == "User-agent: *"
    assert (www / ".well-known" / "security.txt").is_file()
    sha256sum(www)


def test_a_dead_link_is_not_put_out(tmp_path: Path) -> None:
    site = fake(tmp_path / "site", APRIL)
    write(site / "more.html", f'<a href="data/{MAY}/trees.csv">x</a>')
    with pytest.raises(YuebaoError, match="链接的文件不存在"):
        place_site(site, tmp_path / "www", APRIL, NOW)
    assert not (tmp_path / "www").exists()


def test_an_earlier_editions_files_may_be_linked_to(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    site = fake(tmp_path / "site", MAY)
    write(site / "calendar.html", f'<a href="data/{APRIL}/trees.csv">x</a>')
    place_site(site, tmp_path / "www", MAY, NOW)
    assert (tmp_path / "www" / "calendar.html").is_file()


# --- a folder that cannot be a web root ---------------------------------------------------


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "www" / "mine.txt", "mine")
    with pytest.raises(UsageError, match="不是本书发布的网站；请另选"):
        put(tmp_path, APRIL)
    assert tree(tmp_path / "www") == {"mine.txt": digests.of_file(tmp_path / "www" / "mine.txt")}
    assert not (tmp_path / "www.yuebao").exists()


def test_a_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "www", "a file")
    with pytest.raises(UsageError, match="不是文件夹"):
        put(tmp_path, APRIL)


@pytest.mark.parametrize("dest", ["/", "/proc"])
def test_a_mount_is_refused(tmp_path: Path, dest: str) -> None:
    with pytest.raises(UsageError):
        put(tmp_path, APRIL, dest=Path(dest))


def test_a_link_to_a_web_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "www").symlink_to(tmp_path / "real")
    put(tmp_path, APRIL)
    put(tmp_path, MAY)
    assert (tmp_path / "www").is_symlink()
    assert MAY in (tmp_path / "real" / "index.html").read_text()


# --- rollback ---------------------------------------------------------------------------


def test_rollback_brings_back_the_one_before(tmp_path: Path) -> None:
    www = tmp_path / "www"
    trees = {}
    for month in (APRIL, MAY, JUNE):
        put(tmp_path, month)
        trees[month] = tree(www)
    done = rollback(www)
    assert (done.edition, done.before) == (MAY, JUNE)
    assert tree(www) == trees[MAY]
    assert rollback(www).edition == APRIL
    assert tree(www) == trees[APRIL]
    with pytest.raises(UsageError, match="没有更早的一次发布"):
        rollback(www)
    assert tree(www) == trees[APRIL]


def test_what_was_rolled_back_went_out_all_the_same(tmp_path: Path) -> None:
    www = tmp_path / "www"
    put(tmp_path, APRIL)
    put(tmp_path, MAY)
    out = tree(www)
    rollback(www)
    with pytest.raises(UsageError, match=f"{MAY} 期已经发布，现在的网站与发布的不同"):
        put(tmp_path, MAY, "altered")
    assert put(tmp_path, MAY).changed, "the same bytes may go out again"
    assert {n: c for n, c in tree(www).items() if "release.json" not in n} == {
        n: c for n, c in out.items() if "release.json" not in n
    }
    assert rollback(www).edition == APRIL
    done = put(tmp_path, JUNE)
    assert done.earlier == (APRIL,), "what was withdrawn does not come back by itself"
    assert rollback(www).edition == APRIL


def test_nothing_to_roll_back(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="没有已发布的网站"):
        rollback(tmp_path / "www")
    assert list(tmp_path.iterdir()) == []
    put(tmp_path, APRIL)
    with pytest.raises(UsageError, match="没有更早的一次发布可以恢复"):
        rollback(tmp_path / "www")


def test_a_damaged_release_is_not_brought_back(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    put(tmp_path, MAY)
    (tmp_path / f"www.yuebao/releases/0001-{APRIL}/index.html").unlink()
    before = tree(tmp_path / "www")
    with pytest.raises(YuebaoError, match=r"被改动过：\n  index\.html"):
        rollback(tmp_path / "www")
    assert tree(tmp_path / "www") == before


# --- two at once ---------------------------------------------------------------------------


def test_the_second_run_says_so_and_stops(tmp_path: Path) -> None:
    put(tmp_path, APRIL)
    before = tree(tmp_path)
    with (tmp_path / "www.yuebao" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for run in (lambda: put(tmp_path, MAY), lambda: rollback(tmp_path / "www")):
            with pytest.raises(UsageError, match="另一个发布正在写"):
                run()
    assert {n for n in tree(tmp_path) if n.startswith("www")} == {n for n in before if n.startswith("www")}
    assert put(tmp_path, MAY).changed, "no stale lock"


# --- killed, or the disk full, at every step --------------------------------------------------


@pytest.fixture(params=[True, False], ids=["exchange", "two renames"])
def exchanging(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once as the system can, once as where it cannot exchange two folders."""
    if not request.param:
        monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    return bool(request.param)


def copied(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


BETWEEN = ("yuebao.between", "os.rename")


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "disk full"])
def test_publish_struck_anywhere_leaves_a_whole_site(tmp_path: Path, exchanging: bool, kill: bool) -> None:
    start = tmp_path / "start"
    put(start, APRIL)
    old = tree(start / "www")
    put(start, MAY)
    new = tree(start / "www")
    rollback(start / "www")
    shutil.rmtree(start / f"www.yuebao/releases/0002-{MAY}")
    site = fake(tmp_path / "site", MAY)
    missing = ended = 0
    for place, how, where in every(
        lambda at: copied(start, tmp_path / "run"), lambda p: place_site(site, p / "www", MAY, NOW), kill
    ):
        www = place / "www"
        if not exchanging and kill and where in BETWEEN and not www.exists():
            missing += 1
        else:
            assert tree(www) in (old, new), (how, where)
            if where == "yuebao.put":
                assert tree(www) == old
            if where == "yuebao.put.done":
                assert tree(www) == new
        ended += tree(www) == new
        place_site(site, www, MAY, NOW)
        assert tree(www) == new, (how, where)
        assert state(www) == {"lock", "releases", f"releases/0001-{APRIL}"}, (how, where)
        rollback(www)
        assert tree(www) == old
    assert ended, "struck after the step, too"
    assert missing == (0 if exchanging or not kill else 2)


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "disk full"])
def test_the_first_publish_struck_anywhere(tmp_path: Path, kill: bool) -> None:
    site = fake(tmp_path / "site", APRIL)
    place_site(site, tmp_path / "whole" / "www", APRIL, NOW)
    new = tree(tmp_path / "whole" / "www")

    def fresh(at: int) -> Path:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        (tmp_path / "run").mkdir()
        return tmp_path / "run"

    for place, how, where in every(fresh, lambda p: place_site(site, p / "www", APRIL, NOW), kill):
        assert not (place / "www").exists() or tree(place / "www") == new, (how, where)
        place_site(site, place / "www", APRIL, NOW)
        assert tree(place / "www") == new
        assert state(place / "www") == {"lock", "releases"}


def test_rollback_struck_anywhere_leaves_a_whole_site(tmp_path: Path, exchanging: bool) -> None:
    start = tmp_path / "start"
    trees = []
    for month in (APRIL, MAY, JUNE):
        put(start, month)
        trees.append(tree(start / "www"))
    at = 0
    while True:
        place = copied(start, tmp_path / "run")
        _, where = struck(lambda place=place: rollback(place / "www"), at, kill=True)  # type: ignore[misc]
        www = place / "www"
        if not where:
            assert tree(www) == trees[1]
            break
        assert (not exchanging and where in BETWEEN and not www.exists()) or tree(www) in trees[1:], where
        # a run that finds the site brought back goes one further; either way nothing is lost
        seen = [tree(www)] if www.exists() else []
        rollback(www)
        assert tree(www) == (trees[0] if seen == [trees[1]] else trees[1]), where
        releases = {n for n in state(www) if n.startswith("releases/")}
        assert len(releases) == 2, (where, releases)
        with pytest.raises(UsageError, match="现在的网站与发布的不同"):
            put(place, JUNE, "altered")
        at += 1
    assert at >= 3


# --- the exchange itself -----------------------------------------------------------------


def test_the_system_exchanges_folders(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name / name, name)
    if not swap.exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot")
    assert (tmp_path / "a" / "b").is_file()
    assert (tmp_path / "b" / "a").is_file()


def test_an_exchange_that_fails_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="b"):
        swap.exchange(tmp_path / "a", tmp_path / "b")


def test_every_file_is_flushed_before_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[Path] = []
    flush = swap.flush
    monkeypatch.setattr(swap, "flush", lambda path: (flushed.append(Path(path)), flush(path)))
    put(tmp_path, APRIL)
    staging = tmp_path / "www.yuebao" / "staging"
    www = tmp_path / "www"
    assert {p.relative_to(staging) for p in flushed[:-1]} == {
        Path(), *(p.relative_to(www) for p in www.rglob("*"))
    }  # fmt: skip
    assert flushed[-1] == tmp_path, "and then the name"


# --- of a project: embargo, stale builds, checks -----------------------------------------------


@pytest.fixture
def built(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project whose May edition is in ``_build/html``, its checks taken for done."""
    fake(project.site, MAY)
    monkeypatch.setattr(edition, "accepted", lambda project, name: held())
    return marked(project)


def marked(project: Project) -> Project:
    digests.mark(project).write_text(digests.everything(project, MAY))
    site = digests.sums(project.site)
    run_record.write(project, {"outputs": {"files": len(site), "digest": digests.of_sums(site)}})
    return project


def held(**cells: str) -> Tables:
    row = {"edition": MAY, "released": None, "embargo_until": None, "note_zh": None, "note_en": None}
    frame = pd.DataFrame([{**row, **cells, "_file": "data/editions.csv", "_row": 2}])
    return Tables(MAY, {}, {"editions": frame}, {})


def test_publish_puts_out_the_build(built: Project, tmp_path: Path) -> None:
    assert publish.publish(built, tmp_path / "www", now=NOW).edition == MAY
    assert MAY in (tmp_path / "www" / "index.html").read_text()


@pytest.mark.parametrize(
    ("until", "now", "out"),
    [
        ("2026-12-10T10:00", "2026-12-10T09:59:59+08:00", False),
        ("2026-12-10T10:00", "2026-12-10T02:00:00+00:00", True),
        ("2026-12-10T10:00", "2026-12-10T01:59:59+00:00", False),
        ("2026-12-10T10:00+08:00", "2026-12-10T10:00:00+08:00", True),
        ("2026-12-10T02:00Z", "2026-12-10T09:59:59+08:00", False),
        ("2026-12-10", "2026-12-09T23:59:59+08:00", False),
        ("2026-12-10", "2026-12-09T16:00:00+00:00", True),
    ],
)
def test_not_before_the_embargo(
    built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: str, now: str, out: bool
) -> None:
    monkeypatch.setattr(edition, "accepted", lambda project, name: held(embargo_until=until))
    when = dt.datetime.fromisoformat(now)
    if out:
        assert publish.publish(built, tmp_path / "www", now=when).changed
        return
    with pytest.raises(UsageError) as caught:
        publish.publish(built, tmp_path / "www", now=when)
    said = str(caught.value)
    assert said.startswith("2024-05 期限期至 2026年12月10日")
    assert "不得提前发布；请在 2026年12月10日" in said
    assert not (tmp_path / "www").exists()


def test_a_stale_build_is_refused(built: Project, tmp_path: Path) -> None:
    small.put(built, MAY, "fraud", [small.figure(period=MAY, value=91, source_id="s_bureau")])
    with pytest.raises(UsageError, match="不是 2024-05 期按现有数据编成的网站；请先运行 yuebao build"):
        publish.publish(built, tmp_path / "www", now=NOW)


def test_another_editions_build_is_refused(built: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="不是 2024-04 期"):
        publish.publish(built, tmp_path / "www", APRIL, NOW)


def test_a_build_changed_by_hand_is_refused(built: Project, tmp_path: Path) -> None:
    write(built.site / "index.html", "by hand")
    with pytest.raises(UsageError, match="被改动过"):
        publish.publish(built, tmp_path / "www", now=NOW)


def test_data_with_faults_is_refused(project: Project, tmp_path: Path) -> None:
    fake(project.site, MAY)
    small.put(project, MAY, "fraud", [small.figure(value="27起")])
    marked(project)
    with pytest.raises(DataRejected):
        publish.publish(project, tmp_path / "www", now=NOW)
    assert not (tmp_path / "www").exists()


def test_not_into_the_build(built: Project) -> None:
    with pytest.raises(UsageError, match="请给出别处的文件夹"):
        publish.publish(built, built.site / "www", now=NOW)
    with pytest.raises(UsageError):
        publish.publish(built, built.root, now=NOW)


def test_not_while_a_build_runs(built: Project, tmp_path: Path) -> None:
    with one_at_a_time(built), pytest.raises(UsageError, match="另一个构建正在进行"):
        publish.publish(built, tmp_path / "www", now=NOW)


# --- the commands --------------------------------------------------------------------------


@pytest.fixture
def command(built: Project, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("YUEBAO_ROOT", str(built.root))
    return CliRunner()


def test_the_commands(command: CliRunner, built: Project, tmp_path: Path) -> None:
    www = str(tmp_path / "www")
    place_site(fake(tmp_path / "site", APRIL), Path(www), APRIL, NOW)
    said = command.invoke(app, ["publish", www])
    assert said.exit_code == OK, said.stderr
    assert f"2024-05 期已发布到 {www}：6 个文件，以前各期的文件照旧（2024-04）" in said.stdout
    assert f"要恢复它，请运行 yuebao rollback {www}" in said.stdout
    again = command.invoke(app, ["publish", www])
    assert again.exit_code == OK
    *notices, last = again.stdout.splitlines()
    assert last == f"2024-05 期已经发布在 {www}，文件相同，无须再发。"
    missing = ("html.baseurl", "html_context.report")  # of an address each a sentence
    assert all(name in notice for name, notice in zip(missing, notices, strict=True))
    back = command.invoke(app, ["rollback", www])
    assert back.exit_code == OK
    assert f"{www} 已由 2024-05 期恢复为 2024-04 期" in back.stdout
    none = command.invoke(app, ["rollback", www])
    assert (none.exit_code, none.stdout) == (USAGE, "")
    assert "没有更早的一次发布" in none.stderr


def test_a_full_disk_is_said_in_a_line(
    command: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(publish, "_copy", full)
    said = command.invoke(app, ["publish", str(tmp_path / "www")])
    assert said.exit_code == UNEXPECTED
    assert "No space left on device" in said.stderr
    assert "原有的网站仍是完整的" in said.stderr
    assert state(tmp_path / "www") == {"lock", "releases"}, "what was half-made makes way"
