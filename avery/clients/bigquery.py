"""KLIQ's coaches in numbers, from BigQuery: spec ticket 2.2's query, narrowed where the table has columns for it.

Google's client is synchronous and an extra: it is imported at the first question and works in a thread. Whoever runs
Avery gives it credentials the way Google's libraries look for them (Application Default Credentials).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from babel.numbers import get_currency_precision, list_currencies

from avery.errors import OutsideRefused, OutsideUnavailable, SettingsError

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, QueryJobConfig

SERVICE = "BigQuery"
TABLE = "powerbi_dashboard.d1_coach_growth_stages"
MAX_BYTES = 1024**3
"""What one query may read at most, so that none costs more than a cent."""
CALL_SECONDS, QUERY_SECONDS = 5.0, 15.0
"""How long one request, and how long a whole query, may take."""
AT_ONCE = 4
"""Questions in flight: their threads are the ones that everything else in the process shares."""
HOME_CURRENCY = "GBP"
"""What the prices are in where the table does not say."""

_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""https://cloud.google.com/resource-manager/docs/creating-managing-projects, with the old domain-scoped form."""
_NICHE, _SPECIALTY, _CURRENCY = ("niche",), ("specialty", "speciality"), ("currency", "currency_code")


@dataclass(frozen=True, slots=True)
class Figures:
    """A group of coaches in numbers; amounts in the currency's minor unit, each rounded as the query rounds it."""

    currency: str
    avg_price: int
    min_price: int
    max_price: int
    avg_mrr: int
    top_mrr: int
    avg_subs: int
    coach_count: int


class GrowthStages:
    """The table of coaches. `endpoint`: another server that speaks BigQuery's REST, asked without credentials.

    Raises SettingsError where `project` cannot be the id of a Google Cloud project.
    """

    def __init__(self, project: str, *, endpoint: str | None = None) -> None:
        if not _PROJECT.fullmatch(project):
            raise SettingsError(
                f"AVERY_BIGQUERY_PROJECT is {project!r}, which is no project's id. Give a Google Cloud project's id "
                "(6 to 30 lower-case letters, digits and hyphens), or leave it out to use the shipped table."
            )
        self.project = project
        self._endpoint = endpoint
        self._building = threading.Lock()
        self._client: Client | None = None
        self._columns: dict[str, str] | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def read(self, niche: str | None, specialty: str | None) -> list[Figures]:
        """The figures of a group, a row for each currency; none where the table has no such column or no such coaches.

        Without niche and specialty: all coaches. Raises OutsideUnavailable and OutsideRefused.
        """
        async with self._slots:
            return await asyncio.to_thread(self._read, niche, specialty)

    # In a thread -----------------------------------------------------------------------------------------------------

    def _read(self, niche: str | None, specialty: str | None) -> list[Figures]:
        from google.api_core.exceptions import ClientError, GoogleAPIError, TooManyRequests
        from google.auth.exceptions import GoogleAuthError
        from requests import RequestException

        try:
            return self._query(niche, specialty)
        except TooManyRequests as error:
            raise OutsideUnavailable(SERVICE, _words(error), status=429) from error
        except ClientError as error:
            raise OutsideRefused(SERVICE, _words(error), status=error.code) from error
        except GoogleAuthError as error:
            raise OutsideRefused(SERVICE, f"no credentials that hold ({_words(error)})") from error
        except (GoogleAPIError, RequestException, TimeoutError) as error:
            raise OutsideUnavailable(SERVICE, _words(error)) from error

    def _query(self, niche: str | None, specialty: str | None) -> list[Figures]:
        from google.api_core.retry import Retry

        client, columns = self._connected()
        column = {
            "niche": _among(columns, _NICHE),
            "specialty": _among(columns, _SPECIALTY),
            "currency": _among(columns, _CURRENCY),
        }
        # The narrowest thing asked for must be in the table, or the answer would describe others than it says.
        if (specialty and not column["specialty"]) or (niche and not specialty and not column["niche"]):
            return []
        values = {}
        if niche and column["niche"]:
            values["niche"] = niche.strip().casefold()
        if specialty:
            values["specialty"] = specialty.strip().casefold()
        once = Retry(predicate=_never)
        rows = client.query_and_wait(
            _sql(self.project, column, values),
            job_config=_config(values),
            api_timeout=CALL_SECONDS,
            wait_timeout=QUERY_SECONDS,
            retry=once,
            job_retry=once,
        )
        return [figures for row in rows if (figures := _figures(dict(row.items()))) is not None]

    def _connected(self) -> tuple[Client, dict[str, str]]:
        """The client and the table's text columns: lower case to the name as it is."""
        from google.api_core.retry import Retry
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.bigquery import Client

        with self._building:
            if self._client is None:
                if self._endpoint:
                    self._client = Client(
                        self.project,
                        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
                        client_options={"api_endpoint": self._endpoint},
                    )
                else:
                    self._client = Client(self.project)
            if self._columns is None:
                table = self._client.get_table(
                    f"{self.project}.{TABLE}", retry=Retry(predicate=_never), timeout=CALL_SECONDS
                )
                self._columns = {
                    field.name.casefold(): field.name
                    for field in table.schema
                    if field.field_type == "STRING" and field.mode != "REPEATED"
                }
            return self._client, self._columns


