"""A folder served by a real nginx as deploy/nginx.conf says, on a free port of this machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONF = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")  # where Debian puts it
TEMPS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def found() -> str | None:
    """The nginx of this machine; Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(root: Path, port: int, brotli: bool) -> str:
    """deploy/nginx.conf with only its address and folder changed, and without brotli if so wanted."""
    text = CONF.read_text(encoding="utf-8")
    text, listens = re.subn(r"listen +80;", f"listen 127.0.0.1:{port};", text)
    text, others = re.subn(r" +listen +\[::\]:80;\n", "", text)
    text, roots = re.subn(r"root +/srv/www/yuebao;", f'root "{root}";', text)
    if (listens, others, roots) != (1, 1, 1):
        raise ValueError("deploy/nginx.conf has not the lines listen and root that are to be changed")
    return text if brotli else text.replace("    brotli_static on;\n", "")


@contextmanager
def serving(root: Path, work: Path, brotli: bool, edit: tuple[str, str] = ("", "")) -> Iterator[str]:
    """Serve ``root``; gives its address without a slash at the end.

    ``work``: an empty folder for nginx's own files. ``edit``: a pattern in the configuration and
    what is put in its place. Raises RuntimeError with nginx's own words where it does not start.
    """
    nginx = found()
    if nginx is None:
        raise RuntimeError("nginx is not installed: apt-get install nginx libnginx-mod-http-brotli-static")
    port = free_port()
    lines = [f"load_module {BROTLI};"] if brotli else []
    lines += ["user root;"] if os.geteuid() == 0 else []  # else its workers could not read root's folders
    lines += ["daemon off;", "worker_processes 1;", f"pid {work}/pid;", f"error_log {work}/error.log;"]
    lines += ["events {}", "http {", "access_log off;"]
    lines += [f"{name}_temp_path {work}/{name};" for name in TEMPS]
    text = re.sub(edit[0], edit[1], server(root, port, brotli)) if edit[0] else server(root, port, brotli)
    (work / "nginx.conf").write_text("\n".join([*lines, text, "}\n"]), encoding="utf-8")
    command = [nginx, "-p", str(work), "-e", f"{work}/error.log", "-c", str(work / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            until = time.monotonic() + 10
            while running.poll() is None and time.monotonic() < until:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            else:
                log = work / "error.log"
                said = log.read_text(encoding="utf-8") if log.is_file() else ""
                running.terminate()
                raise RuntimeError(f"nginx does not start: {said}")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
