"""Settings: parsed once, refused all at once, secrets never shown."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from avery.errors import SettingsError
from avery.settings import Settings, variable

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(200, 232))).decode()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and a working folder without `.env`."""
    for name, field in Settings.model_fields.items():
        monkeypatch.delenv(variable(name, field), raising=False)
    monkeypatch.chdir(tmp_path)


def complaints(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        Settings.load()
    return str(refusal.value).splitlines()


def test_with_nothing_set_avery_is_scripted_in_a_sandbox_on_the_loopback() -> None:
    settings = Settings.load()
    assert (settings.mode, settings.sandbox, settings.database_url) == ("scripted", True, None)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.allowed_origins == ("http://127.0.0.1:8000", "http://localhost:8000")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("AVERY_PORT=9001\nAVERY_MODEL=gpt-5\nOPENAI_API_KEY=sk-test\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("AVERY_PORT", "9002")
    settings = Settings.load()
    assert (settings.port, settings.model, settings.mode) == (9002, "gpt-5", "ai")
    assert settings.public_url == "http://127.0.0.1:9002"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVERY_PORT", "")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert (Settings.load().port, Settings.load().mode) == (8000, "scripted")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings.load().port = 1  # type: ignore[misc]


def test_every_bad_variable_gets_one_line_with_its_value_and_what_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaints(monkeypatch, AVERY_PORT="eighty", AVERY_WORKER="yes", OPENAI_BASE_URL="openai") == [
        "AVERY_PORT='eighty' cannot be used; a whole number from 1 to 65535, such as 8000 would do",
        "AVERY_WORKER='yes' cannot be used; inline or off would do",
        "OPENAI_BASE_URL='openai' cannot be used; an address such as https://api.openai.com/v1 would do",
    ]


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("AVERY_JWT_SECRET", "short-secret", "short-secret"),
        ("AVERY_ENCRYPTION_KEYS", "bm90IDMyIGJ5dGVz", "bm90IDMyIGJ5dGVz"),
        ("AVERY_DATABASE_URL", "mysql://avery:hunter2@db/avery", "hunter2"),
        ("AVERY_DATABASE_URL", "host=db password=hunter2", "hunter2"),
        ("AVERY_KLIQ_URL", "ftp://avery:hunter2@kliq", "hunter2"),
    ],
)
def test_a_refusal_shows_no_secret(monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str) -> None:
    (line,) = complaints(monkeypatch, **{name: value})
    assert line.startswith(f"{name}=")
    assert "(hidden)" in line
    assert secret not in line


def test_settings_print_without_secrets() -> None:
    settings = Settings(
        jwt_secret=SecretStr("x" * 32),
        database_url="postgresql://avery:hunter2@db/avery",
        openai_api_key=SecretStr("sk-1"),
    )
    assert not [secret for secret in ("x" * 32, "hunter2", "sk-1") if secret in repr(settings)]


def test_production_refuses_in_one_message_all_that_is_only_for_trying_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = complaints(monkeypatch, AVERY_ENV="production", AVERY_PORT="no")
    assert [line.split("=")[0].split(" ")[0] for line in lines] == [
        "AVERY_PORT", "AVERY_KLIQ_URL", "AVERY_DATABASE_URL", "AVERY_JWT_SECRET", "AVERY_ENCRYPTION_KEYS",
        "AVERY_ALLOWED_ORIGINS",
    ]  # fmt: skip


def test_production_starts_with_all_that_it_needs_and_makes_no_key_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AVERY_ENV": "production",
        "AVERY_KLIQ_URL": "https://api.kliq.example/",
        "AVERY_DATABASE_URL": "postgresql://avery@db/avery",
        "AVERY_JWKS_URL": "https://admin.example.com/jwks.json",
        "AVERY_ENCRYPTION_KEYS": f"{KEY}, {OTHER_KEY}",
        "AVERY_ALLOWED_ORIGINS": "https://Admin.example.com:443/, http://localhost:3000",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.kliq_url == "https://api.kliq.example"
    assert settings.allowed_origins == ("https://admin.example.com", "http://localhost:3000")
    assert settings.key_ring() == (bytes(range(32)), bytes(range(200, 232)))
    assert settings.secret("encryption") == bytes(range(32))
    assert len(settings.secret("signing")) == 32
    with pytest.raises(SettingsError):
        settings.secret("jwt")
    assert list(Path().iterdir()) == []


def test_half_of_a_pair_is_refused_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = complaints(monkeypatch, AVERY_TIKTOK_CLIENT_ID="abc")
    assert line.startswith("AVERY_TIKTOK_CLIENT_SECRET is missing")


@pytest.mark.parametrize("origin", ["*", "https://*.example.com", "https://a.example/path", "a.example", "null"])
def test_an_origin_is_scheme_and_host_and_nothing_else(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    (line,) = complaints(monkeypatch, AVERY_ALLOWED_ORIGINS=f"https://good.example,{origin}")
    assert line.startswith(f"AVERY_ALLOWED_ORIGINS='{origin}'")


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("avery.test", "http://avery.test:8000")],
)
def test_the_public_address_follows_the_host(host: str, url: str) -> None:
    assert Settings(host=host).public_url == url


def test_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first = Settings(data_dir=folder)
    assert first.secret("jwt") != first.secret("signing")
    assert Settings(data_dir=folder).secret("jwt") == first.secret("jwt")
    assert {(path.name, stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()} == {
        ("jwt.key", 0o600),
        ("signing.key", 0o600),
    }


def test_processes_that_start_at_once_agree_on_a_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: settings.secret("jwt"), range(32)))) == 1


def test_a_folder_that_cannot_hold_keys_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="AVERY_DATA_DIR"):
        Settings(data_dir=blocked / "inside").secret("jwt")


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").write_bytes(b"half")
    with pytest.raises(SettingsError, match="not a key of 32 bytes"):
        Settings(data_dir=tmp_path).secret("jwt")
