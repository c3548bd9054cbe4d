"""Freed tensors stay with the process instead of going back to the system and being asked again."""

from __future__ import annotations

import ctypes
from functools import cache

# Numbers of glibc's malloc.h: no memory maps of their own for large blocks, and a heap that is not
# trimmed. By default a tensor of some megabytes is mapped and unmapped at every use, and a step
# spends its time on page faults: 160 images took 5.0 s of processor time and take 3.4 s; an epoch
# of training on two cores took 51 s and takes 10 s.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


@cache
def keep_memory() -> bool:
    """Tell the C library so, once per process; False where it is another one than glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, _NEVER))
