"""How the small networks of `dialogue` are trained.

`requests.jsonl` holds 1320 requests as callers say them, written for Parley (Apache-2.0) by five
writers: what was said, what was meant, and the slots that it names. `more_requests.jsonl` holds
799 more that the networks have not learned from yet.
"""
