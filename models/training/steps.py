"""What every training run here does at a step and between steps: rate, update, running average, checkpoint."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_CLIP = 1.0
_HEAD_SCALE = 5.0


def new_optimiser(body: Iterable[nn.Parameter], heads: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    """Return fused AdamW; new heads learn faster than the layers below them."""
    groups: list[dict[str, Any]] = [
        {"params": list(body), "scale": 1.0},
        {"params": list(heads), "scale": _HEAD_SCALE},
    ]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)


def rate_at(done: float, peak: float, *, warm_up: float, least: float) -> float:
    """Warm up, then fall along a cosine to ``least`` of the peak; ``done`` is the share of the way."""
    if done < warm_up:
        return peak * done / warm_up
    return peak * (least + (1 - least) * 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))))


def update(optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], loss: Tensor, rate: float) -> None:
    """Take one step down the loss at a rate."""
    for settings in optimiser.param_groups:
        settings["lr"] = rate * settings["scale"]
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(parameters, _CLIP)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)


@torch.no_grad()
def follow(average: list[Tensor], parameters: Sequence[nn.Parameter], steps: int, ema: float) -> None:
    """Move the running average of the weights after so many steps; the average is what is evaluated and kept."""
    decay = min(ema, (1 + steps) / (10 + steps))
    torch._foreach_lerp_(average, list(parameters), 1 - decay)


def write_checkpoint(path: Path, plan: object, held: Mapping[str, Any]) -> None:
    """Write what a run of a plan goes on from; a cut while it is written leaves the one before."""
    torch.save({"plan": repr(plan), **held}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def read_checkpoint(path: Path, plan: object, device: torch.device) -> dict[str, Any] | None:
    """Return what a run of this plan left, None where there is nothing or it was another plan's."""
    if not path.is_file():
        return None
    held: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    if held["plan"] != repr(plan):
        print(f"checkpoint {path} belongs to another plan: starting afresh", flush=True)
        return None
    return held
