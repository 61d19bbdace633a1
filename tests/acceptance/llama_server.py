"""A real OpenAI-compatible server, with the model of the writer `local`: a process that says its URL and serves.

It ends when its input closes, without ceremony: destructors of a library that is generating crash.
"""

from __future__ import annotations

import os
import sys

import xllamacpp  # type: ignore[import-untyped]


def main(model: str, key: str) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = 4096
    parameters.n_batch = parameters.n_ubatch = 256
    parameters.n_parallel = 1
    parameters.n_predict = 300
    parameters.cache_ram_mib = 0
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.ui = False
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    server = xllamacpp.Server(parameters)
    os.write(1, f"{server.listening_address}\n".encode())
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
