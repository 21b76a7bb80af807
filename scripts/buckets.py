"""Buckets: where a landing may lie and where a publication may go, opened through fsspec (s3://, gs://, az://).

Credentials come from where the cloud's own tools find them: the environment, their files, the machine. None is ever
taken from a URL, and what a library says of an error, which may quote a request, is never passed on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import fsspec

from scripts.settings import ConfigurationError, SeatwiseError

# The extra of pyproject.toml has the scheme's name.
LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}

# What the libraries raise beside OSError, by the modules that define it: none is imported that was not needed.
LIBRARY_ERRORS = {
    "aiohttp": ("ClientError",),
    "azure.core.exceptions": ("AzureError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
}


def is_bucket(text: str) -> bool:
    """Tell whether a text is a URL and no path."""
    return "://" in text


def checked_url(name: str, text: str) -> str:
    """Return the URL of a bucket and a prefix without a slash at its end; `name` is the variable that holds it.

    Raises ConfigurationError, one line, for a URL of another kind, and where its library is not installed.
    """
    scheme, _, rest = text.partition("://")
    bucket, _, prefix = rest.strip("/").partition("/")
    if scheme not in LIBRARIES:
        known = ", ".join(f"{scheme}://" for scheme in LIBRARIES)
        raise ConfigurationError(f"{name} begins with {scheme}://: give a folder, or a bucket as one of {known}")
    if "@" in bucket or "?" in rest:
        # Not told back: what stands there may be a key.
        raise ConfigurationError(
            f"{name} holds more than a bucket and a prefix: credentials belong into the environment"
        )
    if not bucket:
        raise ConfigurationError(f"{name} is '{text}': give the name of a bucket, as {scheme}://bucket/prefix")
    if find_spec(LIBRARIES[scheme]) is None:
        raise ConfigurationError(
            f"{name} is a bucket of {scheme}://, which needs {LIBRARIES[scheme]}:"
            f" install the extra '{scheme}' (.venv/bin/uv pip install -r pyproject.toml --extra {scheme})"
        )
    return f"{scheme}://{bucket}/{prefix}".rstrip("/")


def open_bucket(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a checked URL and the path in it; each call asks the bucket anew."""
    fs = fsspec.filesystem(url.partition("://")[0], skip_instance_cache=True, use_listings_cache=False)
    return fs, fs._strip_protocol(url)


@contextmanager
def bucket_errors(url: str) -> Iterator[None]:
    """Turn what goes wrong with a bucket into a SeatwiseError of one line that names it."""
    try:
        yield
    except bucket_error_types() as error:
        raise SeatwiseError(f"{url}: {reason(error)}") from None


def bucket_error_types() -> tuple[type[Exception], ...]:
    """Return the errors that file systems of buckets raise, of the libraries in use."""
    libraries = ((sys.modules[module], names) for module, names in LIBRARY_ERRORS.items() if module in sys.modules)
    return OSError, *(getattr(module, name) for module, names in libraries for name in names)


def reason(error: BaseException) -> str:
    """Say what is wrong and what to do; of the error only its kind is told, never its text."""
    kind = error_code(error) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "there is no such bucket, or nothing in it under this prefix"
    if "Credential" in kind:
        return (
            f"no credentials were found ({kind}): give them as the cloud's own tools take them,"
            " such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if isinstance(error, PermissionError):
        return f"access was refused ({kind}): check the credentials and what they may do"
    return f"the bucket does not answer as it should ({kind}): check the network and its address, then run again"


def error_code(error: BaseException) -> str:
    """Return the code that the service answered with, such as AccessDenied; blank where it did not answer."""
    response: Any = getattr(error.__cause__ or error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
