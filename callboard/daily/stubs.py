"""Prints the stub of the module `daily`, made from the code: `python -m callboard.daily.stubs`.

It is kept as callboard/daily/typings/daily.pyi, for type checkers of scripts that import `daily`.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Final

from callboard import daily

STUB: Final = Path(__file__).parent / "typings" / "daily.pyi"

HEADER: Final = '''\
"""The module `daily` as Callboard serves it. Printed by `python -m callboard.daily.stubs`."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import EllipsisType
from typing import TypeAlias
from typing_extensions import Buffer, Self

Json: TypeAlias = bool | int | float | str | list[Json] | dict[str, Json] | None
Object: TypeAlias = dict[str, Json]
Given: TypeAlias = Mapping[str, object]
Done: TypeAlias = Callable[[str | None], object]
DoneWithId: TypeAlias = Callable[[str | None, str | None], object]
Joined: TypeAlias = Callable[[Object | None, str | None], object]
AudioCallback: TypeAlias = Callable[[str, AudioData, str], object]
VideoCallback: TypeAlias = Callable[[str, VideoFrame, str], object]
'''


def stub() -> str:
    """The text of the stub."""
    classes = [_class(getattr(daily, name)) for name in daily.__all__]
    return HEADER + "\n" + "\n\n".join(classes) + "\n"


def _class(cls: type) -> str:
    if issubclass(cls, Enum):
        members = "\n".join(f"    {each.name} = {each.value}" for each in cls)
        return f"class {cls.__name__}(IntEnum):\n{_doc(cls)}\n{members}"
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    members = "\n".join(_members(tree))
    return f"class {cls.__name__}:\n{_doc(cls)}\n{members}"


def _members(tree: ast.ClassDef) -> Iterator[str]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        if node.name.startswith("_") and node.name not in ("__init__", "__new__"):
            continue
        kept = [each for each in node.decorator_list if isinstance(each, ast.Name)]
        for decorator in kept:
            yield f"    @{decorator.id}"
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        yield f"    def {node.name}({ast.unparse(node.args)}){returns}:"
        doc = ast.get_docstring(node)
        if doc is not None:
            yield textwrap.indent(f'"""{doc}"""', "        ").replace("        \n", "\n")
        yield "        ..."


def _doc(cls: type) -> str:
    return textwrap.indent(f'"""{inspect.cleandoc(cls.__doc__ or "")}"""', "    ")


if __name__ == "__main__":
    sys.stdout.write(stub())
