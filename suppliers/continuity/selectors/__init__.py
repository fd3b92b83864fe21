"""Reads of continuity: backups and how ready they are, what hangs on a supplier, coverage, and dry runs of a switch."""
