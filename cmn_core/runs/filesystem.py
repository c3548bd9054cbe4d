"""Which file system a directory is on: SQLite's WAL mode needs memory that all its users share.

Over a network, or through a program in user space, locks and shared memory do not hold what they
promise, and a store would be damaged without a word.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")  # Linux; elsewhere nothing is known and nothing is refused
_NFS = ("nfs", "nfs4")
_WINDOWS = ("cifs", "smb3", "smbfs", "drvfs")
_CLUSTERS = ("beegfs", "ceph", "glusterfs", "gpfs", "lustre", "ocfs2", "orangefs")
_GUESTS = ("9p", "prl_fs", "vboxsf", "vmhgfs")  # folders of the host in a virtual machine
_OLD = ("afs", "coda", "davfs", "ncpfs", "shfs")
REMOTE = frozenset({*_NFS, *_WINDOWS, *_CLUSTERS, *_GUESTS, *_OLD})
LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.portal", "fuse.lxcfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def remote_type(path: Path) -> str | None:
    """Name of the file system of that path, if SQLite cannot be trusted on it; else None.

    A machine's or a container's root is its own, whatever it is made of.
    """
    try:
        table = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        place = path.resolve()
    except (OSError, RuntimeError):
        return None
    mount, kind = mount_of(place, table)
    if mount == Path(place.anchor):
        return None
    remote = kind in REMOTE or (kind.startswith("fuse.") and kind not in LOCAL_FUSE)
    return kind if remote else None


def mount_of(path: Path, table: str) -> tuple[Path, str]:
    """Mount point and file system type of an absolute path, from the text of /proc/mounts; the
    root and an empty text if unknown."""
    found, kind = Path(path.anchor), ""
    for line in table.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        mount = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), words[1]))
        # Of two mounts on one directory the later one hides the other.
        if len(mount.parts) >= len(found.parts) and path.is_relative_to(mount):
            found, kind = mount, words[2]
    return found, kind


@cache
def known_remote(path: Path) -> str | None:
    """`remote_type`, asked once per process: a file system does not change under a store."""
    return remote_type(path)
