"""An assistant for a task list that understands plain English by rules, as a model of the agents SDK."""

from offline_assistant.model import OfflineAssistant
from offline_assistant.replies import bold

__all__ = ["OfflineAssistant", "bold"]
