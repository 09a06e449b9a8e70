"""The database behind one door: a transaction is a function over a connection, run by whoever may write.

SQLite has one writer thread that commits many transactions with one fsync (group commit); PostgreSQL has a pool of
threads. Both offer the same `Database`. Application code never commits.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend import row_security, tenancy
from backend.errors import Unavailable
from backend.signals import Herald, Signals

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

T = TypeVar("T")

_log = logging.getLogger(__name__)
_BATCH = 64
_READERS = 4
_POOL = 12
_PATIENCE_SECONDS = 5.0
_FILES = ("keys", "data")
_DEFECTS = (DataError, ProgrammingError)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def now() -> int:
    """Microseconds since 1970 in UTC: how every time is stored."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Transaction:
    """One transaction, always called `db`. `wake` tells listeners of a topic, but only once it is committed.

    `erases` is set when what was deleted must not stay behind in the database's own log. With an `organisation_id` every
    statement stays inside that organisation (`backend.tenancy`); without one it is the service's own work.
    """

    connection: sa.Connection
    topics: list[str] = field(default_factory=list)
    erases: bool = False
    organisation_id: str | None = None
    rows_guarded: bool = False

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Runs a statement inside this transaction."""
        if self.organisation_id is not None:
            tenancy.check_insert(statement, parameters, self.organisation_id)
            statement = tenancy.within(statement, self.organisation_id)
        return self.connection.execute(statement, parameters)

    @contextmanager
    def across(self) -> Iterator[None]:
        """What by its nature is not one organisation's: the person's own conversation, a handover between two."""
        if self.organisation_id is None:
            yield
            return
        kept, self.organisation_id = self.organisation_id, None
        if self.rows_guarded:
            row_security.leave(self.connection)
        try:
            yield
        finally:
            self.organisation_id = kept
            if self.rows_guarded:
                with suppress(DBAPIError):  # after an error of the database the whole transaction is over anyway
                    row_security.enter(self.connection, kept)

    def wake(self, topic: str) -> None:
        """Tells whoever waits for this topic, after the commit."""
        self.topics.append(topic)

    def insert(self, table: sa.Table) -> Insert:
        """An insert that can say what happens where the row is there already, which each database writes its own way."""
        dialect = import_module(f"sqlalchemy.dialects.{self.connection.dialect.name}")  # loaded with the engine
        insert: Insert = dialect.insert(table)
        return insert

    @property
    def locks_rows(self) -> bool:
        """Whether rows are locked one by one (PostgreSQL) and not the whole database (SQLite)."""
        return self.connection.dialect.name != "sqlite"


Work = Callable[[Transaction], T]


class Database(Protocol):
    """What the rest of the host knows of a database."""

    signals: Signals

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction and returns after the commit. Raises `Unavailable` when nothing was stored."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on a connection that only reads."""
        ...

    async def probe(self) -> None:
        """Returns when something could be stored now. Raises `Unavailable` when not."""
        ...

    def close(self) -> None:
        """Finishes what was accepted and lets go of every connection."""
        ...


