"""Conversations and what was said and done in them."""
