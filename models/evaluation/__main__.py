"""Command line of the report that is shipped: ``python -m models.evaluation --model DIR --calibrate``."""

import argparse
from pathlib import Path

from models.base import TextModel
from models.evaluation.baselines import run as run_baselines
from models.evaluation.calibrate import calibrate
from models.evaluation.card import write_card
from models.evaluation.report import Reader, evaluate
from models.evaluation.sets import shared_sets, stance_set
from models.training.config import load_plan


def main(arguments: list[str] | None = None) -> None:
    """Evaluate a model folder and write report.json, report.md and MODEL_CARD.md into it."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation", description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("models/training/student.yml"), help="how it was trained")
    parser.add_argument("--calibrate", action="store_true", help="first scale its probabilities on the held-out texts")
    options = parser.parse_args(arguments)
    plan = load_plan(options.config)
    if options.calibrate:
        calibrate(options.model, plan, open_folder)
    from models.evaluation.behaviour import run as run_behaviour
    from models.stance import STANCE_ONNX, open_stance

    model: Path = options.model
    texts = open_folder(model)
    pairs = open_stance(model) if (model / STANCE_ONNX).is_file() else None
    sets = [*shared_sets(plan.data), *([stance_set(plan.data)] if pairs else [])]
    report = evaluate(
        Reader(texts, pairs), sets, floors=run_baselines, behaviour=run_behaviour(texts, extra_texts=sets[0].texts)
    )
    write_card(model, report, plan)
    print((model / "report.md").read_text("utf-8"))  # noqa: T201 - the answer of the command


def open_folder(folder: Path) -> TextModel:
    """Open a finished model folder."""
    from models.open import open_model

    return open_model(str(folder))


if __name__ == "__main__":
    main()
