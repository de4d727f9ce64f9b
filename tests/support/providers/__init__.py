"""Simulated model servers: one strict server per provider, one module per kind."""

from support.providers.azure import Azure, AzureVersioned
from support.providers.bedrock import Bedrock
from support.providers.cerebras import Cerebras
from support.providers.cloudflare import Cloudflare
from support.providers.dashscope import DashScope
from support.providers.deepseek import DeepSeek
from support.providers.gateway import Gateway
from support.providers.gemini import Gemini
from support.providers.groq import Groq
from support.providers.kimi import Kimi
from support.providers.litellm import LiteLLM
from support.providers.llama_cpp import LlamaCpp, LlamaCppResponses
from support.providers.lm_studio import LMStudio
from support.providers.mistral import Mistral
from support.providers.ollama import Ollama, OllamaWithoutTools
from support.providers.openai_chat import OpenAIChat, OpenAIChatNewest
from support.providers.openai_responses import OpenAIResponses
from support.providers.openrouter import OpenRouter
from support.providers.strict_server import StrictServer
from support.providers.templates import Gemma, Llama3
from support.providers.vertex import Vertex
from support.providers.vllm import VLLM, VLLMMistral, VLLMWithoutParser
from support.providers.xai import XAI

PROVIDERS: tuple[type[StrictServer], ...] = (
    OpenAIResponses,
    OpenAIChat,
    OpenAIChatNewest,
    Azure,
    AzureVersioned,
    XAI,
    Gemini,
    Vertex,
    Gateway,
    OpenRouter,
    Mistral,
    DeepSeek,
    Kimi,
    DashScope,
    Groq,
    Cerebras,
    Cloudflare,
    Bedrock,
    LiteLLM,
    Ollama,
    OllamaWithoutTools,
    LMStudio,
    LlamaCpp,
    LlamaCppResponses,
    VLLM,
    VLLMMistral,
    VLLMWithoutParser,
    Gemma,
    Llama3,
)

__all__ = ["PROVIDERS", "StrictServer"]
