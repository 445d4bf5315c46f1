"""What the command line says to a person instead of a traceback."""

from __future__ import annotations


class ParleyError(Exception):
    """Something a person can put right. Its text is one sentence: what is wrong and what to do."""

    exit_code = 1
    """What the command line exits with."""
