"""The task list, for the endpoints and for the assistant's tools alike."""
