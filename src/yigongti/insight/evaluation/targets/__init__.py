"""Targets of each centre: apportioned from population and weights, commented on in two rounds, decided (seed 001)."""
