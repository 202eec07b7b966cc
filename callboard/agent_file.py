"""An agent file: found by its path, imported once, asked for a graph a call."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

import attrs

from actors.call.call import Call
from actors.errors import CallError, Refused
from callboard.hidden import namesake_beside
from media.errors import MediaError
from runtime import Graph, GraphError, RuntimeFault

NOTHING_SHARED = object()


class AgentFileError(Exception):
    """A sentence for the author of an agent file that cannot be used."""


@attrs.frozen
class AgentFile:
    """A module that defines `agent`, and perhaps `service`."""

    name: str
    module: ModuleType

    @property
    def title(self) -> str:
        """How people see the agent: the file's name as words."""
        return Path(self.name).stem.replace("_", " ").replace("-", " ").strip().capitalize()

    @asynccontextmanager
    async def service(self) -> AsyncGenerator[object]:
        """Enters the file's `service()`, once for all calls of this process."""
        service = getattr(self.module, "service", None)
        if service is None:
            yield NOTHING_SHARED
            return
        async with service() as shared:
            yield shared

    async def graph(self, call: Call, shared: object = NOTHING_SHARED) -> Graph:
        """Asks the agent to wire a graph around this call.

        Raises `AgentFileError` where that is no graph, or none that can run, and `Refused` where
        the agent wants no part in this call.
        """
        agent = cast("Callable[..., object]", self.module.agent)
        arguments = (call,) if shared is NOTHING_SHARED else (call, shared)
        try:
            made = agent(*arguments)
            if inspect.isawaitable(made):
                made = await made
        except Refused:
            raise
        except (CallError, MediaError, RuntimeFault) as error:
            raise AgentFileError(f"agent(call) in {self.name} made no graph: {error}") from error
        except Exception as error:
            raise AgentFileError(
                f"agent(call) in {self.name} failed: {_described(error)}"
            ) from error
        if not isinstance(made, Graph):
            raise AgentFileError(
                f"agent(call) in {self.name} must return a Graph; it returned "
                f"{type(made).__name__}."
            )
        return made

    async def rehearsed(
        self, shared: object, args: Mapping[str, str], room: str = "lobby"
    ) -> Graph:
        """Return the graph that this agent wires for a room, checked, without running it.

        Raises `AgentFileError` where it could not run, `Refused` where the agent refuses the room.
        """
        call = Call(f"http://127.0.0.1/{room}", self.title, agent=True, args=args)
        graph = await self.graph(call, shared)
        try:
            graph.check()
        except GraphError as error:
            raise AgentFileError(f"the graph of {self.name} cannot run. {error}") from error
        return graph


def load_agent(path: Path) -> AgentFile:
    """Imports an agent file by its path. Raises `AgentFileError` with a sentence."""
    if path.is_dir():
        raise AgentFileError(f"{path} is a folder; name the agent's file in it.")
    if not path.is_file():
        raise AgentFileError(f"there is no agent file {path}.")
    if path.suffix != ".py":
        raise AgentFileError(f"{path} is no agent file: its name must end with .py.")
    namesake = namesake_beside(path)
    if namesake is not None:
        raise AgentFileError(namesake)
    module = _import(path)
    if not callable(getattr(module, "agent", None)):
        raise AgentFileError(f"{path} defines no agent: write `def agent(call: Call) -> Graph`.")
    return AgentFile(str(path), module)


def _import(path: Path) -> ModuleType:
    name = f"callboard_agent_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # Its neighbours can be imported, as when the file is run by Python itself.
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise AgentFileError(f"{path} is not valid Python: {where}{error.msg}.") from error
    except Exception as error:
        raise AgentFileError(f"{path} failed on import: {_described(error)}") from error
    return module


def _described(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the Python package {error.name} is missing; install it with pip."
    text = f": {error}" if str(error) else ""
    return f"{type(error).__name__}{text} (--debug shows where)."
