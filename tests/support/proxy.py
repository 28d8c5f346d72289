"""A proxy that looks into what is said to Discord through it, as those of companies do."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from pathlib import Path


class Proxy(socketserver.ThreadingTCPServer):
    """Answers CONNECT, shows *certificate* in the place of whoever was asked for, and hands all on to *port*.

    Attributes:
        refuses: status and reason that it answers in place of 200.
        asked: the head of each CONNECT.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, certificate: Path, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        self.port = port
        self.refuses = ""
        self.asked: list[str] = []

    def __enter__(self) -> Proxy:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Tunnel(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = [self.rfile.readline().decode().strip()]
        while line := self.rfile.readline().strip():
            head.append(line.decode())
        self.server.asked.append("\n".join(head))
        if self.server.refuses:
            self.wfile.write(f"HTTP/1.1 {self.server.refuses}\r\n\r\n".encode())
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            client = self.server.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, ConnectionError):  # the client does not believe the certificate
            return
        with client, socket.create_connection(("127.0.0.1", self.server.port)) as discord:
            back = threading.Thread(target=_pour, args=(discord, client), daemon=True)
            back.start()
            _pour(client, discord)
            back.join(5)


def _pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
