"""Time, as something that can be handed in: the wall clock for people, the boot clock for leases."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import time
from pathlib import Path
from typing import Protocol

if sys.platform == "win32":
    import winreg

__all__ = ["Clock", "SystemClock"]

_LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NO_BOOT_ID = "unknown"


class Clock(Protocol):
    """Two clocks in milliseconds. Boot times compare only where the boot ids are equal."""

    @property
    def boot_id(self) -> str:
        """Names this start of the machine: the same for all its processes, another after a restart."""
        ...

    def now(self) -> int:
        """Milliseconds since the epoch. People and daylight may set it back."""
        ...

    def boot(self) -> int:
        """Milliseconds since the machine started, sleep included. Never goes back."""
        ...


class SystemClock:
    """The clocks of this machine."""

    def __init__(self) -> None:
        self.boot_id = _read_boot_id()

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def boot(self) -> int:
        if self.boot_id == _NO_BOOT_ID:
            # A restart goes unseen here, so a clock that begins anew at each start would keep old leases alive.
            return self.now()
        return _boot_nanoseconds() // 1_000_000


def _boot_nanoseconds() -> int:
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    elif sys.platform == "win32":  # noqa: RET505  (the type checker follows platforms through branches only)
        return time.monotonic_ns()
    else:  # Darwin's CLOCK_MONOTONIC counts sleep; Python's own monotonic clock does not.
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def _read_boot_id() -> str:
    try:
        if sys.platform == "linux":
            return _LINUX_BOOT_ID.read_text(encoding="ascii").strip()
        elif sys.platform == "darwin":  # noqa: RET505  (the type checker follows platforms through branches only)
            return _kernel_text(b"kern.bootsessionuuid")
        elif sys.platform == "win32":
            return _windows_boot_count()
        else:
            return _NO_BOOT_ID
    except OSError:  # A sandbox may hide it.
        return _NO_BOOT_ID


def _kernel_text(name: bytes) -> str:
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    text = ctypes.create_string_buffer(128)
    size = ctypes.c_size_t(len(text))
    if library.sysctlbyname(name, text, ctypes.byref(size), None, 0) != 0:
        raise OSError(ctypes.get_errno(), "sysctlbyname")
    return text.value.decode("ascii")


if sys.platform == "win32":

    def _windows_boot_count() -> str:
        path = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            return f"boot-{winreg.QueryValueEx(key, 'BootId')[0]}"
