"""The one command: `python -m scripts --help`."""

import sys

from scripts.cli import main

if __name__ == "__main__":
    sys.exit(main())
