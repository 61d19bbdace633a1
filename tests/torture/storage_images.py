"""What a power cut can leave of a database, from the trace that `storage_shim.c` wrote of everything done to its files.

What was synced is there. Of what was written since, any part may be: all, nothing, some writes and not others, and the
last of them torn between two sectors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

__all__ = ["Image", "Record", "cut_power", "read_trace"]

Loss: TypeAlias = Literal["nothing", "everything", "some", "torn"]

_HEAD: Final = struct.Struct("=ccqq")
_SECTOR: Final = 512
_LOSSES: Final[tuple[Loss, ...]] = ("nothing", "everything", "some", "torn")


@dataclass(frozen=True, slots=True)
class Record:
    """A write, a sync or a truncation (`W`, `S`, `T`) of the database, its log or the acknowledgements (`d w a`)."""

    kind: str
    file: str
    offset: int
    data: bytes

    def apply(self, content: bytearray) -> None:
        if self.kind == "T":
            del content[self.offset :]
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data


@dataclass(frozen=True, slots=True)
class Image:
    """The files after a power cut, and the operations that had been acknowledged."""

    database: bytes
    log: bytes
    acknowledged: frozenset[str]
    loss: Loss

    def put(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.database)
        path.with_name(f"{path.name}-wal").write_bytes(self.log)


@dataclass
class _File:
    synced: bytearray
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        for record in self.since:
            record.apply(self.synced)
        self.since.clear()

    def after_cut(self, loss: Loss, chance: Random) -> bytes:
        content = bytearray(self.synced)
        for record in self._survivors(loss, chance):
            record.apply(content)
        return bytes(content)

    def _survivors(self, loss: Loss, chance: Random) -> list[Record]:
        if loss == "everything":
            return []
        if loss == "nothing" or not self.since:
            return self.since
        if loss == "some":
            return [record for record in self.since if chance.random() < 0.5]
        *whole, last = self.since[: chance.randint(1, len(self.since))]
        return [*whole, Record(last.kind, last.file, last.offset, last.data[: _sectors(last.data, chance)])]


def _sectors(data: bytes, chance: Random) -> int:
    return chance.randint(0, len(data) // _SECTOR) * _SECTOR


def read_trace(path: Path) -> list[Record]:
    """All that was done to the files, in order."""
    trace, at, records = path.read_bytes(), 0, list[Record]()
    while at < len(trace):
        kind, file, offset, length = _HEAD.unpack_from(trace, at)
        at += _HEAD.size
        records.append(Record(kind.decode(), file.decode(), offset, trace[at : at + length]))
        at += length
    return records


def cut_power(database: bytes, records: list[Record], images: int, chance: Random) -> Iterator[Image]:
    """So many images, in the order of time: half of them at the very moment of an acknowledgement.

    `database` is what the file held when the trace began; there was no log then.
    """
    told = [number for number, record in enumerate(records, 1) if record.file == "a"]
    half = images // 2
    moments = sorted([*chance.choices(told, k=half), *chance.choices(range(1, len(records) + 1), k=images - half)])
    files = {"d": _File(bytearray(database)), "w": _File(bytearray())}
    acknowledged, at = list[str](), 0
    for number, moment in enumerate(moments):
        for record in records[at:moment]:
            if record.file == "a":
                acknowledged += record.data.decode().split()
            elif record.kind == "S":
                files[record.file].sync()
            else:
                files[record.file].since.append(record)
        at, loss = moment, _LOSSES[number % len(_LOSSES)]
        content = {name: file.after_cut(loss, chance) for name, file in files.items()}
        yield Image(content["d"], content["w"], frozenset(acknowledged), loss)