class _Job:
    """A transaction that waits for the writer, and the future its caller waits for."""

    __slots__ = ("erases", "error", "future", "loop", "organisation_id", "result", "topics", "work")

    def __init__(self, work: Work[Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.loop = loop
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None
        self.topics: list[str] = []
        self.erases = False
        self.organisation_id = tenancy.acting_for.get()


class SqliteDatabase:
    """SQLite with one writer thread. `writer` and `reader` are engines on the same file (see `backend.engines`)."""

    def __init__(self, writer: sa.Engine, reader: sa.Engine) -> None:
        self.signals = Signals()
        self._writer = writer
        self._reader = reader
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._log_holds_erased = False
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._closing:
            if self._closed:
                raise Unavailable
            self._jobs.put(_Job(work, loop, future))
        return await future

    async def read(self, work: Work[T]) -> T:
        read = partial(_read, self._reader, work, tenancy.acting_for.get())
        return await asyncio.get_running_loop().run_in_executor(self._readers, read)

    async def probe(self) -> None:
        # A number in the file's head that nothing reads: only a real commit shows a full disk or a failing fsync.
        await self.write(lambda db: db.connection.exec_driver_sql("PRAGMA data.user_version = 1").close())

    def close(self) -> None:
        with self._closing:
            self._closed = True
            self._jobs.put(None)
        self._thread.join(timeout=10)
        self._readers.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, last = self._batch(first)
            try:
                with self._writer.connect() as connection, connection.begin():
                    for job in batch:
                        _run_in_savepoint(connection, job)
            except Exception as error:  # noqa: BLE001 - nothing of the batch was stored, and the writer must live on
                for job in batch:
                    job.error = job.error or _unavailable(error)
                # After a failed write or fsync nobody knows what this connection takes for stored: the next is a new one.
                self._writer.dispose()
            if self._log_holds_erased or any(job.erases and job.error is None for job in batch):
                self._empty_log()
            self._hand_back(batch)
            if last:
                return

    def _empty_log(self) -> None:
        """Moves the write-ahead logs into their files and empties them; while somebody reads, later."""
        self._log_holds_erased = True
        try:
            with self._writer.connect() as connection:
                driver = _driver(connection)
                driver.execute("PRAGMA busy_timeout=100")
                busy = [driver.execute(f"PRAGMA {name}.wal_checkpoint(TRUNCATE)").fetchone()[0] for name in _FILES]
                driver.execute("PRAGMA busy_timeout=5000")
            self._log_holds_erased = any(busy)
        except Exception as error:  # noqa: BLE001 - what was written is safe; emptying is tried again
            _log.warning("the log of the database could not be emptied (%s)", type(error).__name__)

    def _batch(self, first: _Job) -> tuple[list[_Job], bool]:
        """Everything that waits by now, so that one fsync serves it all; whether the end was among it."""
        batch = [first]
        while len(batch) < _BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _hand_back(self, batch: list[_Job]) -> None:
        for loop in {job.loop for job in batch}:
            jobs = [job for job in batch if job.loop is loop]
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_resolve, jobs)
        self.signals.publish(topic for job in batch if job.error is None for topic in job.topics)


def _run_in_savepoint(connection: sa.Connection, job: _Job) -> None:
    """One transaction of the batch: its failure undoes itself alone."""
    driver = _driver(connection)
    driver.execute("SAVEPOINT turn")
    db = Transaction(connection, organisation_id=job.organisation_id)
    try:
        with _outward():
            job.result = job.work(db)
        job.topics, job.erases = db.topics, db.erases
    except Exception as error:  # noqa: BLE001 - handed to the caller, whatever it is
        job.error = error
        driver.execute("ROLLBACK TO turn")
    driver.execute("RELEASE turn")


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _read(engine: sa.Engine, work: Work[T], organisation_id: str | None) -> T:
    with _outward(), engine.connect() as connection:
        return work(Transaction(connection, organisation_id=organisation_id))


@contextmanager
def _outward() -> Iterator[None]:
    """What a caller is told: trouble of the database may pass, a wrong statement or value is a defect of ours."""
    try:
        yield
    except _DEFECTS:
        raise
    except (DBAPIError, PoolTimeout) as error:
        raise Unavailable from error


def _unavailable(cause: Exception) -> Unavailable:
    error = Unavailable()
    error.__cause__ = cause
    return error


def _resolve(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


class PostgresDatabase:
    """PostgreSQL through a pool of threads; other processes hear of a wake by NOTIFY (see `backend.signals`).

    They hear it a moment after the commit, but of an erasure with it: no process may go on with an erased person's key.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.signals = Signals()
        self._engine = engine
        self._threads = ThreadPoolExecutor(_POOL, thread_name_prefix="db")
        self._herald = Herald(self._notify)
        self._guarded: bool | None = None

    async def write(self, work: Work[T]) -> T:
        return await self._in_thread(partial(self._write, work, tenancy.acting_for.get()))

    async def read(self, work: Work[T]) -> T:
        return await self._in_thread(partial(self._read, work, tenancy.acting_for.get()))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """In a thread of the pool. While all of them wait for a database that does not answer, nobody else is kept waiting:
        what was not begun in time never is. Raises `Unavailable` then."""
        job = self._threads.submit(work)
        waiting = asyncio.wrap_future(job)
        giving_up = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, job.cancel)
        try:
            await asyncio.wait((waiting,))
        except asyncio.CancelledError:
            job.cancel()
            raise
        finally:
            giving_up.cancel()
        if waiting.cancelled():
            raise Unavailable
        return waiting.result()

    async def probe(self) -> None:
        # Only a server that takes writes gives out a number for a transaction.
        await self.read(lambda db: db.execute(_NUMBER).scalar_one())

    def close(self) -> None:
        self._threads.shutdown()
        self._herald.close()
        self._engine.dispose()

    def _write(self, work: Work[T], organisation_id: str | None) -> T:
        with _outward(), self._engine.connect() as connection, connection.begin():
            db = self._begin(connection, organisation_id)
            result = work(db)
            if db.erases:
                connection.execute(_NOTIFY, {"topics": db.topics})
        self.signals.publish(db.topics)
        if not db.erases:
            self._herald.announce(db.topics)
        return result

    def _notify(self, topics: list[str]) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(_NOTIFY, {"topics": topics})

    def _read(self, work: Work[T], organisation_id: str | None) -> T:
        with _outward(), self._engine.connect() as connection:
            return work(self._begin(connection, organisation_id))

    def _begin(self, connection: sa.Connection, organisation_id: str | None) -> Transaction:
        """The transaction; for an organisation's own work as the role that sees its rows alone."""
        if organisation_id is None:
            return Transaction(connection)
        if self._guarded is None:
            self._guarded = row_security.can_enter(connection)
        if self._guarded:
            row_security.enter(connection, organisation_id)
        return Transaction(connection, organisation_id=organisation_id, rows_guarded=self._guarded)


_NUMBER = sa.text("select cast(pg_current_xact_id() as text)")
_NOTIFY = sa.text("select pg_notify('verder', topic) from unnest(cast(:topics as text[])) as topic")


def run_now(database: Database, work: Work[T]) -> T:
    """Runs one transaction from code without an event loop (commands, tests)."""
    outcome: Future[T] = Future()

    def main() -> None:
        try:
            outcome.set_result(asyncio.run(database.write(work)))
        except BaseException as error:  # noqa: BLE001 - re-raised by result()
            outcome.set_exception(error)

    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
    return outcome.result()
