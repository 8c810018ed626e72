"""Connected parts of a graph given as pairs, in numpy alone."""

from __future__ import annotations

import numpy as np

from wangge.areas.design.site import Ints


def components(n: int, edges: Ints) -> Ints:
    """For each of `n` nodes the smallest node it is connected with."""
    root = np.arange(n, dtype=np.int64)
    a, b = edges[:, 0], edges[:, 1]
    while len(a):
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        np.minimum.at(root, high, low)
        while True:
            further = root[root]
            if (further == root).all():
                break
            root = further
        apart = root[a] != root[b]
        a, b = a[apart], b[apart]
    return root


def ranked(values: Ints) -> Ints:
    """The same partition with names 0, 1, 2 … in ascending order of the old names."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64).reshape(values.shape)
