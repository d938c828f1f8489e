"""Redis: carts as the edge reads them, request limits and kept responses."""
