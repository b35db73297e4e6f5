"""One kernel a worker process, kept warm from notebook to notebook and emptied in between.

Starting a kernel and importing pandas and Altair takes longer than making a page.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from typing import Any

import nbformat
from traitlets.config import Config

EMPTY = "get_ipython().reset(new_session=True)"  # no names, no outputs, counts from one; imports stay cached

_kept: dict[str, Any] = {}


def manager(prefix: str, cwd: str) -> Any:
    """This process's kernel manager, its kernel running in ``cwd`` and without any names.

    ``prefix``: how the folder of its sockets begins, for the one who tidies after a killed run.
    """
    if "client" not in _kept:
        _start(prefix, cwd)
    client = _kept["client"]
    client.start_new_kernel_client()  # anew: the one before does not hear the kernel after another client did
    client.execute_cell(nbformat.v4.new_code_cell(EMPTY), 0, store_history=False)
    return client.km


def _start(prefix: str, cwd: str) -> None:
    from nbclient import NotebookClient

    folder = tempfile.TemporaryDirectory(prefix=prefix)
    # Sockets in a folder of the process's own: nobody else on the machine can listen in,
    # and two kernels started from one working folder do not share a name.
    private = {"transport": "ipc", "ip": os.path.join(folder.name, "k")}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(EMPTY)])
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        config=Config({"KernelManager": private}) if os.name == "posix" else Config(),
        shutdown_kernel="immediate",
        timeout=60,
    )
    client.create_kernel_manager()
    client.start_new_kernel(cwd=cwd)
    _kept.update(client=client, folder=folder)
    atexit.register(_close)


def _close() -> None:
    _kept.pop("client")._cleanup_kernel()
    _kept.pop("folder").cleanup()
