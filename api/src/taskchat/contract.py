"""`python -m taskchat.contract`: the HTTP contract as OpenAPI, on standard output.

It is the document that a deployment with default settings serves at `/api/openapi.json`.
"""

import json
import sys

from taskchat.main import create_app
from taskchat.settings import Settings
from taskchat.streams import use_utf8


def contract() -> str:
    # Required settings, without effect on the contract. The app does not connect to these addresses.
    settings = Settings.model_validate(
        {
            "api_database_url": "postgresql://chat_api@localhost/taskchat",
            "jwks_url": "http://localhost/",
            "jwt_issuer": "http://localhost",
        }
    )
    return json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    use_utf8()
    sys.stdout.write(contract())
