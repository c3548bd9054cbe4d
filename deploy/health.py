"""Exit 0 when the app answers on its own health route, 1 with one line when it does not.

Port and base path are those that Streamlit takes from its environment variables.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 8.0


def main() -> int:
    port = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    address = f"http://127.0.0.1:{port}/{base}{'/' if base else ''}_stcore/health"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            healthy = answer.status == 200 and answer.read(16) == b"ok"
    except (urllib.error.URLError, OSError, ValueError) as error:
        sys.stderr.write(f"{address}: {error}\n")
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
