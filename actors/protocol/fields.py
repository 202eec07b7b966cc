"""Reads the fields of a JSON object that somebody else wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn, Self, TypeAlias, cast

import attrs

from actors.protocol import limits


class ProtocolError(ValueError):
    """A message that breaks the protocol, or a request that the room refuses.

    `code` is one of the table in docs/protocol.md, the text a sentence for people; after a fatal
    one the socket is closed.
    """

    def __init__(self, code: str, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fatal = fatal


Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def dump(value: object) -> str:
    """Compact JSON text, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def load(text: str | bytes, largest: int = limits.MESSAGE_BYTES) -> Fields:
    """The fields of one message of at most `largest` bytes.

    Raises `ProtocolError` (`bad_json`, `too_large`) for whatever could not be sent on to another
    as it came: JSON's grammar alone lets infinities, endless nesting and half characters through.
    """
    if isinstance(text, bytes):
        raise ProtocolError("bad_json", "A message is a JSON object in a text frame, not binary.")
    try:
        if len(text) > largest or len(text.encode()) > largest:
            raise ProtocolError("too_large", f"A message has at most {largest} bytes.", fatal=True)
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if "\\u" in text:
            dump(value).encode()
    except ProtocolError:
        raise
    except (ValueError, RecursionError):
        raise ProtocolError("bad_json", "The message is not valid JSON.") from None
    if not isinstance(value, dict):
        raise ProtocolError("bad_json", "A message is a JSON object.")
    _check_nesting(cast(Json, value), limits.NESTING)
    return Fields(cast("dict[str, Json]", value))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def _check_nesting(value: Json, levels: int) -> None:
    if isinstance(value, dict):
        inner: Sequence[Json] = list(value.values())
    elif isinstance(value, list):
        inner = value
    else:
        return
    if levels == 0:
        raise ProtocolError("bad_json", f"A message is nested at most {limits.NESTING} deep.")
    for each in inner:
        _check_nesting(each, levels - 1)


class Fields:
    """A JSON object, read field by field; whatever does not fit is a `bad_message`.

    A field that is `null` counts as left out. Unknown fields are never looked at.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, values: Mapping[str, Json], path: str = "") -> None:
        self._values = values
        self._path = path

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def raw(self, name: str) -> Json:
        return self._values.get(name)

    def text(self, name: str, longest: int, *, shortest: int = 1) -> str:
        """A required text of `shortest` to `longest` characters."""
        value = self._values.get(name)
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            self._refuse(name, f"a text of {shortest} to {longest} characters")
        return value

    def optional_text(self, name: str, longest: int) -> str | None:
        """A text of at most `longest` characters, or None."""
        return self.text(name, longest, shortest=0) if name in self else None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._refuse(name, "true or false")
        return value

    def count(self, name: str, default: int = 0) -> int:
        value = self._values.get(name, default)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
            self._refuse(name, "a whole number from 0")
        return value

    def number(self, name: str, default: float = 0.0) -> float:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool):
            self._refuse(name, "a number")
        return float(value)

    def fields(self, name: str) -> Fields:
        """An object; empty where it is left out."""
        value = self._values.get(name)
        if value is None:
            return Fields({}, self._path + name + ".")
        if not isinstance(value, Mapping):
            self._refuse(name, "an object")
        return Fields(value, self._path + name + ".")

    def each(self, name: str) -> list[Fields]:
        """A list of objects; empty where it is left out."""
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._refuse(name, "a list")
        found: list[Fields] = []
        for position, item in enumerate(value):
            if not isinstance(item, Mapping):
                self._refuse(f"{name}[{position}]", "an object")
            found.append(Fields(item, f"{self._path}{name}[{position}]."))
        return found

    def mappings(self, name: str) -> list[Mapping[str, Json]]:
        """A list of objects as they stand; empty where it is left out."""
        return [each._values for each in self.each(name)]

    def mapping(self, name: str) -> Mapping[str, Json]:
        """An object as it stands; empty where it is left out."""
        return self.fields(name)._values

    def json(self, name: str, largest: int) -> Json:
        value = self._values.get(name)
        if len(dump(value).encode()) > largest:
            self._refuse(name, f"JSON of at most {largest} bytes")
        return value

    def _refuse(self, name: str, expected: str) -> NoReturn:
        raise ProtocolError("bad_message", f"The field {self._path + name} must be {expected}.")


@attrs.frozen
class Readable:
    """Read from a JSON object, each attribute by the reader that its metadata name (`by`).

    An attribute without a reader is true or false. One with a default may be left out.
    """

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read from the fields of a JSON object. Raises `ProtocolError`."""
        given: dict[str, object] = {}
        for field in attrs.fields(cls):
            key = "from" if field.name == "sender" else field.name
            if key in fields or field.default is attrs.NOTHING:
                given[field.name] = field.metadata.get("read", Fields.flag)(fields, key)
        return cls(**given)


def by(read: Callable[[Fields, str], object]) -> Mapping[str, object]:
    """The metadata of an attribute that `read` reads, given the fields and the field's name."""
    return {"read": read}


def text(longest: int) -> Mapping[str, object]:
    """A required text: 1 to `longest` characters."""
    return by(lambda fields, name: fields.text(name, longest))


def optional_text(longest: int) -> Mapping[str, object]:
    """A text of at most `longest` characters, which may be left out."""
    return by(lambda fields, name: fields.optional_text(name, longest))


def part(kind: type[Readable]) -> Mapping[str, object]:
    """An object that is read as `kind`."""
    return by(lambda fields, name: kind.read(fields.fields(name)))


USER_DATA = by(lambda fields, name: fields.json(name, limits.USER_DATA_BYTES))
