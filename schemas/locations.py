"""Where stock is kept, in the order in which a checkout asks for it."""

# The warehouse ships cheapest; a pop-up gives up what its own shoppers could touch, so it is asked last.
LOCATIONS = ("warehouse", "popup-soho", "popup-leeds")
