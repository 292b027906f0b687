"""A fork server for test_sandbox.py: runs snippets of code as submissions run, and tells their end.

Orders come as lines of JSON on standard input, answers go to standard output.
"""

import json
import os
import sys
import traceback


def main():
    level = sys.argv[1]
    from inside import confine

    os.open("/dev/null", os.O_RDONLY)  # a descriptor that no submission may inherit
    running = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "start":
            answer = _start(confine, level, order, running)
        elif order["do"] == "signal":
            os.kill(order["pid"], order["signal"])
            answer = {}
        elif order["do"] == "here":
            answer = _run_here(order["code"])
        else:
            answer = _wait(confine, order["pid"], running)
        print(json.dumps(answer), file=sys.__stdout__, flush=True)


def _start(confine, level, order, running):
    """Fork and run the code; the descriptor 1 of the child is a pipe that `wait` reads."""
    reads, writes = os.pipe()
    pid = confine.fork(level)
    if pid == 0:
        os.dup2(writes, 1)
        os.dup2(writes, 2)
        sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
        try:
            if order["lock"]:
                confine.lock_down(level, order["limits"])
            exec(order["code"], {"__name__": "__main__"})
        except BaseException:
            print(traceback.format_exc(), flush=True)
        os._exit(0)
    os.close(writes)
    running[pid] = reads
    return {"pid": pid}


def _wait(confine, pid, running):
    with open(running.pop(pid), errors="replace") as pipe:
        out = pipe.read()
    _, status = os.waitpid(pid, 0)
    confine.clean(pid)
    return {"out": out, "code": os.waitstatus_to_exitcode(status)}


def _run_here(code):
    """What the fork server itself can do, for locks that hold even before `lock_down`."""
    try:
        return {"value": eval(code, {"os": os, "socket": __import__("socket")})}
    except OSError as error:
        return {"value": f"refused: {error.strerror}"}


main()
