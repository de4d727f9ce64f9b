"""The domain: a task list with endpoints and tools."""
