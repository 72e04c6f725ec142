"""Text forms of numbers, shapes and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite, isnan

from nnbuild.records import Shape, Weight


def count(number: int) -> str:
    """Return an integer with thousands separators.

    Examples
    --------
    >>> count(616566784)
    '616,566,784'
    """
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in singular or plural.

    Examples
    --------
    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def number(value: float) -> str:
    """Return a measured value with four significant digits, and all digits before the point.

    Examples
    --------
    >>> number(0.123456), number(123456.7), number(-12.5), number(2e-9), number(float("inf"))
    ('0.1235', '123,457', '-12.5', '2e-09', 'inf')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 and isfinite(value) else f"{value:.4g}"


def decimals(value: float) -> str:
    """Return a value with three decimals, for a column; "-" for NaN.

    Examples
    --------
    >>> decimals(0.97222), decimals(1.0), decimals(0.00004), decimals(float("nan"))
    ('0.972', '1.000', '0.000', '-')
    """
    return "-" if isnan(value) else f"{value:.3f}" if abs(value) < 1000 else number(value)


def data_size(n_bytes: int) -> str:
    """Return a number of bytes with three significant digits, in units of powers of 1000.

    Examples
    --------
    >>> data_size(999), data_size(1000), data_size(40_240), data_size(999_999), data_size(2_466_267_136)
    ('999 B', '1.00 kB', '40.2 kB', '1.00 MB', '2.47 GB')
    """
    return f"{n_bytes} B" if n_bytes < 1000 else _scaled(n_bytes, ("kB", "MB", "GB", "TB", "PB"))


def short_count(number: int) -> str:
    """Return an integer with three significant digits and the SI prefix "k", "M" or "G".

    Examples
    --------
    >>> short_count(512), short_count(118_013_952), short_count(3_857_973_248)
    ('512', '118 M', '3.86 G')
    """
    return str(number) if number < 1000 else _scaled(number, ("k", "M", "G", "T", "P"))


def shape_text(shape: Shape, times: str = "x") -> str:
    """Return a shape without its batch axis; "?" is a size that depends on the data.

    Examples
    --------
    >>> shape_text((None, 28, 28, 1)), shape_text((None, None, 64)), shape_text((None,))
    ('28x28x1', '?x64', 'scalar')
    """
    return sizes_text(shape[1:], times)


def sizes_text(sizes: Iterable[int | None], times: str = "x") -> str:
    """Return the sizes of an array's axes; "scalar" for an array without axes.

    Examples
    --------
    >>> sizes_text((3, 3, 64, 128)), sizes_text(())
    ('3x3x64x128', 'scalar')
    """
    return times.join("?" if size is None else str(size) for size in sizes) or "scalar"


def weights_text(weights: Iterable[Weight]) -> str:
    """Return the shapes of weight arrays, equal ones with their number.

    Examples
    --------
    >>> weights_text([Weight("kernel", (64, 10), True), Weight("bias", (10,), True)])
    '64x10 + 10'
    >>> weights_text([Weight(name, (32,), True) for name in ("gamma", "beta")])
    '2 of 32'
    """
    shapes = Counter(sizes_text(weight.shape) for weight in weights)
    return " + ".join(f"{n} of {shape}" if n > 1 else shape for shape, n in shapes.items())


def kinds_text(types: Iterable[str]) -> str:
    """Return the types in a group of layers, with their numbers.

    Examples
    --------
    >>> kinds_text(["Conv2D", "ReLU", "Conv2D", "Add"])
    '2 Conv2D, ReLU, Add'
    """
    return ", ".join(f"{count(n)} {name}" if n > 1 else name for name, n in Counter(types).items())


def first_names(names: Sequence, most: int) -> str:
    """Return at most `most` names, and the number of the others.

    Examples
    --------
    >>> first_names(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    rest = len(names) - most
    return ", ".join(map(str, names[:most])) + (f" and {count(rest)} more" if rest > 0 else "")


def middle_cut(text: str, most: int, sign: str = "...") -> str:
    """Return `text` in at most `most` characters, cut in the middle to keep both ends of a scoped name.

    Examples
    --------
    >>> middle_cut("repeat_3.5.residual_1.conv2d_2", 20), middle_cut("dense_1", 20)
    ('repeat_3...conv2d_2', 'dense_1')
    """
    if len(text) <= most:
        return text
    room = max(0, most - len(sign))
    head, tail = text[: room // 2], text[len(text) - (room - room // 2) :]
    return (head.rstrip(".") + sign + tail.lstrip("."))[:most]


def printable(text: str) -> str:
    """Return `text` on one line, with "?" for unprintable characters.

    Examples
    --------
    >>> printable("two" + chr(10) + "lines")
    'two?lines'
    """
    return "".join(character if character.isprintable() else "?" for character in text)


def _scaled(number: int, units: tuple[str, ...]) -> str:
    value = float(number)
    for unit in units:
        value /= 1000
        text = f"{value:.{_decimals(value)}f}"
        if float(text) < 1000 or unit == units[-1]:
            break
    return f"{text} {unit}"


def _decimals(value: float) -> int:
    """Return the number of decimals for three significant digits after rounding (9.996 is 10.0)."""
    return 2 if value < 9.995 else 1 if value < 99.95 else 0
