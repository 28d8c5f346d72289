"""What stands below a message: rows of buttons, as a webhook that belongs to no application may send them.

Sources: Discord's component reference ("Action Row", "Button") and "Execute Webhook" with its ``with_components``:
without that, such a webhook's components are dropped without a word; with it, only those that nobody has to answer
are taken, which of buttons are the links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .form import WEB, Form, Path

ROWS = 5
BUTTONS_IN_A_ROW = 5
LABEL = 80
URL = 512
CUSTOM_ID = 100
ACTION_ROW, BUTTON = 1, 2
STYLES = range(1, 7)
LINK = 5


def check(form: Form, value: Any) -> None:
    """Note in *form* what Discord would not take of *value*, the ``components`` of a message."""
    for index, item in enumerate(form.items(("components",), value, ROWS)):
        path = ("components", str(index))
        row = form.model(path, item)
        if _is_type(form, path, row, ACTION_ROW):
            _buttons(form, (*path, "components"), row.get("components"))


def _buttons(form: Form, path: Path, value: Any) -> None:
    buttons = form.items(path, value, BUTTONS_IN_A_ROW)
    if not buttons:
        message = "Must be between 1 and {} in length.".format(BUTTONS_IN_A_ROW)
        form.refuse(path, "BASE_TYPE_BAD_LENGTH", message)
    for index, item in enumerate(buttons):
        here = (*path, str(index))
        button = form.model(here, item)
        if _is_type(form, here, button, BUTTON):
            _button(form, here, button)


def _button(form: Form, path: Path, button: Mapping[str, Any]) -> None:
    length = form.text((*path, "label"), button.get("label"), LABEL)
    if not length and not button.get("emoji"):
        form.refuse(path, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji.")
    form.boolean((*path, "disabled"), button.get("disabled"))
    form.text((*path, "custom_id"), button.get("custom_id"), CUSTOM_ID)
    form.url((*path, "url"), button.get("url"), (*WEB, "discord"), URL)
    style = button.get("style")
    if style not in STYLES or isinstance(style, bool):
        form.refuse((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {}.".format(tuple(STYLES)))
    elif style != LINK:
        message = "Only an application may send components that are to be answered."
        form.refuse((*path, "style"), "COMPONENT_INTERACTIVE", message)
    if button.get("custom_id") is not None and button.get("url") is not None:
        message = "A custom id and url cannot both be specified"
        form.refuse((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    elif style == LINK and not button.get("url"):
        form.refuse((*path, "url"), "BASE_TYPE_REQUIRED", "This field is required")
    elif style == LINK and button.get("custom_id") is not None:
        form.refuse((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_INVALID", "A link has no custom id")


def _is_type(form: Form, path: Path, item: Mapping[str, Any], wanted: int) -> bool:
    if item.get("type") == wanted and not isinstance(item.get("type"), bool):
        return True
    form.refuse((*path, "type"), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of ({},).'.format(wanted))
    return False
