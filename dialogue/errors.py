"""What can go wrong between the agent and its language model: one type, one sentence each."""

from __future__ import annotations

from typing import ClassVar


class ChatError(Exception):
    """The model gave no usable reply; `str(error)` is one sentence: what is wrong, what to do."""

    retryable: ClassVar[bool] = False
    """Whether asking again soon may help."""


class EndpointUnreachable(ChatError):
    """Nothing answers at the endpoint's address."""

    retryable = True


class EndpointTimeout(ChatError):
    """The endpoint accepted the request and kept silent for too long."""


class EndpointRefused(ChatError):
    """The endpoint rejects the request itself (4xx): asking again cannot help."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class EncoderUnreadable(ChatError):
    """The encoder's files are not those of a MiniLM."""


class RateLimited(ChatError):
    """The endpoint asks for patience (429)."""

    retryable = True

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds the endpoint asked for; None when it did not say."""
        super().__init__(sentence)
        self.retry_after = retry_after


class ServerFailed(ChatError):
    """The endpoint broke down over the request (5xx, or an error inside the stream)."""

    retryable = True


class GarbledReply(ChatError):
    """The endpoint answered with something that is no chat completion."""


class CutShort(ChatError):
    """The reply ended before the model had finished it."""

    retryable = True
