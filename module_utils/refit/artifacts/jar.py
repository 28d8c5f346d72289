"""A jar becomes a release: one file under the service's own name, and a Java that can run it."""

from __future__ import annotations

import os
import shlex
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..config.service import Service
from ..core import accounts
from ..core.errors import StagingError
from ..words.reason import Reason
from .archive_members import Refused
from .archive_readers import open_zip, why_unreadable
from .build import Build
from .java import class_file_needs, find_java

MANIFEST = "META-INF/MANIFEST.MF"
_MANIFEST_BYTES = 1 << 20
# Where Spring Boot keeps the classes of the application itself.
_CLASS_ROOTS = ("", "BOOT-INF/classes/")


@dataclass(frozen=True)
class Jar:
    """What a jar says of itself: its *main_class*, and the feature release of Java that its
    entry classes were compiled for (None if they do not say)."""

    main_class: str
    needs_java: int | None


def check(build: Build) -> None:
    """See :class:`~.build.Kind`."""
    _suitable_java(build.service, read_jar(build.artifact), build)


def make(build: Build, directory: str) -> Mapping[str, Any]:
    """See :class:`~.build.Kind`."""
    path = os.path.join(directory, build.service.jar.name or build.service.name + ".jar")
    shutil.copyfile(build.artifact, path)
    os.chmod(path, 0o644)
    jar = read_jar(path)
    return {"jar": {"main_class": jar.main_class, "needs_java": jar.needs_java}}


def read_jar(path: str) -> Jar:
    """What the jar at *path* says of itself.

    Raises:
        StagingError: it is no jar, or not one that ``java -jar`` could start.
    """
    try:
        with open_zip(path) as archive:
            attributes = main_attributes(_head(archive, MANIFEST, _MANIFEST_BYTES).decode("utf-8", "replace"))
            main_class = attributes.get("main-class")
            if not main_class:
                raise _refused(path, Reason("no_main_class", manifest=MANIFEST))
            entries = [main_class, *filter(None, [attributes.get("start-class")])]
            names = [root + entry.replace(".", "/") + ".class" for entry in entries for root in _CLASS_ROOTS]
            there = [name for name in names if name in archive.NameToInfo]
            if not there:
                raise _refused(path, Reason("main_class_missing", name=main_class))
            needs = [class_file_needs(_head(archive, name, 8)) for name in there]
    except KeyError as error:
        raise _refused(path, Reason("holds_no_manifest", manifest=MANIFEST)) from error
    except Refused as error:
        raise _refused(path, error.reason) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused(path, Reason("unreadable_because", why=why_unreadable(error))) from error
    return Jar(main_class, max(filter(None, needs), default=None))


def main_attributes(text: str) -> dict[str, str]:
    """The main section of a jar's manifest, names in lower case; a line that begins with a
    space continues the one before (JAR file specification)."""
    attributes: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if not line:
            break
        if line.startswith(" ") and name:
            attributes[name] += line[1:]
        else:
            name, _, value = line.partition(":")
            name = name.lower()
            attributes[name] = value.lstrip(" ")
    return {name: value.strip() for name, value in attributes.items()}


def _head(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    with archive.open(name) as entry:
        return entry.read(size)


def _refused(path: str, why: Reason) -> StagingError:
    return StagingError(
        Reason("no_jar", why=why),
        where=path,
        next_command=Reason("check_what_build_made", path=shlex.quote(path)),
    )


def _suitable_java(service: Service, jar: Jar, build: Build) -> None:
    settings, manager = service.jar, service.manager
    path = manager.path if manager.kind == "pm2" else ()
    runner = accounts.required(service.user, f"refit_services.{service.name}.user", StagingError)
    java = find_java(build.system, settings.java, path, runner)
    needed = max(settings.min_version or 0, jar.needs_java or 0)
    if java.feature < needed:
        why = (
            Reason("jar_compiled_for_it")
            if needed == jar.needs_java
            else Reason("setting_says_so", setting=f"refit_services.{service.name}.jar")
        )
        raise StagingError(
            Reason("java_too_old", version=str(java.version), needed=needed, why=why),
            where=java.command,
            next_command=Reason("install_java", version=needed),
        )
