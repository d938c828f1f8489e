"""How a botanical plate is drawn: the pen, the colours, and one module for each family of form."""
