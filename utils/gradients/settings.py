"""Settings of a gradient check at which mistakes hide, as far as they can be seen from the arrays.

What can be seen: precision, step, sizes (where the axes are named), zeros. What cannot: whether the
loss really uses what it was given, and mistakes in the loss itself, which is the judge here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Array = np.ndarray
FEWEST = {"T": (4, "time steps: a mistake in what is carried over several steps goes unseen"),
          "N": (3, "examples: a sum over the batch taken for a mean goes unseen")}  # fmt: skip


def named_sizes(arrays: Mapping[str, Array], axes: Mapping[str, str]) -> dict[str, int]:
    """letter → size, from {"x": "T N D"}. Raises ValueError where names and shapes do not agree."""
    sizes: dict[str, int] = {}
    for name, letters in axes.items():
        if name not in arrays:
            continue
        shape, words = np.shape(arrays[name]), letters.split()
        if len(words) != len(shape):
            raise ValueError(f"axes: {name} has shape {shape}, which is not {letters!r}")
        for letter, size in zip(words, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(
                    f"axes: {letter} is {size} in {name} but {sizes[letter]} elsewhere"
                )
    return sizes


def unsound(
    params: Mapping[str, Array],
    grads: Mapping[str, Array],
    inputs: Mapping[str, Array],
    axes: Mapping[str, str],
    sizes: Mapping[str, int],
    route: str,
    eps: float,
) -> list[str]:
    """One sentence for each setting at which a wrong gradient could pass, or a right one fail."""
    notes = _precision(
        {**params, **inputs, **{f"the gradient of {n}": g for n, g in grads.items()}}
    )
    if route == "central" and eps < 1e-7:
        notes.append(
            f"eps = {eps:g} is small: the two losses agree in most digits, and what is left is "
            "rounding. 1e-5 is a good step in float64."
        )
    if route == "central" and eps > 1e-3:
        notes.append(
            f"eps = {eps:g} is large: the loss bends between the two points. 1e-5 is a good step "
            "in float64."
        )
    notes += _sizes(sizes) + _zeros(params, inputs, axes)
    return notes


def _precision(arrays: Mapping[str, Array]) -> list[str]:
    single = [n for n, a in arrays.items() if np.asarray(a).dtype in (np.float32, np.float16)]
    if not single:
        return []
    some = ", ".join(single[:3]) + (", …" if len(single) > 3 else "")
    return [f"Single precision: {some}. It has seven digits; check gradients in float64."]


def _sizes(sizes: Mapping[str, int]) -> list[str]:
    notes = [
        f"{letter} = {sizes[letter]}, fewer than {fewest} {why}."
        for letter, (fewest, why) in FEWEST.items()
        if sizes.get(letter, fewest) < fewest
    ]
    equal: dict[int, list[str]] = {}
    for letter, size in sizes.items():
        equal.setdefault(size, []).append(letter)
    notes += [
        f"{' = '.join(letters)} = {size}: with equal sizes a transposed matrix or a sum over the "
        "wrong axis goes unseen."
        for size, letters in equal.items()
        if len(letters) > 1
    ]
    return notes


def _zeros(
    params: Mapping[str, Array], inputs: Mapping[str, Array], axes: Mapping[str, str]
) -> list[str]:
    notes = []
    for name, array in {**params, **inputs}.items():
        a = np.asarray(array)
        if a.dtype.kind != "f" or not a.size or (name in params and a.ndim < 2):
            continue  # a bias of zero hides nothing
        if not a.any():
            notes.append(f"{name} is all zero: what is multiplied by it goes unchecked.")
        elif name in params and np.abs(a).max() < 1e-2:
            notes.append(
                f"{name} is nearly zero: curves are straight there, and a wrong slope goes unseen. "
                "Use weights of order 1."
            )
        elif axes.get(name, "").split()[:1] == ["T"]:
            silent = np.flatnonzero(~a.reshape(len(a), -1).any(axis=1))
            if silent.size:
                notes.append(f"{name} is zero at {silent.size} of {len(a)} steps: what belongs to "
                             "them goes unchecked.")  # fmt: skip
    return notes
