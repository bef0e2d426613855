"""Dropout that costs a multiplication: on a CPU, drawing each random bit anew is a tenth of a training step."""

import torch
from torch import Tensor, nn

_POOL = 1 << 22


class PooledDropout(nn.Module):
    """Zeroes a share of the values by a stretch of a random mask that is drawn once, at a new offset each time."""

    mask: Tensor

    def __init__(self, rate: float, seed: int) -> None:
        super().__init__()
        self.rate = rate
        generator = torch.Generator().manual_seed(seed)
        kept = torch.rand(_POOL, generator=generator) >= rate
        self.register_buffer("mask", (kept / (1 - rate)).to(torch.bfloat16), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """Return the values with a share of them zeroed and the rest scaled up; unchanged when not training."""
        if not self.training or self.rate == 0:
            return values
        count = values.numel()
        if count > _POOL:
            return nn.functional.dropout(values, self.rate)
        start = int(torch.randint(0, _POOL - count + 1, ()).item())
        return values * self.mask[start : start + count].view_as(values).to(values.dtype)


def replace_dropout(network: nn.Module, rate: float, seed: int) -> None:
    """Put one ``PooledDropout`` in the place of every dropout layer; attention weights are left whole."""
    pooled = PooledDropout(rate, seed)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Dropout):
                if type(module).__name__.endswith("SelfAttention"):
                    child.p = 0.0  # read as a number there, never called
                else:
                    setattr(module, name, pooled)
