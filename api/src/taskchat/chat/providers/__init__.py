"""Clients for language models: requests, answers, errors, retries and diagnosis."""
