"""The specification reads the policy files alone: no overrides, no database."""

import pytest

from yigongti.kernel.policy.store import store


@pytest.fixture(autouse=True)
def files_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Overrides are left out."""
    monkeypatch.setattr(store(), "overrides", None)
