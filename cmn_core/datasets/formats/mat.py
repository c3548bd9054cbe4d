"""Arrays from MATLAB files: version 5 (small tables) through scipy, version 7.3 (HDF5) by h5py."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.errors import FieldError

HDF5 = b"\x89HDF\r\n\x1a\n"


def is_hdf5(path: Path) -> bool:
    """MATLAB 7.3 files carry a text block of 512 bytes before the HDF5 signature."""
    with path.open("rb") as file:
        head = file.read(520)
    return head.startswith(HDF5) or head[512:] == HDF5


def numbers(path: Path, names: tuple[str, ...], field: str = "data") -> Ints:
    """The first of these arrays that the file has, flat, as whole numbers."""
    try:
        if is_hdf5(path):
            import h5py

            with h5py.File(path, "r") as file:
                arrays = {n: np.asarray(file[n]) for n in names if n in file}
        else:
            from scipy.io import loadmat

            arrays = loadmat(path, variable_names=list(names))
    except Exception as error:  # both readers raise whatever a damaged file makes them meet
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise FieldError(
            field, f"{path.name} cannot be read ({reason})", "a whole MATLAB file is expected"
        ) from None
    for name in names:
        if name in arrays:
            values = np.asarray(arrays[name]).ravel()
            if values.dtype.kind in "uif" and (values == np.floor(values)).all():
                return values.astype(np.int64)
    raise FieldError(
        field, f"{path.name} has no whole numbers '{names[0]}'", f"{' or '.join(names)} is expected"
    )
