"""What the shop sells, written by hand: one module for each counter."""
