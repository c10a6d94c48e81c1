"""Checksums of files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_sources(root: Path, folders: Iterable[str], text: str = "") -> str:
    """SHA-256, in hex, of `text` and of all source files in folders of `root`, names and bytes."""
    digest = hashlib.sha256(text.encode())
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".sv", ".svh", ".f", ".py", ".cpp", ".rdl"}:
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
