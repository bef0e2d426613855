"""A text model in, what it can and cannot do by capability out: a behavioural list after CheckList.

Ribeiro, Wu, Guestrin and Singh (2020), Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, ACL 2020.
The cases were written before any model read them, and stay as they are when a model fails them.
"""

from models.evaluation.behaviour.runner import BehaviourReport, CapabilityScore, Failure, NoiseScore, run

__all__ = ["BehaviourReport", "CapabilityScore", "Failure", "NoiseScore", "run"]
