"""Counted facts, the rules that judge them, and what is said about the judgement."""

from __future__ import annotations
