"""Contracts as pure arithmetic: windows, measures of frozen rows, penalties, and the ways of a claim."""
