"""Chat with your task list: the FastAPI service."""
