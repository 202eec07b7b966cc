"""Reads the sources of public names: what is defined where, members of classes, docstrings.

The sources are parsed, never imported, so that the pages are the same on every machine, whichever
optional packages it has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from inspect import cleandoc
from pathlib import Path

from pages import homes

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("callboard", "actors", "media", "runtime")

ERROR_MODULES = ("actors.errors", "runtime.errors", "media.errors", "callboard.testing.errors")

# ----------------------------------------------------------------------------------------------
# Reading sources

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(module: str) -> ast.Module:
    """Parse a module of the project."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


@cache
def path_of(module: str) -> Path:
    """Return the file of a module."""
    stem = ROOT.joinpath(*module.split("."))
    package = stem / "__init__.py"
    return package if package.exists() else stem.with_suffix(".py")


@dataclass(frozen=True)
class Found:
    """A definition: its module, its nodes (several for overloads), the text below a constant."""

    module: str
    nodes: tuple[ast.stmt, ...]
    below: str = ""


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements of a module, those below an `if` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from statements(node.body)


def targets(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds."""
    match node:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return [node.name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]):
            return [name]
        case _:
            return []


def text_below(body: Sequence[ast.stmt], node: ast.stmt) -> str:
    """Return the docstring that stands below an assignment."""
    after = body[body.index(node) + 1 :][:1]
    match after:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return cleandoc(text)
        case _:
            return ""


@cache
def find(module: str, name: str) -> Found | None:
    """Find a definition, through every import of the name; None outside of the project."""
    if module.split(".", maxsplit=1)[0] not in PACKAGES:
        return None
    body = tree(module).body
    nodes = tuple(node for node in statements(body) if name in targets(node))
    if nodes:
        below = text_below(body, nodes[0]) if nodes[0] in body else ""
        return Found(module, nodes, below)
    for node in statements(body):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return find(node.module, alias.name)
    return None


def table(package: str) -> dict[str, str]:
    """Return which module holds which public name of a package: its `_NAMES_OF`."""
    found = find(package, "_NAMES_OF")
    assert found is not None
    [node] = found.nodes
    assert isinstance(node, ast.Assign)
    assert isinstance(node.value, ast.Dict)
    prefix = "" if package == "callboard" else f"{package}."
    return {
        str(name.value): f"{prefix}{key.value}"
        for key, names in zip(node.value.keys, node.value.values, strict=True)
        if isinstance(key, ast.Constant)
        for name in ast.walk(names)
        if isinstance(name, ast.Constant)
    }


# ----------------------------------------------------------------------------------------------
# Members of classes


@dataclass(frozen=True)
class Member:
    """A port, field, property, member of an enum, or method of a class, with its docstring."""

    name: str
    sort: str  # "in", "out", "field", "class", "property", "enum", "method"
    code: str
    doc: str
    node: Function | None = None
    default: str | None = None
    type: str = ""
    init: bool = True
    keyword: bool = False
    alias: str = ""


@dataclass(frozen=True)
class Class:
    """A class as its page shows it: own members and those of bases that are not public."""

    name: str
    module: str
    node: ast.ClassDef
    doc: str
    members: dict[str, Member]
    bases: tuple[str, ...]
    """Public bases."""
    prose: str = ""
    """The docstring without what is told of single members."""
    lineage: tuple[str, ...] = ()
    """The names of all bases of the project, and of the bases that are not of it."""

    @property
    def is_error(self) -> bool:
        """Whether it is an exception."""
        return "Exception" in self.lineage

    @property
    def is_actor(self) -> bool:
        """Whether it is an actor, `Actor` itself apart."""
        return "Actor" in self.lineage


class _Shortened(ast.NodeTransformer):
    """Types as one would write them: no module in front, no quotes around."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Drop the module."""
        if isinstance(node.value, ast.Name) and node.value.id in ("protocol", "events", "st"):
            return ast.Name(node.attr)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Take the quotes away, but for those in a `Literal`."""
        if isinstance(node.value, str):
            return self.visit(ast.parse(node.value, mode="eval").body)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Leave a `Literal` as it is; `Final[T]` and `ClassVar[T]` are T."""
        if isinstance(node.value, ast.Name):
            if node.value.id == "Literal":
                return node
            if node.value.id in ("Final", "ClassVar"):
                return self.visit(node.slice)
        return self.generic_visit(node)


def shortened(annotation: ast.expr) -> str:
    """Write a type."""
    copied = ast.parse(ast.unparse(annotation), mode="eval").body
    text = ast.unparse(_Shortened().visit(copied)).replace("'", '"')
    return re.sub(r"\bAbstract(?=(Async)?ContextManager)", "", text)


def called(node: ast.expr | None) -> str:
    """Return the name of what is called, without subscripts: `In` of `In[T]()`; else ""."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    while isinstance(function, ast.Subscript):
        function = function.value
    return ast.unparse(function)


def keywords(node: ast.expr | None) -> dict[str, ast.expr]:
    """Return the keyword arguments of a call."""
    if not isinstance(node, ast.Call):
        return {}
    return {each.arg: each.value for each in node.keywords if each.arg is not None}


def constant(value: ast.expr, module: str) -> int | float | str | None:
    """Return the number or text that an expression of constants is, if it is one."""
    match value:
        case ast.Constant(value=int() | float() | str() as literal):
            return literal
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            factors = constant(left, module), constant(right, module)
            whole = [each for each in factors if isinstance(each, int)]
            return whole[0] * whole[1] if len(whole) == 2 else None
        case ast.Name(id=name):
            found = find(module, name)
        case ast.Attribute(value=ast.Name(id=part), attr=name):
            found = find(module_named(part, module), name)
        case _:
            return None
    node = found.nodes[-1] if found is not None else None
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and found:
        return constant(node.value, found.module)
    return None


def module_named(part: str, module: str) -> str:
    """Return the module that a module's source calls by this name, or ""."""
    for node in tree(module).body:
        if isinstance(node, ast.ImportFrom) and any(each.name == part for each in node.names):
            named = f"{node.module}.{part}"
            return named if path_of(named).exists() else ""
    return ""


def written(value: ast.expr, module: str = "") -> str:
    """Write a value as one would: double quotes, thousands apart, `...` for a private one."""
    if module and not isinstance(value, ast.Constant):
        number = constant(value, module)
        value = value if number is None else ast.Constant(number)
    text = ast.unparse(value)
    if text.startswith("_"):
        return "..."
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return '"' + text[1:-1] + '"'
    if isinstance(value, ast.Constant) and type(value.value) is int and value.value >= 10_000:
        return f"{value.value:_}"
    return text


def default_of(value: ast.expr | None, module: str) -> str | None:
    """Return the default that an attrs field gets from the right side of its line."""
    if value is None:
        return None
    name, given = called(value), keywords(value)
    if name == "attrs.field":
        if "default" in given:
            return written(given["default"], module)
        if "factory" in given:
            made = ast.unparse(given["factory"])
            empty = {"dict": "{}", "list": "[]", "_": "..."}
            return next((empty[each] for each in empty if made.startswith(each)), f"{made}()")
        return None
    # A helper of the module that makes a field with a validator: `_seconds(0.5)`.
    if name.startswith("_") and isinstance(value, ast.Call) and value.args:
        return written(value.args[0], module)
    return written(value, module)


def port_of(name: str, value: ast.Call, doc: str, module: str) -> Member:
    """Return an inlet or an outlet."""
    sort = "in" if called(value) == "In" else "out"
    shown = [
        f"{key}={written(each, module)}"
        for key, each in keywords(value).items()
        if key not in ("missed", "format")
    ]
    declared = shortened(value.func)
    return Member(name, sort, f"{name} = {declared}({', '.join(shown)})", doc)


def field_of(node: ast.AnnAssign, name: str, doc: str, module: str) -> Member:
    """Return an annotated field of a class."""
    sort = "class" if ast.unparse(node.annotation).startswith("ClassVar") else "field"
    given = keywords(node.value) if called(node.value) == "attrs.field" else {}
    default = default_of(node.value, module)
    kind = shortened(node.annotation)
    alias = str(given["alias"].value) if isinstance(given.get("alias"), ast.Constant) else name
    alias = alias.lstrip("_")
    init = not (isinstance(given.get("init"), ast.Constant) and given["init"].value is False)
    code = f"{name}: {kind}" + ("" if default is None else f" = {default}")
    return Member(
        name, sort, code, doc, default=default, type=kind, init=init, alias=alias,
        keyword="kw_only" in given,
    )  # fmt: skip


def attributes_of(init: Function, annotated: Mapping[str, str]) -> Iterator[Member]:
    """Give the public attributes that `__init__` sets."""
    parameters = {
        each.arg: shortened(each.annotation)
        for each in (*init.args.posonlyargs, *init.args.args, *init.args.kwonlyargs)
        if each.annotation is not None
    }
    for node in init.body:
        kind = ""
        match node:
            case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                if not ast.unparse(node.annotation).endswith("Final"):
                    kind = shortened(node.annotation)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
                pass
            case _:
                continue
        if name.startswith("_"):
            continue
        if not kind and isinstance(node.value, ast.Name):
            kind = parameters.get(node.value.id, "")
        if not kind and isinstance(node.value, ast.Constant):
            kind = type(node.value.value).__name__
        if not kind and re.fullmatch(r"[A-Z]\w+", called(node.value)):
            kind = called(node.value)
        kind = kind or annotated.get(name, "") or parameters.get(name, "")
        code = f"{name}: {kind}" if kind else name
        yield Member(name, "field", code, text_below(init.body, node), init=False, type=kind)


def decorators(node: Function | ast.ClassDef) -> list[str]:
    """Return the names of the decorators."""
    return [ast.unparse(each).split("(")[0] for each in node.decorator_list]


def own_members(node: ast.ClassDef, bases: Sequence[str], module: str) -> Iterator[Member]:
    """Give the public members that a class body holds, in its order."""
    is_enum = "Enum" in bases
    init = None
    annotated: dict[str, str] = {}
    for each in node.body:
        [name] = targets(each) or [""]
        doc = text_below(node.body, each)
        if isinstance(each, Function):
            if name == "__init__":
                init = each
            yield from method_of(each, name)
        elif name.startswith("_") and not isinstance(each, ast.AnnAssign):
            continue
        elif isinstance(each, ast.AnnAssign):
            # A private field still is an argument of the constructor.
            annotated[name] = shortened(each.annotation)
            yield field_of(each, name, doc, module)
        elif isinstance(each, ast.Assign) and name:
            if is_enum:
                value = "" if called(each.value) else f" = {written(each.value)}"
                yield Member(name, "enum", f"{name}{value}", doc)
            elif called(each.value) in ("In", "Out"):
                assert isinstance(each.value, ast.Call)
                yield port_of(name, each.value, doc, module)
    if init is not None:
        yield from attributes_of(init, annotated)


def method_of(node: Function, name: str) -> Iterator[Member]:
    """Give a method or property, if it is public: named so, or with a docstring of its own."""
    doc = ast.get_docstring(node) or ""
    special = name.startswith("__") and name.endswith("__")
    used = decorators(node)
    if "overload" in used or any(each.endswith(".setter") for each in used):
        return
    if (name.startswith("_") and not special) or name in ("__init__", "__new__"):
        return
    if special and not doc:
        return
    if "property" in used:
        kind = shortened(node.returns) if node.returns else ""
        yield Member(name, "property", f"{name}: {kind}", doc)
    else:
        yield Member(name, "method", name, doc, node)


def is_public(name: str, module: str) -> bool:
    """Tell whether what a module defines under a name is the public thing of that name."""
    page = homes().get(name)
    public = find(table(page.package)[name], name) if page is not None else None
    return public is not None and public.module == module


@cache
def read_class(module: str, name: str) -> Class | None:
    """Read a class of the project with all that it has from bases that are not public."""
    found = find(module, name)
    if found is None or not isinstance(node := found.nodes[0], ast.ClassDef):
        return None
    public: list[str] = []
    members: dict[str, Member] = {}
    above: dict[str, Member] = {}
    lineage: list[str] = []
    for each in node.bases:
        base_name = re.sub(r"\[.*", "", ast.unparse(each)).split(".")[-1]
        base = read_class(found.module, base_name)
        lineage.append(base_name)
        if base is None:
            continue
        lineage += base.lineage
        above |= base.members
        if is_public(base.name, base.module):
            public.append(base_name)
        else:
            public += base.bases
            members |= base.members
    for member in own_members(node, lineage, found.module):
        # Every actor has these two: `Actor` says what they are.
        if not ("Actor" in lineage and member.name in ("run", "renamed")):
            members[member.name] = merged(member, members.get(member.name), above)
    doc = ast.get_docstring(node) or ""
    prose, told = split_members(doc, members)
    # An attribute may be told of by the name that the constructor takes.
    aliases = {each.alias: key for key, each in members.items() if each.alias and each.init}
    for told_name, text in told.items():
        key = aliases.get(told_name, told_name)
        if key in members:
            members[key] = replace(members[key], doc=text)
    bases = tuple(dict.fromkeys(public))
    return Class(node.name, found.module, node, doc, members, bases, prose, tuple(lineage))


def merged(member: Member, before: Member | None, above: Mapping[str, Member]) -> Member:
    """Return a member with the docstring that a base, or the class's annotation, has for it."""
    if before is not None and before.sort == member.sort == "field" and not member.init:
        # `__init__` sets a field that was annotated: its type and place are known already.
        kept = before if before.type else member
        return replace(kept, doc=member.doc or before.doc)
    if not member.doc and member.name in above:
        return replace(member, doc=above[member.name].doc)
    return member


SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
ITEM = re.compile(r"^    (\S[^:]*): ?(.*)$")
BULLET = re.compile(r"^- ((?:`\w+`(?:, )?)+): (.*)$")


def section_items(lines: Sequence[str]) -> dict[str, str]:
    """Read a section's items, `name: text` with further lines indented more."""
    items: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        match = ITEM.match(line)
        if match and not line.startswith("     "):
            names = [each.strip() for each in match[1].split(",")]
            items |= dict.fromkeys(names, match[2])
        elif line.strip():
            for name in names:
                items[name] += " " + line.strip()
    return items


def blocks(doc: str) -> Iterator[tuple[str, list[str]]]:
    """Give the parts of a docstring: the title of a section, or "", and its lines."""
    lines = doc.splitlines()
    i = 0
    while i < len(lines):
        title = SECTION.match(lines[i])
        start = i + bool(title)
        end = start
        while end < len(lines) and (
            (not lines[end].strip() or lines[end].startswith("    "))
            if title
            else not SECTION.match(lines[end])
        ):
            end += 1
        yield (title[1] if title else ""), lines[start:end]
        i = max(end, i + 1)


def split_members(doc: str, members: Mapping[str, Member]) -> tuple[str, dict[str, str]]:
    """Take what is told of single members out of a class's docstring."""
    kept: list[str] = []
    told: dict[str, str] = {}
    for title, lines in blocks(doc):
        if title == "Attributes":
            told |= section_items(lines)
            continue
        if title == "Args":
            told |= {
                key: text
                for key, text in section_items(lines).items()
                if key in members and not members[key].doc
            }
        if title:
            kept += ["", f"{title}:", *lines]
            continue
        current: list[str] = []
        for line in lines:
            bullet = BULLET.match(line)
            names = re.findall(r"\w+", bullet[1]) if bullet else []
            if bullet and all(name in members for name in names):
                current = names
                told |= dict.fromkeys(names, bullet[2])
            elif current and line.startswith("  "):
                for name in current:
                    told[name] += " " + line.strip()
            else:
                current = []
                kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), told
