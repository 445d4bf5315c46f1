"""The flow head: all modulations of a frame at once are the same Euler steps."""

from __future__ import annotations

import torch

from tts.flow import FlowHead


def random_head() -> FlowHead:
    torch.manual_seed(0)
    head = FlowHead(latent=5, condition=7, width=16, layers=2).double()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return head


def test_sampling_is_euler_over_the_velocity() -> None:
    head, steps = random_head(), 4
    x = noise = torch.randn(3, 5, dtype=torch.float64)
    condition = torch.randn(3, 7, dtype=torch.float64)
    times = torch.arange(steps, dtype=torch.float64) / steps
    for time in times:
        x = x + head(x, time.expand(3), condition) / steps
    sampled = head.sample(noise, condition, head.embed_times(times))
    torch.testing.assert_close(sampled, x, atol=1e-12, rtol=0)


def test_an_untrained_head_leaves_the_noise_as_it_is() -> None:
    head = FlowHead(latent=5, condition=7, width=16, layers=2)
    noise = torch.randn(2, 5)
    schedule = head.embed_times(torch.zeros(3))
    torch.testing.assert_close(head.sample(noise, torch.randn(2, 7), schedule), noise)
