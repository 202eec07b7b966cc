"""One thread for one active track: coding a picture takes milliseconds, and more on a busy day."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import trio


class Worker:
    """Runs jobs in order on a thread of its own, which begins with the first job.

    `submit`, `waiting` and `close` may be called from any thread.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._failed = failed
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Jobs that have not begun."""
        return self._jobs.qsize()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job soon; after `close`, never."""
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name)
                self._thread.start()
            self._jobs.put(job)

    def close(self) -> None:
        """Run no further job. The thread ends with the one that it has in hand."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)

    def join(self) -> None:
        """Wait until the thread has ended: at most one job. Call `close` before."""
        if self._thread is not None:
            self._thread.join()

    async def ended(self) -> None:
        """The same from Trio, which waits for nothing where no job ever came."""
        if self._thread is not None:
            await trio.to_thread.run_sync(self.join)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._closed:
                continue
            try:
                job()
            except Exception as error:  # a track that cannot be coded ends no other
                self._failed(error)
