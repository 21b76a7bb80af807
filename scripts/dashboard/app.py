"""What Streamlit runs: the dashboard, from wherever it was started."""

from __future__ import annotations

import sys
from pathlib import Path

# Streamlit runs this file by its path, so the project's folder is not among those that it imports from.
sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.dashboard.frame import main

main()
