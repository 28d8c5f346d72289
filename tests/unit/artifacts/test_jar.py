"""A jar becomes a release under the service's own name for it, and is only staged where a Java can run it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refit.artifacts.jar import main_attributes, read_jar
from refit.artifacts.java import class_file_needs, parse_version
from refit.core import system
from refit.core.errors import InvalidInput, StagingError
from refit.core.system import Completed, System
from refit.deploy import staging
from support.fakes import FakeClock, a_service

MAIN = "com.example.Main"
CLASS = "com/example/Main.class"

OUTPUTS = {
    "openjdk 8": (
        'openjdk version "1.8.0_392"\nOpenJDK Runtime Environment (build 1.8.0_392-8u392-ga-1~deb12u1-b08)\n'
        "OpenJDK 64-Bit Server VM (build 25.392-b08, mixed mode)\n",
        ("1.8.0_392", 8),
    ),
    "oracle 8": (
        'java version "1.8.0_391"\nJava(TM) SE Runtime Environment (build 1.8.0_391-b13)\n'
        "Java HotSpot(TM) 64-Bit Server VM (build 25.391-b13, mixed mode)\n",
        ("1.8.0_391", 8),
    ),
    "early access 9": (
        'openjdk version "9-internal"\nOpenJDK Runtime Environment\n',
        ("9-internal", 9),
    ),
    "openjdk 11": (
        'openjdk version "11.0.21" 2023-10-17\nOpenJDK Runtime Environment (build 11.0.21+9-post-Ubuntu-0ubuntu1)\n'
        "OpenJDK 64-Bit Server VM (build 11.0.21+9-post-Ubuntu-0ubuntu1, mixed mode, sharing)\n",
        ("11.0.21", 11),
    ),
    "corretto 17": (
        'openjdk version "17.0.9" 2023-10-17 LTS\nOpenJDK Runtime Environment Corretto-17.0.9.8.1\n'
        "OpenJDK 64-Bit Server VM Corretto-17.0.9.8.1 (build 17.0.9+8-LTS, mixed mode, sharing)\n",
        ("17.0.9", 17),
    ),
    "first 21": (
        'openjdk version "21" 2023-09-19\nOpenJDK Runtime Environment (build 21+35-2513)\n'
        "OpenJDK 64-Bit Server VM (build 21+35-2513, mixed mode, sharing)\n",
        ("21", 21),
    ),
    "oracle 21": (
        'java version "21.0.1" 2023-10-17 LTS\nJava(TM) SE Runtime Environment (build 21.0.1+12-LTS-29)\n',
        ("21.0.1", 21),
    ),
    "with options": (
        'Picked up JAVA_TOOL_OPTIONS: -Dpassword=hunter2 -Dnote="version 6"\nopenjdk version "17.0.15" 2025-04-15\n',
        ("17.0.15", 17),
    ),
}


def with_bzip2(path: str) -> str:
    """A few hundred bytes that would be megabytes in the memory of whoever reads the manifest."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("META-INF/MANIFEST.MF", b"Main-Class: app.Main\n" + bytes(10_000_000))
    return path


def a_jar(path: Path, *, main: str | None = MAIN, java: int = 17, entries: dict[str, bytes] | None = None) -> str:
    """Write a jar whose main class was compiled for *java*."""
    manifest = "Manifest-Version: 1.0\r\n" + (f"Main-Class: {main}\r\n" if main else "")
    compiled = struct.pack(">IHH", 0xCAFEBABE, 0, java + 44)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {"META-INF/MANIFEST.MF": manifest.encode(), CLASS: compiled, **(entries or {})}.items():
            archive.writestr(name, content)
    return str(path)


