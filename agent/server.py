"""The HTTP side of Parley: call signalling, readiness, metrics and the page.

Signalling has the shape that WHIP (RFC 9725) and OpenAI's realtime calls share: an SDP offer is
posted, 201 brings the SDP answer and the call's own address, and DELETE there hangs up. Offers are
complete, so there is nothing to PATCH, which RFC 9725 answers with 405.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import signal
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from agent.calls import RETRY_SECONDS, Calls, LinesBusy
from agent.errors import ParleyError
from agent.offer import MAX_OFFER_BYTES, OfferRefused

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page"
CALLS = "/v1/realtime/calls"
SDP = "application/sdp"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Readiness(Protocol):
    """Whether calls are answered at once, and if not, why."""

    @property
    def ready(self) -> bool:
        """True once every model is loaded and warm."""
        ...

    @property
    def reason(self) -> str:
        """What is still being waited for, as a sentence; "" when nothing is."""
        ...


def app(
    calls: Calls,
    readiness: Readiness,
    *,
    origins: Collection[str] = (),
    registry: CollectorRegistry = REGISTRY,
) -> web.Application:
    """The whole site. `origins` are other sites whose pages may place calls (CORS); none may else.

    Calls are taken from the start: one that comes while models load is answered, heard from its
    first word on, and replied to once they are there.
    """
    site = web.Application(
        middlewares=[_headers(frozenset(origins))], client_max_size=MAX_OFFER_BYTES
    )
    desk = _Desk(calls)
    site.add_routes(
        [
            web.post(CALLS, desk.place),
            web.options(CALLS, desk.options),
            web.delete(CALLS + "/{call}", desk.hang_up),
            web.options(CALLS + "/{call}", desk.options),
            web.get("/ready", _ready(readiness)),
            web.get("/metrics", _metrics(registry)),
            web.get("/", _index),
            web.static("/page", PAGE),
        ]
    )
    return site


class _Desk:
    """Where calls are placed and ended."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def place(self, request: web.Request) -> web.Response:
        if request.content_type != SDP:
            return _refusal(
                415,
                f"A call is placed with an SDP offer: send it as Content-Type: {SDP}.",
                {"Accept-Post": SDP},
            )
        try:
            offer = (await request.read()).decode()
            call, answer = await self._calls.place(offer)
        except web.HTTPRequestEntityTooLarge:
            return _refusal(413, f"An SDP offer has at most {MAX_OFFER_BYTES} bytes.")
        except UnicodeDecodeError:
            return _refusal(400, "The body is not an SDP offer: it is not even text.")
        except OfferRefused as refused:
            return _refusal(400, str(refused))
        except LinesBusy:
            return _refusal(
                503,
                f"All lines are busy; try again in {RETRY_SECONDS} seconds.",
                {"Retry-After": str(RETRY_SECONDS)},
            )
        return web.Response(
            status=201, text=answer, content_type=SDP, headers={"Location": f"{CALLS}/{call}"}
        )

    async def hang_up(self, request: web.Request) -> web.Response:
        if await self._calls.hang_up(request.match_info["call"], "the caller hung up"):
            return web.Response(status=204)
        return _refusal(404, "There is no such call; it may be over already.")

    async def options(self, request: web.Request) -> web.Response:
        allowed = "DELETE, OPTIONS" if "call" in request.match_info else "POST, OPTIONS"
        return web.Response(status=204, headers={"Allow": allowed, "Accept-Post": SDP})


def _ready(readiness: Readiness) -> Handler:
    async def ready(_: web.Request) -> web.Response:
        state = {"ready": readiness.ready, "reason": readiness.reason}
        return web.json_response(state, status=200 if readiness.ready else 503)

    return ready


def _metrics(registry: CollectorRegistry) -> Handler:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return metrics


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


def _refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=sentence + "\n", headers=headers)


def _headers(origins: frozenset[str]) -> Middleware:
    @web.middleware
    async def add(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            _decorate(request, error.headers.update, origins)
            raise
        _decorate(request, response.headers.update, origins)
        return response

    return add


def _decorate(
    request: web.Request, update: Callable[[dict[str, str]], None], origins: frozenset[str]
) -> None:
    update(SECURITY_HEADERS)
    # Page files are small and change with the agent: browsers keep them but ask every time.
    update({"Cache-Control": "no-store" if request.path.startswith("/v1/") else "no-cache"})
    origin = request.headers.get("Origin", "")
    if origin in origins:
        update(
            {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "POST, DELETE, OPTIONS",
                "Access-Control-Allow-Headers": "Content-Type, Authorization",
                "Access-Control-Expose-Headers": "Location, Retry-After",
                "Vary": "Origin",
            }
        )


@asynccontextmanager
async def listening(site: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serves `site` for as long as the block runs; yields its address, `http://host:port`.

    Raises:
        ParleyError: the address cannot be listened on.
    """
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ParleyError(_why_not(error, host, port)) from error
        bound = runner.addresses[0]
        name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        yield f"http://{name}:{bound[1]}"
    finally:
        await runner.cleanup()


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use already: stop what uses it, or choose another "
            "with --port or `port` in [server]."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root: choose one above 1023."
    return f"{host} is no address of this machine: choose 127.0.0.1 or 0.0.0.0 as `host`."


def microphone_warning(host: str) -> str:
    """What to know before serving the page on `host`; "" when there is nothing to say."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if loopback:
        return ""
    return (
        "Browsers give a page the microphone only on this machine or over https: callers from "
        "elsewhere need a proxy with a certificate in front of this port."
    )


async def until_stopped() -> None:
    """Returns at the first SIGINT or SIGTERM; a second one ends the process at once."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    stops = (signal.SIGINT, signal.SIGTERM)
    for number in stops:
        loop.add_signal_handler(number, stopped.set)
    try:
        await stopped.wait()
    finally:
        for number in stops:
            loop.remove_signal_handler(number)
