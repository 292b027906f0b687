"""Take the newest course without losing what was written into its notebooks (`make update`).

What can fail happens beside the learner's files: git merges in a temporary worktree, where the
notebooks stand as the course had them, so that they never conflict; then the work in each is
carried over cell by cell (transplant.py). Only when all of it is ready do the learner's files
change, and a failure there puts them back.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.update.transplant import transplant

__all__ = ["transplant", "update"]

NOTEBOOKS = "notebooks"
BACKUP = f"{NOTEBOOKS}/.backup"


class UpdateError(Exception):
    """Why the course could not be updated, in the learner's words. Nothing has been changed."""


def update(root: Path, *, pull: bool = True, out: Callable[[str], object] = print) -> int:
    """Bring the course in `root`, a git clone, to its newest version and keep the learner's work.

    pull: ask the place the course came from what is new; else take what was fetched last.
    out: called with each line of the report.
    Returns 0 when the course is now the newest one, else 1: then every file is as it was, and `out`
    was told why.
    """
    try:
        _update(_Repository(root), pull, out)
    except (UpdateError, OSError) as error:
        out(f"The course was not updated, and nothing has been changed: {error}")
        return 1
    return 0


def _update(repo: _Repository, pull: bool, out: Callable[[str], object]) -> None:
    repo.require_calm()
    head = repo.git("rev-parse", "HEAD")
    target = repo.newest(pull)
    base = repo.git("merge-base", head, target, why="it shares no history with this folder")
    if base == target:
        out("The course is up to date.")
        return

    # As bytes, so that a failure can put back exactly what was there; None: deleted by the learner.
    mine = {path: _read(repo.root / path) for path in repo.changed_notebooks(base)}
    work = {path: content for path, content in mine.items() if content is not None}
    with repo.worktree(head) as side:
        _merge(side, base, target)
        commit = _commit(repo, side, list(mine), base, head, target)
    written = {path: _carry_over(repo, path, base, target, work[path]) for path in work}

    backup = _back_up(repo.root, work)
    with repo.put_back_on_failure(head, mine):
        repo.set_aside(list(mine), head)
        repo.git(
            *("merge", "--ff-only", "--quiet", commit),
            why="files of the course that you have changed would be overwritten; move them away or "
            "undo the change (git checkout -- FILE), then try again",
        )
        for path, content in written.items():
            _write(repo.root / path, content)

    count = repo.git("rev-list", "--count", f"{base}..{target}")
    out(f"The course is updated ({count} new {'change' if count == '1' else 'changes'}).")
    for path in work:
        out(f"Your work is kept in {path}")
    if backup is not None:
        out(f"A copy of how it was before: {backup.relative_to(repo.root)}")
    out("If JupyterLab is open, reload its notebooks: File, Reload Notebook from Disk.")


