"""HTTP itself: limits, headers, the request log, problems, OpenAPI, documentation, pagination and health."""
