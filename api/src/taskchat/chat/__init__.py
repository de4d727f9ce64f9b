"""One turn of a conversation: a message, what the assistant does about it, its answer."""
