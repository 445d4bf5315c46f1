"""Hearing: voice activity and streaming speech recognition."""
