"""The processes that render batches, started early so that they get ready while the texts are read and judged."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from itertools import chain

from cdp.engine.batch import render
from cdp.engine.engines import Batch


def _nothing() -> None:
    """Do nothing: an executor starts its processes at its first task."""


@contextlib.contextmanager
def crew(jobs: int, rehearsal: Batch | None = None) -> Iterator[Executor]:
    """Start ``jobs`` processes; with a rehearsal, each renders it first, and has the engine and its templates loaded.

    Forked before the texts are read, they do not weigh what the texts weigh.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (os.getpid(), rehearsal)) as executor:
        if rehearsal is not None:
            executor.submit(_nothing)
        yield executor


def _begin(parent: int, rehearsal: Batch | None) -> None:
    """Tie a process to the one that started it: one whose build was killed would wait for ever. Then rehearse."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    if rehearsal is not None:
        # What is wrong will be said of the first batch.
        with contextlib.suppress(Exception):
            render(replace(rehearsal, work=rehearsal.work / str(os.getpid())))


def render_all(
    batches: Iterator[Batch],
    jobs: int,
    ready: Executor | None = None,
    meanwhile: Callable[[], None] = _nothing,
    begun: frozenset[Future[None]] = frozenset(),
) -> None:
    """Render batches, ``jobs`` at a time; only a few are staged ahead, so that memory stays flat.

    Args:
        batches: staged as they are asked for.
        jobs: processes at once.
        ready: processes that are there already; without them a single batch is rendered in this process.
        meanwhile: what this process does once everything is handed out.
        begun: what those processes were given before.
    """
    if ready is not None:
        _share(batches, jobs, ready, meanwhile, begun)
        return
    first, second = next(batches, None), next(batches, None)
    some = (batch for batch in (first, second) if batch is not None)
    if second is None or jobs <= 1:
        for batch in chain(some, batches):
            render(batch)
        meanwhile()
        return
    with crew(jobs) as started:
        _share(chain(some, batches), jobs, started, meanwhile)


def _share(
    batches: Iterator[Batch],
    jobs: int,
    executor: Executor,
    meanwhile: Callable[[], None],
    begun: frozenset[Future[None]] = frozenset(),
) -> None:
    running = set(begun)
    for batch in batches:
        running.add(executor.submit(render, batch))
        if len(running) > jobs:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            _raise_first(done, running)
    meanwhile()
    _raise_first(wait(running).done, set())


def _raise_first(done: set[Future[None]], running: set[Future[None]]) -> None:
    for future in done:
        error = future.exception()
        if error is not None:
            for other in running:
                other.cancel()
            raise error
