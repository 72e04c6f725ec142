"""Diagrams of networks."""
