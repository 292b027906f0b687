"""Removes a folder, however a stranger has filled it."""

from __future__ import annotations

import contextlib
import os


def remove(place: str) -> None:
    """Remove `place` and all below it as far as that is possible; raises nothing.

    `shutil.rmtree` calls itself for every level, which a folder a thousand levels deep turns into
    an error, and its paths may get longer than the system takes. Here what lies two levels deep is
    moved up one, until there is nothing below the first. Links are removed, not followed.
    """
    with contextlib.suppress(OSError):
        top = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            while names := os.listdir(top):
                if not any([_one(top, name) for name in names]):
                    break
        finally:
            os.close(top)
        os.rmdir(place)


def _one(top: int, name: str) -> bool:
    """Remove an entry, or empty it by one level. Whether anything was done."""
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=top)
        return True
    with contextlib.suppress(OSError):  # so it is a folder
        os.rmdir(name, dir_fd=top)
        return True
    done = False
    with contextlib.suppress(OSError):
        os.chmod(name, 0o700, dir_fd=top)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
        try:
            for child in os.listdir(inner):
                new = os.urandom(8).hex()
                os.rename(child, new, src_dir_fd=inner, dst_dir_fd=top)
                done = True
        finally:
            os.close(inner)
    return done
