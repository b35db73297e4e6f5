"""Put a finished folder where another one is, in one step or not at all.

Both ``_build/html`` and a web root stay plain folders of plain files: a symbolic
link that is switched would be as atomic, but ``find``, ``cp -r`` and some servers
stop at it. Linux and macOS can exchange two folders in one system call, and do on
every usual file system; where one cannot, the old folder is renamed aside and the
new one renamed in, and a run killed between the two is made good by ``recover``.

``sys.audit`` marks the moments before and after, for the tests that kill the run there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from pathlib import Path
from typing import Any

CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
_AT_FDCWD, _SWAP = -100, 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_SYSCALL = {"x86_64": 316, "aarch64": 276}  # renameat2, where libc has no name for it


def _exchanged(one: Path, other: Path) -> int | None:
    """The system's exchange of two paths: 0, or the error's number; None where it has none."""
    libc = ctypes.CDLL(None, use_errno=True)
    ends = os.fsencode(one), os.fsencode(other)
    call: Any
    arguments: tuple[Any, ...]
    if sys.platform == "darwin":
        call, arguments = getattr(libc, "renamex_np", None), (*ends, _SWAP)
    elif sys.platform == "linux":
        call, arguments = getattr(libc, "renameat2", None), (_AT_FDCWD, ends[0], _AT_FDCWD, ends[1], _SWAP)
        number = _SYSCALL.get(platform.machine())
        if call is None and number is not None:
            call, arguments = libc.syscall, (ctypes.c_long(number), *arguments)
    else:
        call, arguments = None, ()
    if call is None:
        return None
    return ctypes.get_errno() or errno.EIO if call(*arguments) else 0


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders of one file system in one step; False where the system cannot.

    Raises OSError where it could and failed.
    """
    failed = _exchanged(one, other)
    if failed is None or failed in CANNOT:
        return False
    if failed:
        raise OSError(failed, os.strerror(failed), str(one), None, str(other))
    return True


def put(new: Path, place: Path, aside: Path) -> None:
    """Put the folder ``new`` at ``place``; what was there is at ``new`` afterwards.

    ``aside`` is a name on the same file system that is free: what was at ``place``
    passes through it where the system cannot exchange.
    """
    sys.audit("yuebao.put", str(new), str(place))
    if not os.path.lexists(place):
        new.rename(place)
    elif not exchange(new, place):
        place.rename(aside)
        try:
            sys.audit("yuebao.between", str(new), str(place))
            new.rename(place)
        except BaseException:
            aside.rename(place)
            raise
        aside.rename(new)
    flush(place.parent)
    sys.audit("yuebao.put.done", str(new), str(place))


def recover(place: Path, aside: Path) -> bool:
    """Make good a ``put`` that was killed between its renames.

    True where the new folder is in place and the old one still at ``aside``.
    """
    if os.path.lexists(aside) and not os.path.lexists(place):
        aside.rename(place)
    return os.path.lexists(aside)


def flush(path: Path) -> None:
    """Have the system write a file or a folder's list of names to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle(folder: Path) -> None:
    """Have every file below ``folder`` on the disk: a power cut after ``put`` leaves no empty ones."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            flush(Path(place) / name)
        flush(Path(place))
