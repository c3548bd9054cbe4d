"""NeuroSim's network CSV: eight whole numbers per layer, without a head.

Length and width of the input, channels, length and width of the kernel, number of kernels, whether
pooling follows, stride. NeuroSim counts (length - kernel + 1) / stride positions, so the length
written here is that of a padded input which gives exactly the positions of the model.
"""

from __future__ import annotations

from cmn_core.errors import FieldError
from cmn_core.models.exchange.rows import Changing, LeftOut, Weighted, rows_of
from cmn_core.models.layers import SCHEMA, Model

MAX_BYTES = 1_000_000
COLUMNS = (7, 8)  # older files have no stride


def write_neurosim(model: Model) -> tuple[str, list[str]]:
    """The network, and what it leaves out or says differently."""
    left_out, lines = LeftOut(), []
    for row in rows_of(model, left_out):
        reason = _unsayable(row)
        if reason is not None:
            kind = "dynamic_product" if isinstance(row, Changing) else "convolution"
            left_out.add(kind, reason)
        elif isinstance(row, Weighted):
            lines.append(_line(row))
    if not lines:
        raise FieldError("model", "no layer with weights", "NeuroSim's network needs one")
    said = ["pooling is written as none, so its buffers are missing there"]
    return "\n".join(lines) + "\n", [*left_out.sentences, *said]


def _unsayable(row: Weighted | Changing) -> str | None:
    if isinstance(row, Changing):
        return "NeuroSim has no product of two activations"
    if row.groups > 1:
        return "NeuroSim has no groups"
    if len(row.kernel) > 2:
        return "NeuroSim has no third axis"
    if len(set(row.stride)) > 1:
        return "NeuroSim has one stride for both axes"
    return None


def _line(row: Weighted) -> str:
    kernel, where, stride = (*row.kernel, 1)[:2], list((*row.map, 1)[:2]), row.stride[0]
    where[0] *= row.images
    sides = [n * stride + k - 1 for n, k in zip(where, kernel, strict=True)]
    if len(row.map) == 1:
        sides[1] = stride  # one position beside each
    return ",".join(map(str, (*sides, row.channels, *kernel, row.outputs, 0, stride)))


def read_neurosim(raw: bytes, name: str) -> Model:
    """Model of a network; FieldError that names the line and what is wrong with it."""
    from cmn_core.models.file import parse_model

    if len(raw) > MAX_BYTES:
        raise FieldError(name, f"{len(raw):,} bytes", f"at most {MAX_BYTES:,} are read")
    layers, pooled = [], 0
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FieldError(name, "no UTF-8 text", "a NeuroSim network is expected") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            layers.append(_layer(line, f"line {number}"))
            pooled += int(line.split(",")[6]) > 0
    if not layers:
        raise FieldError(name, "no layer", "a NeuroSim network is expected")
    head = {"schema": SCHEMA, "name": name.rsplit(".", 1)[0][-60:] or "network"}
    note = f"pooling after {pooled} of its layers is not priced" if pooled else None
    return parse_model({**head, "source": "NeuroSim network", "note": note, "layers": layers})


def _layer(line: str, where: str) -> dict[str, object]:
    cells = [cell.strip() for cell in line.split(",")]
    while cells and not cells[-1]:
        cells.pop()
    whole = all(c.isascii() and c.isdigit() and len(c) <= 8 for c in cells)
    if len(cells) not in COLUMNS or not whole:
        allowed = "seven or eight whole numbers with commas between are expected"
        raise FieldError(where, f"found '{line.strip()}'", allowed)
    length, width, channels, kernel_length, kernel_width, kernels, _, stride = (
        *map(int, cells),
        1,
    )[:8]
    step = max(1, stride)
    where_to = [
        max(1, -(-(n - k + 1) // step)) for n, k in ((length, kernel_length), (width, kernel_width))
    ]
    if kernel_length > length or kernel_width > width:
        found = f"a kernel of {kernel_length} x {kernel_width} on {length} x {width}"
        raise FieldError(where, found, "a kernel that fits its input is expected")
    return {
        "kind": "convolution",
        "name": where,
        "channels": channels,
        "outputs": kernels,
        "kernel": [kernel_length, kernel_width],
        "map": where_to,
        "stride": [step, step],
    }
