"""How Django itself writes and reads dates, where our own formats do not reach: columns of the admin, plain fields."""
