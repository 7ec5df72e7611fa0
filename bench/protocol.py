"""What every peer in Python speaks: see protocol.mjs."""

import json
import os
import statistics
import sys
import time

import numpy as np

threads = int(os.environ["BENCH_THREADS"])


def reply(answer):
    print(json.dumps(answer), flush=True)


def prepare(cases, request):
    if request["case"] == "rest":
        return lambda: 0
    if request["case"] not in cases:
        raise ValueError(f"has no case {request['case']}")
    return cases[request["case"]](request)


def serve(version, cases):
    """`cases` maps a case's name to a function that prepares a request and returns the function that measures it."""
    reply({"version": version})
    prepared, measure = None, None
    for line in sys.stdin:
        try:
            if line != prepared:
                prepared, measure = None, None  # what the request before held is free before this one allocates
                measure = prepare(cases, json.loads(line))
                prepared = line
            reply({"value": measure()})
        except Exception as error:  # a case that fails must not end the others
            reply({"error": f"{type(error).__name__}: {error}"})


def timed(work):
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def typical(calls, work):
    """The median of the seconds that a call of `work` takes."""
    return statistics.median(timed(work) for _ in range(calls))


def blas():
    """The file of the BLAS library that this process has loaded."""
    with open("/proc/self/maps", encoding="utf8") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line}
    return min((os.path.basename(file) for file in files if "openblas" in os.path.basename(file)), default="no OpenBLAS")


def floats(*shape):
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def labels(size, classes):
    return np.arange(size) * 7 % classes


def idx(name, header, rows):
    path = os.path.join(os.environ["GEMSBOK_MNIST"], name)
    return np.fromfile(path, np.uint8, offset=header).reshape(rows, -1)


def samples(request):
    """What a network of `layers` learns from: MNIST's bytes, or random numbers."""
    rows, layers = request["rows"], request["layers"]
    if request["data"] == "random":
        return floats(rows, layers[0]), labels(rows, layers[-1])
    images, digits = idx("train-images-idx3-ubyte", 16, 60_000), idx("train-labels-idx1-ubyte", 8, 60_000)
    return images[:rows], digits[:rows, 0].astype(np.int64)
