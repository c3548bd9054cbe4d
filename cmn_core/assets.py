"""Where the files that come with the project lie: technologies, weights, tables, examples, texts.

In a checkout they are its folder assets/, in an installed package the same folder within it.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = (PACKAGE / "assets").is_dir()
ASSETS = PACKAGE / "assets" if INSTALLED else PACKAGE.parent / "assets"
