"""The peer as a process: one JSON request a line on standard input, one JSON answer a line on standard output.

{"golden": FOLDER} checks it; {"prepare": CASE, "as": NAME, ...} makes a case ready; {"run": COUNT, "of": NAME} answers
with the milliseconds of each run, their processor time and the peak of the process's memory; {"clear": true} forgets the
cases; {"device": "cuda"} puts the cases after it on a GPU.
"""

import json
import resource
import sys
import time

import torch

from cases import CASES
from golden import check


def answer(request, ready):
    if "threads" in request:
        torch.set_num_threads(request["threads"])
        return {"torch": torch.__version__, "threads": torch.get_num_threads()}
    if "device" in request:
        torch.set_default_device(request["device"])
        return {"torch": torch.__version__}
    if "golden" in request:
        return {"errors": check(request["golden"])}
    if "prepare" in request:
        before = resident()
        options = {**request}
        torch.manual_seed(1)
        ready[options.pop("as")] = CASES[options.pop("prepare")](**options)
        return {"residentKiB": before}
    if "clear" in request:
        ready.clear()
        return {}
    run = ready[request["of"]]
    on_gpu = torch.get_default_device().type == "cuda"
    times, cpu = [], time.process_time()
    for _ in range(request["run"]):
        begun = time.perf_counter()
        run()
        if on_gpu:
            torch.cuda.synchronize()
        times.append((time.perf_counter() - begun) * 1e3)
    return {"ms": times, "cpuMs": (time.process_time() - cpu) * 1e3, "peakKiB": peak()}


def peak():
    """Where the system tells it; getrusage begins with what the parent had when it started this process."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def resident():
    """Where the system tells it; elsewhere the peak so far."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() // 1024
    except FileNotFoundError:
        return peak()


def main():
    ready = {}
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), ready)
        except Exception as error:  # the bench reports it and goes on with the next case
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
