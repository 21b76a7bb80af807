"""Start the dashboard's server."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.settings import SeatwiseError, read_settings

APP = Path(__file__).with_name("app.py")
# What is chosen stands in it as text: 4.5 : 1 from its ground.
PRIMARY_COLORS = {"light": "#1b5cb8", "dark": "#9cc3ff"}


def main(port: int, address: str) -> int:
    """Serve the dashboard until it is interrupted, and return an exit code.

    It listens on this machine alone unless another address is given: who may read what is decided in front of it.
    Raises SeatwiseError, one line, where nothing has been published yet.
    """
    settings = read_settings()
    if not settings.published_file.is_file():
        raise SeatwiseError(f"{settings.published_file} does not exist: run make build")
    from streamlit.web import cli

    # Streamlit's watcher would read all of the project; its usage statistics would leave the machine.
    os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")
    cli.main(
        [
            "run",
            str(APP),
            "--server.headless=true",
            f"--server.port={port}",
            f"--server.address={address}",
            "--server.fileWatcherType=none",
            "--client.toolbarMode=minimal",
            "--client.showErrorDetails=none",
            *(f"--theme.{ground}.primaryColor={color}" for ground, color in PRIMARY_COLORS.items()),
        ],
        standalone_mode=False,
    )
    return 0
