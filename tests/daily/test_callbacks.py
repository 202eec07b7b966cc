"""Callbacks run off the caller's thread, in order, and do not hold each other up."""

import threading

import pytest

from callboard.daily.callbacks import MOST_THREADS, CallbackQueue, CallbackThreads

PATIENCE = 30.0


def test_a_slow_callback_does_not_hold_up_the_next() -> None:
    threads = CallbackThreads()
    together = threading.Barrier(5)
    for _ in range(4):
        threads.call(lambda: together.wait(PATIENCE))
    together.wait(PATIENCE)  # all four run at the same time, or this times out
    assert threads.wait_idle(PATIENCE)


def test_a_queue_runs_one_after_the_other_in_order() -> None:
    threads = CallbackThreads()
    queue = CallbackQueue(threads)
    running: list[int] = []
    most = 0
    order: list[int] = []

    def work(k: int) -> None:
        nonlocal most
        running.append(k)
        most = max(most, len(running))
        order.append(k)
        running.remove(k)

    for k in range(200):
        queue.call(lambda k=k: work(k))
    assert threads.wait_idle(PATIENCE)
    assert order == list(range(200))
    assert most == 1


def test_more_than_there_are_threads_wait_and_none_is_lost() -> None:
    threads = CallbackThreads()
    gate = threading.Event()
    done: list[int] = []
    for k in range(2 * MOST_THREADS):
        threads.call(lambda k=k: (gate.wait(PATIENCE), done.append(k)))
    gate.set()
    assert threads.wait_idle(PATIENCE)
    assert sorted(done) == list(range(2 * MOST_THREADS))


def test_what_a_callback_raises_is_shown_and_the_next_one_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: shown.append(args.exc_value))
    threads = CallbackThreads()
    queue = CallbackQueue(threads)
    done: list[str] = []
    queue.call(lambda: 1 / 0)
    queue.call(lambda: done.append("next"))
    assert threads.wait_idle(PATIENCE)
    assert [type(error) for error in shown] == [ZeroDivisionError]
    assert done == ["next"]


def test_a_callback_that_waits_for_all_others_does_not_wait_for_itself() -> None:
    threads = CallbackThreads()
    answers: list[bool] = []
    threads.call(lambda: answers.append(threads.wait_idle(PATIENCE)))
    assert threads.wait_idle(PATIENCE)
    assert answers == [True]
