"""Multinomial logistic regression over sparse letters and words and a dense embedding, by L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize  # type: ignore[import-untyped]

Matrix = Any


@dataclass(frozen=True, slots=True)
class Fitted:
    """`sparse`: features x labels; `dense`: embedding x labels (perhaps no rows); `bias`: one a label."""

    sparse: Matrix
    dense: Matrix
    bias: Matrix

    def sums(self, sparse: Matrix, dense: Matrix) -> Matrix:
        """What goes into the softmax, sentences x labels."""
        return np.asarray(sparse @ self.sparse) + dense @ self.dense + self.bias


def fit(
    sparse: Matrix, dense: Matrix, labels: Matrix, weights: Matrix, *, strength: float, dense_strength: float = 1.0
) -> Fitted:
    """Minimises weighted cross-entropy plus L2; `strength` is the inverse of the penalty, as C in scikit-learn."""
    count, size = int(labels.max()) + 1, sparse.shape[1]
    shapes = (size, dense.shape[1], 1)
    wanted = np.zeros((len(labels), count), np.float32)
    wanted[np.arange(len(labels)), labels] = 1
    scaled = (dense * dense_strength).astype(np.float32)
    across, weight = sparse.T.tocsr(), weights.astype(np.float32)[:, None]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        table = flat.reshape(-1, count).astype(np.float32)
        letters, vectors, bias = np.split(table, np.cumsum(shapes)[:2])
        sums = sparse @ letters + scaled @ vectors + bias
        sums -= sums.max(axis=1, keepdims=True)
        powers = np.exp(sums)
        total = powers.sum(axis=1, keepdims=True)
        off = (powers / total - wanted) * weight
        cost = float((weight * (np.log(total) - (sums * wanted).sum(axis=1, keepdims=True))).sum())
        penalty = float((letters**2).sum() + (vectors**2).sum()) / (2 * strength)
        slope = np.vstack([across @ off + letters / strength, scaled.T @ off + vectors / strength, off.sum(0)[None]])
        return cost + penalty, slope.ravel().astype(np.float64)

    start = np.zeros(sum(shapes) * count)
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 80, "maxcor": 6, "ftol": 1e-5}
    )
    letters, vectors, bias = np.split(found.x.reshape(-1, count), np.cumsum(shapes)[:2])
    return Fitted(letters, vectors * dense_strength, bias[0])
