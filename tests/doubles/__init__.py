"""Stand-ins for foreign systems: separate processes that speak the real protocols."""
