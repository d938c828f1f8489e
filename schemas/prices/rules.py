"""The limits of a price."""

PRICE_MAX_MINOR = 99_999_999  # the largest amount that Stripe charges
VAT_MAX_BASIS_POINTS = 10_000
COMPONENTS_MAX = 50  # of a bundle
COMPONENT_UNITS_MAX = 9_999
