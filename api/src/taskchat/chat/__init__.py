"""The engine: one turn of a conversation is a message, the assistant's tool calls, and its answer."""
