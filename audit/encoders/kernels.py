"""Numba kernels of the exact encoder: everything in a transformer layer that is no matrix product.

Each value is computed in one fixed order of IEEE 754 operations (add, multiply, divide, square root), none of which
numba reorders or fuses without ``fastmath``. Sums run in eight parallel accumulators that are added in a fixed tree,
so that the compiler can use vector registers of any width without changing the result. ``exp`` and ``erf`` are written
out for the same reason: those of the C library differ in the last bit between processors.
"""

from __future__ import annotations

import math

import numpy as np

from assay.audit.kernels import inlined, kernel

_ROUND = np.float32(12582912.0)
"""1.5 * 2 ** 23: adding and subtracting it rounds a float32 below 2 ** 22 to the nearest integer, ties to even."""


@inlined
def _exp(x):
    """Exponential of a number <= 0, relative error below 1e-8: Taylor's series of x / 256, squared eight times."""
    y = max(x, -100.0) * 0.00390625
    p = 0.0001984126984126984 + y * 2.48015873015873e-05
    p = 0.041666666666666664 + y * (0.008333333333333333 + y * (0.001388888888888889 + y * p))
    p = 1.0 + y * (1.0 + y * (0.5 + y * (0.16666666666666666 + y * p)))
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    return p


@inlined
def _sum(x, t):
    """Sum of row ``t``; its length is a multiple of 8."""
    a = b = c = d = e = f = g = h = 0.0
    for i in range(0, x.shape[1], 8):
        a += x[t, i]
        b += x[t, i + 1]
        c += x[t, i + 2]
        d += x[t, i + 3]
        e += x[t, i + 4]
        f += x[t, i + 5]
        g += x[t, i + 6]
        h += x[t, i + 7]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@inlined
def _squares(x, t):
    """Sum of the squares of row ``t``; its length is a multiple of 8."""
    zero = np.float32(0)
    a = b = c = d = e = f = g = h = zero
    for i in range(0, x.shape[1], 8):
        a += x[t, i] * x[t, i]
        b += x[t, i + 1] * x[t, i + 1]
        c += x[t, i + 2] * x[t, i + 2]
        d += x[t, i + 3] * x[t, i + 3]
        e += x[t, i + 4] * x[t, i + 4]
        f += x[t, i + 5] * x[t, i + 5]
        g += x[t, i + 6] * x[t, i + 6]
        h += x[t, i + 7] * x[t, i + 7]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@kernel
def quantize_rows(x, low, high, bound, out, scale):
    """Round rows low..high to integers of Euclidean length about ``bound``.

    Args:
        x: (rows, dims) float32.
        low: first row.
        high: row after the last.
        bound: length of the scaled rows before rounding.
        out: (rows, dims) float32, integer values; changed.
        scale: (rows,) float32, what the integers are to be multiplied by; changed.
    """
    for t in range(low, high):
        length = math.sqrt(np.float64(_squares(x, t)))
        scale[t] = np.float32(length / bound) if length > 0 else np.float32(0)
        factor = np.float32(bound / length) if length > 0 else np.float32(0)
        for i in range(x.shape[1]):
            out[t, i] = (x[t, i] * factor + _ROUND) - _ROUND


@kernel
def restore(products, scale, steps, bias, low, high, out):
    """Give integer products their scale again and add the bias, for tokens low..high.

    Args:
        products: (chunks, tokens, out) float32, integer values.
        scale: (tokens, chunks) of the inputs.
        steps: (chunks, out) of the weights.
        bias: (out,).
        low: first token.
        high: token after the last.
        out: (tokens, out) float32; changed.
    """
    chunks, width = steps.shape
    for t in range(low, high):
        for i in range(width):
            out[t, i] = bias[i]
        for c in range(chunks):
            s = scale[t, c]
            for i in range(width):
                out[t, i] += products[c, t, i] * s * steps[c, i]


@kernel
def add_norm(x, more, gamma, beta, epsilon, low, high):
    """Layer normalization of ``x + more``, in place in ``x`` (tokens, dims), for tokens low..high."""
    width = x.shape[1]
    for t in range(low, high):
        for i in range(width):
            x[t, i] += more[t, i]
        mean = np.float32(_sum(x, t) / width)
        for i in range(width):
            x[t, i] -= mean
        rate = np.float32(1 / math.sqrt(np.float64(_squares(x, t)) / width + epsilon))
        for i in range(width):
            x[t, i] = x[t, i] * rate * gamma[i] + beta[i]


