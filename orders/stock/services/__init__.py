"""Writes to stock. `counters` alone changes figures; the other files say when."""
