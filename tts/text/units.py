"""Units of measure: how they are written after a number, and their names."""

from __future__ import annotations

import re

_TABLE = """
km kilometer | m meter | cm centimeter | mm millimeter | mi mile | ft foot feet | yd yard
in. inch inches | nm nanometer | sq.ft square_foot square_feet | sqft square_foot square_feet
m² square_meter | km² square_kilometer | ft² square_foot square_feet | m³ cubic_meter
kg kilogram | g gram | mg milligram | µg microgram | mcg microgram | lb pound | lbs pound
oz ounce | t ton | L liter | l liter | ml milliliter | mL milliliter | cl centiliter | gal gallon
tsp teaspoon | tbsp tablespoon
h hour | hr hour | hrs hour | min minute | mins minute | s second | sec second | secs second
ms millisecond | yr year | yrs year | wk week | wks week | mo month | mos month
kB kilobyte | KB kilobyte | MB megabyte | GB gigabyte | TB terabyte | PB petabyte
mb megabyte | gb gigabyte | tb terabyte
Mb/s megabit_per_second megabits_per_second | Gb/s gigabit_per_second gigabits_per_second
kbps kilobit_per_second kilobits_per_second | Mbps megabit_per_second megabits_per_second
mbps megabit_per_second megabits_per_second | Gbps gigabit_per_second gigabits_per_second
gbps gigabit_per_second gigabits_per_second | MB/s megabyte_per_second megabytes_per_second
km/h kilometer_per_hour kilometers_per_hour | kph kilometer_per_hour kilometers_per_hour
mph mile_per_hour miles_per_hour | m/s meter_per_second meters_per_second
mpg mile_per_gallon miles_per_gallon | rpm revolution_per_minute revolutions_per_minute
bpm beat_per_minute beats_per_minute | fps frame_per_second frames_per_second
Hz hertz hertz | kHz kilohertz kilohertz | MHz megahertz megahertz | GHz gigahertz gigahertz
W watt | kW kilowatt | MW megawatt | kWh kilowatt_hour | V volt | mV millivolt | mA milliamp
mAh milliamp_hour | dB decibel | px pixel pixels | MP megapixel | kcal calorie | cal calorie
psi P_S_I P_S_I | ppm part_per_million parts_per_million
°F degree_fahrenheit degrees_fahrenheit | °C degree_celsius degrees_celsius
°K kelvin kelvin | ℃ degree_celsius degrees_celsius | ℉ degree_fahrenheit degrees_fahrenheit
° degree | Ω ohm | kΩ kilohm
"""


def _units() -> dict[str, tuple[list[str], list[str]]]:
    units = {}
    for entry in re.split(r"[|\n]", _TABLE.strip()):
        written, one, *several = entry.split()
        many = several[0] if several else one + "s"
        name = written.replace(".ft", " ft")
        units[name] = (one.replace("_", " ").split(), many.replace("_", " ").split())
    return units


UNITS = _units()
"""As written -> the words for one of it, and for several."""

UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
"""Pattern of a unit."""
