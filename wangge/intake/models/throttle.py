"""How often public routes are used."""

from __future__ import annotations

from django.db import models


class Throttle(models.Model):
    """Uses of a public route per address (hashed) in a window."""

    key = models.CharField(max_length=32, primary_key=True)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()
