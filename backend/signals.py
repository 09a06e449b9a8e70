"""Waking those who wait: an event per topic inside this process, and NOTIFY between processes on PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from backend.postgres import CONNECTING

_log = logging.getLogger(__name__)
_GATHER_SECONDS = 0.02


class Listener:
    """One who waits for a topic; `wait` returns when it was woken since the last time, or after the time-out."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    def wake(self) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout: float) -> bool:
        """True when woken, False after `timeout` seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), timeout)
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Signals:
    """Topics and who waits for them. A wake that nobody waits for is dropped: the rows are the truth.

    `ending` is true once the process is about to stop.
    """

    def __init__(self) -> None:
        self.ending = False
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        """A listener for as long as the block runs; must be entered on the event loop."""
        listener = Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.setdefault(topic, set()).add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners[topic].discard(listener)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def publish(self, topics: Iterable[str]) -> None:
        """Wakes the listeners of these topics."""
        wanted = set(topics)
        if not wanted:
            return
        with self._lock:
            listeners = [listener for topic in wanted for listener in self._listeners.get(topic, ())]
        for listener in listeners:
            listener.wake()

    def publish_all(self) -> None:
        """Wakes everybody: after a lost connection nobody knows what was missed."""
        with self._lock:
            topics = list(self._listeners)
        self.publish(topics)

    def end(self) -> None:
        """The process is about to stop: who waits here for somebody outside lets them go, to ask another process."""
        self.ending = True
        self.publish_all()


class Herald:
    """Tells other processes what was committed, many topics at once: a NOTIFY in every turn would make commits queue up.

    `tell` gets the topics of the last moments, in a thread of its own. What is lost when the process dies is found by
    those who wait, since they also look by themselves.
    """

    def __init__(self, tell: Callable[[list[str]], None]) -> None:
        self._tell = tell
        self._topics: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="herald", daemon=True)
        self._thread.start()

    def announce(self, topics: Iterable[str]) -> None:
        """Tells them soon; returns at once."""
        for topic in topics:
            self._topics.put(topic)

    def close(self) -> None:
        """Tells what is left, and ends."""
        self._topics.put(None)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while (first := self._topics.get()) is not None:
            time.sleep(_GATHER_SECONDS)
            topics, last = self._gathered(first)
            try:
                self._tell(topics)
            except Exception as error:  # noqa: BLE001 - the rows are the truth, and the next moment may work again
                _log.warning("other processes could not be told (%s)", type(error).__name__)
            if last:
                return

    def _gathered(self, first: str) -> tuple[list[str], bool]:
        """Each topic once, and whether the end was among them."""
        topics = {first: None}
        with suppress(queue.Empty):
            while True:
                topic = self._topics.get_nowait()
                if topic is None:
                    return list(topics), True
                topics[topic] = None
        return list(topics), False


async def hear_other_processes(url: str, signals: Signals) -> None:
    """Passes on what other processes commit on PostgreSQL; runs until cancelled, reconnects by itself."""
    import psycopg

    away = False
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **CONNECTING)
            async with connection:
                await connection.execute("listen verder")
                away = False
                signals.publish_all()
                async for notice in connection.notifies():
                    signals.publish([notice.payload])
        except Exception as error:  # noqa: BLE001 - who no longer hears others would keep the keys of the erased
            if not away:
                _log.warning("listening to the database stopped (%s), trying again every second", type(error).__name__)
            away = True
        await asyncio.sleep(1)
