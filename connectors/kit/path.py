"""Ids in paths: those with which a path leads where it seems to."""

from __future__ import annotations


def fits_path(id_: str) -> bool:
    """Whether an id, which is a client's word, can stand in a path without leading elsewhere.

    What cannot is not found, and nobody need be asked for it: the source is not to blame. Servers decode
    `%2F` and drop `;…` before they resolve dots, and the parser beneath httpx takes a backslash for a slash.
    """
    return (
        id_ != "" and "\\" not in id_ and all(p.partition(";")[0] not in (".", "..") for p in id_.split("/"))
    )
