"""Everything that one run of the benchmark measured: what tables and figures are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.divergence.ablations import Flood, PeerPrior
from benchmarks.divergence.placebos import Placebo
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.shares import Accuracy
from benchmarks.divergence.study import Result


@dataclass(frozen=True, slots=True)
class Results:
    """The measured figures, with the seed and the number of repeated years they come from."""

    pools: tuple[Pool, Pool]
    seed: int
    repetitions: int
    quick: bool
    civic: Sequence[Accuracy]
    weibo: Sequence[Accuracy]
    shifted: Sequence[Accuracy]
    streams: Sequence[Result]
    placebos: Sequence[Placebo]
    ablations: Sequence[Result]
    floods: Sequence[Flood]
    peers: Sequence[PeerPrior]
