"""Writes the pages of the API reference from the docstrings: `python docs/reference/make.py`.

The sources are parsed, never imported, so that the pages are the same on every machine, whichever
optional packages it has.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from inspect import cleandoc
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WIDTH = 120
COMMAND = "python docs/reference/make.py"
PACKAGES = ("callboard", "actors", "media", "runtime")

# ----------------------------------------------------------------------------------------------
# The pages


@dataclass(frozen=True)
class Page:
    """One page: its file, its title, an introduction, and its names in the order of reading."""

    file: str
    title: str
    intro: str
    names: tuple[str, ...]
    package: str = "callboard"


PAGES = (
    Page(
        "graph.md",
        "Actors and graphs",
        "An agent is a graph of supervised actors. See also [Runtime](../runtime.md) and"
        " [Supervision](../supervision.md).",
        (
            *("Actor", "In", "Out", "Kept", "Context", "Composite", "stage"),
            *("Graph", "open_graph", "RunningGraph", "Group", "wire", "Wire"),
            *("InPort", "OutPort", "Receive", "Send", "Accepts", "Emits"),
            *("Kind", "Overflow", "Replay", "Restart", "Strategy", "Backoff"),
            *("Work", "InThread", "Pacer"),
        ),
    ),
    Page(
        "calls.md",
        "Calls and sessions",
        "`Call` is the actor that an agent is wired to; `open_call` joins a call without a graph."
        " See also [Calls](../calls.md).",
        (
            *("Call", "open_call", "Session", "AudioSettings", "VideoSettings", "Quality"),
            "open_media_engine",
        ),
    ),
    Page(
        "devices.md",
        "Devices",
        "Virtual devices, each as an actor of a graph and as an object that is written to or read"
        " from directly. See also [Devices](../devices.md).",
        (
            *("Microphone", "Speaker", "Camera", "open_devices", "Devices"),
            *("MicrophoneDevice", "SpeakerDevice", "CameraDevice", "DeviceState"),
            *("MicrophoneStatistics", "SpeakerStatistics", "CameraStatistics"),
            *("AudioRenderer", "VideoRenderer"),
            *("AudioFileSource", "VideoFileSource", "ToneSource", "ColorBarsSource"),
        ),
    ),
    Page(
        "stages.md",
        "Stages and engines",
        "The stages of a conversation, the engines that they use, and the messages between them."
        " See also [Stages](../stages.md).",
        (
            *("Vad", "Turns", "TurnRules", "Hearing", "Conversation", "Thinking", "Speaking"),
            *("Recorder", "CaptionFile", "HoldMusic"),
            *("Ear", "Mind", "Voice", "Utterance", "Heard", "Spoken"),
            *("MoonshineEar", "DeepgramEar", "RuleMind", "HibariVoice", "CartesiaVoice"),
            *("OpenAIServer", "OpenAIEar", "OpenAIMind", "OpenAIVoice"),
            *("Tool", "tool", "open_mcp_tools"),
            *("VoicedFrame", "Transcript", "TurnOver", "Text", "Word", "Planned"),
            *("Item", "Snapshot"),
        ),
    ),
    Page(
        "dialogue.md",
        "Dialogue",
        "A whole spoken conversation in one line. See also"
        " [Writing an agent](../writing-an-agent.md).",
        ("dialogue", "Dialogue"),
    ),
    Page(
        "media.md",
        "Media",
        "Frames, formats, conversion, sample rates and files. See also [Media](../media.md).",
        (
            *("AudioFrame", "AudioFormat", "VideoFrame", "ColorFormat", "VIDEO_CLOCK_RATE"),
            *("Picture", "convert", "Resampler", "mix", "read_wav", "write_wav", "WavWriter"),
        ),
    ),
    Page(
        "rooms.md",
        "Rooms",
        "The room server in a process of one's own. See also [Deploying](../deploying.md).",
        ("open_room", "RoomServer"),
    ),
    Page(
        "events.md",
        "Events and messages",
        "All that happens in a call and in a running graph, the messages between an agent and its"
        " call, and the marks between the items of a link.",
        (
            *("Participant", "ParticipantEvent", "ActiveSpeaker", "RoomReached"),
            *("ChatMessage", "ChatLine", "Caption", "State", "GraphReport", "Recording", "Played"),
            *("Event", "CrashReport", "Mark", "TurnStarted", "TurnEnded", "Gap"),
        ),
    ),
    Page(
        "errors.md",
        "Errors",
        "",
        (
            *("CallError", "BadAddressError", "UnreachableError", "RefusedError", "CallEnded"),
            *("RoomError", "EngineError", "MediaError", "EngineMissingError"),
            *("EngineFailedError", "DeviceError", "DeviceFormatError", "FrameSizeError"),
            *("DuplicateNameError", "DeviceClosedError", "DeviceBusyError"),
            *("RuntimeFault", "GraphError", "RestartsExhausted", "FormatError"),
        ),
    ),
    Page(
        "testing.md",
        "callboard.testing",
        "Tests of agents in virtual time. See also [Testing](../testing.md).",
        (
            *("MakeLab", "CallLab", "Person", "Timeline", "Snapshot"),
            *("MakeHarness", "Harness", "Probe", "Seen"),
            *("EarContract", "MindContract", "VoiceContract", "Kill", "Interrupt"),
            *("RunOnNetwork", "run_on_network", "VirtualEngine", "Network", "MemoryRoom"),
            *("LabError", "NotScriptedError", "AgentFailedError"),
        ),
        "callboard.testing",
    ),
)

ERROR_MODULES = ("actors.errors", "runtime.errors", "media.errors", "callboard.testing.errors")

NOT_MADE_BY_HAND = frozenset(
    {
        *("Actor", "Composite", "Context", "InPort", "OutPort", "Wire", "RunningGraph"),
        *("Session", "RoomServer", "CrashReport", "Event", "Mark", "VirtualEngine"),
        *("MicrophoneDevice", "SpeakerDevice", "CameraDevice", "Devices", "Person", "Timeline"),
    }
)
"""Bases, and classes whose instances come from a function or method: no constructor is shown."""

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
        return self.name in dict(errors())

    @property
    def is_actor(self) -> bool:
        """Whether it is an actor."""
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


def constant(value: ast.expr, module: str) -> int | float | None:
    """Return the number that an expression of constants is, if it is one."""
    match value:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            factors = constant(left, module), constant(right, module)
            return None if factors[0] is None or factors[1] is None else factors[0] * factors[1]
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


@cache
def read_class(module: str, name: str) -> Class | None:
    """Read a class of the project with all that it has from bases that are not public."""
    found = find(module, name)
    if found is None or not isinstance(found.nodes[0], ast.ClassDef):
        return None
    node = found.nodes[0]
    public: list[str] = []
    inherited: dict[str, Member] = {}
    above: dict[str, Member] = {}
    lineage: list[str] = []
    base_names: list[str] = []
    for each in node.bases:
        base_name = re.sub(r"\[.*", "", ast.unparse(each)).split(".")[-1]
        base_names.append(base_name)
        base = read_class(found.module, base_name)
        lineage.append(base_name)
        if base is None:
            continue
        lineage += base.lineage
        above |= base.members
        if base_name in homes():
            public.append(base_name)
        else:
            public += base.bases
            inherited |= base.members
    members = dict(inherited)
    actor = "Actor" in lineage
    for member in own_members(node, lineage, found.module):
        if actor and member.name in ("run", "renamed"):
            continue  # every actor has them; `Actor` says what they are
        if member.name in members and not member.doc:
            before = members[member.name]
            # An assignment in `__init__` adds nothing to a field that the class declares.
            if before.sort == "field" and not member.init and member.sort == "field":
                if member.doc or (member.type and not before.type):
                    members[member.name] = replace(before, doc=member.doc or before.doc)
                continue
            member = replace(member, doc=before.doc)  # noqa: PLW2901
        elif not member.doc and member.name in above:
            member = replace(member, doc=above[member.name].doc)  # noqa: PLW2901
        if member.name in members and members[member.name].sort == "field" and not member.init:
            members[member.name] = replace(members[member.name], doc=member.doc)
            continue
        members[member.name] = member
    doc = ast.get_docstring(node) or ""
    prose, told = split_members(doc, members)
    members = {
        key: replace(member, doc=told[key]) if key in told else member
        for key, member in members.items()
    }
    return Class(
        node.name, found.module, node, doc, members, tuple(dict.fromkeys(public)), prose,
        tuple(lineage),
    )  # fmt: skip


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


# ----------------------------------------------------------------------------------------------
# Names and links


@cache
def homes() -> dict[str, Page]:
    """Return the page of every public name; callboard's own before those of its testing."""
    return {name: page for page in reversed(PAGES) for name in page.names}


