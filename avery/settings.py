"""The settings: frozen, and the only reader of the environment.

A setting is an environment variable, or a line in `.env` in the working folder; the environment wins. Each field
carries its sentence and what would do: the messages of `Settings.load` and docs/settings.md are made from them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import prompts
from avery.errors import SettingsError

PREFIX = "AVERY_"
KEY_BYTES = 32
"""Bytes in every key of ours."""

SecretName = Literal["jwt", "encryption", "signing"]


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http or https address")
    _ = parts.port  # reading it raises ValueError where it is no number
    return value.rstrip("/")


def _database_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("not a PostgreSQL address")
    _ = parts.port
    return value


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _arms(value: Any) -> Any:
    """`ai:90,scripted:10` as pairs of a name and its weight; a name alone weighs 1."""
    if not isinstance(value, str):
        return value
    return [(name.strip(), weight or "1") for name, _, weight in (part.partition(":") for part in _split(value))]


def _known_arms(value: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    known = {"scripted", "ai", *prompts.variants()}
    if not value or any(name not in known or weight <= 0 for name, weight in value):
        raise ValueError("not an arm")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment or "*" in value:
        raise ValueError("not an origin")
    # Browsers leave the scheme's own port out.
    own_port = {"http": ":80", "https": ":443"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(own_port)}".lower()


def _absolute(value: Path) -> Path:
    return value.expanduser().absolute()


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < KEY_BYTES:
        raise ValueError("too short")
    return value


def _keys(value: str) -> tuple[bytes, ...]:
    """The comma-separated keys as bytes; ValueError where one is not 32 bytes in base64."""
    found: list[bytes] = []
    for part in _split(value):
        try:
            key = base64.b64decode(part.replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        if len(key) != KEY_BYTES:
            raise ValueError("not 32 bytes")
        found.append(key)
    if not found:
        raise ValueError("no key")
    return tuple(found)


def _key_ring(value: SecretStr) -> SecretStr:
    _keys(value.get_secret_value())
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Origin = Annotated[str, AfterValidator(_origin)]


def _own_address(known: dict[str, Any]) -> str:
    host = known["host"]
    # What listens everywhere is reached on this machine by its loopback address.
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{known['port']}"


def _own_origins(known: dict[str, Any]) -> tuple[str, ...]:
    own = _origin("/".join(known["public_url"].split("/")[:3]))
    # On one's own machine a browser may be pointed at either name of the loopback.
    twin = (
        own.replace("//127.0.0.1", "//localhost") if "//127.0.0.1" in own else own.replace("//localhost", "//127.0.0.1")
    )
    return tuple(dict.fromkeys((own, twin)))


def _field(sentence: str, would_do: str, *, env: str | None = None, shown: str | None = None, **more: Any) -> Any:
    """A field with its sentence (for docs) and what would do (for a refusal). `shown` is the default in docs."""
    extra: dict[str, JsonValue] = {"would_do": would_do, **({"shown": shown} if shown else {})}
    return Field(description=sentence, validation_alias=env, json_schema_extra=extra, **more)


class Settings(BaseSettings):
    """What this process was told, checked. Make it with `Settings.load()`; tests pass fields by name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    env: Literal["development", "production"] = _field(
        "Production refuses to start on anything that is only for trying out.",
        "development or production",
        default="development",
    )
    host: str = _field(
        "The address to listen on.", "an address such as 127.0.0.1 or 0.0.0.0", default="127.0.0.1", min_length=1
    )
    port: int = _field(
        "The port to listen on.", "a whole number from 1 to 65535, such as 8000", default=8000, ge=1, le=65535
    )
    public_url: HttpUrl = _field(
        "Where browsers reach this service: OAuth callbacks are made from it.",
        "an address such as https://avery.example.com",
        default_factory=_own_address,
        shown="http://HOST:PORT",
    )
    allowed_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = _field(
        "The pages that may open the WebSocket: origins, separated by commas. Required in production.",
        "origins separated by commas, such as https://admin.example.com (no path, no *)",
        default_factory=_own_origins,
        shown="this service's own",
    )
    data_dir: Annotated[Path, AfterValidator(_absolute)] = _field(
        "The folder for the embedded database and for keys made on first start.",
        "the path of a folder",
        default=Path(".avery"),
        validate_default=True,
    )
    database_url: Annotated[str, AfterValidator(_database_url)] | None = _field(
        "PostgreSQL 14 or newer. Unset: an embedded one in AVERY_DATA_DIR. Required in production.",
        "an address such as postgresql://user:password@host:5432/avery",
        default=None,
        repr=False,
        shown="embedded",
    )
    worker: Literal["inline", "off"] = _field(
        "Whether `avery serve` also does the background work; `off` beside separate `avery worker` processes.",
        "inline or off",
        default="inline",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _field(
        "The least that is logged.", "debug, info, warning or error", default="info"
    )
    log_format: Literal["auto", "console", "json"] = _field(
        "How logs look; auto is console on a terminal and JSON elsewhere.", "auto, console or json", default="auto"
    )

    openai_api_key: SecretStr | None = _field(
        "The model's key. Unset: the scripted Avery.",
        "a key of the model's provider",
        env="OPENAI_API_KEY",
        default=None,
        shown="scripted",
    )
    openai_base_url: HttpUrl = _field(
        "Any service that speaks OpenAI's protocol.",
        "an address such as https://api.openai.com/v1",
        env="OPENAI_BASE_URL",
        default="https://api.openai.com/v1",
    )
    model: str = _field("The model that speaks.", "a model's name, such as gpt-4o", default="gpt-4o", min_length=1)
    max_tokens: int = _field(
        "Tokens in a reply, at most.", "a whole number from 1 to 100000, such as 500", default=500, ge=1, le=100_000
    )
    temperature: float = _field(
        "The model's temperature.", "a number from 0 to 2, such as 0.7", default=0.7, ge=0, le=2
    )
    model_seconds: float = _field(
        "How long the model may be silent, before its first word and between words, until that counts as a timeout.",
        "a number of seconds, more than 0, such as 10",
        default=10,
        gt=0,
    )
    arms: Annotated[tuple[tuple[str, float], ...], NoDecode, BeforeValidator(_arms), AfterValidator(_known_arms)] = (
        _field(
            "Which Avery coaches meet, as names and weights: `scripted`, `ai`, or a folder of prompts/variants. "
            "A coach always meets the same one. Without a model's key all meet the scripted one.",
            "names with weights, such as ai:90,scripted:10",
            default=(("ai", 1.0),),
            shown="ai",
        )
    )
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = _field(
        "For reasoning models: how long they think.",
        "none, minimal, low, medium, high or xhigh",
        default=None,
    )

    kliq_url: HttpUrl | None = _field(
        "KLIQ's API. Unset: the sandbox, on this machine. Required in production.",
        "an address such as https://api.kliq.example",
        default=None,
        shown="sandbox",
    )
    kliq_token: SecretStr | None = _field("Avery's own token at KLIQ.", "a token", default=None)

    jwt_secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = _field(
        "Checks the admin panel's tokens (HS256). Production needs it or AVERY_JWKS_URL.",
        "a secret of at least 32 characters, such as `openssl rand -base64 48` prints",
        default=None,
        shown="made on first start",
    )
    jwks_url: HttpUrl | None = _field(
        "Where the admin panel publishes its public keys, instead of a shared secret.",
        "an address such as https://admin.example.com/.well-known/jwks.json",
        default=None,
    )
    jwt_audience: str | None = _field("The audience that the admin panel's tokens must name.", "a name", default=None)
    encryption_keys: Annotated[SecretStr, AfterValidator(_key_ring)] | None = _field(
        "Encrypts the social tokens: keys separated by commas, the first encrypts, all decrypt. Production needs it.",
        "keys of 32 bytes in base64, separated by commas, such as `openssl rand -base64 32` prints",
        default=None,
        shown="made on first start",
    )

    instagram_client_id: str | None = _field(
        "Instagram's app. Unset: played by the sandbox.", "the app's id", default=None
    )
    instagram_client_secret: SecretStr | None = _field("Its secret.", "the app's secret", default=None)
    tiktok_client_id: str | None = _field(
        "TikTok's client key. Unset: played by the sandbox.", "the app's client key", default=None
    )
    tiktok_client_secret: SecretStr | None = _field("Its secret.", "the app's secret", default=None)
    google_client_id: str | None = _field(
        "Google's client, for YouTube. Unset: played by the sandbox.", "the client's id", default=None
    )
    google_client_secret: SecretStr | None = _field("Its secret.", "the client's secret", default=None)
    bigquery_project: str | None = _field(
        "The project that holds the benchmarks. Unset: a small illustrative table that ships with Avery.",
        "a Google Cloud project's id",
        default=None,
        shown="shipped table",
    )

    away_minutes: float = _field(
        "Away for longer than this, a coach is welcomed back.", "a number of minutes, 0 or more", default=30, ge=0
    )
    ticket_seconds: float = _field(
        "How long a WebSocket ticket holds.", "a number of seconds, more than 0", default=30, gt=0
    )
    frames_per_minute: int = _field(
        "Frames that a socket may send in a minute.", "a whole number, 1 or more", default=120, ge=1
    )
    lease_seconds: float = _field(
        "How soon a dead server's turn is taken up by another.", "a number of seconds, 1 or more", default=10, ge=1
    )

    @property
    def mode(self) -> Literal["ai", "scripted"]:
        """Who speaks: the model where there is a key, else the script."""
        return "ai" if self.openai_api_key else "scripted"

    @property
    def sandbox(self) -> bool:
        """Whether KLIQ and the social platforms are played on this machine."""
        return self.kliq_url is None

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`. SettingsError: one line for each variable that will not do, all at once."""
        try:
            settings = cls()
            complaints: list[str] = []
            bad: set[str] = set()
        except ValidationError as error:
            refused = _complaints(error)
            complaints, bad = list(refused.values()), set(refused)
            # The rest is read once more, with defaults for the bad ones, so that one message names all that is wrong.
            known = {"host": "127.0.0.1", "port": 8000, "public_url": "http://127.0.0.1:8000"}
            settings = cls(
                **{
                    name: cls.model_fields[name].get_default(call_default_factory=True, validated_data=known)
                    for name in bad
                }
            )
        complaints += [line for name, line in _missing(settings) if name not in bad]
        if complaints:
            raise SettingsError("\n".join(complaints))
        return settings

    def key_ring(self) -> tuple[bytes, ...]:
        """The encryption keys, 32 bytes each: the first encrypts, all decrypt."""
        if self.encryption_keys:
            return _keys(self.encryption_keys.get_secret_value())
        return (self._key_file("encryption"),)

    def secret(self, name: SecretName) -> bytes:
        """A key of at least 32 bytes: from the settings, or in development from a key file made on first start.

        `signing` signs buttons; it follows from the encryption keys, so that all servers agree on it.
        """
        if name == "jwt" and self.jwt_secret:
            return self.jwt_secret.get_secret_value().encode()
        if name == "encryption":
            return self.key_ring()[0]
        if name == "signing" and self.encryption_keys:
            return hmac.digest(self.key_ring()[-1], b"avery signing", hashlib.sha256)
        return self._key_file(name)

    def _key_file(self, name: str) -> bytes:
        path = self.data_dir / f"{name}.key"
        if self.env == "production":
            raise SettingsError(f"{name} key: production takes its keys from the environment, not from {path}")
        return _key_at(path)


@cache
def _key_at(path: Path) -> bytes:
    """The key in a file, made where there is none; read once, because buttons are signed all the time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key_file(path)
        key = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{PREFIX}DATA_DIR='{path.parent}': the key file {path.name} cannot be made or read there "
            f"({error.strerror}); a folder that this user may write to would do"
        ) from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path} is not a key of {KEY_BYTES} bytes; remove it and a new one is made")
    return key


def _make_key_file(path: Path) -> None:
    """Make the file whole or not at all; of two processes that start at once, the first one's key stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a field."""
    return field.validation_alias if isinstance(field.validation_alias, str) else PREFIX + name.upper()


def would_do(field: FieldInfo) -> str:
    """What a value of this field looks like, in words."""
    extra = field.json_schema_extra
    return str(extra["would_do"]) if isinstance(extra, dict) else ""


def _field_name(error: Any) -> str:
    """The field that a pydantic error is about: its place is the alias where there is one."""
    place = str(error["loc"][0]) if error["loc"] else ""
    by_variable = {variable(name, field): name for name, field in Settings.model_fields.items()}
    return by_variable.get(place, place)


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def _shown(value: object, field: FieldInfo) -> str:
    if _is_secret(field):
        return "(hidden)"
    text = re.sub(r"//[^@/\s]*@", "//(hidden)@", str(value))
    # A password may also stand in a query (`?password=…`) or in a form that is no address at all.
    text = re.sub(r"(password\s*=\s*)[^&\s]+", r"\1(hidden)", text, flags=re.IGNORECASE)
    return f"'{text if len(text) <= 100 else text[:100] + '…'}'"


def _complaints(error: ValidationError) -> dict[str, str]:
    """Each refused field and its line."""
    lines: dict[str, str] = {}
    for found in error.errors(include_url=False):
        name = _field_name(found)
        if found["type"] == "default_factory_not_called" or name not in Settings.model_fields:
            continue
        field = Settings.model_fields[name]
        given = found["input"]
        lines.setdefault(
            name, f"{variable(name, field)}={_shown(given, field)} cannot be used; {would_do(field)} would do"
        )
    return lines


def _missing(settings: Settings) -> list[tuple[str, str]]:
    """What is missing, as (field, line): half of a pair anywhere, and in production all that is only for trying out."""
    fields = Settings.model_fields

    def line(name: str, why: str) -> tuple[str, str]:
        return name, f"{variable(name, fields[name])} is missing: {why}; {would_do(fields[name])} would do"

    found = []
    for platform in ("instagram", "tiktok", "google"):
        pair = (f"{platform}_client_id", f"{platform}_client_secret")
        for mine, other in (pair, pair[::-1]):
            if getattr(settings, other) and not getattr(settings, mine):
                found.append(line(mine, f"{variable(other, fields[other])} is set"))
    if settings.env == "production":
        if settings.sandbox:
            found.append(line("kliq_url", "production does not run on the sandbox"))
        if not settings.database_url:
            found.append(line("database_url", "production does not run on an embedded database"))
        if not settings.jwt_secret and not settings.jwks_url:
            found.append(
                line("jwt_secret", "production needs it, or AVERY_JWKS_URL, to check the admin panel's tokens")
            )
        if not settings.encryption_keys:
            found.append(line("encryption_keys", "production needs it to encrypt the social tokens"))
        if "allowed_origins" not in settings.model_fields_set or not settings.allowed_origins:
            found.append(line("allowed_origins", "production needs to know which pages may connect"))
    return found
