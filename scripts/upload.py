"""Put a publication into a bucket, for readers elsewhere: a folder of its own first, what points to it last.

    <prefix>/parquet/<version>/<mart>.parquet    never changed, never removed
    <prefix>/parquet/<version>/seatwise.manifest.json
    <prefix>/seatwise.manifest.json              the only object that is replaced

An object of a bucket appears whole or not at all, so who follows the manifest sees one whole publication.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fsspec

from scripts.buckets import bucket_errors, open_bucket
from scripts.settings import SeatwiseError, Settings


def upload(settings: Settings, manifest: Mapping[str, Any]) -> str:
    """Upload what was just published and return the URL of its manifest; the caller holds the warehouse's lock.

    Raises SeatwiseError, one line; the bucket's manifest is then what it was before, and so is the warehouse.
    """
    url = settings.publish_to
    version = Path(manifest["parquet_folder"]).name
    folder = f"parquet/{version}"
    files = sorted((settings.warehouse / manifest["parquet_folder"]).glob("*.parquet"))
    told = {name: value for name, value in manifest.items() if name != "file"} | {
        "parquet_folder": folder,
        "parquet_files": [{"name": file.name, "bytes": file.stat().st_size} for file in files],
    }
    text = (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
    try:
        with bucket_errors(url):
            fs, root = open_bucket(url)
            for file in files:
                put(fs, file, f"{root}/{folder}/{file.name}")
            fs.pipe_file(f"{root}/{folder}/{settings.manifest_file.name}", text)
            fs.pipe_file(f"{root}/{settings.manifest_file.name}", text)
    except SeatwiseError as error:
        raise SeatwiseError(
            f"{error}; published in {settings.warehouse} only, make publish tries again, readers of the bucket keep"
            " the publication before"
        ) from None
    return f"{url}/{settings.manifest_file.name}"


def put(fs: fsspec.AbstractFileSystem, file: Path, path: str) -> None:
    """Upload a file and make sure that all of it arrived."""
    fs.put_file(str(file), path)
    if fs.info(path)["size"] != file.stat().st_size:
        raise OSError(f"{path} is cut short")