@kernel
def gelu(x, low, high):
    """Gaussian error linear unit of tokens low..high, in place.

    erf by formula 7.1.26 of Abramowitz and Stegun (1964), absolute error 1.5e-7.
    """
    for t in range(low, high):
        for i in range(x.shape[1]):
            value = np.float64(x[t, i])
            z = abs(value) * 0.7071067811865476
            u = 1.0 / (1.0 + 0.3275911 * z)
            poly = u * (0.254829592 + u * (-0.284496736 + u * (1.421413741 + u * (-1.453152027 + u * 1.061405429))))
            erf = 1.0 - poly * _exp(-z * z)
            erf = erf if value >= 0 else -erf
            x[t, i] = np.float32(0.5 * value * (1.0 + erf))


@inlined
def _scores(qkv, row, query, keys, base, padded, size, scores, to):
    """Products of a token's query with eight keys at a time."""
    zero = np.float32(0)
    for j in range(0, padded, 8):
        a = b = c = d = e = f = g = h = zero
        at = base + j
        for i in range(size):
            z = qkv[row, query + i]
            a += z * keys[at]
            b += z * keys[at + 1]
            c += z * keys[at + 2]
            d += z * keys[at + 3]
            e += z * keys[at + 4]
            f += z * keys[at + 5]
            g += z * keys[at + 6]
            h += z * keys[at + 7]
            at += padded
        scores[to + j] = a
        scores[to + j + 1] = b
        scores[to + j + 2] = c
        scores[to + j + 3] = d
        scores[to + j + 4] = e
        scores[to + j + 5] = f
        scores[to + j + 6] = g
        scores[to + j + 7] = h


@inlined
def _softmax(scores, at, length):
    """Exponentials of scores less the largest, in place; what to multiply them by so that they sum to 1."""
    most = scores[at]
    for j in range(1, length):
        most = max(most, scores[at + j])
    for j in range(length):
        scores[at + j] = np.float32(_exp(np.float64(scores[at + j] - most)))
    total = 0.0
    for j in range(length):
        total += scores[at + j]
    return np.float32(1.0 / total)


@inlined
def _weighed(qkv, first, length, value, size, scores, at, rate, out, row, to):
    """Mean of the values of a text's tokens, eight channels at a time."""
    zero = np.float32(0)
    for k in range(0, size, 8):
        a = b = c = d = e = f = g = h = zero
        v = value + k
        for j in range(length):
            w, r = scores[at + j], first + j
            a += w * qkv[r, v]
            b += w * qkv[r, v + 1]
            c += w * qkv[r, v + 2]
            d += w * qkv[r, v + 3]
            e += w * qkv[r, v + 4]
            f += w * qkv[r, v + 5]
            g += w * qkv[r, v + 6]
            h += w * qkv[r, v + 7]
        o = to + k
        out[row, o] = a * rate
        out[row, o + 1] = b * rate
        out[row, o + 2] = c * rate
        out[row, o + 3] = d * rate
        out[row, o + 4] = e * rate
        out[row, o + 5] = f * rate
        out[row, o + 6] = g * rate
        out[row, o + 7] = h * rate


@kernel
def attend(qkv, bounds, low, high, heads, keys, scores, out):
    """Scaled dot-product attention within each of the texts low..high.

    Args:
        qkv: (tokens, 3 * dims) queries, keys and values side by side.
        bounds: (texts + 1) where each text's tokens begin.
        low: first text.
        high: text after the last.
        heads: attention heads; dims / heads is a multiple of 8.
        keys: ((tokens + 8 * texts) * dims / heads) scratch.
        scores: (tokens + 8 * texts) scratch.
        out: (tokens, dims); changed.
    """
    dims = out.shape[1]
    size = dims // heads
    root = np.float32(1 / math.sqrt(size))
    for text in range(low, high):
        first = bounds[text]
        length = bounds[text + 1] - first
        padded = (length + 7) // 8 * 8
        at = first + 8 * text
        base = at * size
        for head in range(heads):
            query = head * size
            for d in range(size):
                for i in range(length):
                    keys[base + d * padded + i] = qkv[first + i, dims + query + d] * root
                for i in range(length, padded):
                    keys[base + d * padded + i] = np.float32(0)
            for i in range(length):
                _scores(qkv, first + i, query, keys, base, padded, size, scores, at)
                rate = _softmax(scores, at, length)
                _weighed(qkv, first, length, 2 * dims + query, size, scores, at, rate, out, first + i, query)
