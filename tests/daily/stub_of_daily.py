"""Writes the stub of the module `daily`, made from the code: `python tests/daily/stub_of_daily.py`.

Type checkers of scripts that import `daily` read it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Final

from callboard import daily

STUB: Final = Path(daily.__file__).parent / "typings" / "daily.pyi"

HEADER: Final = '''\
"""The module `daily` as Callboard serves it. Made from the code."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import EllipsisType
from typing import Any, Self, TypeAlias

from typing_extensions import Buffer

# What a script indexes at will, as the original's stub lets it: participant["info"]["userName"].
Json: TypeAlias = Any
Object: TypeAlias = dict[str, Any]
Given: TypeAlias = Mapping[str, object]
Done: TypeAlias = Callable[[str | None], object]
DoneWithId: TypeAlias = Callable[[str | None, str | None], object]
Joined: TypeAlias = Callable[[Object | None, str | None], object]
AudioCallback: TypeAlias = Callable[[str, AudioData, str], object]
VideoCallback: TypeAlias = Callable[[str, VideoFrame, str], object]
'''
LINE: Final = 100


def stub() -> str:
    classes = [_class(name) for name in daily.__all__]
    return HEADER + "\n" + "\n\n".join(classes) + "\n"


def _class(name: str) -> str:
    cls: type[object] = getattr(daily, name)
    if issubclass(cls, Enum):
        members = (f"    {each.name} = {each.value}" for each in cls)
        return "\n".join((f"class {name}(IntEnum):", *members))
    ours = (each for each in cls.__mro__ if each.__module__.startswith(daily.__name__))
    trees = [ast.parse(textwrap.dedent(inspect.getsource(each))).body[0] for each in ours]
    members = [line for tree in trees if isinstance(tree, ast.ClassDef) for line in _members(tree)]
    return "\n".join((f"class {name}:", *members))


def _members(tree: ast.ClassDef) -> Iterator[str]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        if node.name.startswith("_") and node.name not in ("__init__", "__new__"):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name):
                yield f"    @{decorator.id}"
        yield _function(node)


def _function(node: ast.FunctionDef) -> str:
    """One line where it fits, else the parameters on a line of their own, else a line each."""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    parameters = list(_parameters(node.args))
    line = f"    def {node.name}({', '.join(parameters)}){returns}: ..."
    if len(line) <= LINE:
        return line
    inner = f"        {', '.join(parameters)}"
    if len(inner) > LINE:
        inner = "\n".join(f"        {each}," for each in parameters)
    return f"    def {node.name}(\n{inner}\n    ){returns}: ..."


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    for parameter, default in zip(plain, defaults, strict=True):
        yield _parameter(parameter, default)
    if arguments.vararg:
        yield "*" + _parameter(arguments.vararg, None)
    if arguments.kwarg:
        yield "**" + _parameter(arguments.kwarg, None)


def _parameter(parameter: ast.arg, default: ast.expr | None) -> str:
    annotated = parameter.arg
    if parameter.annotation:
        annotated += f": {ast.unparse(parameter.annotation)}"
    if default is None:
        return annotated
    value = ast.unparse(default)
    return f"{annotated} = " + (f'"{value[1:-1]}"' if value.startswith("'") else value)


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
