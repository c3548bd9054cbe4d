"""File systems told apart from the text of /proc/mounts, as machines print it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs import filesystem
from cmn_core.runs.filesystem import mount_of, remote_type
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.store import Store

TABLE = """\
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
/dev/nvme0n1p2 / ext4 rw,relatime,errors=remount-ro 0 0
tmpfs /run tmpfs rw,nosuid,nodev,size=1609484k,mode=755 0 0
fs.example.org:/export/users /users nfs4 rw,relatime,vers=4.2,rsize=1048576,hard,proto=tcp 0 0
//nas/share\\040of\\040all /mnt/share\\040of\\040all cifs rw,relatime,vers=3.1.1 0 0
me@host:/data /mnt/ssh fuse.sshfs rw,nosuid,nodev,relatime,user_id=1000,group_id=1000 0 0
/dev/sdb1 /mnt/disk fuseblk rw,relatime,user_id=0,group_id=0,allow_other 0 0
/dev/sdc1 /users/local xfs rw,relatime 0 0
overlay /var/lib/x/merged overlay rw,lowerdir=/a,upperdir=/b,workdir=/c 0 0
C:\\134 /mnt/c 9p rw,noatime,aname=drvfs;path=C:\\ 0 0
tmpfs /hidden tmpfs rw 0 0
server:/x /hidden nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "mount", "kind"),
    [
        ("/srv/cmn", "/", "ext4"),
        ("/users/ann/cmn", "/users", "nfs4"),
        ("/users/local/cmn", "/users/local", "xfs"),
        ("/usersother", "/", "ext4"),
        ("/mnt/share of all/cmn", "/mnt/share of all", "cifs"),
        ("/mnt/c/Users", "/mnt/c", "9p"),
        ("/hidden", "/hidden", "nfs"),
    ],
)
def test_the_longest_mount_counts_and_the_last_of_equals(path: str, mount: str, kind: str) -> None:
    assert mount_of(Path(path), TABLE) == (Path(mount), kind)


@pytest.mark.parametrize("table", ["", "\n", "x\n", "a b\n", "\\999 \\ \\ \n"])
def test_what_cannot_be_read_is_unknown(table: str) -> None:
    assert mount_of(Path("/srv"), table) == (Path("/"), "")


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        *((kind, True) for kind in ("nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "fuse.rclone")),
        *((kind, False) for kind in ("ext4", "btrfs", "tmpfs", "overlay", "zfs", "fuseblk")),
        ("fuse.fuse-overlayfs", False),
    ],
)
def test_which_are_refused(
    kind: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nsomething {tmp_path.resolve()} {kind} rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", table)
    assert remote_type(tmp_path / "home") == (kind if refused else None)
    table.write_text(f"root / {kind} rw 0 0\n")
    assert remote_type(tmp_path / "home") is None, "a container's root is its own"


def test_a_store_on_a_network_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    table, home = tmp_path / "mounts", tmp_path / "home"
    table.write_text(f"server:/x {tmp_path.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", table)
    filesystem.known_remote.cache_clear()
    store = Store(home / "runs.sqlite")
    assert store.list_runs() == [], "to read what is not there needs no disk"
    with pytest.raises(StoreError, match=r"network file system \(nfs4\)") as refused:
        store.create(settings)
    assert "set CMN_HOME to a directory on a disk of this machine" in str(refused.value)
    assert not home.exists()
    home.mkdir()
    store.path.write_bytes(b"")
    with pytest.raises(StoreError, match="nfs4"):
        store.list_runs()
    filesystem.known_remote.cache_clear()


def test_this_machine_can_hold_a_store(tmp_path: Path) -> None:
    assert remote_type(tmp_path) is None
