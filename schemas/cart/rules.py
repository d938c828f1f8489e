"""The limits of a cart."""

LINES_PER_CART_MAX = 1_000
UNITS_PER_LINE_MAX = 9_999
