"""What all tests share: how hypothesis runs. `--hypothesis-profile=soak` looks longer."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", settings.get_profile("house"), max_examples=2_000)
settings.load_profile("house")
