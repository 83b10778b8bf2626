"""Chance without a generator: every draw is a pure function of what it is about.

Invariants: a draw depends on its key and person alone, never on how many draws came before it. So two policies that
show the same content to the same person on the same day meet the same luck, reading changes nothing, and a restarted
network goes on as if it had never stopped. The mixing is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
Number Generators, OOPSLA 2014) used as a counter-based hash.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
People = NDArray[np.intp]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = (np.uint64(n) for n in (30, 27, 31, 12))
_UNIT: Final = 2.0**-52


def key(*parts: object) -> int:
    """64 bits that stand for these parts."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def keys(*values: int) -> Keys:
    return np.array(values, dtype=np.uint64)


def uniform(of: Keys, people: People) -> Floats:
    """Draws strictly between 0 and 1, one per key and person; the arguments broadcast against each other."""
    mixed = of + people.astype(np.uint64) * _GOLDEN
    mixed ^= mixed >> _S30
    mixed *= _FIRST
    mixed ^= mixed >> _S27
    mixed *= _SECOND
    mixed ^= mixed >> _S31
    return unit(mixed)


def unit(bits: Keys) -> Floats:
    """The upper 52 bits as numbers strictly between 0 and 1; with 53 the greatest would round to 1."""
    result = (bits >> _S12).astype(np.float64)
    result += 0.5
    result *= _UNIT
    return result


def lognormal(draws: Floats, sigma: float) -> Floats:
    """Multipliers with median 1 from uniform draws."""
    result: Floats = np.exp(sigma * ndtri(draws))
    return result


def single(*parts: object) -> float:
    """One draw strictly between 0 and 1 that depends on these parts alone."""
    return ((key(*parts) >> int(_S12)) + 0.5) * _UNIT


def pareto(draw: float, tail: float) -> float:
    """A multiplier with mean 1 and a Pareto tail: P(more than x) falls as x to the power of −`tail`, `tail` > 1."""
    return float((1.0 - draw) ** (-1.0 / tail) * (tail - 1.0) / tail)
