"""One thread that runs Trio, and the way to it from every other thread."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

import structlog
import trio

from callboard.daily.errors import DeinitializedError

log = structlog.get_logger("callboard.daily")

T = TypeVar("T")
R = TypeVar("R")

STOP_SECONDS: Final = 5.0

GONE: Final = (
    "this object was made before Daily.deinit(); make a new one after it (Daily.init() is optional)"
)
FORKED: Final = (
    "this object was made before this process was forked; its audio and its calls stayed in the "
    "parent: make a new one in the child"
)


class Task(Generic[T]):
    """Work of the background thread for which somebody waits or not."""

    def __init__(self) -> None:
        self.result: concurrent.futures.Future[T] = concurrent.futures.Future()
        self.scope = trio.CancelScope()


class BackgroundThread(Generic[R]):
    """A daemon thread with a Trio loop; everything of one `Daily` context lives in it.

    `open` is entered there before anything else runs, and left at the end; `opened` is what it
    gives. `call`, `post`, `run` and `spawn` raise `DeinitializedError` once the thread has
    stopped, and in a forked child.
    """

    opened: R

    def __init__(self, open_resources: Callable[[], AbstractAsyncContextManager[R]]) -> None:
        self._open = open_resources
        self._pid = os.getpid()
        self._ready = threading.Event()
        self._stop = trio.Event()
        self._failure: BaseException | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._nursery: trio.Nursery | None = None
        # A daemon, and so is what it starts (the media engine's thread): the interpreter does not
        # wait for them; `stop` does, at exit.
        self._thread = threading.Thread(target=self._work, name="daily-context", daemon=True)

    def start(self) -> None:
        """Start the thread and wait until it serves. Raises what `open_resources` raises."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def is_alive(self) -> bool:
        return self._token is not None and os.getpid() == self._pid

    def check(self) -> None:
        """Raise `DeinitializedError` where this thread serves nobody any more."""
        if os.getpid() != self._pid:
            raise DeinitializedError(FORKED)
        if self._token is None:
            raise DeinitializedError(GONE)

    def call(self, function: Callable[[], T]) -> T:
        """Call a plain function on the background thread; its result, or what it raises."""
        self.check()
        if threading.current_thread() is self._thread:
            return function()
        result: concurrent.futures.Future[T] = concurrent.futures.Future()

        def work() -> None:
            try:
                result.set_result(function())
            except BaseException as error:
                result.set_exception(error)

        self._post(work)
        return result.result()

    def post(self, function: Callable[[], object]) -> None:
        """Call a plain function on the background thread soon; what it raises is logged."""
        self.check()

        def work() -> None:
            try:
                function()
            except Exception:  # one request's mistake must not end everybody's thread
                log.exception("request_crashed")

        self._post(work)

    def run(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run an async function there and wait for it.

        When the wait is interrupted (Ctrl-C) the work is cancelled.
        """
        task = self.spawn(function)
        try:
            return task.result.result()
        except BaseException:
            if not task.result.done():
                self.forget(task.scope.cancel)
            raise

    def spawn(self, function: Callable[[], Awaitable[T]]) -> Task[T]:
        """Start an async function there. Its result is told by the task, also when cancelled."""
        task: Task[T] = Task()

        def start() -> None:
            if self._nursery is None:
                raise DeinitializedError(GONE)
            self._nursery.start_soon(self._settle, function, task)

        self.call(start)
        return task

    def forget(self, close: Callable[[], object]) -> None:
        """Post what ends something; where the thread has stopped, it has ended too."""
        with contextlib.suppress(DeinitializedError):
            self.post(close)

    def close_with(self, owner: object, close: Callable[[], object]) -> None:
        """Call `close` on the background thread when `owner` has been deleted."""
        weakref.finalize(owner, self.forget, close).atexit = False

    def stop(self) -> None:
        """End everything and join the thread, in at most 5 s. Not from the background thread."""
        if os.getpid() != self._pid or self._token is None:
            return
        with contextlib.suppress(DeinitializedError):
            self._post(self._stop.set)
        self._thread.join(STOP_SECONDS)

    def _post(self, function: Callable[[], object]) -> None:
        token = self._token
        if token is None:
            raise DeinitializedError(GONE)
        try:
            token.run_sync_soon(function)
        except trio.RunFinishedError:
            raise DeinitializedError(GONE) from None

    async def _settle(self, function: Callable[[], Awaitable[T]], task: Task[T]) -> None:
        try:
            with task.scope:
                task.result.set_result(await function())
        except Exception as error:  # it is raised where somebody waits for it
            task.result.set_exception(error)
        finally:
            if not task.result.done():
                task.result.set_exception(DeinitializedError(GONE))

    def _work(self) -> None:
        try:
            trio.run(self._live)
        except BaseException as error:
            self._failure = error
            if self._ready.is_set():
                raise
        finally:
            self._token = None
            self._ready.set()

    async def _live(self) -> None:
        async with self._open() as self.opened, trio.open_nursery() as nursery:
            # What runs uses what was opened, so it ends first: the nursery is the inner one.
            self._nursery = nursery
            self._token = trio.lowlevel.current_trio_token()
            self._ready.set()
            try:
                await self._stop.wait()
            finally:
                self._nursery = None
                nursery.cancel_scope.cancel()
