"""The child process of `dialogue.llama`: llama.cpp's server and nothing else.

It is told what to run by one line of JSON on its standard input, says where it listens by one
line on its standard output, and lives until that input closes. It imports neither torch nor
livekit, so that it costs little more memory than the model.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xllamacpp

_PR_SET_PDEATHSIG = 1
_NICE = 6


def main() -> int:
    """Serve until the parent closes our input; 1 when the model cannot be loaded."""
    _die_with_parent()
    _give_way()
    spec = sys.stdin.readline()
    if not spec:
        return 0
    try:
        server = _server(**json.loads(spec))
    except RuntimeError:
        # llama.cpp has said why on stderr, which the parent reads.
        return 1
    print(json.dumps({"url": server.listening_address}), flush=True)
    sys.stdin.read()
    # The parent is gone or wants us gone: nobody waits for the replies in hand.
    os._exit(0)


def _die_with_parent() -> None:
    """Have the kernel kill us with the parent, for a parent that can no longer close a pipe.

    Linux only; elsewhere the end of standard input has to do. See prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_way() -> None:
    """Leave the cores to hearing and voice while those need them: a caller waits for both.

    Where the kernel groups processes by session, it is the group that has to be nice (sched(7)).
    """
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE))


def _server(model: str, key: str, slots: int, threads: int, context: int) -> xllamacpp.Server:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    # Read into memory, not mapped: only memory of its own can lie in huge pages.
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.n_threads_http = slots + 2
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    # One slot per call, each with a prompt cache of its own; when the oldest turns of a
    # conversation are dropped, what follows them is moved up instead of being read again.
    params.n_parallel = slots
    params.n_ctx = slots * context
    params.n_cache_reuse = 16
    # Between two batches a dropped reply is let go of and the other calls get their tokens; 64
    # tokens cost no more processor time each than 2048 do.
    params.n_batch = 64
    params.n_ubatch = 64
    # Seconds; a connection that has been closed is noticed by writing to it.
    params.sse_ping_interval = 1
    # Off: it would keep up to 8 GiB of forgotten prompts in memory.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.n_ctx_checkpoints = 0
    # Off: it loads the model twice to see whether it fits a GPU.
    params.fit_params = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())
