"""Compare what is installed with the known vulnerabilities: 0 none, 1 some, 3 if that could not be found out.

pip-audit by itself reports success when the service knows none of the packages, or skips them.
"""

from __future__ import annotations

import json
import subprocess
import sys

OWN = "copydesk"
SECONDS = 300


def main() -> int:
    """Run pip-audit and judge what it says, not how it ends."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        packages = json.loads(told.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        return _end(3, f"Nothing was audited: the vulnerability service did not answer ({type(error).__name__}).")
    found = [f"{one['name']} {one['version']}: {each['id']}" for one in packages for each in one.get("vulns", ())]
    if found:
        return _end(1, "Known vulnerabilities:\n" + "\n".join(found))
    skipped = [one["name"] for one in packages if "skip_reason" in one and one["name"] != OWN]
    if skipped:
        return _end(3, f"{len(skipped)} of {len(packages)} packages were not audited: the service does not know them.")
    return _end(0, f"{len(packages)} packages, no known vulnerability.")


def _end(status: int, sentence: str) -> int:
    sys.stderr.write(f"audit: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
