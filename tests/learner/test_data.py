"""The data is there, is what its sources say it is, and says so when it is not."""

import shutil

import numpy as np
import pytest

from utils import data


def test_the_plays_are_whole():
    text = data.shakespeare()
    assert len(text) > 1_100_000 and len(set(text)) == 80
    places = [text.index(line) for line in ("TRAGEDY OF CORIOLANUS", "To be, or not to be",
                                            "A pound of that same merchant's flesh")]  # fmt: skip
    assert places == sorted(places)


def test_names_are_plain_and_each_comes_once():
    names = data.names()
    assert names == sorted(set(names)) and len(names) > 5000
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)


def test_the_series_are_complete_and_evenly_spaced():
    years, yearly = data.sunspots_yearly()
    months, monthly = data.sunspots_monthly()
    assert (years[0], years[-1], len(yearly)) == (1700, 2008, 309)
    assert len(monthly) == 12 * (2008 - 1749 + 1)
    assert np.allclose(np.diff(years), 1) and np.allclose(np.diff(months), 1 / 12)
    assert min(yearly.min(), monthly.min()) >= 0
    # two records of the same sun: from 1749 on the yearly value is the mean of its months
    means = monthly.reshape(-1, 12).mean(axis=1)
    assert np.abs(means - yearly[years >= 1749]).max() < 0.5


def test_a_changed_or_missing_file_is_named_with_the_way_out(tmp_path, monkeypatch):
    place = tmp_path / "utils" / "data"
    shutil.copytree(data.HERE, place)
    monkeypatch.setattr(data, "HERE", place)
    (place / "names.txt").write_text("ada\n")
    with pytest.raises(data.DataError, match=r"names\.txt is not the file.*git checkout"):
        data.names()
    (place / "shakespeare.txt").unlink()
    with pytest.raises(data.DataError, match=r"shakespeare\.txt cannot be read"):
        data.shakespeare()
