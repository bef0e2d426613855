"""A setting in, a ready text model out; the only place that decides which model class a name means."""

from collections.abc import Mapping
from pathlib import Path

from models.base import TextModel

SHIPPED = "shipped"
SHIPPED_FOLDER = Path(__file__).parent / "weights" / "civic-base"


def open_model(
    setting: str = SHIPPED,
    *,
    label_map: Mapping[str, str] | None = None,
    threads: int | None = None,
    device: str = "auto",
) -> TextModel:
    """Open the shipped model, a folder, or a hub name.

    A foreign sequence classifier gives the sentiment; topic and aspect then come from the shipped model.

    Raises:
        ModelUnusable: when the model cannot be loaded or its labels cannot be mapped.
    """
    from models.transformer import TransformerModel

    def shipped() -> TextModel:
        return TransformerModel.from_pretrained(SHIPPED_FOLDER, device=device)

    return TransformerModel.from_pretrained(
        SHIPPED_FOLDER if setting == SHIPPED else setting,
        label_map=label_map,
        threads=threads,
        device=device,
        companion=shipped,
    )
