"""Networks as their own libraries export them, with random weights, through `model FILE.onnx`.

    python benchmarks/onnx_networks.py
    python benchmarks/onnx_networks.py --only resnet18,bert-base --json found.json

Beside ours stands an independent count, torch.utils.flop_counter over a run of the module itself.
Exit 1 where multiply-accumulates differ by more than 1 %, or a network takes 5 s or 1 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.rivals.exported import NETWORKS, Exported

MOST_OFF, MOST_SECONDS, MOST_MB = 0.01, 5.0, 1000.0
ROOT = Path(__file__).resolve().parents[1]
OPSET = 17
# A small process between: a child begins with its parent's peak of memory, which here holds torch.
WATCH = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
found = {"seconds": time.perf_counter() - started, "memory_mb": used.ru_maxrss / 1e3}
sys.stderr.write(json.dumps({**found, "cpu_seconds": used.ru_utime + used.ru_stime}))
sys.exit(code)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Price networks that others export.")
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--json", type=Path, help="write the rows there")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(NETWORKS)
    warnings.filterwarnings("ignore")
    rows = []
    print(f"{'network':24} {'GMAC':>9} {'theirs':>9} {'off %':>7} {'nodes':>6} {'s':>6} {'MB':>6}")
    for name in names:
        try:
            row = measure(name, NETWORKS[name]())
        except Exception as error:  # a library that cannot export is a row, not the end
            traceback.print_exc(limit=3)
            row = {"network": name, "why_not": f"{type(error).__name__}: {str(error)[:200]}"}
        rows.append(row)
        print(line(row), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(row.get("passed") for row in rows) else 1


def measure(name: str, case: Exported) -> dict[str, object]:
    """The network exported, counted, and priced in a process of its own."""
    torch.manual_seed(0)
    module = case.module.eval()
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):
        with FlopCounterMode(display=False) as counter:
            module(*case.inputs)
        theirs = counter.get_total_flops() / 2
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.onnx"
            torch.onnx.export(module, case.inputs, str(path), dynamo=False, opset_version=OPSET)
            return {"network": name, "theirs": theirs, **price(path, theirs)}


def price(path: Path, theirs: float) -> dict[str, object]:
    """What `model` says, with its seconds and peak of memory."""
    command = [sys.executable, "-m", "cmn_core", "model", str(path), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *command], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        return {"why_not": done.stderr.strip()[-400:]}
    answer, used = json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])
    seconds, memory_mb = used["seconds"], used["memory_mb"]
    off = answer["macs"] / theirs - 1.0
    passed = abs(off) <= MOST_OFF and seconds <= MOST_SECONDS and memory_mb <= MOST_MB
    return {
        "macs": answer["macs"],
        "off": off,
        "nodes": len(answer["operators"]),
        "layers": len(answer["layers"]),
        "energy_uj": answer["energy_uj"],
        "latency_us": answer["latency_us"],
        "area_mm2": answer["area_mm2"],
        "seconds": seconds,
        "cpu_seconds": used["cpu_seconds"],
        "memory_mb": memory_mb,
        "file_mb": path.stat().st_size / 1e6,
        "passed": passed,
    }


def line(row: dict[str, object]) -> str:
    if "why_not" in row:
        return f"{row['network']:24} {row['why_not']}"
    return (
        f"{row['network']:24} {row['macs'] / 1e9:9.4f} {row['theirs'] / 1e9:9.4f}"  # type: ignore[operator]
        f" {100 * row['off']:7.3f} {row['nodes']:6} {row['seconds']:6.2f} {row['memory_mb']:6.0f}"  # type: ignore[operator]
        f"{'' if row['passed'] else '  !'}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
