"""Where the files that come with the project lie: technologies, weights, tables, examples, texts,
and the app itself.

In a checkout they are its folders assets/ and pages/ and its app.py; in an installed package the
same lie within it, as assets/ and app/ (the mapping is in pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # from here `python -m cmn_core` is this package
INSTALLED = (PACKAGE / "assets").is_dir()
ASSETS = PACKAGE / "assets" if INSTALLED else ROOT / "assets"
APP = PACKAGE / "app" if INSTALLED else ROOT  # app.py, pages/, .streamlit/
