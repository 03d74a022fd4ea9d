"""The audit log: every decision an entry in an RFC 6962 Merkle tree, in memory."""

from __future__ import annotations

from typing import Any, TypedDict

from bailiwick import _native
from bailiwick._errors import BailiwickError


class Head(TypedDict):
    """The size of a log and its root: who keeps it can tell later whether history was changed."""

    #: How many entries.
    size: int
    #: ``sha256:`` and 64 hexadecimal digits.
    root: str


class Log:
    """The log of an engine's decisions.

    >>> d = task.decide("mail.read", {"id": "m-17"})
    >>> head = engine.log.head()
    >>> index = head["size"] - 1
    >>> proof = engine.log.inclusion(index, head["size"])
    >>> Log.verify_inclusion(head, index, d.to_json().encode(), proof)
    True
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Log) -> None:
        self._native = native

    def head(self, size: int | None = None) -> Head:
        """Size and root, now or when the log had ``size`` entries. Keep it where whoever runs this process cannot
        write.

        >>> engine.log.head(0)["root"][:15]
        'sha256:e3b0c442'
        """
        length, root = self._native.head(size)
        return {"size": length, "root": root}

    def __len__(self) -> int:
        """How many decisions were logged.

        >>> len(engine.log) == engine.log.head()["size"]
        True
        """
        return self._native.head(None)[0]

    def entries(self, start: int = 0) -> list[bytes]:
        """The entries from ``start`` on, as JSON: for storing elsewhere.

        >>> engine.log.entries(start=len(engine.log))
        []
        """
        return self._native.entries(start)

    def inclusion(self, index: int, size: int) -> list[str]:
        """Proof that entry ``index`` is in the log of ``size`` entries (RFC 6962 §2.1.1). Raises
        :class:`BailiwickError` when it is not.

        >>> _ = task.decide("mail.read", {"id": "m-17"})
        >>> engine.log.inclusion(0, 1)
        []
        """
        return self._native.inclusion(index, size)

    def consistency(self, old: int, new: int) -> list[str]:
        """Proof that the log of ``old`` entries is the beginning of that of ``new`` (RFC 6962 §2.1.2).

        >>> engine.log.consistency(0, len(engine.log))
        []
        """
        return self._native.consistency(old, new)

    def verify(self, head: Head | dict[str, Any], entries: list[bytes] | None = None) -> None:
        """Hashes every entry again, or ``entries`` that were exported, and compares with what was logged and with
        ``head``. Raises :class:`BailiwickError` (``log.damaged``) naming the first bad entry.

        >>> _ = task.decide("mail.read", {"id": "m-17"})
        >>> exported = [b"{}"] + engine.log.entries()[1:]
        >>> try:
        ...     engine.log.verify(engine.log.head(), exported)
        ... except BailiwickError as error:
        ...     print(error)
        entry 0 is not the one that was logged
        """
        damage = self._native.verify(head, entries)
        if damage is not None:
            raise BailiwickError(damage, "log.damaged")

    @staticmethod
    def verify_inclusion(head: Head | dict[str, Any], index: int, entry: bytes, proof: list[str]) -> bool:
        """Whether ``proof`` shows ``entry`` at ``index`` under ``head``; needs no log.

        >>> _ = task.decide("mail.read", {"id": "m-17"})
        >>> head = engine.log.head(1)
        >>> Log.verify_inclusion(head, 0, b"another", [])
        False
        """
        return _native.verify_inclusion(head, index, entry, proof)

    @staticmethod
    def verify_consistency(old: Head | dict[str, Any], new: Head | dict[str, Any], proof: list[str]) -> bool:
        """Whether ``proof`` shows that the log under ``old`` is the beginning of that under ``new``; needs no log.

        >>> head = engine.log.head()
        >>> Log.verify_consistency(head, head, [])
        True
        """
        return _native.verify_consistency(old, new, proof)
