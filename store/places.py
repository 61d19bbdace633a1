"""Where the database lies: its folder, its neighbours, and the disks that will not do."""

from __future__ import annotations

import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from copydesk.store.errors import CannotOpen, NetworkFileSystem

__all__ = ["make_owner", "prepare_folder", "refuse_network_file_system"]

_MOUNTS: Final = Path("/proc/mounts")
_NETWORK_TYPES: Final = frozenset({
    "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
})  # fmt: skip
_LONGEST_HOST_NAME: Final = 24


def make_owner() -> str:
    """A name for this process as the holder of claims: host, process id and something random, fit for a file name."""
    host = re.sub(r"[^A-Za-z0-9-]+", "-", socket.gethostname())[:_LONGEST_HOST_NAME]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


def prepare_folder(path: Path) -> Path:
    """Make the database's folder, which version control ignores, and in it the one for bells and locks: returns that.

    A folder that exists already and is not called `.copydesk` is the user's own: nothing is written into it
    but the database and `run`.
    """
    folder = path.parent
    try:
        ours = _make_private(folder) or folder.name == ".copydesk"
        run = folder / "run"
        _make_private(run)
        if ours:
            with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="ascii") as file:
                file.write("*\n")
    except OSError as error:
        message = f"The folder {folder} of the database cannot be used: {error.strerror}. Choose another place."
        raise CannotOpen(message) from error
    return run


def refuse_network_file_system(path: Path, *, mounts: Path = _MOUNTS) -> None:
    """Raise `NetworkFileSystem` if the path is known to be on one. Only Linux says."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    kind = _mounted_kind(path, lines)
    if kind in _NETWORK_TYPES:
        message = (
            f"{path} is on a network file system ({kind}), where locks do not hold. "
            "Choose a path on a local disk, for example with COPYDESK_DATABASE."
        )
        raise NetworkFileSystem(message)


def _mounted_kind(path: Path, lines: list[str]) -> str:
    """The file system type of the deepest mount point above the path; of two at one point, the later covers."""
    depth, kind = -1, ""
    for line in lines:
        _, point, candidate, *_ = line.split(" ")
        mount = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point))
        if path.is_relative_to(mount) and len(mount.parts) >= depth:
            depth, kind = len(mount.parts), candidate
    return kind


def _make_private(folder: Path) -> bool:
    """Whether it had to be made."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return False
    return True
