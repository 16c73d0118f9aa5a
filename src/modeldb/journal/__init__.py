"""The append-only file a recording process writes, and its reader."""

from modeldb.journal.reader import Reading, Tail, clients, is_alive, read
from modeldb.journal.writer import JournalWriter

__all__ = ["JournalWriter", "Reading", "Tail", "clients", "is_alive", "read"]
