"""The real media engine in virtual time: aiortc, ICE, DTLS and SRTP over a network in memory."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

import trio

from actors.call.playout import Playout
from actors.call.port import IceServer, MediaKind
from actors.call.settings import VideoSettings
from actors.call.video.codecs import Worker
from actors.call.webrtc.datagrams import Poller
from actors.call.webrtc.engine import WebRtcEngine, WebRtcLine
from actors.call.webrtc.loop_thread import LoopThread, TimerFd
from actors.call.webrtc.peer_port import WebRtcPort
from actors.messages import VideoKind
from callboard.testing.clock import run_virtual
from callboard.testing.network import MemoryNetwork, Network
from callboard.testing.virtual_loop import VirtualLoop
from media import VideoFrame
from runtime.errors import open_plain_nursery

_T = TypeVar("_T")


class _NoThread(Worker):
    """Codes pictures on the loop itself, where a job takes no time."""

    def __init__(self, loop: VirtualLoop, name: str, failed: Callable[[Exception], None]) -> None:
        super().__init__(name, failed)
        self._loop = loop
        self._fail = failed
        self._over = False

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job in the loop's next round."""
        if not self._over:
            self._loop.call_soon(self._do, job)

    def close(self) -> None:
        self._over = True

    def _do(self, job: Callable[[], None]) -> None:
        if self._over:
            return
        try:
            job()
        except Exception as error:  # as on a thread: a track that cannot be coded ends no other
            self._fail(error)


class _SameThread(LoopThread):
    """The engine's way between Trio and asyncio where both are one thread."""

    def __init__(self, loop: VirtualLoop, token: trio.lowlevel.TrioToken) -> None:
        super().__init__(loop, token)
        self._virtual = loop

    def alarm(self) -> TimerFd | None:
        """None: the kernel knows nothing of virtual time."""
        return None

    def poller(self, clock: Callable[[], float]) -> Poller | None:
        """None: what comes over the network in memory takes no time to read."""
        return None

    def worker(self, name: str, failed: Callable[[Exception], None]) -> Worker:
        """Virtual time knows no threads."""
        return _NoThread(self._virtual, name, failed)

    def deliver(self, call: Callable[[], object]) -> None:
        """Call at once. Trio's entry queue would be seen only after the clock has jumped."""
        call()


class VirtualLine:
    """One call's share of the engine. See `actors.call.port.MediaLine`."""

    codec = "opus"

    def __init__(self, line: WebRtcLine) -> None:
        self._line = line

    @property
    def playout(self) -> Playout:
        """What is sent to all of this line's ports."""
        return self._line.playout

    async def tick(self) -> int:
        return await self._line.tick()

    def track(self, kind: MediaKind) -> Playout:
        """What is sent on a custom audio track."""
        return self._line.track(kind)

    def untrack(self, kind: MediaKind) -> None:
        self._line.untrack(kind)

    def show(self, kind: VideoKind, frame: VideoFrame) -> None:
        """Send a picture; encoding it takes no virtual time."""
        self._line.show(kind, frame)

    def open_port(
        self,
        *,
        servers: Sequence[IceServer] = (),
        loopback: bool = True,
        sends: frozenset[MediaKind] = frozenset(("microphone",)),
        receives: frozenset[MediaKind] = frozenset(("microphone",)),
    ) -> contextlib.AbstractAsyncContextManager[WebRtcPort]:
        """A port to one participant; everybody is on the loopback address here."""
        return self._line.open_port(loopback=True, sends=sends, receives=receives)


class VirtualEngine:
    """Media of any number of calls. See `actors.call.port.MediaEngine`.

    Attributes:
        network: what carries it, with its counts.
    """

    def __init__(self, engine: WebRtcEngine, network: MemoryNetwork) -> None:
        self.network = network
        self._engine = engine

    @contextlib.asynccontextmanager
    async def open_line(
        self, video_settings: VideoSettings | None = None
    ) -> AsyncGenerator[VirtualLine]:
        """Give a line for one call."""
        async with self._engine.open_line(video_settings) as line:
            yield VirtualLine(line)


@contextlib.asynccontextmanager
async def open_virtual_engine(
    network: Network | None = None, *, seed: int = 0
) -> AsyncGenerator[VirtualEngine]:
    """The real engine without a thread, a socket or real time; only inside `run_virtual`.

    The same seed gives the same arrival times. Leaving the block ends every asyncio task, also
    when it is cancelled.
    """
    memory = MemoryNetwork(network or Network(), seed)
    loop = VirtualLoop(memory)
    thread = _SameThread(loop, trio.lowlevel.current_trio_token())
    # Both sides of every call are on this engine: it would follow itself.
    engine = WebRtcEngine(thread, trio.current_time, follows=False)
    driving = trio.CancelScope(shield=True)

    async def drive() -> None:
        # Shielded: a cancelled call still closes its ports on this loop.
        with driving:
            await loop.run()

    async with open_plain_nursery() as nursery:
        nursery.start_soon(drive)
        try:
            yield VirtualEngine(engine, memory)
        finally:
            engine.close()
            with trio.CancelScope(shield=True):
                await loop.aclose()
            driving.cancel()


def run_on_network(
    body: Callable[[VirtualEngine], Awaitable[_T]],
    network: Network | None = None,
    *,
    seed: int = 0,
) -> _T:
    """Run `body(engine)` in virtual time and give its result."""

    async def main() -> _T:
        async with open_virtual_engine(network, seed=seed) as engine:
            return await body(engine)

    return run_virtual(main, seed=seed)
