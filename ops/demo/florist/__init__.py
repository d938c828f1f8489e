"""The catalogue of a British florist and gift shop, and a picture of each thing in it."""
