"""Tries seeds: writes a nasty landing, builds it, compares every mart with the reference.

python -m tests.python.reference 1 2 3 [--accounts 12] [--months 4] [--folder DIR] [--examples 3]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
# The tests' own modules import each other by name, as pytest lets them.
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[3])]

from building import build  # noqa: E402

from .compare import compare, show  # noqa: E402
from .nasty import options_of, told_in, write  # noqa: E402


def try_seed(seed: int, folder: Path, given: argparse.Namespace) -> bool:
    """Build one seed and print how each mart compares; tell whether all agree (no rule)."""
    landing = folder / "landing"
    as_of = write(landing, seed, given.accounts, given.months)
    options = options_of(seed)
    built = build(landing, as_of, folder, **told_in(seed))
    differences = compare(landing, as_of, built.database, options=options)
    print(f"seed {seed}, as of {as_of}, {options}")
    for difference in differences:
        if given.all or not difference.is_clean:
            print(show(difference, given.examples))
    return all(difference.is_clean for difference in differences)


def main() -> int:
    """Try the seeds of the command line; 1 when one of them differs (no rule)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--accounts", type=int, default=12)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--examples", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the landings and databases stay, a folder a seed")
    parser.add_argument("--all", action="store_true", help="name the marts that agree too")
    given = parser.parse_args()
    agree = True
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            agree &= try_seed(seed, (given.folder or Path(scratch)) / f"seed-{seed}", given)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
