"""Messages as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import attrs

from actors.call.protocol.client import ClientMessage
from actors.call.protocol.fields import dump
from actors.call.protocol.server import ServerMessage


def to_json(message: ClientMessage | ServerMessage) -> str:
    """One message as it goes over the wire; fields that are None are left out."""
    plain: dict[str, object] = {"type": message.type}
    for field in attrs.fields(type(message)):
        value: object = getattr(message, field.name)
        if value is not None:
            plain["from" if field.name == "sender" else field.name] = _plain(value)
    return dump(plain)


def _plain(value: object) -> object:
    """Attrs instances as objects, tuples as lists, the rest as it is."""
    if attrs.has(type(value)):
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: _plain(each) for key, each in items}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in cast("list[object]", value)]
    return value
