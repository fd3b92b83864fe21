"""Reads of contracts: the rows that windows are judged by, and what pages show."""
