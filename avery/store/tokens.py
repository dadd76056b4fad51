"""Linked social accounts (`avery_social_accounts`); the tokens in them are sealed and opened here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from avery.store.pool import Connection, Pool
from avery.vault import Field, Vault

COLUMNS = (
    "coach_id, platform, external_id, username, picture_url, access_token, refresh_token, scopes, expires_at,"
    " refresh_expires_at, needs_reconnect"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A linked account with its tokens in the clear: never logged, never kept longer than a call needs it."""

    coach_id: int
    platform: str
    external_id: str
    username: str
    picture_url: str | None
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: str
    """Separated by spaces."""
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    needs_reconnect: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked account without its tokens."""

    platform: str
    username: str
    picture_url: str | None
    needs_reconnect: bool


async def save(conn: Connection, vault: Vault, account: Account) -> None:
    """Insert or replace the coach's account on this platform."""
    await conn.execute(
        f"""
        INSERT INTO avery_social_accounts ({COLUMNS})
        VALUES (%(coach_id)s, %(platform)s, %(external_id)s, %(username)s, %(picture_url)s, %(access_token)s,
                %(refresh_token)s, %(scopes)s, %(expires_at)s, %(refresh_expires_at)s, %(needs_reconnect)s)
        ON CONFLICT (coach_id, platform) DO UPDATE SET
            external_id = excluded.external_id, username = excluded.username, picture_url = excluded.picture_url,
            access_token = excluded.access_token, refresh_token = excluded.refresh_token, scopes = excluded.scopes,
            expires_at = excluded.expires_at, refresh_expires_at = excluded.refresh_expires_at,
            needs_reconnect = excluded.needs_reconnect, updated_at = now(),
            last_sync_at = CASE WHEN avery_social_accounts.external_id = excluded.external_id
                                THEN avery_social_accounts.last_sync_at END
        """,
        {
            "coach_id": account.coach_id,
            "platform": account.platform,
            "external_id": account.external_id,
            "username": account.username,
            "picture_url": account.picture_url,
            "access_token": _seal(vault, account, "access_token", account.access_token),
            "refresh_token": _seal(vault, account, "refresh_token", account.refresh_token),
            "scopes": account.scopes,
            "expires_at": account.expires_at,
            "refresh_expires_at": account.refresh_expires_at,
            "needs_reconnect": account.needs_reconnect,
        },
    )


async def load(conn: Connection, vault: Vault, coach_id: int, platform: str, *, lock: bool = False) -> Account | None:
    """The account, tokens opened; with `lock` the row is held until the transaction ends. Raises Unreadable."""
    cursor = await conn.execute(
        f"SELECT {COLUMNS} FROM avery_social_accounts WHERE coach_id = %s AND platform = %s"
        + (" FOR UPDATE" if lock else ""),
        (coach_id, platform),
    )
    row = await cursor.fetchone()
    return opened(vault, row) if row else None


async def linked(conn: Connection, coach_id: int) -> list[Linked]:
    """All accounts of a coach, oldest first, without tokens."""
    cursor = await conn.execute(
        "SELECT platform, username, picture_url, needs_reconnect FROM avery_social_accounts WHERE coach_id = %s"
        " ORDER BY created_at, platform",
        (coach_id,),
    )
    return [Linked(**row) for row in await cursor.fetchall()]


async def mark_dead(conn: Connection, vault: Vault, account: Account) -> None:
    """Note that the account must be connected again, unless newer tokens came in between."""
    current = await load(conn, vault, account.coach_id, account.platform, lock=True)
    if current is not None and current.access_token == account.access_token:
        await conn.execute(
            "UPDATE avery_social_accounts SET needs_reconnect = TRUE, updated_at = now()"
            " WHERE coach_id = %s AND platform = %s",
            (account.coach_id, account.platform),
        )


async def remove(conn: Connection, coach_id: int, platform: str) -> dict[str, Any] | None:
    """Delete the account: its row, tokens still sealed; None where there was none."""
    cursor = await conn.execute(
        f"DELETE FROM avery_social_accounts WHERE coach_id = %s AND platform = %s RETURNING {COLUMNS}",
        (coach_id, platform),
    )
    return await cursor.fetchone()


async def rotate(pool: Pool, vault: Vault) -> int:
    """Seal every token anew with the vault's primary key: how many that were. Raises Unreadable.

    Row by row, each in its own transaction: it may run beside a serving Avery, and again after a crash.
    """
    count = 0
    async with pool.connection() as conn:
        cursor = await conn.execute("SELECT coach_id, platform FROM avery_social_accounts ORDER BY coach_id, platform")
        places = [(row["coach_id"], row["platform"]) for row in await cursor.fetchall()]
        for coach_id, platform in places:
            async with conn.transaction():
                cursor = await conn.execute(
                    "SELECT access_token, refresh_token FROM avery_social_accounts"
                    " WHERE coach_id = %s AND platform = %s FOR UPDATE",
                    (coach_id, platform),
                )
                row = await cursor.fetchone()
                if row is None:
                    continue
                renewed = {
                    "access_token": vault.rotate(
                        row["access_token"], coach_id=coach_id, platform=platform, field="access_token"
                    ),
                    "refresh_token": row["refresh_token"]
                    and vault.rotate(row["refresh_token"], coach_id=coach_id, platform=platform, field="refresh_token"),
                }
                changed = sum(renewed[name] != row[name] for name in renewed)
                if changed:
                    await conn.execute(
                        "UPDATE avery_social_accounts SET access_token = %s, refresh_token = %s"
                        " WHERE coach_id = %s AND platform = %s",
                        (renewed["access_token"], renewed["refresh_token"], coach_id, platform),
                    )
                count += changed
    return count


async def unknown_keys(conn: Connection, vault: Vault) -> list[str]:
    """Ids of keys that sealed a stored token and are not in the ring: with any of them Avery should not start."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT split_part(token, '.', 2) AS key_id
        FROM avery_social_accounts, unnest(ARRAY[access_token, refresh_token]) AS token WHERE token IS NOT NULL
        """
    )
    return sorted({row["key_id"] for row in await cursor.fetchall()} - vault.key_ids)


def _seal(vault: Vault, account: Account, field: Field, text: str | None) -> str | None:
    if text is None:
        return None
    return vault.seal(text, coach_id=account.coach_id, platform=account.platform, field=field)


def opened(vault: Vault, row: dict[str, Any]) -> Account:
    """The account in a row, tokens opened. Raises Unreadable."""
    place = {"coach_id": row["coach_id"], "platform": row["platform"]}
    tokens = {
        "access_token": vault.open(row["access_token"], **place, field="access_token"),
        "refresh_token": row["refresh_token"] and vault.open(row["refresh_token"], **place, field="refresh_token"),
    }
    return Account(**(row | tokens))
