"""Start one command, wait for it, and print its wall seconds, peak memory and exit code as JSON.

``python -I -S launch.py LIMIT LOG COMMAND...``. A process of its own, with nothing imported: a child's peak memory
begins at what its parent held when it was forked, so a large parent would hide small children.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    limit, log, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        try:
            os.execvp(command[0], command)  # noqa: S606 - the benchmark's own commands, without a shell
        finally:
            os._exit(127)

    def stop(*_) -> None:
        os.killpg(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    result = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "peak_mb": usage.ru_maxrss / 1024,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "late": seconds >= limit,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
