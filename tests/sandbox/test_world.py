"""The sandbox's environment."""

import pytest

from portal.sandbox.world import SandboxConfig


def test_the_defaults_suit_one_machine() -> None:
    assert SandboxConfig.from_env({}) == SandboxConfig("http://127.0.0.1:8000", "")


def test_the_environment_names_portal_and_token() -> None:
    config = SandboxConfig.from_env({"PORTAL_URL": "https://pay.example/", "SANDBOX_TOKEN": "t"})
    assert config == SandboxConfig("https://pay.example", "t")


def test_a_portal_that_cannot_be_called_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="PORTAL_URL"):
        SandboxConfig.from_env({"PORTAL_URL": "portal.example"})


def test_the_token_is_not_printed() -> None:
    assert "secret" not in repr(SandboxConfig(token="secret"))
