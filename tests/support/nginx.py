"""A real nginx in front of a fleet, without root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from support.fleet import free_ports, wait_until

_CONFIG = """
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    include {folder}/upstream.conf;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://backend;
            proxy_next_upstream off;  # a request that fails is not tried elsewhere: the test must see it
        }}
    }}
}}
"""


def find_nginx() -> str | None:
    """The program, which is not on everybody's PATH."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


class Balancer:
    """Requests to *url* go to *addresses* in turn; a context manager."""

    def __init__(self, folder: Path, addresses: list[str]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.upstream_file = folder / "upstream.conf"
        servers = "".join(f"    server {address};\n" for address in addresses)
        self.upstream_file.write_text(f"upstream backend {{\n{servers}}}\n")
        (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, port=self.port))
        program = find_nginx()
        if program is None:
            raise FileNotFoundError("there is no nginx on this machine; install nginx-light")
        self.command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.pid_file = folder / "nginx.pid"

    def __enter__(self) -> Balancer:
        subprocess.run(self.command, check=True, stderr=subprocess.DEVNULL)
        wait_until(self.pid_file.exists)
        return self

    def __exit__(self, *_: object) -> None:
        master = int(self.pid_file.read_text())
        os.kill(master, signal.SIGTERM)
        wait_until(lambda: not self.pid_file.exists())
