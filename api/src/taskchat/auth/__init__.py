"""Who is asking: access tokens of auth-service, judged before a body is read."""
