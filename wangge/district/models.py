"""What profile was loaded, when, from which files."""

from __future__ import annotations

from django.db import models


class LoadedProfile(models.Model):
    """One successful load; the newest row is the profile in force."""

    name = models.CharField(max_length=80)
    district_code = models.CharField(max_length=6)
    district_name = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)  # SHA-256 over all files
    settings = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
