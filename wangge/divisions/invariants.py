"""The named queries of `invariants.sql`: what they return must not be."""

from __future__ import annotations

from pathlib import Path

from wangge.org.invariants import Proof

_PROOF = Proof(Path(__file__).with_suffix(".sql"))
invariants, run = _PROOF.invariants, _PROOF.run
