"""The data of units 13, 14 and 22: text, time series, chords that lie beside this file.

Where each file comes from, under which licence, and what was done to it stands in `SOURCES.md`.
Every file is checked against its SHA-256 when it is read: results are those of this very data.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np

__all__ = [
    "DataError",
    "chords",
    "elnino",
    "names",
    "sentences",
    "shakespeare",
    "sunspots_monthly",
    "sunspots_yearly",
]

HERE = Path(__file__).resolve().parent
SHA256 = {
    "chords.txt": "a5977bce7b7a009b1af9e8a0d981fc62cabf12ec1aadfeccdd3f796bef1bbc4d",
    "elnino.csv": "dbfd1f1e4991ed383daf8286b7c7237bb05c4cbf42b932b5a3ed7888baf99d96",
    "names.txt": "cba14f452b7768bd7fe093035a67491d4a334061634ccfd51522fb796910e75e",
    "sentences.txt": "81cd23ea809465d47b0bea7793de5870d3c781338af7d4c66c8f164bb9525f3b",
    "shakespeare.txt": "edd0fd5b0c689e9460fd12b0159ddf04cd4ed2fce478151f76cc0848e6fcc85a",
    "sunspots_monthly.csv": "a9730a5a0626d1d6b92ebe394763f9be49d98031e786558baa9bf23393ff02c3",
    "sunspots_yearly.csv": "a7459ac790a1e40cf4b78b44fdf8248c9a0514ed672ec42cc555f4e8ddcbfd1b",
}


class DataError(Exception):
    """A data file that is missing or not the one the course was written with; says what to do."""


def shakespeare() -> str:
    """Eight plays, one after the other: about 1.1 million characters, 80 different ones."""
    return _text("shakespeare.txt")


def names() -> list[str]:
    """First names in lower case, in alphabetical order, each once."""
    return _text("names.txt").split()


def sunspots_yearly() -> tuple[np.ndarray, np.ndarray]:
    """(years, yearly mean sunspot number), float64, 1700 to 2008."""
    rows = _rows("sunspots_yearly.csv")
    return np.array([float(year) for year, _ in rows]), np.array([float(s) for _, s in rows])


def sunspots_monthly() -> tuple[np.ndarray, np.ndarray]:
    """(time in years, monthly mean sunspot number), float64, 1749 to 2008.

    The time of a month is its middle: January 1749 is 1749 + 1/24.
    """
    rows = _rows("sunspots_monthly.csv")
    months = [month.split("-") for month, _ in rows]
    when = np.array([int(year) + (int(month) - 0.5) / 12 for year, month in months])
    return when, np.array([float(s) for _, s in rows])


def elnino() -> tuple[np.ndarray, np.ndarray]:
    """(months since January 1950, temperature in °C), of the sea off Peru, to December 2010."""
    rows = _rows("elnino.csv")
    return np.arange(len(rows)), np.array([float(celsius) for _, celsius in rows])


def sentences() -> list[str]:
    """3,000 sentences made by rule, whose verbs agree with their subjects; short ones repeat."""
    return _text("sentences.txt").splitlines()


def chords() -> list[np.ndarray]:
    """300 pieces made by rule, each (T, 4): the MIDI numbers of four voices at every step."""
    pieces = (line.split() for line in _text("chords.txt").splitlines())
    return [np.array([chord.split("-") for chord in piece], dtype=int) for piece in pieces]


def _rows(name: str) -> list[list[str]]:
    return list(csv.reader(_text(name).splitlines()))[1:]


def _text(name: str) -> str:
    path = HERE / name
    put_back = f"put it back with `git checkout -- {path.relative_to(HERE.parent.parent)}`"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): {put_back}") from None
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise DataError(f"{path} is not the file this course was written with: {put_back}")
    return data.decode()
