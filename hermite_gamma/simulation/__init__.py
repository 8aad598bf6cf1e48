"""Kernels of the Monte Carlo layer: counter-based normals (normals.py) and compiled activations (scalar.py).

This is the lower half of the layer; trials, estimates and the command `simulate` are not here yet. Nothing in
this folder imports the theory (exact, enclosure, gamma, dual): that is what will make a simulation evidence.
"""
