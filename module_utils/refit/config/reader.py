"""Typed values out of what people write in an inventory; a mistake is named by its key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidInput
from ..core.spelling import did_you_mean
from ..words.reason import Reason

REQUIRED = object()


class SettingsReader:
    """Reads typed values out of a mapping and names the key when one is wrong."""

    def __init__(self, mapping: Any, where: str) -> None:
        if not isinstance(mapping, Mapping):
            raise InvalidInput(
                Reason("setting_wrong", setting=where, problem=Reason("must_be_mapping", value=type(mapping).__name__)),
                next_command=Reason("describe_service_so"),
            )
        self.values = mapping
        self.where = where

    def error(self, key: str, problem: Reason) -> InvalidInput:
        return InvalidInput(
            Reason("setting_wrong", setting=f"{self.where}.{key}", problem=problem),
            next_command=Reason("correct_in_inventory"),
        )

    def child(self, key: str, default: Any = REQUIRED) -> SettingsReader:
        return SettingsReader(self._get(key, default), f"{self.where}.{key}")

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def _get(self, key: str, default: Any) -> Any:
        value = self.values.get(key)
        if value is None:
            if default is REQUIRED:
                raise self.error(key, Reason("is_missing"))
            return default
        return value

    def text(self, key: str, default: Any = REQUIRED) -> Any:
        value = self._get(key, default)
        if value is default:
            return value
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.error(key, Reason("must_be_text", value=repr(value)))
        return str(value)

    def path(self, key: str, default: Any = REQUIRED) -> Any:
        value = self.text(key, default)
        if value is default and default is None:
            return value
        if not os.path.isabs(value):
            raise self.error(key, Reason("must_be_absolute_path", value=repr(value)))
        return os.path.normpath(value)

    def url(self, key: str, default: Any = REQUIRED) -> Any:
        value = self.text(key, default)
        if value is not default and not re.match(r"https?://[^\s/]+", value):
            raise self.error(key, Reason("must_be_url", value=repr(value)))
        return value

    def number(self, key: str, default: float, low: float, high: float, whole: bool = False) -> Any:
        value = self._get(key, default)
        try:
            number = int(str(value)) if whole else float(str(value))
            good = not isinstance(value, bool) and low <= number <= high
        except ValueError:
            good = False
        if not good:
            code = "must_be_whole_number" if whole else "must_be_number"
            raise self.error(key, Reason(code, low=low, high=high, value=repr(value)))
        return number

    def boolean(self, key: str, default: bool) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, Reason("must_be_boolean", value=repr(value)))
        return value

    def mapping(self, key: str, default: Any = REQUIRED) -> Mapping[str, Any]:
        value = self._get(key, default)
        if not isinstance(value, Mapping):
            raise self.error(key, Reason("must_be_mapping", value=repr(value)))
        return {str(k): v for k, v in value.items()}

    def strings(self, key: str) -> Any:
        value = self._get(key, ())
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
            raise self.error(key, Reason("must_be_texts", value=repr(value)))
        return [str(item) for item in value]

    def relative_paths(self, key: str) -> Any:
        paths = []
        for item in self.strings(key):
            normal = os.path.normpath(item)
            if os.path.isabs(item) or normal in (".", "..") or normal.startswith("../"):
                raise self.error(key, Reason("leaves_shared", path=repr(item)))
            paths.append(normal + "/" if item.endswith("/") else normal)
        return paths

    def done(self, known: Any) -> None:
        known = list(known)
        for key in self.values:
            if key not in known:
                raise self.error(str(key), Reason("is_no_setting", hint=did_you_mean(key, known)))
