"""The Monte Carlo layer: random features and NTK regression in high dimension, simulated.

`simulate.py` is the public function. A trial (`trial.py`) draws samples (`distributions/`, `queries.py`) and
labels (`labels.py`), gets a kernel from a model (`models.py`, `streaming.py`, `infinite.py`) and solves
(`solving.py`). Nothing in this folder imports the theory (exact, enclosure, gamma, dual, equivalent): that is
what makes a simulation evidence.
"""
