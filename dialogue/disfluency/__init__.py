"""Disfluent speech."""