class _Repository:
    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.environment = dict(os.environ)
        try:
            self.git("var", "GIT_COMMITTER_IDENT")
        except UpdateError:  # a merge needs names, and not every learner has told git theirs
            for role in ("AUTHOR", "COMMITTER"):
                self.environment[f"GIT_{role}_NAME"] = "learner"
                self.environment[f"GIT_{role}_EMAIL"] = "learner@localhost"

    def git(self, *arguments: str, why: str = "git failed") -> str:
        return self.git_bytes(*arguments, why=why).decode("utf-8", "replace").strip()

    def git_bytes(self, *arguments: str, why: str = "git failed") -> bytes:
        """What `git …` prints. Raises UpdateError: why it matters and what git said."""
        # Hooks and signatures are for commits that a person makes.
        quiet = ["-c", f"core.hooksPath={os.devnull}", "-c", "commit.gpgSign=false"]
        try:
            done = subprocess.run(
                ["git", *quiet, *arguments],
                cwd=self.root,
                capture_output=True,
                env=self.environment,
            )
        except FileNotFoundError:
            raise UpdateError("git is not installed, and updates come through it") from None
        if done.returncode:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            raise UpdateError(f"{why}\n{said}" if said else why)
        return done.stdout

    def has(self, revision: str) -> bool:
        try:
            self.git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except UpdateError:
            return False
        return True

    def require_calm(self) -> None:
        """Raises UpdateError unless this is the top of a clone with no merge going on."""
        top = self.git(
            *("rev-parse", "--show-toplevel"),
            why="this folder is not a git clone; get one and copy your notebooks into it",
        )
        if Path(top).resolve() != self.root:
            raise UpdateError(f"{self.root} is not the top folder of a clone (that is {top})")
        for state in ("MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD"):
            if (self.root / self.git("rev-parse", "--git-path", state)).exists():
                raise UpdateError("git is in the middle of a merge or rebase; finish or abort it")

    def newest(self, pull: bool) -> str:
        """The newest commit of the course. A remote called `upstream` counts before `origin`: in a
        fork, that is where the course comes from."""
        remotes = self.git("remote").split()
        remote = next((name for name in ("upstream", "origin") if name in remotes), None)
        if remote is None:
            raise UpdateError("this clone knows no place to get the course from (no git remote)")
        if pull:
            self.git(
                *("fetch", "--quiet", remote), why=f"{remote} cannot be reached; are you online?"
            )
        for name in ("HEAD", "main"):
            if self.has(f"refs/remotes/{remote}/{name}"):
                return self.git("rev-parse", f"refs/remotes/{remote}/{name}")
        raise UpdateError(f"{remote} has no branch called main")

    def changed_notebooks(self, base: str) -> list[str]:
        """The course's notebooks that differ from `base`, committed or not."""
        listed = self.git_bytes("diff", "--name-only", "-z", base, "--", NOTEBOOKS).decode()
        known = self.git_bytes("ls-tree", "-r", "--name-only", "-z", base, NOTEBOOKS).decode()
        both = set(listed.split("\0")) & set(known.split("\0"))
        return sorted(path for path in both if path.endswith(".ipynb"))

    def content(self, commit: str, path: str) -> bytes | None:
        if not self.git("ls-tree", commit, "--", path):
            return None
        return self.git_bytes("show", f"{commit}:{path}")

    @contextmanager
    def worktree(self, commit: str) -> Iterator[_Repository]:
        """The course at `commit` in a temporary folder, where git may do what it likes."""
        folder = Path(tempfile.mkdtemp(prefix="course-update-"))
        try:
            self.git("worktree", "add", "--quiet", "--detach", str(folder), commit)
            yield _Repository(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.git("worktree", "prune")

    def set_aside(self, paths: list[str], commit: str) -> None:
        """Put `commit`'s version of these files into the folder and the index."""
        for path in paths:
            if self.content(commit, path) is None:  # deleted in a commit, perhaps written again
                (self.root / path).unlink(missing_ok=True)
                self.git("rm", "--quiet", "--cached", "--ignore-unmatch", "--", path)
            else:
                self.git("checkout", "--quiet", commit, "--", path)

    @contextmanager
    def put_back_on_failure(self, head: str, mine: dict[str, bytes | None]) -> Iterator[None]:
        index = self.root / self.git("rev-parse", "--git-path", "index")
        staged = index.read_bytes()
        try:
            yield
        except BaseException:
            now = self.git("rev-parse", "HEAD")
            if now != head:
                self.set_aside(list(mine), now)
                self.git("reset", "--quiet", "--keep", head)
            for path, content in mine.items():
                if content is None:
                    (self.root / path).unlink(missing_ok=True)
                else:
                    _write(self.root / path, content)
            _write(index, staged)
            raise


def _merge(side: _Repository, base: str, target: str) -> None:
    """Merge the new course in a worktree, where committed notebooks stand as in `base`."""
    paths = side.changed_notebooks(base)
    if paths:
        side.git("checkout", "--quiet", base, "--", *paths)
        side.git("commit", "--quiet", "--no-verify", "--message", "as the course had them")
    try:
        side.git("merge", "--quiet", "--ff", "--no-edit", target)
    except UpdateError:
        names = side.git("diff", "--name-only", "--diff-filter=U").replace("\n", ", ")
        raise UpdateError(
            f"you and the course have both changed {names or 'the same files'}. Undo your change "
            "to that (git revert), or merge it yourself with `git pull`"
        ) from None


def _commit(
    repo: _Repository, side: _Repository, changed: list[str], base: str, head: str, target: str
) -> str:
    """The commit that HEAD moves to: the new course, and in it what the learner had committed."""
    if base == head:
        return target
    for path in changed:
        committed = repo.content(head, path)
        if committed is not None and committed != repo.content(base, path):
            _write(side.root / path, _carry_over(repo, path, base, target, committed))
            side.git("add", "--", path)
    tree = side.git("write-tree")
    message = "Take the newest course, with the work of this clone in it"
    return repo.git("commit-tree", tree, "-p", head, "-p", target, "-m", message)


def _carry_over(repo: _Repository, path: str, base: str, target: str, work: bytes) -> bytes:
    """The new version of the notebook at `path` with `work` in it, written as the build does."""
    theirs = repo.content(target, path)
    if theirs is None:
        return work  # the course has dropped this notebook: it is the learner's own now
    before = repo.content(base, path)
    assert before is not None, "only notebooks that base has are looked at"
    merged = transplant(_parse(before, path), _parse(work, path), _parse(theirs, path))
    return (json.dumps(merged, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _parse(content: bytes, path: str) -> dict[str, Any]:
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
        if not all(isinstance(cell["cell_type"], str) for cell in cells):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise UpdateError(
            f"{path} is not a readable notebook. Copy it away, bring the last good version back "
            f"(git checkout -- {path}), then try again"
        ) from None
    return notebook


def _back_up(root: Path, files: dict[str, bytes]) -> Path | None:
    if not files:
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = root / BACKUP / stamp
    number = 1
    while folder.exists():
        number += 1
        folder = root / BACKUP / f"{stamp}-{number}"
    for path, content in files.items():
        _write(folder / Path(path).relative_to(NOTEBOOKS), content)
    return folder


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step: it holds the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
