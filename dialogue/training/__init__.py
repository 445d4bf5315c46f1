"""How the small networks of `dialogue` are trained.

`requests.jsonl` holds 9319 requests as callers say them, written for Parley (Apache-2.0) by
more than twenty-five writers: what was said, what was meant, and the slots that it names.
"""
