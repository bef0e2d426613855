"""Command line of training: ``python -m models.training --config models/training/student.yml``."""

import argparse
from pathlib import Path


def main(arguments: list[str] | None = None) -> None:
    """Train the model that a configuration file describes; a run that was cut goes on from its last epoch."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=main.__doc__)
    parser.add_argument("--config", type=Path, default=Path("models/training/student.yml"))
    parser.add_argument("--fresh", action="store_true", help="forget the checkpoint of an earlier run")
    options = parser.parse_args(arguments)
    from models.training.config import load_plan
    from models.training.train import train

    train(load_plan(options.config), fresh=options.fresh)


if __name__ == "__main__":
    main()
