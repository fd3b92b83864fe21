"""Questionnaires as data: what they ask, when, and what answers are worth. Pure."""
