"""Reads of the assessment room."""
