"""The same tasks on other computers: `--scheduler tcp://…`, an address of dask.distributed.

Whoever can start dask workers (by SSH, on Kubernetes, with Slurm; dask has deployers for all of
them) gives them this package and the course. A submission's bytes travel with its task. The units
do not: every worker reads its own and grades only where they are the very same as here.
"""

from __future__ import annotations

import threading
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from autograder.batch.task import Result, Task, lost, work
from autograder.course import Refused, root
from autograder.grading.fingerprint import version
from autograder.grading.grade import Grader, Job
from autograder.sandbox.isolation import NoSandbox
from autograder.submission.read import Source, sealed

PATIENCE = 30  # seconds to wait for a scheduler and its first worker
AHEAD = 2  # tasks per thread that are on their way, so that none waits for the network

_one_at_a_time = threading.Lock()  # a worker process with several threads grades one by one


class Cluster:
    """Grades on the workers of a dask scheduler. Raises Refused where it cannot be reached."""

    def __init__(self, job: Job, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise Refused(
                "--scheduler needs dask.distributed: pip install 'lstm-course[cluster]'"
            ) from None
        course = job.course or root()
        folders = sorted(path.parent for path in course.glob("solutions/*/exercises.py"))
        self.job = replace(job, versions={folder.name: version(folder) for folder in folders})
        try:
            self.client = Client(address, timeout=PATIENCE, set_as_default=False)
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            raise Refused(f"no dask scheduler with workers answers at {address} ({said})") from None

    def __call__(
        self, tasks: Iterable[Task], stopped: Callable[[], bool]
    ) -> Iterator[tuple[int, Result]]:
        from distributed import KilledWorker, as_completed

        todo, under_way = iter(tasks), {}
        finished = as_completed(loop=self.client.loop)

        def submit() -> bool:
            task = None if stopped() else next(todo, None)
            if task is None:
                return False
            number, source = task[0], sealed(task[1])
            future = self.client.submit(_remote, self.job, source, pure=False)
            under_way[future.key] = number, source
            finished.add(future)
            return True

        try:
            while len(under_way) < AHEAD * max(1, sum(self.client.nthreads().values())):
                if not submit():
                    break
            while under_way:
                future = next(finished)
                number, source = under_way.pop(future.key)
                try:
                    result = future.result()
                except KilledWorker:
                    result = lost(self.job, source, "the workers that graded it ended, each time")
                except Refused:
                    raise
                except (Exception, CancelledError) as error:
                    said = f"{type(error).__name__}: {error}".splitlines()[0]
                    raise Refused(f"the cluster gave up: {said}") from None
                future.release()
                submit()
                yield number, result
        finally:
            self.client.close()


def _remote(job: Job, source: Source) -> Result:
    """Grade one submission. Runs on a worker of the cluster."""
    with _one_at_a_time:
        try:
            return work(_grader(job.seed, _Held(job)), source)
        except NoSandbox as error:
            raise Refused(f"a worker of the cluster: {error}") from None


class _Held:
    """A job as an argument that is no part of what a cache looks for."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=2)
def _grader(seed: int, held: _Held) -> Grader:
    """The grader of the run with this seed; raises Refused where this worker has another course."""
    job = held.job
    course = job.course if job.course and (job.course / "solutions").is_dir() else root()
    here = {name: version(course / "solutions" / name) for name in job.versions or {}}
    other = [name for name, hash in (job.versions or {}).items() if here[name] != hash]
    if other:
        import socket

        raise Refused(
            f"the worker {socket.gethostname()} has other sources of {', '.join(other)} in "
            f"{course} or another version of the grader: give it the same as here"
        )
    return Grader(replace(job, course=course))
