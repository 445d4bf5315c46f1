"""The HTTP side: every answer of the signalling, readiness, metrics, the page, start and stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import aiohttp
import pytest
from agents import listen_only, running_agent
from aiortc import RTCConfiguration, RTCPeerConnection

from agent.errors import ParleyError
from agent.offer import MAX_OFFER_BYTES, OfferRefused, ice_servers, prepare_offer
from agent.phone import dial
from agent.server import CALLS, SDP, app, listening, microphone_warning, until_stopped


async def make_offer() -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    await connection.setLocalDescription()
    offer: str = connection.localDescription.sdp
    await connection.close()
    return offer


async def post(url: str, body: str | bytes, kind: str = SDP) -> tuple[int, str, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(url + CALLS, data=body, headers={"Content-Type": kind}) as response,
    ):
        return response.status, await response.text(), dict(response.headers)


async def request(
    method: str, url: str, **headers: str
) -> tuple[int, str, aiohttp.typedefs.CIMultiDictProxy[str]]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, headers=headers) as response,
    ):
        return response.status, await response.text(), response.headers


async def test_a_call_is_answered_whole_and_ended_by_delete() -> None:
    async with running_agent(listen_only) as agent:
        status, answer, headers = await post(agent.url, await make_offer())
        assert status == 201
        assert headers["Content-Type"].startswith(SDP)
        assert answer.startswith("v=0") and "a=candidate:" in answer
        location = headers["Location"]
        assert location.startswith(CALLS + "/")
        assert (await request("DELETE", agent.url + location))[0] == 204
        assert len(agent.calls) == 0
        assert (await request("DELETE", agent.url + location))[0] == 404


async def test_a_content_type_with_parameters_and_a_token_are_taken() -> None:
    async with running_agent(listen_only) as agent:
        assert (await post(agent.url, await make_offer(), f"{SDP}; charset=utf-8"))[0] == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
async def test_another_content_type_is_refused_with_what_is_wanted(kind: str) -> None:
    async with running_agent(listen_only) as agent:
        status, body, headers = await post(agent.url, "v=0", kind)
        assert status == 415
        assert headers["Accept-Post"] == SDP
        assert SDP in body


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda _: "", "not an SDP offer"),
        (lambda _: '{"type": "offer"}', "not an SDP offer"),
        (lambda _: b"\xff\xfe\x00", "not even text"),
        (lambda _: "v=0\r\nm=audio", "broken"),
        (lambda _: "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", "no audio"),
        (lambda offer: offer.replace("opus/48000", "speex/16000"), "Opus"),
        (lambda offer: offer.replace("a=sendrecv", "a=recvonly"), "sends no audio"),
        (lambda offer: offer.replace("a=ice-pwd", "a=ice-nothing"), "ICE"),
        (lambda offer: offer.replace("a=fingerprint", "a=nothing"), "DTLS"),
        (lambda offer: offer.replace("a=rtcp-mux\r\n", ""), "cannot be answered"),
    ],
)
async def test_an_offer_that_is_none_gets_one_sentence(spoil: object, sentence: str) -> None:
    async with running_agent(listen_only) as agent:
        status, body, _ = await post(agent.url, spoil(await make_offer()))  # type: ignore[operator]
        assert status == 400
        assert sentence in body
        assert len(body.strip().splitlines()) == 1
        assert len(agent.calls) == 0


async def test_an_endless_offer_is_refused() -> None:
    async with running_agent(listen_only) as agent:
        assert (await post(agent.url, "v=0" + "x" * MAX_OFFER_BYTES))[0] == 413


async def test_a_caller_too_many_is_told_when_to_try_again() -> None:
    async with running_agent(listen_only, capacity=1) as agent, dial(agent.url):
        status, body, headers = await post(agent.url, await make_offer())
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert "busy" in body


async def test_offers_at_the_same_moment_do_not_overfill_the_lines() -> None:
    async with running_agent(listen_only, capacity=2) as agent:
        offers = [await make_offer() for _ in range(4)]
        answers = await asyncio.gather(*(post(agent.url, offer) for offer in offers))
        assert sorted(status for status, _, _ in answers) == [201, 201, 503, 503]


def test_candidates_that_take_seconds_to_look_up_are_left_out() -> None:
    offer = asyncio.run(make_offer())
    hidden = "a=candidate:1 1 udp 2113937151 1b2c.local 5000 typ host\r\n"
    text = offer.replace("a=ice-ufrag", hidden + "a=ice-ufrag")
    assert ".local" not in prepare_offer(text)
    assert prepare_offer(text).count("a=candidate") == offer.count("a=candidate")


def test_an_offer_with_bare_line_feeds_is_read() -> None:
    offer = asyncio.run(make_offer())
    assert prepare_offer(offer.replace("\r\n", "\n")) == prepare_offer(offer)


def test_a_broken_offer_names_no_python() -> None:
    with pytest.raises(OfferRefused) as refused:
        prepare_offer("v=0\r\na=rtpmap:x\r\nm=audio nine RTP 0\r\n")
    assert "Error" not in str(refused.value)


def test_turn_servers_carry_their_secrets() -> None:
    (stun, turn) = ice_servers(["stun:stun.example.org:3478", "turn:me:p%40ss@turn.example.org"])
    assert (stun.urls, stun.username) == ("stun:stun.example.org:3478", None)
    assert (turn.urls, turn.username, turn.credential) == ("turn:turn.example.org", "me", "p@ss")
    with pytest.raises(ParleyError, match="example"):
        ice_servers(["example"])


async def test_trickle_is_refused_as_whip_says() -> None:
    async with running_agent(listen_only) as agent:
        status, _, headers = await request("PATCH", f"{agent.url}{CALLS}/x")
        assert status == 405
        assert "DELETE" in headers["Allow"]


async def test_ready_tells_what_is_waited_for() -> None:
    async with running_agent(listen_only) as agent:
        assert (await request("GET", agent.url + "/ready"))[0] == 200
        agent.state.ready, agent.state.reason = False, "The models are being loaded."
        status, body, _ = await request("GET", agent.url + "/ready")
        assert status == 503
        assert "being loaded" in body


async def test_a_call_placed_while_models_load_is_taken() -> None:
    async with running_agent(listen_only) as agent:
        agent.state.ready = False
        async with dial(agent.url) as phone:
            assert not phone.ended.is_set()


async def test_metrics_count_the_calls() -> None:
    async with running_agent(listen_only, capacity=1) as agent:
        async with dial(agent.url):
            await post(agent.url, await make_offer())
            _, during, headers = await request("GET", agent.url + "/metrics")
        await agent.idle()
        _, after, _ = await request("GET", agent.url + "/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    assert "parley_calls_active 1.0" in during and "parley_calls_active 0.0" in after
    assert "parley_calls_total 1.0" in after and "parley_calls_busy_total 1.0" in after


async def test_the_page_is_whole_guarded_and_cached_only_while_it_is_the_same() -> None:
    async with running_agent(listen_only) as agent:
        status, html, headers = await request("GET", agent.url + "/")
        assert status == 200 and "<title>Parley</title>" in html
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "microphone=(self)" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-cache"
        again, _, _ = await request("GET", agent.url + "/", **{"If-None-Match": headers["ETag"]})
        assert again == 304
        for part in ("style.css", "parley.js", "meter.js", "icon.svg"):
            assert f"/page/{part}" in html or part == "meter.js"
            assert (await request("GET", f"{agent.url}/page/{part}"))[0] == 200
        assert "http://" not in html and "https://" not in html
        missing, _, headers = await request("GET", agent.url + "/page/nothing")
        assert missing == 404 and "Content-Security-Policy" in headers


async def test_other_sites_may_call_only_when_they_are_named() -> None:
    async with running_agent(listen_only, origins=("https://ours.example",)) as agent:
        ours = await request("OPTIONS", agent.url + CALLS, Origin="https://ours.example")
        assert ours[0] == 204
        assert ours[2]["Access-Control-Allow-Origin"] == "https://ours.example"
        assert "Location" in ours[2]["Access-Control-Expose-Headers"]
        theirs = await request("OPTIONS", agent.url + CALLS, Origin="https://theirs.example")
        assert "Access-Control-Allow-Origin" not in theirs[2]
        assert theirs[2]["Accept-Post"] == SDP


async def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with running_agent(listen_only) as agent:
            site = app(agent.calls, agent.state)
            with pytest.raises(ParleyError, match=f"Port {port} on 127.0.0.1 is in use"):
                async with listening(site, "127.0.0.1", port):
                    raise AssertionError("it cannot have been listening")


async def test_a_host_that_is_not_here_is_one_sentence() -> None:
    async with running_agent(listen_only) as agent:
        with pytest.raises(ParleyError, match="no address of this machine"):
            async with listening(app(agent.calls, agent.state), "203.0.113.9", 0):
                raise AssertionError("it cannot have been listening")


def test_away_from_this_machine_the_microphone_is_warned_of() -> None:
    assert [bool(microphone_warning(h)) for h in ("127.0.0.1", "::1", "localhost")] == [False] * 3
    assert "https" in microphone_warning("0.0.0.0")


async def test_stopping_says_goodbye_to_every_caller_and_takes_no_more() -> None:
    async with running_agent(listen_only) as agent, dial(agent.url) as one, dial(agent.url) as two:
        await agent.calls.close("the agent is stopping")
        for phone in (one, two):
            async with asyncio.timeout(5):
                await phone.ended.wait()
        assert (await post(agent.url, await make_offer()))[0] == 503
        assert len(agent.calls) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_both_signals_stop_it(number: signal.Signals) -> None:
    stopped = asyncio.create_task(until_stopped())
    await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    async with asyncio.timeout(5):
        await stopped
