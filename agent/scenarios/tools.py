"""The tools of the agent under test: each call is noted in a file for the scorer.

They are plain typed functions, as `[tools] functions` of config.toml takes them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from dialogue.tools import tool

NOTES = "PARLEY_SCENARIO_CALLS"
"""Environment variable with the path of the file, one JSON object a line."""


def book_table(people: int, day: str, time: str = "", name: str = "") -> str:
    """Books a table at the restaurant.

    people: how many will come
    day: the day of the week
    time: when they will come
    name: in whose name
    """
    _note("book_table", people=people, day=day, time=time, name=name)
    return f"Booked: a table for {people} on {day}{' at ' + time if time else ''}."


@tool(side_effects=False)
def order_status(order: str) -> str:
    """Tells where an order is.

    order: its code, such as KX4
    """
    _note("order_status", order=order)
    return f"Order {order} is on its way and arrives tomorrow."


@tool(side_effects=False)
def opening_hours(day: str) -> str:
    """Tells when the kitchen is open.

    day: the day of the week
    """
    _note("opening_hours", day=day)
    return f"On {day} the kitchen is open from noon to ten in the evening."


def _note(tool: str, /, **arguments: Any) -> None:
    path = os.environ.get(NOTES)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": tool, "arguments": arguments}) + "\n")
