"""A disk whose fsync fails on order, for a process of its own: a small library that is loaded before all others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from parts import go_without

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int broken(void) {
  const char *order = getenv("BROKEN_DISK");
  return order && access(order, F_OK) == 0;
}

#define FAILING(name)                                                     \
  int name(int file) {                                                    \
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, #name);             \
    if (!broken()) return real(file);                                     \
    errno = EIO;                                                          \
    return -1;                                                            \
  }

FAILING(fsync)
FAILING(fdatasync)
"""


def broken_disk(folder: Path) -> tuple[dict[str, str], Path]:
    """What the environment of the process must say, and the file that breaks its disk while it exists. Skips the test
    where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        go_without("there is no C compiler to make a failing fsync with")
    source, library, order = folder / "broken.c", folder / "broken.so", folder / "broken"
    source.write_text(_SOURCE)
    subprocess.run((compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"), check=True, capture_output=True)
    return {"LD_PRELOAD": str(library), "BROKEN_DISK": str(order)}, order
