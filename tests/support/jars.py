"""A real jar: an HTTP service that is compiled here, and names the version in the jar's manifest alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = """
package service;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Main {
    public static void main(String[] arguments) throws Exception {
        String host = System.getenv().getOrDefault("HOST", "127.0.0.1");
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 0);
        String version = Main.class.getPackage().getImplementationVersion();
        String state = version.endsWith("-broken") ? "DOWN" : "UP";
        server.createContext("/", exchange -> {
            byte[] body = ("{\\"status\\": \\"" + state + "\\", \\"version\\": \\"" + version + "\\"}").getBytes();
            exchange.sendResponseHeaders(state.equals("UP") ? 200 : 503, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
"""


def write_source(directory: Path) -> list[str]:
    """Write the source into *directory*; returns the command that, run there, compiles it into ``classes``."""
    (directory / "Main.java").write_text(MAIN)
    return ["javac", "-d", "classes", "Main.java"]


def a_jar(path: Path, version: str, classes: Path, *, needs_java: int | None = None) -> Path:
    """Write the jar *path* of *version*; one whose version ends in ``-broken`` answers 503.

    Args:
        classes: what the source was compiled into.
        needs_java: the feature release that its classes claim to be compiled for.
    """
    with zipfile.ZipFile(path, "w") as archive:
        manifest = f"Manifest-Version: 1.0\nMain-Class: service.Main\nImplementation-Version: {version}\n"
        archive.writestr("META-INF/MANIFEST.MF", manifest)
        for source in sorted(classes.rglob("*.class")):
            code = bytearray(source.read_bytes())
            if needs_java:
                code[6:8] = (needs_java + 44).to_bytes(2, "big")  # JVMS, table 4.1-A
            archive.writestr(source.relative_to(classes).as_posix(), bytes(code))
    return path
