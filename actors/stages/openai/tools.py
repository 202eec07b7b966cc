"""Functions that a model may call."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

import attrs
import structlog

from actors.errors import name as error_name

_TYPES: Mapping[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


@attrs.frozen
class Tool:
    """A function that a model may call, and its description.

    Attributes:
        name: letters, digits, `_` and `-`.
        description: when to call it and what it gives.
        parameters: a JSON Schema of type "object".
        call: takes the arguments by name; what it returns is given to the model, as text or JSON.
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    call: Callable[..., Awaitable[object] | object] = attrs.field(repr=False)

    @property
    def schema(self) -> dict[str, object]:
        """The tool as OpenAI's API takes it."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": dict(self.parameters),
            },
        }


def tool(function: Callable[..., Awaitable[object] | object]) -> Tool:
    """Make a tool of a function: the model is told its name, docstring and parameters.

    Parameters are `str`, `int`, `float`, `bool`, `list`, `dict` or a `Literal` of strings; those
    with a default may be left out. The function may be async.
    """
    hints = typing.get_type_hints(function)
    properties: dict[str, object] = {}
    required: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        properties[parameter.name] = _schema(hints.get(parameter.name, str))
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
    return Tool(
        function.__name__,
        inspect.getdoc(function) or function.__name__.replace("_", " "),
        {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
        function,
    )


def _schema(hint: object) -> dict[str, object]:
    if typing.get_origin(hint) is typing.Literal:
        return {"type": "string", "enum": list(typing.get_args(hint))}
    kind = _TYPES.get(hint) or _TYPES.get(typing.get_origin(hint))
    if kind is None:
        raise TypeError(f"A tool's parameter is a str, int, float, bool, list or dict, not {hint}.")
    return {"type": kind}


async def answer(tools: Sequence[Tool], name: str, arguments: str) -> str:
    """Call a tool as a model asked for it; whatever goes wrong is answered so that it can recover.

    An exception's text never reaches the model: it may hold what is nobody's business.
    """
    known = {each.name: each for each in tools}
    if name not in known:
        names = ", ".join(known) or "none"
        return f"There is no tool {name!r}; there are: {names}."
    wrong, given = _arguments(known[name], arguments)
    if wrong:
        return wrong
    try:
        result = known[name].call(**given)
        if inspect.isawaitable(result):
            result = await cast("Awaitable[object]", result)
    except Exception as error:
        structlog.get_logger("callboard").warning(
            "a tool failed", tool=name, error=error_name(error)
        )
        return f"The tool {name} failed. Do without it, or tell the person that it did not work."
    return result if isinstance(result, str) else json.dumps(result, default=str)


def _arguments(called: Tool, text: str) -> tuple[str, dict[str, object]]:
    """Read the arguments; the first is what is wrong with them, or nothing."""
    try:
        given = json.loads(text or "{}")
    except json.JSONDecodeError:
        return f"The arguments of {called.name} are no valid JSON; send an object.", {}
    if not isinstance(given, dict):
        return f"The arguments of {called.name} must be a JSON object.", {}
    arguments = cast("dict[str, object]", given)
    properties = cast("Mapping[str, object]", called.parameters.get("properties", {}))
    required = cast("Sequence[str]", called.parameters.get("required", ()))
    missing = [each for each in required if each not in arguments]
    unknown = [each for each in arguments if each not in properties]
    if missing or unknown:
        return (
            f"{called.name} takes {', '.join(properties) or 'no arguments'}"
            + (f"; {', '.join(missing)} is missing" if missing else "")
            + (f"; it does not know {', '.join(unknown)}" if unknown else "")
            + "."
        ), {}
    return "", arguments
