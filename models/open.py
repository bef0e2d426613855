"""A setting in, a ready text model out; the only place that decides which model class and engine a name means."""

from collections.abc import Mapping
from pathlib import Path

from minsheng.errors import ModelUnusable
from models.base import TextModel
from models.heads import HEADS_CONFIG

SHIPPED = "shipped"
SHIPPED_FOLDER = Path(__file__).parent / "weights" / "civic"
ENGINES = ("auto", "onnx", "torch")
# Asking torch takes seconds and 200 MB; where the driver is not there, the answer is known.
_CUDA_SIGNS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


def open_model(
    setting: str = SHIPPED,
    *,
    label_map: Mapping[str, str] | None = None,
    threads: int | None = None,
    device: str = "auto",
    engine: str = "auto",
) -> TextModel:
    """Open the shipped model, a folder, or a hub name.

    A foreign sequence classifier gives the sentiment; the other heads then come from the shipped model.

    Args:
        setting: ``shipped``, a folder of ours (shipped or trained), or a foreign folder or hub name.
        label_map: label of a foreign model to negative, neutral or positive, where its names do not say it.
        threads: how many threads compute; None takes all cores.
        device: cpu, cuda, or auto; only torch knows cuda.
        engine: onnx, torch, or auto: torch for cuda and for a folder that was not exported, else onnx.

    Raises:
        ModelUnusable: when the model cannot be loaded or its labels cannot be mapped.
    """
    if engine not in ENGINES:
        raise ModelUnusable(f"engine {engine!r} is not known; use {', '.join(ENGINES)}")
    folder = SHIPPED_FOLDER if setting == SHIPPED else Path(setting).expanduser()
    if (folder / HEADS_CONFIG).is_file() or setting == SHIPPED:
        return _civic(folder, threads, device, engine)
    if engine == "onnx":
        raise ModelUnusable(f"{setting}: foreign models run with torch; set the engine to auto or torch")
    from models.foreign import ForeignSentiment, JoinedModel

    sentiment = ForeignSentiment(setting, label_map, threads, device)
    return JoinedModel(sentiment, _civic(SHIPPED_FOLDER, threads, device, "auto"))


def _civic(folder: Path, threads: int | None, device: str, engine: str) -> TextModel:
    from models.onnx import ENCODER_FILE, OnnxEncoder
    from models.transformer import CivicModel

    if not folder.is_dir():
        raise ModelUnusable(f"{folder}: no such model folder; install minsheng with its weights")
    exported = (folder / ENCODER_FILE).is_file()
    if engine == "onnx" and not exported:
        raise ModelUnusable(
            f"{folder}: has no {ENCODER_FILE}; export it (python -m models.training.export), or use torch"
        )
    if engine == "onnx" and device not in ("auto", "cpu"):
        raise ModelUnusable(f"engine onnx computes on the CPU only, not on {device!r}; set the engine to torch")
    if engine == "torch" or not exported or (engine == "auto" and _on_cuda(device)):
        from models.torch_engine import TorchEncoder

        return CivicModel.open(folder, TorchEncoder(folder, device, threads))
    return CivicModel.open(folder, OnnxEncoder(folder / ENCODER_FILE, threads))


def _on_cuda(device: str) -> bool:
    if device != "auto":
        return device != "cpu"
    if not any(sign.exists() for sign in _CUDA_SIGNS):
        return False
    import torch

    return torch.cuda.is_available()
