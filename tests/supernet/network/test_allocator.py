import platform
import resource

import pytest
import torch

from cmn_core.supernet.network.allocator import keep_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_tensors_are_used_again_without_page_faults():
    assert keep_memory()

    def faults() -> int:
        """Pages touched for the first time by twenty tensors of 32 MB, one after the other."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            torch.ones(8_000_000)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    faults()  # the heap grows
    # mapped anew each time, each of them has 7,800 pages to touch
    assert faults() < 7_800
