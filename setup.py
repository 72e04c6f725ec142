"""Lets setuptools read setup.cfg."""

from setuptools import setup

setup()
