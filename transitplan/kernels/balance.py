"""Row and column balancing of a matrix by two vectors of factors; the matrix is only read."""

import numpy as np
from numba import njit

from transitplan.kernels.records import Floats


@njit(cache=True, nogil=True)
def balance_rows(
    seed: Floats,
    wanted: Floats,
    column: Floats,
    relax: float,
    first: int,
    last: int,
    out_row: Floats,
    out_sums: Floats,
) -> float:
    """Meet the row ends of a block of rows, and add up its columns: one pass over the matrix.

    seed      float64 (n_rows, n_columns)  0 or more
    wanted    float64 (n_rows,)     trip ends
    column    float64 (n_columns,)  factors
    first, last                     rows first … last − 1
    out_row   float64 (n_rows,)     factors; holds those of the round before
    out_sums  float64 (n_columns,)  overwritten: Σ_i row_i seed_ij over the block

    Returns the largest relative miss of a row with the factors of the round before.
    """
    missed = 0.0
    out_sums[:] = 0.0
    for i in range(first, last):
        if wanted[i] <= 0.0:
            out_row[i] = 0.0
            continue
        cells = seed[i]
        total = np.dot(cells, column)
        if total <= 0.0:  # all of its columns want nothing: the miss is the whole row
            missed = 1.0
            out_row[i] = 0.0
            continue
        factor = wanted[i] / total
        if out_row[i] > 0.0:
            missed = max(missed, abs(out_row[i] / factor - 1.0))
            factor = out_row[i] * (factor / out_row[i]) ** relax
        else:
            missed = 1.0
        out_row[i] = factor
        for j in range(column.size):
            out_sums[j] += factor * cells[j]
    return missed


@njit(cache=True, nogil=True)
def scale(
    seed: Floats, row: Floats, column: Floats, first: int, last: int, out_trips: Floats
) -> None:
    """Write row_i seed_ij column_j for a block of rows, float64 (n_rows, n_columns)."""
    for i in range(first, last):
        for j in range(column.size):
            out_trips[i, j] = row[i] * seed[i, j] * column[j]
