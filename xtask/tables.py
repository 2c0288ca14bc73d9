"""Computes the reference tables of engine/src/math again from their first columns, with 50 digits."""

import math
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 50
FOLDER = Path(__file__).parent.parent / "src" / "math" / "reference"


def cdf(z):
    return mp.ncdf(z)


def inverse(p):
    """Newton's method in the logarithm of the tail, which is well behaved everywhere."""
    if p > mpf(1) / 2:
        return -inverse(1 - p)
    target = mp.log(p)
    z = -mp.sqrt(-2 * target) if p < mpf(1) / 100 else mpf(0)
    for _ in range(200):
        tail = mp.ncdf(z)
        step = (mp.log(tail) - target) * tail / mp.npdf(z)
        z -= step
        if abs(step) < mpf(10) ** -45 * max(1, abs(z)):
            return z
    raise ArithmeticError(p)


def from_bits(bits):
    # The upper 53 bits, in the middle of their step.
    return inverse(((bits >> 11) + mpf(1) / 2) / mpf(2) ** 53)


FUNCTIONS = {
    "exp": (float, mp.exp),
    "ln": (float, mp.log),
    "normal_cdf": (float, cdf),
    "normal_inverse": (float, inverse),
    "normal_from_bits": (int, from_bits),
}


def line(text, read, function):
    argument = text.split(",")[0]
    value = read(argument)
    exact = function(mpf(value) if read is float else value)
    nearest = float(exact)
    remainder = float((exact - mpf(nearest)) / mpf(math.ulp(nearest)))
    rest = f"{remainder:.6g}" if remainder else "0.0"
    return f"{argument},{nearest!r},{rest}"


for name, (read, function) in FUNCTIONS.items():
    path = FOLDER / f"{name}.csv"
    lines = path.read_text().splitlines()
    made = [text if text.startswith("#") else line(text, read, function) for text in lines]
    path.write_text("\n".join(made) + "\n")
    print(f"{path.name}: {sum(a != b for a, b in zip(lines, made))} of {len(lines)} lines differ")
