"""auth-service: signing in, access tokens and sessions."""

from statistics import median
from urllib.parse import urlsplit

import httpx

from load.clients import Round, http_request, send_all
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

CLIENTS = 4
PASSWORD = "a long password"


async def measure_accounts(rounds: int, requests: int) -> dict[str, list[Round]]:
    """Measure auth-service's three requests of a page that opens, in turn in every round."""
    measured: dict[str, list[Round]] = {}
    # Signing in is limited per address and account, so it gets an account for each request.
    with Stack(StackSettings(web=None)) as stack, httpx.Client(base_url=stack.addresses.auth_url, timeout=30) as client:
        account = {"name": "Bench", "email": "bench@example.com", "password": PASSWORD}
        client.post("/api/auth/sign-up/email", json=account).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        port = urlsplit(stack.addresses.auth_url).port or 80
        kinds = {
            "GET /api/auth/get-session": http_request("GET", "/api/auth/get-session", cookie=cookie),
            "GET /api/auth/token": http_request("GET", "/api/auth/token", cookie=cookie),
        }
        for number in range(rounds + 1):
            for name, request in kinds.items():
                taken = await send_all(port, [request] * requests, CLIENTS)
                if number > 0:
                    measured.setdefault(name, []).append(taken)
    return measured


def per_second(rounds: list[Round]) -> float:
    return median(each.per_second for each in rounds)
