import ipaddress
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import DEVELOPMENT_KEY, DEVELOPMENT_SECRET, Environment, Settings, SettingsError

STRONG = {
    "SECRET_KEY": "Wq8fT2mK9xZ4bN7vR1cY6hJ3pL5sD0gA",
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "PUBLIC_URL": "https://pay.example",
}


def settings(**environ: str) -> Settings:
    return Settings.from_env(environ)


def production(**changes: str) -> Settings:
    return settings(**{**STRONG, **changes})


def test_an_empty_environment_is_production_and_refused_by_name() -> None:
    with pytest.raises(SettingsError) as refused:
        settings()
    assert all(name in str(refused.value) for name in STRONG)


def test_production_starts_with_strong_settings() -> None:
    started = production()
    assert started.production
    assert started.environment is Environment.PRODUCTION
    assert started.public_url == "https://pay.example"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "abcabcab" * 8}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY is weak"),
        ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS is missing"),
        ({"CREDENTIAL_KEYS": DEVELOPMENT_KEY}, "development key"),
        ({"CREDENTIAL_KEYS": f"{STRONG['CREDENTIAL_KEYS']},{DEVELOPMENT_KEY}"}, "development key"),
        ({"CREDENTIAL_KEYS": "not a key"}, "not a Fernet key"),
        ({"PUBLIC_URL": "http://pay.example"}, "https://"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is missing"),
        ({"PUBLIC_URL": "pay.example"}, "PUBLIC_URL"),
        ({"WEBHOOKS_ALLOW_PRIVATE": "1"}, "WEBHOOKS_ALLOW_PRIVATE"),
    ],
)
def test_production_refuses_what_is_weak_and_names_it(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        production(**changes)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        production(SECRET_KEY="short", PUBLIC_URL="http://pay.example", CREDENTIAL_KEYS="x")
    assert all(name in str(refused.value) for name in STRONG)


def test_a_refusal_repeats_no_secret() -> None:
    with pytest.raises(SettingsError) as refused:
        production(SECRET_KEY="weak but mine", CREDENTIAL_KEYS="also mine")
    assert "mine" not in str(refused.value)


def test_settings_are_printed_without_secrets() -> None:
    shown = repr(production())
    assert STRONG["SECRET_KEY"] not in shown
    assert STRONG["CREDENTIAL_KEYS"] not in shown


def test_development_starts_with_nothing_said() -> None:
    started = settings(PORTAL_ENV="development")
    assert not started.production
    assert started.database_url.startswith("sqlite:///")
    assert started.sandbox_notify_from == (ipaddress.ip_network("127.0.0.1"),)


def test_production_believes_nobody_unless_told() -> None:
    started = production()
    assert started.trusted_proxies == started.sandbox_notify_from == started.metrics_from == ()


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SettingsError, match="PORTAL_ENV"):
        settings(PORTAL_ENV="staging")


@pytest.mark.parametrize("given", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_every_spelling_of_postgresql_is_the_driver_that_is_installed(given: str) -> None:
    assert production(DATABASE_URL=given).database_url == "postgresql+psycopg://u@h/d"


def test_the_database_is_in_the_instance_folder_by_default(tmp_path: Path) -> None:
    started = settings(PORTAL_ENV="test", INSTANCE_PATH=str(tmp_path))
    assert started.database_url == f"sqlite:///{tmp_path}/cross.db"


def test_lists_of_networks_are_read_and_mistakes_named() -> None:
    started = production(TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.1,")
    assert started.trusted_proxies == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("192.0.2.1/32"),
    )
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        production(TRUSTED_PROXIES="10.0.0.1/8")


def test_an_operators_settings_are_found_by_the_name_that_its_provider_gives() -> None:
    started = production(TMONEY_ONLINE_URL="https://op.example", TMONEY_ONLINE_NOTIFY_FROM="196.171.5.0/24")
    assert started.operators["TMONEY_ONLINE_URL"] == "https://op.example"
    assert started.networks("TMONEY_ONLINE_NOTIFY_FROM") == (ipaddress.ip_network("196.171.5.0/24"),)
    assert started.networks("FLOOZ_NOTIFY_FROM") == ()


def test_a_malformed_list_of_an_operator_is_named() -> None:
    with pytest.raises(SettingsError, match="TMONEY_ONLINE_NOTIFY_FROM"):
        production(TMONEY_ONLINE_NOTIFY_FROM="everyone").networks("TMONEY_ONLINE_NOTIFY_FROM")


@pytest.mark.parametrize(("name", "read"), [("PUBLIC_URL", "public_url"), ("SANDBOX_URL", "sandbox_url")])
def test_a_slash_at_the_end_of_an_address_is_dropped(name: str, read: str) -> None:
    assert getattr(production(**{name: "https://pay.example/"}), read) == "https://pay.example"


def test_rate_limits_cannot_be_switched_off_in_production() -> None:
    assert production(RATE_LIMITS="0").rate_limits
    assert not settings(PORTAL_ENV="test", RATE_LIMITS="0").rate_limits


def test_the_newest_credential_key_comes_first() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert production(CREDENTIAL_KEYS=f"{new}, {old}").credential_keys == (new, old)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        production().public_url = "https://evil.example"  # type: ignore[misc]
    with pytest.raises(TypeError):
        production().operators["X_URL"] = "https://evil.example"  # type: ignore[index]
