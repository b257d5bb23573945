"""One SQLite file, shared by threads and processes; failures are OSError or ValueError and name the remedy."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ddpm_core.errors import Message, dumps
from jobs.failure import is_disk_full
from jobs.store import schema

_NETWORK = ("nfs", "cifs", "smb", "afp", "9p", "fuse.sshfs", "ncpfs", "webdav", "davfs", "lustre", "beegfs", "ceph")

sqlite3.register_adapter(Message, dumps)  # so that a reason keeps its name and values in the column that holds it


class Database:
    """A connection that reopens itself when its file is replaced; safe to share between threads. Makes its folder.

    Raises ValueError for a file that is damaged, foreign or of a newer version, OSError for one that cannot be
    reached, TimeoutError for one that another process has locked for longer than `timeout` seconds.
    """

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        self.path = path
        self._timeout = timeout
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = Message("store.no_folder", reason=error.strerror)
            raise OSError(error.errno, remedy, str(path.parent)) from error
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for SELECTs, each of which sees what has been written by then."""
        with self._lock:
            try:
                yield self._open()
            except sqlite3.Error as error:
                self.close()
                raise in_terms_of_files(error, self.path, self._timeout) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection within one transaction: all of it happens, or nothing."""
        with self.reading() as connection, _transaction(connection):
            yield connection

    def execute(self, statement: str, **parameters: object) -> bool:
        """Run a statement in a transaction of its own; whether it changed anything."""
        with self.writing() as connection:
            return connection.execute(statement, parameters).rowcount > 0

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        # A database deleted or restored under our feet must not be written to through the old file's handle.
        if self._connection is not None and _identity(self.path) == self._identity:
            return self._connection
        self.close()
        connection = sqlite3.connect(self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, _identity(self.path)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        _set_journal(connection, self.path, time.monotonic() + self._timeout)
        if schema.version_of(connection) != schema.VERSION:
            with _transaction(connection):
                schema.create_tables(connection, self.path)
        connection.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")  # Not deferred: one that reads first could not wait for its turn to write.
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def in_terms_of_files(error: sqlite3.Error, path: Path, timeout: float) -> OSError | ValueError:
    """SQLite's error as what is wrong with the file, and what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TimeoutError(errno.ETIMEDOUT, Message("store.locked", seconds=timeout), str(path))
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_disk_full(path.parent)):
        return OSError(errno.ENOSPC, Message("failure.disk_full", folder=path.parent), str(path))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ValueError(Message("store.damaged", path=path, reason=error))
    if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
        return OSError(errno.EACCES, Message("store.unreachable", reason=error), str(path))
    return ValueError(Message("store.wrong_content", path=path, reason=error))


def _set_journal(connection: sqlite3.Connection, path: Path, deadline: float) -> None:
    # WAL lets pages read while a worker writes. It needs memory shared by all who open the file: not over a network.
    mode = "DELETE" if _on_network(path) else "WAL"
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            if mode == "WAL":
                connection.execute("PRAGMA synchronous = NORMAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy and mode == "WAL":
                mode = "DELETE"
            elif busy and time.monotonic() < deadline:
                time.sleep(0.02)  # Two processes that open a new file at once: SQLite does not wait here by itself.
            else:
                raise


def _on_network(path: Path) -> bool:
    try:
        mounts = [part for part in psutil.disk_partitions(all=True) if path.is_relative_to(part.mountpoint)]
    except OSError:
        return False
    nearest = max(mounts, key=lambda part: len(part.mountpoint), default=None)
    return nearest is not None and (nearest.fstype.lower().startswith(_NETWORK) or "remote" in nearest.opts.split(","))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
