"""``make bench``: the quick set one after the other, each in a process of its own.

``python -m bench [names] [--full] [--json]``: only the named ones; ``--full`` at the size of the documents' figures.
"""

import json
import subprocess
import sys
from pathlib import Path

#: name → arguments of the quick set, and of the full one
SETS: dict[str, tuple[list[str], list[str]]] = {
    "ciphers": (["50000"], []),
    "policy": (["200000"], []),
    "transition": (["10"], ["20"]),
    "people": (["30"], ["60"]),
    "pages": (["200000", "20000"], ["1000000", "100000"]),
    "search": (["100000"], ["1000000"]),
    "linkage": (["100000"], ["1000000"]),
    "index": (["50000", "50000"], ["1000000", "1000000"]),
    "ingest": (["200000"], ["1000000"]),
    "ingest_crash": (["4", "5000"], ["12", "20000"]),
    "indicators": (["2000000"], ["20000000"]),
    "indicators_measures": (["1000000"], ["10000000"]),
    "indicators_district": (["100000"], ["1130000"]),
    "control_chain": (["20000", "200000"], ["100000", "1000000"]),
    "warehouse": (["300000"], ["2000000"]),
    "explaining": (["50000", "6"], ["200000", "12"]),
    "dashboards": (["60", "14"], ["200", "36"]),
    "crash": (["12"], ["30"]),
}
#: print tables only
PLAIN = {"ciphers", "search"}
FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Run what was asked for; exit code 1 when a script failed."""
    options = {a for a in sys.argv[1:] if a.startswith("--")}
    if unknown := options - {"--full", "--json"}:
        sys.exit(f"unknown: {' '.join(unknown)}; there are --full and --json")
    names = [a for a in sys.argv[1:] if not a.startswith("--")] or list(SETS)
    if strangers := [name for name in names if name not in SETS]:
        sys.exit(f"unknown: {' '.join(strangers)}; there are {', '.join(SETS)}")
    documents, failed = [], []
    for name in names:
        arguments = SETS[name]["--full" in options]
        wanted = "--json" in options and name not in PLAIN
        command = [sys.executable, "-m", f"bench.{name}", *arguments, *(["--json"] if wanted else [])]
        done = subprocess.run(
            command, cwd=FOLDER.parent, stdout=subprocess.PIPE if "--json" in options else None, text=True, check=False
        )
        if done.returncode:
            failed.append(name)
        elif wanted:
            documents.append(json.loads(done.stdout))
    if "--json" in options:
        print(json.dumps(documents, ensure_ascii=False, indent=1))
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
