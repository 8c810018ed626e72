"""argon2id at the cost OWASP names for it: 19 MiB and two passes, some 20 ms, instead of Django's 100 MiB."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
