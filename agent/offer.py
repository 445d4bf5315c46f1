"""What a caller sends to place a call: an SDP offer, looked at before anything is built for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from aiortc import RTCIceServer
from aiortc.sdp import MediaDescription, SessionDescription

from agent.errors import ParleyError

MAX_OFFER_BYTES = 100_000
"""A browser's offer is some 3 kB."""

_ICE_SERVER = re.compile(
    r"(?P<scheme>stuns?|turns?):(?:(?P<user>[^:@]+):(?P<secret>[^@]+)@)?(?P<rest>.+)"
)


class OfferRefused(ParleyError):
    """The caller's offer cannot be answered; the text says why."""


def prepare_offer(text: str) -> str:
    """The offer as aiortc should see it.

    Candidates hidden behind multicast names are left out: looking them up takes seconds, and the
    caller's own checks reach us without. So is the end of candidates: a caller behind a NAT turns
    up at an address that no candidate announced.

    Raises:
        OfferRefused: it is no SDP offer, or has no audio that can be answered.
    """
    if not text.lstrip().startswith("v=0"):
        raise OfferRefused(
            "The body is not an SDP offer: it has to begin with v=0. Send what "
            "RTCPeerConnection.createOffer() made, as application/sdp."
        )
    try:
        description = SessionDescription.parse(text)
    # aiortc's parser was not written for hostile input: it fails in whatever way it happens to.
    except Exception as error:
        raise OfferRefused(
            "The SDP offer is broken and cannot be read; send it unchanged, with its line ends."
        ) from error
    _check_audio(description)
    kept = (line for line in text.splitlines() if not _left_out(line))
    return "\r\n".join(kept) + "\r\n"


def _check_audio(description: SessionDescription) -> None:
    audio: MediaDescription | None = next((m for m in description.media if m.kind == "audio"), None)
    if audio is None:
        raise OfferRefused("The offer has no audio: add a microphone track to the connection.")
    if not any(codec.mimeType.lower() == "audio/opus" for codec in audio.rtp.codecs):
        raise OfferRefused("The offer has no Opus audio, which is the codec that Parley speaks.")
    if audio.direction not in ("sendrecv", "sendonly"):
        raise OfferRefused(
            "The offer sends no audio, so there would be nothing to hear: make it sendrecv."
        )
    if audio.ice is None or not audio.ice.usernameFragment or not audio.ice.password:
        raise OfferRefused("The offer has no ICE credentials (a=ice-ufrag and a=ice-pwd).")
    if audio.dtls is None or not audio.dtls.fingerprints:
        raise OfferRefused("The offer has no DTLS fingerprint: unencrypted calls are not taken.")


def _left_out(line: str) -> bool:
    if line.startswith("a=candidate:"):
        fields = line.split()
        return len(fields) > 4 and fields[4].endswith(".local")
    return line == "a=end-of-candidates"


def ice_servers(urls: Sequence[str]) -> list[RTCIceServer]:
    """STUN and TURN servers for aiortc, from `stun:host` or `turn:name:secret@host:port`."""
    servers = []
    for url in urls:
        found = _ICE_SERVER.fullmatch(url)
        if found is None:
            raise ParleyError(f"{url!r} is no address of a STUN or TURN server.")
        user, secret = found["user"], found["secret"]
        servers.append(
            RTCIceServer(
                urls=f"{found['scheme']}:{found['rest']}",
                username=unquote(user) if user else None,
                credential=unquote(secret) if secret else None,
            )
        )
    return servers
