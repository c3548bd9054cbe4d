"""docs/reproduction.md, claim by claim, out of the stored studies."""

from __future__ import annotations

from cmn_core.studies.claims import ClaimVerdict, judged
from cmn_core.studies.result import Result, stored

COMMAND = "python -m cmn_core study report > docs/reproduction.md"
HEAD = f"""# The paper's claims, run again

What appendices C to G of the paper claim, beside what our studies find. This page is generated
from `assets/studies`, and a test keeps it so:

```
{COMMAND}
```

The cells of Tables G1 and G2, the abstract's savings and the constants fitted to them are in
[paper.md](paper.md); circuits in [silicon.md](silicon.md); noise and quantisation in
[nonideal.md](nonideal.md).

Each study is one command, `python -m cmn_core study NAME --out assets/studies/NAME.json` (noise
needs `--data val.npz`, compression `--data FOLDER` with train.npz and test.npz), goes on where it
was interrupted, and is checked by `study NAME --check`. Results name the simulator, the predictor
and the weights they were made with; those made with other weights than the ones that ship are
marked as stale by `--check`.

Where the paper gives a picture or a sentence, no gap can be stated; then the claim is in words and
the last columns say whether ours bears it out and why.
"""
TITLES = {
    "hybrid": "Figure C1: hybrid chips",
    "silicon": "Figure D1: simulator and circuits",
    "discrepancy": "Figure D2: a simulator that is wrong",
    "noise": "Figure E1: noise of RRAM cells",
    "scaling": "Figures F1 and F2: larger models",
    "compression": "Tables G1 and G2: quantisation, distillation, search",
}


def report() -> str:
    """The page as Markdown."""
    parts = [HEAD, _overview()]
    for name, title in TITLES.items():
        result = stored(name)
        parts.append(f"## {title}\n")
        if result is None:
            parts.append(f"No result is stored yet: `python -m cmn_core study {name}`.\n")
            continue
        parts += [_verdict(v) for v in judged(result)]
        parts.append(made_with(result) + "\n")
    return "\n".join(parts)


def _overview() -> str:
    lines = ["| claim | borne out |", "| --- | --- |"]
    for name in TITLES:
        result = stored(name)
        if result is not None:
            lines += [f"| {v.claim} | {v.holds} |" for v in judged(result)]
    return "\n".join(lines) + "\n"


def _verdict(v: ClaimVerdict) -> str:
    rows = (
        ("printed", v.printed),
        ("ours", v.ours),
        ("gap", v.gap),
        ("borne out", v.holds),
        ("explained", v.explained),
    )
    table = "\n".join(f"| {name} | {text} |" for name, text in rows)
    return f"**{v.claim}**\n\n| | |\n| --- | --- |\n{table}\n"


def made_with(result: Result) -> str:
    """One sentence: command, settings, versions, machine, time."""
    settings = ", ".join(
        f"{name} {_words(value)}"
        for name, value in result.settings.items()
        if not isinstance(value, dict)
    )
    versions = ", ".join(f"{name} {value}" for name, value in result.versions.items())
    machine = f"{result.machine['processor']}, {result.machine['cores']} cores"
    return (
        f"Made by `study {result.name}` on {result.started[:10]}: {settings}. {versions}."
        f" {len(result.rows)} rows in {result.cpu_seconds:.0f} s of processor time, one thread"
        f" ({result.seconds:.0f} s by the clock; {machine})."
    )


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
