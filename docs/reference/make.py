"""Writes the pages of the API reference from the docstrings: `python docs/reference/make.py`."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pages import NOT_MADE_BY_HAND, PAGES, Page, homes
from reading import (
    ERROR_MODULES,
    Class,
    Function,
    Member,
    blocks,
    called,
    constant,
    decorators,
    find,
    is_public,
    read_class,
    section_items,
    shortened,
    table,
    tree,
    written,
)

HERE = Path(__file__).resolve().parent
WIDTH = 120
COMMAND = "python docs/reference/make.py"

# ----------------------------------------------------------------------------------------------
# Names and links


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
    for kind in ("Protocol", "Enum"):
        if kind in (*bases, *shown.lineage):
            return f"class {name}({kind})"
    own = own_init(shown)
    hidden = name in NOT_MADE_BY_HAND or shown.lineage[:1] in (("In",), ("InPort",))
    if hidden or (own is None and not is_attrs(shown)):
        return f"class {name}"
    parameters = arguments(own.args, shown.module, bound=True) if own else field_arguments(shown)
    return fitted(name, parameters, "")


def is_attrs(shown: Class) -> bool:
    """Tell whether attrs makes the constructor."""
    return any("attrs." in ast.unparse(each) for each in shown.node.decorator_list)


def field_arguments(shown: Class) -> list[str]:
    """Write the parameters of a constructor that attrs makes: its fields, those of bases first."""
    keyword_only = any("kw_only=True" in ast.unparse(d) for d in shown.node.decorator_list)
    fields = [
        each
        for each in all_fields(shown).values()
        if each.init and not (each.name.startswith("_") and each.default)
    ]
    by_place = [each for each in fields if not (keyword_only or each.keyword)]
    by_name = [each for each in fields if each not in by_place]
    star = ["*"] if by_name else []
    return [*map(written_field, by_place), *star, *map(written_field, by_name)]


def written_field(member: Member) -> str:
    """Write a field as the constructor takes it."""
    return f"{member.alias}: {member.type}" + (f" = {member.default}" if member.default else "")


def own_init(shown: Class) -> Function | None:
    """Return the class's own `__init__`, or a base's; `__new__` where the class has that."""
    for each in reversed(shown.node.body):
        if isinstance(each, Function) and each.name in ("__init__", "__new__"):
            return each
    if is_attrs(shown):
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
                if node.name not in homes() or is_public(node.name, module):
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
                f"- `{inline(constructor(each)).removeprefix('class ')}`: "
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
    """Write a member with its docstring as one paragraph."""
    text = linked(" ".join(member.doc.split()), page, own)
    return filled(f"- `{member.code}`: {text}", rest="  ")


def raiser(name: str, where: str, page: Page) -> str:
    """Return a link to what raises an error."""
    if name == where:
        return link(name, page)
    home = homes()[name]
    shown = read_class(table(home.package)[name], name)
    # Methods have headings; a property stands in the list of its class.
    method = shown is not None and shown.members[where.split(".")[1]].sort == "method"
    anchor = where.replace(".", "").lower() if method else anchors(home)[name]
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


def kinds_of_name(page: Page, name: str) -> list[Class]:
    """Return the kinds of a public name, none where it is no class."""
    shown = read_class(table(page.package)[name], name)
    return [] if shown is None else kinds_of(shown)


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
    told = {each.name for name in page.names for each in kinds_of_name(page, name)}
    told |= dict(errors()).keys()
    lines: list[str] = []
    for name in sorted(set(re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", code)))):
        found = next((each for m in modules if (each := find(m, name)) is not None), None)
        if found is None or name in (*told, *page.names) or is_public(name, found.module):
            continue
        node = found.nodes[-1]
        if isinstance(node, ast.ClassDef):
            doc, shown_code = ast.get_docstring(node) or "", name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            if called(node.value) in ("TypeVar", "TypeVarTuple", "ParamSpec"):
                continue
            alias = isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation)
            if not alias and constant(node.value, found.module) is not None:
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
    return [
        "## Other types",
        "Named above; each is imported from the module in brackets.",
        "\n".join(lines),
    ]


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
    return {INDEX.file: write_index(), **pages, "daily.md": write_daily()}


def undocumented() -> list[str]:
    """Return every public name, field, port, property and method without a docstring."""
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
                    if not member.name.startswith("_") and not member.doc
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
    sys.stdout.write(f"{len(pages)} pages in {HERE}\n")


if __name__ == "__main__":
    main()
