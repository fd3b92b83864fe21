"""Tables from outside: exports are read as a preset says, cell by cell, and every wrong one is named with its place."""
