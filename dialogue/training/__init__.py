"""How the small networks of `dialogue` are trained.

`requests.jsonl` holds 4169 requests as callers say them, written for Parley (Apache-2.0) by
more than ten writers: what was said, what was meant, and the slots that it names. The editor
learned before the last 300 of them were written. `more_requests.jsonl` holds 650 more that no
network has learned from yet; some thresholds were chosen on them.
"""
