#!/usr/bin/env python3
"""Recomputes the fitted coefficients of kernels/simd/vector_math.hpp and compares them.

For each polynomial it prints the best coefficients (those whose largest error is smallest, by
Remez's algorithm), their largest error, and the largest error of the coefficients in the header.
The header's were fitted by weighted least squares with adapted weights (Lawson, 1961), which comes
close to the best, so they agree in the digits that matter and not in all. The exit code is 1 if the
header's error exceeds the best by more than a tenth.

Errors are those of exact arithmetic; rounding in single precision comes on top.
"""
import math
import pathlib
import re
import sys

HEADER = pathlib.Path(__file__).resolve().parent.parent / "kernels/simd/vector_math.hpp"


def solve(matrix, right):
    """Returns the solution of a linear system, by elimination with pivots."""
    n = len(right)
    m = [row[:] + [value] for row, value in zip(matrix, right)]
    for c in range(n):
        pivot = max(range(c, n), key=lambda r: abs(m[r][c]))
        m[c], m[pivot] = m[pivot], m[c]
        for r in range(n):
            if r != c:
                factor = m[r][c] / m[c][c]
                m[r] = [x - factor * y for x, y in zip(m[r], m[c])]
    return [m[i][n] / m[i][i] for i in range(n)]


def extremes(errors):
    """Returns the index of the largest error in each run of errors of one sign."""
    found = []
    for i, e in enumerate(errors):
        if not found or (errors[found[-1]] > 0) != (e > 0):
            found.append(i)
        elif abs(e) > abs(errors[found[-1]]):
            found[-1] = i
    return found


def fit(f, weight, low, high, terms, points=20000):
    """Returns the coefficients of x^0, x^1, ... that minimise the largest of weight * |error|."""
    xs = [(low + high - (high - low) * math.cos(math.pi * i / points)) / 2
          for i in range(points + 1)]
    rows = [[weight(x) * x**k for k in range(terms)] for x in xs]
    targets = [weight(x) * f(x) for x in xs]
    # Not symmetric, as the weight may be 0 in the middle.
    reference = [round(points * (k + 0.3) / (terms + 1)) for k in range(terms + 1)]
    for _ in range(50):
        matrix = [rows[i] + [(-1.0)**k] for k, i in enumerate(reference)]
        coefficients = solve(matrix, [targets[i] for i in reference])[:terms]
        errors = [t - sum(c * v for c, v in zip(coefficients, row))
                  for t, row in zip(targets, rows)]
        found = extremes(errors)
        while len(found) > terms + 1:
            found.pop(0 if abs(errors[found[0]]) < abs(errors[found[-1]]) else -1)
        if found == reference:
            break
        if len(found) < terms + 1:
            raise RuntimeError("the errors do not alternate")
        reference = found
    else:
        raise RuntimeError("no convergence in 50 rounds")
    return coefficients


def largest_error(coefficients, f, weight, low, high, points=20000):
    """Returns the largest of weight * |error| of a polynomial."""
    worst = 0
    for i in range(points + 1):
        x = low + (high - low) * i / points
        value = sum(c * x**k for k, c in enumerate(coefficients))
        worst = max(worst, weight(x) * abs(f(x) - value))
    return worst


def in_header(name):
    """Returns the coefficients of the polynomial `name`, lowest power first."""
    text = HEADER.read_text()
    lines = re.findall(rf"\b{name} = fma\([tr], .*;", text)
    return [float(number) for line in lines
            for number in re.findall(r"V\(([-+.\de]+)F?\)", line)][::-1]


def log_of_erfc(t):
    """Returns -log(erfc(t)) / t."""
    if t == 0:
        return 2 / math.sqrt(math.pi)
    return -(math.log1p(-math.erf(t)) if t < 0.5 else math.log(math.erfc(t))) / t


def erf_weight(t):
    """Returns the relative change of erf(t) by a change of log_of_erfc(t)."""
    return math.sqrt(math.pi) / 2 if t == 0 else t * math.erfc(t) / math.erf(t)


def x_of(t):
    """Returns |x| for t = 1 / (1 + 0.39 |x| / sqrt(2))."""
    return (1 / t - 1) / 0.39 * math.sqrt(2)


def tail(t):
    """Returns the probability below -|x| divided by exp(-x^2/2) t."""
    x = x_of(t)
    return math.erfc(x / math.sqrt(2)) / 2 * math.exp(x * x / 2) / t


def tail_weight(t):
    """Returns the change of the probability by a change of tail(t)."""
    return math.exp(-x_of(t)**2 / 2) * t


def rest_of_exp(r):
    """Returns (exp(r) - 1 - r) / r^2, whose first two coefficients stay 1, by its series."""
    return sum(r**k / math.factorial(k + 2) for k in range(16))


HALF = math.log(2) / 2
# Beyond |x| = 7, errors of the tail are multiplied by less than 3e-11.
FITS = [
    ("q", "erf: -log(erfc(t)) / t", log_of_erfc, erf_weight, 0, 3.95, 9, 0),
    ("tail", "normal: P(t)", tail, tail_weight, 1 / (1 + 0.39 * 7 / math.sqrt(2)), 1, 6, 0),
    ("bell", "normal: exp(r)", rest_of_exp, lambda r: r * r / math.exp(r), -HALF, HALF, 4, 2),
]


def main():
    """Prints the comparison; returns the exit code."""
    is_good = True
    for name, title, f, weight, low, high, terms, fixed in FITS:
        written = in_header(name)
        if len(written) != fixed + terms or any(c != 1 for c in written[:fixed]):
            sys.exit(f"{HEADER}: expected {fixed} times 1 and {terms} coefficients of {name}, "
                     f"got {written}")
        best = fit(f, weight, low, high, terms)
        error = largest_error(best, f, weight, low, high)
        present = largest_error(written[fixed:], f, weight, low, high)
        is_good = is_good and present <= 1.1 * error
        print(f"{title}: largest error {error:.4e}, of the header {present:.4e}")
        for k, (ours, theirs) in enumerate(zip(best, written[fixed:])):
            print(f"  x^{k + fixed}  {ours: .9e}  header {theirs: .9e}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