def installed() -> bool:
    """Whether the extra is there."""
    try:
        return find_spec("google.cloud.bigquery") is not None
    except ModuleNotFoundError:
        return False


def _among(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _sql(project: str, column: Mapping[str, str | None], values: Mapping[str, str]) -> str:
    """The spec's query, narrowed. Only names of ours and the project's checked id are written into it."""
    currency = column["currency"]
    conditions = ["total_subs > 0"]
    if "niche" in values:
        conditions.append(f"LOWER(TRIM(`{column['niche']}`)) = @niche")
    if "specialty" in values:
        # Whole words, whichever of the two says more: "yoga" is found in "prenatal yoga", and the other way round.
        theirs, hers = f"CONCAT(' ', LOWER(TRIM(`{column['specialty']}`)), ' ')", "CONCAT(' ', @specialty, ' ')"
        conditions.append(f"TRIM(`{column['specialty']}`) != ''")
        conditions.append(f"(STRPOS({hers}, {theirs}) > 0 OR STRPOS({theirs}, {hers}) > 0)")
    where = "\n  AND ".join(conditions)
    return f"""
SELECT
  {f"UPPER(TRIM(`{currency}`))" if currency else f"'{HOME_CURRENCY}'"} as currency,
  ROUND(AVG(avg_sub_price), 2) as avg_price,
  ROUND(MIN(avg_sub_price), 2) as min_price,
  ROUND(MAX(avg_sub_price), 2) as max_price,
  ROUND(AVG(mrr), 2) as avg_mrr,
  ROUND(MAX(mrr), 2) as top_mrr,
  ROUND(AVG(total_subs), 0) as avg_subs,
  COUNT(*) as coach_count
FROM `{project}.{TABLE}`
WHERE {where}
{"GROUP BY currency" if currency else ""}""".strip()


def _config(values: Mapping[str, str]) -> QueryJobConfig:
    from google.cloud.bigquery import QueryJobConfig, ScalarQueryParameter

    return QueryJobConfig(
        maximum_bytes_billed=MAX_BYTES,
        query_parameters=[ScalarQueryParameter(name, "STRING", value) for name, value in values.items()],
    )


def _figures(row: Mapping[str, Any]) -> Figures | None:
    """A row in minor units; None where something in it is NULL or its currency is none that is known."""
    currency = row["currency"]
    if currency not in list_currencies() or any(value is None for value in row.values()):
        return None
    scale = 10 ** get_currency_precision(currency)

    def minor(name: str) -> int:
        return int((Decimal(str(row[name])) * scale).to_integral_value())

    return Figures(
        currency=currency,
        avg_price=minor("avg_price"),
        min_price=minor("min_price"),
        max_price=minor("max_price"),
        avg_mrr=minor("avg_mrr"),
        top_mrr=minor("top_mrr"),
        avg_subs=int(row["avg_subs"]),
        coach_count=int(row["coach_count"]),
    )


def _never(_: Exception) -> bool:
    """The library's own retries go on for ten minutes; a coach waits for seconds."""
    return False


def _words(error: Exception) -> str:
    return (str(error).strip().partition("\n")[0] or type(error).__name__)[:300]