class Server:
    """A server whose Java prints *says*."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.keys: dict[str, object] = {}
        self.says = Completed(0, "", OUTPUTS["corretto 17"][0])
        self.asked: list[list[str]] = []

    @property
    def service(self):
        return a_service(self.base, **{"pm2": {"app": {"script": "/usr/bin/java"}}, **self.keys})

    def run(self, argv, **_: object) -> Completed:
        self.asked.append(list(argv))
        return self.says

    def stage(self, artifact: str, version: str = "1"):
        return staging.stage(self.service, version, artifact, System(clock=FakeClock(), run=self.run))

    def refused(self, artifact: str, message: str) -> StagingError:
        with pytest.raises(StagingError, match=message) as refusal:
            self.stage(artifact)
        assert os.listdir(self.service.releases_dir) == []
        assert refusal.value.next_command
        return refusal.value


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_jar_is_put_under_the_services_name_for_it(server, tmp_path):
    artifact = a_jar(tmp_path / "build-0.0.1-SNAPSHOT.jar")
    os.chmod(artifact, 0o600)
    server.stage(artifact)
    server.keys = {"jar": {"name": "app.jar"}}
    server.stage(artifact, "2")
    for version, name in (("1", "backend.jar"), ("2", "app.jar")):
        release = Path(server.service.release_dir(version))
        assert (release / name).read_bytes() == Path(artifact).read_bytes()
        assert stat.S_IMODE((release / name).stat().st_mode) == 0o644
        assert sorted(os.listdir(release)) == sorted([".release.json", ".release.sums", name, "version.txt"])
    manifest = json.loads((release / ".release.json").read_text())
    assert manifest["jar"] == {"main_class": MAIN, "needs_java": 17}
    assert manifest["source"] == "build-0.0.1-SNAPSHOT.jar"


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_every_javas_way_to_say_its_version_is_understood(name):
    output, expected = OUTPUTS[name]
    assert parse_version(output) == expected


@given(st.text())
def test_any_output_has_a_version_or_none(text):
    found = parse_version(text)
    assert found is None or found[1] >= 0


def test_a_java_older_than_the_jar_was_compiled_for_is_refused(server, tmp_path):
    artifact = a_jar(tmp_path / "a.jar", java=21)
    server.refused(
        artifact, r"Java 17\.0\.9 is too old: Java 21 is needed \(the jar was compiled for it\).*install Java 21"
    )


def test_the_classes_of_the_application_count_and_not_only_the_launcher(server, tmp_path):
    manifest = f"Main-Class: {MAIN}\nStart-Class: com.example.App\n".encode()
    own = struct.pack(">IHH", 0xCAFEBABE, 0, 25 + 44)
    entries = {"META-INF/MANIFEST.MF": manifest, "BOOT-INF/classes/com/example/App.class": own}
    server.refused(a_jar(tmp_path / "a.jar", entries=entries), "Java 25 is needed")


def test_a_java_older_than_the_settings_ask_for_is_refused(server, tmp_path):
    server.keys = {"jar": {"min_version": 21}}
    server.refused(a_jar(tmp_path / "a.jar"), r"Java 21 is needed \(refit_services\.backend\.jar says so\)")


def test_a_missing_java_is_named_with_where_it_was_looked_for(server, tmp_path):
    server.keys = {"jar": {"java": "java21"}, "pm2": {"app": {"script": "java21"}, "path": ["/opt/jdk/bin"]}}
    server.says = Completed(127, "", "command not found: java21")
    server.refused(a_jar(tmp_path / "a.jar"), "no Java here.*java21, looked for in /opt/jdk/bin:/usr/local/bin")


def test_a_java_that_does_not_say_its_version_is_refused_without_what_it_printed(server, tmp_path):
    server.says = Completed(1, "", "Picked up JAVA_TOOL_OPTIONS: -Dpassword=hunter2\nError: could not create the VM\n")
    error = server.refused(a_jar(tmp_path / "a.jar"), "does not say a version")
    assert "hunter2" not in str(error)


def test_the_plan_names_a_missing_java_too(server, tmp_path):
    server.says = Completed(127, "", "")
    with pytest.raises(StagingError, match="no Java here"):
        staging.plan_staging(server.service, "1", a_jar(tmp_path / "a.jar"), System(run=server.run))


def test_the_java_of_pm2s_own_path_is_the_one_that_is_asked(server, tmp_path):
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    server.keys = {"pm2": {"app": {"script": "java"}, "path": [str(program.parent)]}}
    server.stage(a_jar(tmp_path / "a.jar"))
    assert server.asked[0] == [str(program), "-version"]


@pytest.mark.skipif(not shutil.which("java", path="/usr/local/bin:/usr/bin:/bin"), reason="no Java on this machine")
def test_the_java_of_this_machine_says_its_version(server, tmp_path):
    staging.stage(server.service, "1", a_jar(tmp_path / "a.jar", java=8), system.real())
    assert os.path.exists(os.path.join(server.service.release_dir("1"), "backend.jar"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"") and str(path) or str(path), "cannot be read"),
        (lambda path: path.write_text("<html>not found</html>") and str(path), "cannot be read"),
        (lambda path: a_jar(path, main=None), "names no Main-Class"),
        (lambda path: a_jar(path, main="com.example.Other"), "Main-Class com.example.Other is not in it"),
        (lambda path: zipfile.ZipFile(path, "w").close() or str(path), "holds no META-INF/MANIFEST.MF"),
        (lambda path: with_bzip2(str(path)), "compressed by a method other than deflate"),
    ],
)
def test_what_java_could_not_start_is_refused(server, tmp_path, make, message):
    server.refused(make(tmp_path / "a.jar"), "no jar that can run: .*" + message)


def test_a_jar_that_is_cut_off_is_refused(server, tmp_path):
    path = Path(a_jar(tmp_path / "a.jar"))
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        server.refused(str(path), "no jar that can run")


@given(st.binary(max_size=100), st.integers(0, 500))
def test_a_jar_of_any_bytes_is_read_or_refused(tmp_path_factory, junk, at):
    path = Path(a_jar(tmp_path_factory.mktemp("jar") / "a.jar"))
    content = path.read_bytes()
    path.write_bytes(content[:at] + junk + content[at + len(junk) :])
    try:
        found = read_jar(str(path)).main_class
    except StagingError as error:
        found = error.next_command
    assert found


def test_long_lines_of_a_manifest_go_on_in_the_next_one():
    text = "Manifest-Version: 1.0\r\nMain-Class: com.example.a.very.long.pack\r\n age.Main\r\n\r\n"
    text += "Name: x\r\nMain-Class: other\r\n"
    assert main_attributes(text)["main-class"] == "com.example.a.very.long.package.Main"


@pytest.mark.parametrize(("head", "needs"), [(b"\xca\xfe\xba\xbe\0\0\0\x3d", 17), (b"\xca\xfe\xba\xbe\0\0\0\x34", 8),
                                             (b"\xca\xfe", None), (b"PK\x03\x04\0\0\0\0", None)])  # fmt: skip
def test_a_class_file_says_which_java_it_needs(head, needs):
    assert class_file_needs(head) == needs


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "../x.jar"}, "jar.name must be a file name"),
        ({"name": "x.war"}, "jar.name must be a file name"),
        ({"min_version": 1.8}, "jar.min_version must be a whole number"),
        ({"jvm": "java"}, "jar.jvm is not a setting"),
    ],
)
def test_settings_of_a_jar_are_checked_by_name(tmp_path, settings, message):
    with pytest.raises(InvalidInput, match=message):
        a_service(tmp_path, jar=settings)
