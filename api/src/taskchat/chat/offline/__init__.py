"""The assistant that answers when no language model is set: plain English about a task list, understood by rules."""