def anchors(page: Page) -> dict[str, str]:
    """Return the anchor of each name of a page, as GitHub counts equal headings."""
    seen: dict[str, int] = {}
    result: dict[str, str] = {}
    for name in page.names:
        slug = name.lower()
        result[name] = slug if slug not in seen else f"{slug}-{seen[slug]}"
        seen[slug] = seen.get(slug, 0) + 1
    return result


def link(name: str, here: Page) -> str:
    """Return a link to a public name, or the name as code where there is none."""
    page = here if name in here.names else homes().get(name)
    if page is None:
        return f"`{name}`"
    file = "" if page is here else page.file
    return f"[`{name}`]({file}#{anchors(page)[name]})"


def linked(text: str, here: Page, own: str = "") -> str:
    """Make links of the names in backticks. Lower-case words are left: they may be ports."""

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name == own or not (name[0].isupper() or "_" in name):
            return match[0]
        return link(name, here)

    return re.sub(r"(?<![`\[])`(\w+)`(?!`)", replaced, text)


def filled(text: str, *, first: str = "", rest: str = "") -> str:
    """Wrap a paragraph, or an item of a list with its own indents."""
    escaped = re.sub(r"<(?=[^`]*(?:`[^`]*`[^`]*)*$)", r"\\<", " ".join(text.split()))
    lines = textwrap.wrap(
        escaped, WIDTH, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    # A line that begins so would be an item of a list.
    return "\n".join(re.sub(r"^(\s*)([-+*#]|\d+\.) ", r"\1\\\2 ", line) if i else line
                     for i, line in enumerate(lines))  # fmt: skip


def markdown(doc: str, here: Page, own: str = "") -> str:
    """Write a docstring as Markdown: paragraphs, lists, code and sections."""
    parts: list[str] = []
    for title, lines in blocks(doc):
        if title:
            words = {"Args": "Arguments"}.get(title, title)
            parts.append(f"{words}:")
            items = section_items(lines)
            if items:
                parts.append(
                    "\n".join(
                        filled(
                            f"- {link(name, here) if title == 'Raises' else f'`{name}`'}: "
                            + linked(text, here, own),
                            rest="  ",
                        )
                        for name, text in items.items()
                    )
                )
            else:
                parts.append(filled(linked(" ".join(lines), here, own)))
            continue
        for paragraph in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
            if not paragraph.strip():
                continue
            if all(line.startswith("    ") for line in paragraph.splitlines()):
                parts.append(f"```py\n{textwrap.dedent(paragraph)}\n```")
                continue
            pieces = re.split(r"\n(?=- )", paragraph)
            parts.append(
                "\n".join(
                    filled(linked(piece, here, own), rest="  " if piece.startswith("- ") else "")
                    for piece in pieces
                )
            )
    return "\n\n".join(parts)


def first_sentence(doc: str) -> str:
    """Return the first sentence of a docstring."""
    paragraph = " ".join(re.split(r"\n\s*\n", doc)[0].split())
    match = re.match(r"(.*?[.?!])(?:\s|$)", re.sub(r"e\.g\.", "e\u2024g\u2024", paragraph))
    return (match[1] if match else paragraph).replace("\u2024", ".")


# ----------------------------------------------------------------------------------------------
# Signatures


def arguments(args: ast.arguments, module: str, *, bound: bool = False) -> list[str]:
    """Write each parameter of a function, `self` left out where it is bound."""
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    result: list[str] = []
    for i, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        if not (bound and i == 0):
            result.append(parameter(each, default, module))
        if args.posonlyargs and each is args.posonlyargs[-1] and len(result) > 0:
            result.append("/")
    if args.vararg is not None:
        result.append("*" + parameter(args.vararg, None, module))
    elif args.kwonlyargs:
        result.append("*")
    result += [
        parameter(each, default, module)
        for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    if args.kwarg is not None:
        result.append("**" + parameter(args.kwarg, None, module))
    return result


def parameter(arg: ast.arg, default: ast.expr | None, module: str) -> str:
    """Write one parameter."""
    text = arg.arg
    if arg.annotation is not None:
        unpacked = isinstance(arg.annotation, ast.Starred)
        text += f": {ast.unparse(arg.annotation) if unpacked else shortened(arg.annotation)}"
        return text if default is None else f"{text} = {written(default, module)}"
    return text if default is None else f"{text}={written(default, module)}"


def fitted(head: str, parameters: Sequence[str], tail: str) -> str:
    """Write a signature on one line, or with a parameter on each."""
    line = f"{head}({', '.join(parameters)}){tail}"
    if len(line) <= 100:
        return line
    inner = "\n".join(f"    {each}," for each in parameters)
    return f"{head}(\n{inner}\n){tail}"


def signature(node: Function, name: str, module: str, *, method: bool) -> str:
    """Write the signature of a function or method."""
    used = decorators(node)
    returns = "" if node.returns is None else shortened(node.returns)
    asynchronous = isinstance(node, ast.AsyncFunctionDef)
    for maker, manager in (
        ("asynccontextmanager", "AsyncContextManager"),
        ("contextmanager", "ContextManager"),
    ):
        if any(each.split(".")[-1] == maker for each in used):
            inner = re.sub(r"^\w+\[(.*?)(, None)*\]$", r"\1", returns)
            returns, asynchronous = f"{manager}[{inner}]", False
            break
    if returns.startswith("AsyncGenerator"):
        # Called without `await`, whichever way it was written.
        asynchronous = False
    bound = method and "staticmethod" not in used
    head = f"{'async ' if asynchronous else ''}def {name}"
    prefix = "".join(f"@{each}\n" for each in used if each in ("classmethod", "staticmethod"))
    tail = f" -> {returns}" if returns else ""
    return prefix + fitted(head, arguments(node.args, module, bound=bound), tail)


def constructor(shown: Class) -> str:
    """Write how an instance is made, or just the class."""
    name = shown.name
    bases = [each.split("[")[0] for each in map(ast.unparse, shown.node.bases)]
    if "Protocol" in bases:
        return f"class {name}(Protocol)"
    if "Enum" in shown.lineage:
        return f"class {name}(Enum)"
    if name in NOT_MADE_BY_HAND or shown.lineage[:1] in (("In",), ("InPort",)):
        return f"class {name}"
    own = own_init(shown)
    if own is not None:
        return fitted(name, arguments(own.args, shown.module, bound=True), "")
    # Fields of every base come first, as attrs has them.
    fields = [each for each in all_fields(shown).values() if each.init]
    keyword_only = any("kw_only=True" in ast.unparse(d) for d in shown.node.decorator_list)
    written_out = [
        f"{each.alias}: {each.type}" + ("" if each.default is None else f" = {each.default}")
        for each in fields
        if not (each.name.startswith("_") and each.default is not None)
    ]
    if not written_out:
        return f"class {name}" if shown.is_error else f"{name}()"
    return fitted(name, ["*", *written_out] if keyword_only else written_out, "")


def own_init(shown: Class) -> Function | None:
    """Return the class's own `__init__`, or a base's; `__new__` where the class has that."""
    for each in reversed(shown.node.body):
        if isinstance(each, Function) and each.name in ("__init__", "__new__"):
            return each
    if any("attrs." in ast.unparse(each) for each in shown.node.decorator_list):
        return None
    for base in shown.node.bases:
        name = re.sub(r"\[.*", "", ast.unparse(base))
        above = read_class(shown.module, name)
        found = own_init(above) if above is not None else None
        if found is not None:
            return found
    return None


def all_fields(shown: Class) -> dict[str, Member]:
    """Return the attrs fields of a class, those of its bases first."""
    result: dict[str, Member] = {}
    for base in shown.node.bases:
        above = read_class(shown.module, re.sub(r"\[.*", "", ast.unparse(base)))
        if above is not None:
            result |= all_fields(above)
    return result | {
        key: each for key, each in shown.members.items() if each.sort == "field" and each.alias
    }


# ----------------------------------------------------------------------------------------------
# Errors: who raises what


@cache
def errors() -> tuple[tuple[str, Class], ...]:
    """Return the error classes of the project's error modules, by name."""
    result: dict[str, Class] = {}
    for module in ERROR_MODULES:
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and node.name not in result:
                shown = read_class(module, node.name)
                assert shown is not None
                if module == "media.errors" and node.name == "MediaError":
                    continue  # not the public one of that name: the base of FormatError
                result[node.name] = shown
    return tuple(result.items())


def raised_in(doc: str) -> set[str]:
    """Return the errors that a docstring says are raised."""
    names: set[str] = set()
    for title, lines in blocks(doc):
        if title == "Raises":
            names |= {each.strip("`") for each in section_items(lines)}
    for sentence in re.split(r"(?<=[.;])\s", " ".join(doc.split())):
        if re.search(r"\braises?\b", sentence, re.IGNORECASE):
            names |= set(re.findall(r"`(\w+)`", sentence))
    return names & dict(errors()).keys()


@cache
def raisers() -> dict[str, list[tuple[str, str]]]:
    """Return for each error where it comes from: public name and how it is written."""
    result: dict[str, list[tuple[str, str]]] = {}
    for page in PAGES:
        if page.file == "errors.md":
            continue
        for name in page.names:
            for where, doc in docs_of(page, name):
                for error in raised_in(doc):
                    if error != where:
                        result.setdefault(error, []).append((name, where))
    return result


def docs_of(page: Page, name: str) -> Iterator[tuple[str, str]]:
    """Give the docstrings of a public name and of its methods."""
    module = table(page.package)[name]
    shown = read_class(module, name)
    if shown is None:
        found = find(module, name)
        assert found is not None
        if isinstance(found.nodes[-1], Function):
            yield name, ast.get_docstring(found.nodes[-1]) or ""
        return
    yield name, shown.prose
    for member in shown.members.values():
        if member.sort in ("method", "property"):
            yield f"{name}.{member.name}", member.doc


def error_tree(here: Page) -> str:
    """Draw the tree of errors with a line on each."""
    known = dict(errors())
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    for name, shown in known.items():
        parent = next((each for each in shown.lineage if each in known), None)
        # Of media's tree only its leaves are public.
        if parent is None or shown.module == "media.errors":
            roots.append(name)
        else:
            children.setdefault(parent, []).append(name)

    def drawn(name: str, depth: int) -> Iterator[str]:
        shown = known[name]
        extra = [each for each in shown.lineage if each not in known and each != "Exception"]
        also = [each for each in dict.fromkeys(extra) if each not in ("MediaError",)]
        built_in = f" (also `{also[0]}`)" if also else ""
        where = "" if name in homes() else f", in `{shown.module}`"
        indent = "  " * depth
        yield filled(
            f"{indent}- {link(name, here)}{built_in}{where}: "
            + linked(first_sentence(shown.prose), here),
            first=indent,
            rest=indent + "  ",
        )
        for child in children.get(name, ()):
            yield from drawn(child, depth + 1)

    return "\n".join(line for root in roots for line in drawn(root, 0))


# ----------------------------------------------------------------------------------------------
# Writing pages

LABELS = {
    "in": "Inlets",
    "out": "Outlets",
    "enum": "Members",
    "class": "On the class",
    "field": "Fields",
    "property": "Properties",
}


def entry(page: Page, name: str) -> str:
    """Write what a page says of one name."""
    module = table(page.package)[name]
    parts = [f"## {name}"]
    shown = read_class(module, name)
    if shown is not None:
        return "\n\n".join([*parts, *class_parts(page, shown)])
    found = find(module, name)
    assert found is not None, name
    node = found.nodes[-1]
    if isinstance(node, Function):
        # With overloads these are the signatures, and the last node only the code.
        overloads = [each for each in found.nodes[:-1] if isinstance(each, Function)] or [node]
        code = "\n".join(signature(each, name, found.module, method=False) for each in overloads)
        doc = ast.get_docstring(node) or ""
    else:
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        assert node.value is not None
        code = f"{name} = {written(node.value)}".replace("'", '"')
        doc = found.below
    return "\n\n".join([*parts, f"```py\n{code}\n```", markdown(doc, page, name)])


def class_parts(page: Page, shown: Class) -> Iterator[str]:
    """Give the parts of a class: signature, docstring, members by sort, methods."""
    yield f"```py\n{constructor(shown)}\n```"
    bases = ", ".join(link(base, page) for base in shown.bases)
    if bases:
        yield f"Base: {bases}."
    yield markdown(shown.prose, page, shown.name)
    if shown.is_error and (where := raisers().get(shown.name)):
        yield filled("Raised by " + ", ".join(raiser(*each, page) for each in where) + ".")
    for sort, label in LABELS.items():
        members = [
            each
            for each in shown.members.values()
            if each.sort == sort and not each.name.startswith("_")
        ]
        if members:
            yield f"**{label}**"
            yield "\n".join(member_line(each, page, shown.name) for each in members)
    if kinds := kinds_of(shown):
        yield "**Kinds**"
        yield "\n".join(
            filled(
                f"- `{inline(constructor(each))}`: "
                + " ".join([linked(each.prose, page), *kind_fields(each)]),
                rest="  ",
            )
            for each in kinds
        )
    tests = [each for each in shown.members.values() if each.name.startswith("test_")]
    if tests:
        yield "**Tests**"
        yield "\n".join(member_line(each, page, shown.name) for each in tests)
    for each in shown.members.values():
        if each.sort == "method" and each.node is not None and each not in tests:
            yield f"### {shown.name}.{each.name}"
            yield f"```py\n{signature(each.node, each.name, shown.module, method=True)}\n```"
            yield markdown(each.doc, page, shown.name)


def member_line(member: Member, page: Page, own: str) -> str:
    """Write a member with its docstring; the class's docstring may have told of it already."""
    text = linked(" ".join(member.doc.split()), page, own)
    return filled(f"- `{member.code}`: {text}" if text else f"- `{member.code}`", rest="  ")


def raiser(name: str, where: str, page: Page) -> str:
    """Return a link to what raises an error."""
    if name == where:
        return link(name, page)
    home, anchor = homes()[name], where.replace(".", "").lower()
    return f"[`{where}`]({'' if home is page else home.file}#{anchor})"


def inline(code: str) -> str:
    """Write a signature on one line."""
    return re.sub(r",?\n\)", ")", code).replace("(\n    ", "(").replace("\n    ", " ")


def kinds_of(shown: Class) -> list[Class]:
    """Return the classes of the same module below a public one that have no page of their own."""
    if shown.is_error:
        return []
    below = [
        read_class(shown.module, node.name)
        for node in tree(shown.module).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    return [
        each
        for each in below
        if each is not None and each.lineage[:1] == (shown.name,) and each.name not in homes()
    ]


def kind_fields(shown: Class) -> Iterator[str]:
    """Give what is told of the fields of a kind."""
    for each in shown.members.values():
        if each.sort == "field" and each.doc:
            yield f"`{each.name}`: {each.doc}"


def summary(page: Page, name: str) -> str:
    """Return the line on a name in a page's list."""
    module = table(page.package)[name]
    shown = read_class(module, name)
    found = find(module, name)
    assert found is not None
    if shown is not None:
        doc = shown.prose
    elif isinstance(found.nodes[-1], Function):
        doc = ast.get_docstring(found.nodes[-1]) or ""
    else:
        doc = found.below
    sentence = linked(first_sentence(doc), page, name)
    return filled(f"- {link(name, page)}: {sentence}", rest="  ")


HEAD = f"<!-- Written from the docstrings by `{COMMAND}`. -->"


def write_page(page: Page) -> str:
    """Write a whole page."""
    parts = [HEAD, f"# {page.title}"]
    if page.file == "errors.md":
        parts.append(
            filled(
                "Everything that a call, its devices, its stages and its room raise is a"
                f" {link('CallError', page)}; everything that the runtime raises is a"
                f" {link('RuntimeFault', page)}. A wrong rate, shape or size of media is a"
                f" {link('FormatError', page)}. `Raised by` lists those whose docstrings name the"
                " error."
            )
        )
        parts.append(error_tree(page))
    else:
        parts.append(filled(page.intro))
        parts.append(f"`from {page.package} import ...`")
        parts.append("\n".join(summary(page, name) for name in page.names))
    parts += [entry(page, name) for name in page.names]
    parts += other_types(page, "\n".join(parts))
    return "\n\n".join(part for part in parts if part) + "\n"


def other_types(page: Page, text: str) -> list[str]:
    """List the types that a page's signatures name and that are not public names."""
    code = " ".join(
        a or b for a, b in re.findall(r"^```py\n(.*?)^```$|^- (`[^`]*`)", text, re.M | re.S)
    )
    modules = dict.fromkeys(
        shown.module
        for name in page.names
        if (shown := find(table(page.package)[name], name)) is not None
    )
    lines: list[str] = []
    for name in sorted(set(re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", code)))):
        if name in homes():
            continue
        found = next((each for m in modules if (each := find(m, name)) is not None), None)
        if found is None:
            continue
        node = found.nodes[-1]
        if isinstance(node, ast.ClassDef):
            doc, shown_code = ast.get_docstring(node) or "", name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            if called(node.value) in ("TypeVar", "TypeVarTuple", "ParamSpec"):
                continue
            doc, shown_code = found.below, f"{name} = {shortened(node.value)}"
        else:
            continue
        line = f"- `{shown_code}` (`{found.module}`)"
        lines.append(
            filled(f"{line}: {linked(first_sentence(doc), page)}" if doc else line, rest="  ")
        )
    if not lines:
        return []
    return ["## Other types", "Named above; imported from where they stand.", "\n".join(lines)]


def write_daily() -> str:
    """Write the page of Daily's names: one line each."""
    lines: list[str] = []
    for node in tree("callboard.daily").body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                found = find(node.module, alias.name)
                assert found is not None
                first = found.nodes[-1]
                assert isinstance(first, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                doc = ast.get_docstring(first) or ""
                lines.append(filled(f"- `{alias.name}`: {first_sentence(doc)}", rest="  "))
    return (
        "\n\n".join(
            [
                HEAD,
                "# callboard.daily",
                filled(
                    "Daily's Python API on Callboard. The names, their methods and their arguments"
                    " are those of `daily`; [Coming from Daily](../coming-from-daily.md) says what"
                    " is the same, what is kinder, and what is not there."
                ),
                "`from callboard.daily import ...`",
                "\n".join(sorted(lines, key=str.lower)),
            ]
        )
        + "\n"
    )


def write_index() -> str:
    """Write the list of pages with their names."""
    rows = [
        filled(
            f"- [{page.title}]({page.file}): " + ", ".join(link(name, INDEX) for name in page.names)
            if page.package == "callboard"
            else f"- [{page.title}]({page.file}): "
            + ", ".join(f"[`{n}`]({page.file}#{anchors(page)[n]})" for n in page.names),
            rest="  ",
        )
        for page in PAGES
    ]
    rows.append("- [callboard.daily](daily.md): Daily's Python API")
    return (
        "\n\n".join(
            [
                HEAD,
                "# Reference",
                filled(
                    "Every public name, from its docstring. All are imported from `callboard`,"
                    " those of tests from `callboard.testing`. The commands are in"
                    " [Command line](../command-line.md)."
                ),
                "\n".join(rows),
            ]
        )
        + "\n"
    )


INDEX = Page("README.md", "Reference", "", ())


def write_all() -> dict[str, str]:
    """Return the text of every page, by file name."""
    pages = {page.file: write_page(page) for page in PAGES}
    return {"README.md": write_index(), **pages, "daily.md": write_daily()}


def undocumented() -> list[str]:
    """Return every public name, field, port, property and method without a docstring.

    A class's docstring that names a field in backticks documents it.
    """
    missing: list[str] = []
    for page in PAGES:
        for name in page.names:
            shown = read_class(table(page.package)[name], name)
            if shown is None:
                if summary(page, name).rstrip().endswith(":"):
                    missing.append(f"{page.package}.{name}")
                continue
            for each in (shown, *kinds_of(shown)):
                missing += [f"{page.package}.{each.name}"] * (not each.doc)
                missing += [
                    f"{page.package}.{each.name}.{member.name}"
                    for member in each.members.values()
                    if not member.name.startswith("_")
                    and not member.doc
                    and not re.search(rf"`{member.name}\b", each.doc)
                ]
    return missing


def main() -> None:
    """Write the pages into this folder."""
    pages = write_all()
    for old in HERE.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for file, text in pages.items():
        (HERE / file).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(pages)} pages in {HERE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
