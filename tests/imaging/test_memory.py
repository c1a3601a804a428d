"""Memory of a photo of 24 megapixels, from opening to writing, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import icc_profiles as icc
import numpy as np
import pictures
import pytest
from PIL import Image

PROGRAM = """
import sys
from pathlib import Path
from engine.imaging.colour import srgb_u8
from engine.imaging.load import load_photo
from engine.imaging.save import save_photo

def peak():
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])  # KiB; ru_maxrss would begin with the peak of the process that started this one

source = Path(sys.argv[1])
before = peak()
photo = load_photo(source)
print(peak() - before)
srgb_u8(photo)
save_photo(photo, photo.pixels, photo.alpha, source.with_stem("out"))
print(peak() - before)
"""

PIXELS = 6000 * 4000


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told by Linux")
def test_24_megapixels_stay_bounded(tmp_path: Path) -> None:
    """Pillow's 4 bytes a pixel, the samples' 3, 3 more while they are turned, 4 to encode, and the file itself."""
    path = tmp_path / "photo.jpg"
    ramp = np.add.outer(np.arange(4000), np.arange(6000)).astype(np.uint8)
    Image.fromarray(np.stack([ramp, ramp.T.reshape(4000, 6000), ramp[::-1]], axis=-1)).save(
        path, icc_profile=icc.matrix_profile(icc.ADOBE_RGB, 2.2), exif=b"Exif\0\0" + pictures.exif_block(6)
    )
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True)
    opened, total = (int(word) for word in run.stdout.split())
    file = path.stat().st_size
    assert opened < 10 * PIXELS + 2 * file + 16 * 2**20
    assert total < 12 * PIXELS + 4 * file + 16 * 2**20
