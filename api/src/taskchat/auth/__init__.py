"""Authentication: verifies auth-service's access tokens before a body is read."""
