"""Runs that are killed, or meet a full disk, at every one of their file operations.

A run goes on in a forked child whose audit hook counts what it asks of the file system and
strikes at one operation. The parent then looks what is left.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

WRITES = {
    "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.chmod",
    "yuebao.put", "yuebao.between", "yuebao.put.done",
}  # fmt: skip
REMOVES = {"os.remove", "os.rmdir"}  # a full disk does not keep one from removing
WRITING = os.O_WRONLY | os.O_RDWR
DONE, FAILED, KILLED = "done", "failed", "killed"


def struck(action: Callable[[], object], at: int, kill: bool) -> tuple[str, str]:
    """Run ``action`` in a child, strike at its operation number ``at``: how it ended, and where."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        count = -1

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event == "open":
                flags = arguments[2]
                if not isinstance(flags, int) or not flags & WRITING:
                    return
            elif event not in WRITES or (event in REMOVES and not kill):
                return
            count += 1
            if count == at:
                os.write(writing, event.encode())
                if kill:
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        try:
            sys.addaudithook(hook)
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        place = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return KILLED, place
    return (FAILED if os.WEXITSTATUS(status) else DONE), place


def every(
    prepare: Callable[[int], Path], action: Callable[[Path], object], kill: bool
) -> Iterator[tuple[Path, str, str]]:
    """For each operation: what ``prepare`` made after ``action`` was struck there, how it ended, where."""
    for at in range(2000):
        place = prepare(at)
        ended, where = struck(lambda place=place: action(place), at, kill)  # type: ignore[misc]
        if not where:
            assert ended == DONE, ended
            assert at > 10, "there were operations to strike at"
            return
        yield place, ended, where
    raise AssertionError("never came to its end")
